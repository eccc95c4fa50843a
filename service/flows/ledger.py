"""The proof of the first promise: every due check-in ended, or something is on its way; orphans are none.

It does not trust the bookkeeping: the slots that were due are computed anew from protocol, infusion day and zone, and
each must be covered by a check-in.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile

from sqlalchemy import Select, and_, or_, select

from service.core.content_model import Who
from service.core.delivery import Lane, State
from service.core.schedule import end_of_quiet, slots
from service.core.urgency import Level
from service.flows.case import Case, view_case
from service.flows.services import Services
from service.store import sending
from service.store.alerts import Alert, AlertState, Reason
from service.store.checkins import CheckIn, CheckInState
from service.store.messages import Direction, Handling, Message
from service.store.patients import Enrolment, EnrolmentState
from service.store.uow import UnitOfWork

# What is due may wait for one tick and a slow gateway; what waits longer has been forgotten.
TOLERANCE = timedelta(minutes=5)
PATIENCE = timedelta(minutes=30)


@dataclass(slots=True)
class Ledger:
    """`checkins` counts check-ins by state, `slots` all that were ever due. `orphans` says of each what is wrong."""

    at: datetime
    slots: int = 0
    checkins: Counter[str] = field(default_factory=Counter)
    orphans: list[str] = field(default_factory=list)


def ledger(services: Services, now: datetime) -> Ledger:
    """Go through everything that was ever due."""
    found = Ledger(now)
    with services.read_work() as work:
        for enrolment in work.session.scalars(select(Enrolment).order_by(Enrolment.id)):
            _account_for(view_case(work, services, enrolment, now), found)
        _open_checkins(work, now, found)
        _unanswered_alerts(work, now, found)
        _stuck_messages(work, now, found)
        _concerning_without_alert(work, found)
    return found


def _account_for(case: Case, found: Ledger) -> None:
    rows = list(case.work.session.scalars(select(CheckIn).where(CheckIn.enrolment_id == case.enrolment.id)))
    found.checkins.update(row.state for row in rows)
    enrolment = case.enrolment
    if enrolment.state != EnrolmentState.ACTIVE or enrolment.began_at is None:
        return
    due = _next_due(case)
    if due is not None and due + TOLERANCE < case.now:
        found.orphans.append(f"enrolment {enrolment.id}: a check-in was due at {due.isoformat()} and not opened")
    covered = enrolment.covered_until or enrolment.began_at
    spans = [(row.covers_from, row.scheduled_at) for row in rows if row.plan_id]
    watched_from = max(enrolment.began_at, _watched_since(case))
    for slot in takewhile(
        lambda slot: slot.at <= covered,
        slots(
            case.protocol, enrolment.infused_at, case.zone, watched_from, frozenset({Who.PATIENT}), case.lasting_flags
        ),
    ):
        found.slots += 1
        if not any(start <= slot.at <= end for start, end in spans):
            found.orphans.append(f"enrolment {enrolment.id}: nothing stands for the slot {slot.key}")


def _next_due(case: Case) -> datetime | None:
    """The next slot by the protocol itself, after the quiet hours when it could only be asked then."""
    enrolment = case.enrolment
    after = enrolment.covered_until or enrolment.created_at
    upcoming = slots(case.protocol, enrolment.infused_at, case.zone, after, case.respondents(), case.lasting_flags)
    slot = next(upcoming, None)
    if slot is None:
        return None
    allowed = end_of_quiet(case.now, case.zone, case.protocol.quiet_hours)
    return slot.at if allowed <= case.now else max(slot.at, allowed)


def _watched_since(case: Case) -> datetime:
    """After an opt-out and START, what was due in between is not owed."""
    contacts = [contact for contact in case.contacts() if contact.resumed_at is not None]
    return max((contact.resumed_at for contact in contacts if contact.resumed_at), default=case.enrolment.created_at)


def _open_checkins(work: UnitOfWork, now: datetime, found: Ledger) -> None:
    for row in work.session.scalars(select(CheckIn).where(CheckIn.state == CheckInState.OPEN)):
        if row.next_action_at is None:
            found.orphans.append(f"check-in {row.id}: open, and nothing will ever follow")
        elif row.next_action_at + TOLERANCE < now:
            found.orphans.append(f"check-in {row.id}: the next step was due at {row.next_action_at.isoformat()}")


def _unanswered_alerts(work: UnitOfWork, now: datetime, found: Ledger) -> None:
    for alert in work.session.scalars(select(Alert).where(Alert.state != AlertState.RESOLVED)):
        due = alert.next_page_at if alert.state == AlertState.OPEN else alert.acknowledgement_expires_at
        if due is None:
            found.orphans.append(f"alert {alert.id}: {alert.state}, and nobody will ever be paged")
        elif due + TOLERANCE < now:
            found.orphans.append(f"alert {alert.id}: the next step was due at {due.isoformat()}")


def _stuck_messages(work: UnitOfWork, now: datetime, found: Ledger) -> None:
    waiting = select(Message).where(
        Message.direction == Direction.INBOUND, Message.state == Handling.RECEIVED, Message.created_at < now - TOLERANCE
    )
    found.orphans += [f"message {row.id}: received and not acted on" for row in work.session.scalars(waiting)]
    found.orphans += [f"message {row.id}: queued and not sent" for row in work.session.scalars(_unsent(work, now))]
    sending = select(Message).where(Message.state == State.SENDING, Message.lease_until < now - TOLERANCE)
    found.orphans += [
        f"message {row.id}: its worker died and nobody took it up" for row in work.session.scalars(sending)
    ]


def _unsent(work: UnitOfWork, now: datetime) -> Select[Message]:
    """What should have gone out by now. A hold keeps texts back until they expire, which itself tells somebody; and a
    morning's check-ins leave one after the other, at the sender's pace."""
    forgotten = Message.expires_at < now - TOLERANCE
    if not sending.holds(work.session):
        at_once = and_(Message.lane < Lane.CHECKIN, Message.due_at < now - TOLERANCE)
        forgotten = or_(forgotten, at_once, Message.due_at < now - PATIENCE)
    return select(Message).where(Message.state == State.QUEUED, forgotten)


def _concerning_without_alert(work: UnitOfWork, found: Ledger) -> None:
    concerning = [level.word for level in Level if level > Level.OK]
    rows = work.session.scalars(
        select(Message.id).where(
            Message.direction == Direction.INBOUND,
            Message.level.in_(concerning),
            ~select(Reason.id).where(Reason.message_id == Message.id).exists(),
            ~select(Reason.id).where(Reason.checkin_id == Message.checkin_id).exists(),
        )
    )
    found.orphans += [f"message {message_id}: a concerning reply without an alert" for message_id in rows]
