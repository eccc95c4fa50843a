"""Read models: what is going on, for people and machines that look on. Nothing here changes anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from service.core.delivery import State
from service.core.urgency import Level
from service.flows.listing import page_state
from service.flows.services import Services
from service.store import sending, upkeep, workers
from service.store.alerts import UNRESOLVED, Alert, AlertState, Page
from service.store.checkins import CheckIn, CheckInState
from service.store.messages import Direction, Handling, Message
from service.store.patients import Enrolment, EnrolmentState
from service.store.sites import Site
from service.store.staff import StaffMember


def next_due(services: Services, after: datetime) -> datetime | None:
    """The earliest instant after `after` at which a tick will find something to do; None when nothing is planned."""
    columns = (
        (Enrolment.next_checkin_at, Enrolment.state == EnrolmentState.ACTIVE),
        (CheckIn.next_action_at, CheckIn.state == CheckInState.OPEN),
        (Alert.next_page_at, Alert.state == AlertState.OPEN),
        (Alert.acknowledgement_expires_at, Alert.state == AlertState.ACKNOWLEDGED),
        (Message.due_at, Message.state == State.QUEUED),
        (Message.expires_at, Message.state == State.QUEUED),
        (Message.lease_until, Message.state == State.SENDING),
        (Message.look_at, Message.look_at.is_not(None)),
    )
    with services.read_work() as work:
        found = [
            work.session.scalar(select(func.min(column)).where(column > after, waits)) for column, waits in columns
        ]
    return min((moment for moment in found if moment is not None), default=None)


@dataclass(frozen=True, slots=True)
class VitalSigns:
    """How the whole service is doing. An age is None when nothing waits, `heartbeat_age` when no worker ever ran.
    `holds`: accounts and senders by which nothing goes out. `alarms`: troubles that administrators were told of and
    that are not over."""

    unresolved_alerts: Mapping[str, int]
    oldest_unacknowledged: timedelta | None
    queued_messages: int
    oldest_queued: timedelta | None
    unhandled_inbound: int
    heartbeat_age: timedelta | None
    holds: int
    alarms: int


def vital_signs(services: Services, now: datetime) -> VitalSigns:
    """Counts and ages, by a handful of queries whose cost does not grow with what is done and over."""
    with services.read_work() as work:
        session = work.session
        levels = session.execute(
            select(Alert.level, func.count()).where(Alert.state.in_(UNRESOLVED)).group_by(Alert.level)
        )
        by_level = {level: count for level, count in levels}
        waiting = session.scalar(select(func.min(Alert.raised_at)).where(Alert.state == AlertState.OPEN))
        queued = session.scalar(select(func.count()).where(Message.state == State.QUEUED)) or 0
        due = session.scalar(
            select(func.min(Message.due_at)).where(Message.state == State.QUEUED, Message.due_at <= now)
        )
        unhandled = session.scalar(
            select(func.count()).where(Message.state == Handling.RECEIVED, Message.direction == Direction.INBOUND)
        )
        beat = workers.latest_beat(session)
        holds, alarms = len(sending.holds(session)), len(upkeep.alarms(session))
    return VitalSigns(
        by_level, _age(waiting, now), queued, _age(due, now), unhandled or 0, _age(beat, now), holds, alarms
    )


def _age(since: datetime | None, now: datetime) -> timedelta | None:
    """Never negative: the clocks of two hosts differ a little."""
    return None if since is None else max(now - since, timedelta(0))


@dataclass(frozen=True, slots=True)
class PageSent:
    """One notification. `state`: acknowledged, or how far the message itself has come."""

    name: str
    channel: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert that nobody has resolved. All instants are in the zone of its site."""

    id: int
    level: str
    state: str
    case_number: str
    reasons: tuple[str, ...]
    opened_at: datetime
    next_page_at: datetime | None
    acknowledged_by: str | None
    acknowledgement_expires_at: datetime | None
    pages: tuple[PageSent, ...]


def open_alerts(services: Services) -> list[OpenAlert]:
    """All unresolved alerts, most urgent first and of these the longest waiting."""
    query = (
        select(Alert, Site.timezone)
        .join(Site, Site.id == Alert.site_id)
        .where(Alert.state.in_(UNRESOLVED))
        .options(selectinload(Alert.reasons), selectinload(Alert.pages).selectinload(Page.message))
    )
    with services.read_work() as work:
        rows = [(alert, ZoneInfo(zone)) for alert, zone in work.session.execute(query)]
        named = {page.staff_id for alert, _ in rows for page in alert.pages}
        named |= {alert.acknowledged_by for alert, _ in rows if alert.acknowledged_by}
        known = work.session.scalars(select(StaffMember).where(StaffMember.id.in_(named)))
        names = {person.id: person.name for person in known}
        found = [_open_alert(alert, zone, names) for alert, zone in rows]
    return sorted(found, key=lambda alert: (-Level[alert.level.upper()], alert.opened_at))


def _open_alert(alert: Alert, zone: ZoneInfo, names: Mapping[int, str]) -> OpenAlert:
    def there(moment: datetime | None) -> datetime | None:
        return moment.astimezone(zone) if moment else None

    return OpenAlert(
        id=alert.id,
        level=alert.level,
        state=alert.state,
        case_number=alert.case_number,
        reasons=tuple(dict.fromkeys(reason.says for reason in alert.reasons)),
        opened_at=alert.opened_at.astimezone(zone),
        next_page_at=there(alert.next_page_at),
        acknowledged_by=names.get(alert.acknowledged_by) if alert.acknowledged_by else None,
        acknowledgement_expires_at=there(alert.acknowledgement_expires_at),
        pages=tuple(
            PageSent(names.get(page.staff_id, "?"), page.channel, page_state(page), page.at.astimezone(zone))
            for page in alert.pages
        ),
    )
