"""Opening what is due and climbing the silence ladder: no slot and no silence goes unanswered."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import takewhile

from service.core.content_model import Who
from service.core.plan import SilenceAction, SilenceStep
from service.core.schedule import Slot, end_of_quiet, slots
from service.core.silence import rung
from service.flows import conversations
from service.flows.alerts import raise_event
from service.flows.case import Case, case_of, open_case
from service.flows.enrolment import plan_next
from service.flows.running import BATCH, Tally, each
from service.flows.services import Services
from service.flows.texting import Line, text_contact
from service.store import alerts, checkins, patients
from service.store.alerts import AlertState
from service.store.checkins import CheckIn, CheckInKind, CheckInState
from service.store.messages import Purpose
from service.store.patients import Contact, ContactKind


def open_due(services: Services, now: datetime) -> Tally:
    """Open every check-in that has come due. Safe to run twice and in many workers."""
    with services.read_work() as work:
        due = patients.due_for_checkin(work.session, now, BATCH)
    return each("open check-in", due, lambda enrolment_id: _open(services, enrolment_id, now))


def _open(services: Services, enrolment_id: int, now: datetime) -> bool:
    with services.work() as work:
        enrolment = patients.claim_due(work.session, enrolment_id, now)
        if enrolment is None:
            return False
        case = case_of(work, services, enrolment, now)
        morning = end_of_quiet(case.now, case.zone, case.protocol.quiet_hours)
        if morning > case.now:
            # Overdue at night, after an outage: it waits for the morning and is then asked as one.
            enrolment.next_checkin_at = morning
        else:
            open_owed(case)
        work.commit()
        return morning <= case.now


def open_owed(case: Case) -> None:
    """Ask once for all that is owed: after an outage the latest slot stands for those missed, and staff are told."""
    owed = _owed(case)
    for who in Who:
        mine = [slot for slot in owed if slot.plan.who is who]
        contact = case.contact(ContactKind(who.value))
        if contact is None:
            continue
        group = [slot for slot in mine if slot.plan.remind is None]
        if group:
            _open_slot(case, contact, group)
        for slot in mine:
            if slot.plan.remind is not None:
                _remind_of(case, contact, slot, slot.plan.remind)
    case.enrolment.covered_until = case.now
    plan_next(case)


def _owed(case: Case) -> list[Slot]:
    enrolment = case.enrolment
    after = enrolment.covered_until or enrolment.created_at
    upcoming = slots(case.protocol, enrolment.infused_at, case.zone, after, case.respondents(), case.lasting_flags)
    return list(takewhile(lambda slot: slot.at <= case.now, upcoming))


def _open_slot(case: Case, contact: Contact, group: Sequence[Slot]) -> None:
    latest = group[-1]
    together = [slot for slot in group if slot.at == latest.at]
    questions = dict.fromkeys(name for slot in together for name in slot.plan.ask)
    _supersede(case, contact)
    checkin = conversations.open_checkin(
        case,
        contact,
        CheckInKind.SCHEDULED,
        latest.key,
        tuple(questions),
        scheduled_at=latest.at,
        covers_from=group[0].at,
        plan_id=latest.plan.id,
    )
    if not conversations.conversation_of(checkin).pending:
        # None of its questions applies to this patient: nothing to ask, nothing to wait for.
        conversations.settle(case, checkin, CheckInState.ANSWERED)
        return
    # Plans of the same hour are one check-in; that is not late.
    late = group[0].at < latest.at or case.now - latest.at > timedelta(minutes=case.protocol.late_after_minutes)
    if late:
        raise_event(case, "late_checkins", checkin_id=checkin.id)
    conversations.ask(case, contact, checkin, opening=_opening(case, contact, checkin, late))


def _opening(case: Case, contact: Contact, checkin: CheckIn, late: bool) -> tuple[Line, ...]:
    """Both phone numbers stand before the first question, unless its own text carries them."""
    if contact.kind == ContactKind.CAREGIVER:
        return ()
    first = conversations.conversation_of(checkin).pending[0]
    if late:
        return (Line("merged_opening"),)
    return () if case.protocol.questions[first].opens else (Line("checkin_opening"),)


def _remind_of(case: Case, contact: Contact, slot: Slot, text_id: str) -> None:
    """A text that asks nothing: the slot is dealt with when it is sent."""
    checkin = conversations.open_checkin(
        case, contact, CheckInKind.REMINDER, slot.key, (), scheduled_at=slot.at, plan_id=slot.plan.id
    )
    conversations.settle(case, checkin, CheckInState.ANSWERED)
    text_contact(case, contact, (Line(text_id),), Purpose.CHECKIN, checkin.id)


def _supersede(case: Case, contact: Contact) -> None:
    """A check-in that is still open when the next begins never got its answer: a human is told, once."""
    for checkin in checkins.open_of(case.work.session, case.enrolment.id):
        if checkin.contact_id == contact.id and checkin.asked_at is not None:
            raise_event(case, "missed_checkin", checkin_id=checkin.id)
            conversations.close(case, checkin, CheckInState.ESCALATED)


def act_on_silence(services: Services, now: datetime) -> Tally:
    """Take the next rung for every check-in whose answer is overdue."""
    with services.read_work() as work:
        due = checkins.due_for_action(work.session, now, BATCH)
    return each("silence", due, lambda key: _act(services, key[0], key[1], now))


def _act(services: Services, checkin_id: int, enrolment_id: int, now: datetime) -> bool:
    with services.work() as work:
        case = open_case(work, services, enrolment_id, now)
        checkin = checkins.still_due(work.session, checkin_id, now)
        if checkin is None:
            return False
        contact = work.session.get_one(Contact, checkin.contact_id)
        if checkin.asked_at is None:
            conversations.ask(case, contact, checkin)
        else:
            climb(case, contact, checkin)
        work.commit()
        return True


def climb(case: Case, contact: Contact, checkin: CheckIn) -> None:
    """One rung: remind, ask the caregiver, or tell a human; then set when the next is due."""
    ladder = conversations.ladder_of(case, checkin)
    step = ladder.steps[checkin.ladder_step]
    _take(case, contact, checkin, step)
    checkin.ladder_step += 1
    asked_at = checkin.asked_at or case.now
    following = rung(ladder, checkin.ladder_step, asked_at, conversations.worst_level(case, checkin))
    if following is None:
        conversations.settle(case, checkin, CheckInState.ESCALATED)
        _close_welfare(case, checkin)
    else:
        checkin.next_action_at = following.at


def _take(case: Case, contact: Contact, checkin: CheckIn, step: SilenceStep) -> None:
    match step.do:
        case SilenceAction.REMIND:
            conversations.repeat(case, contact, checkin, (Line("A7"),), Purpose.REMINDER)
        case SilenceAction.ASK_CAREGIVER:
            _ask_caregiver(case, contact, checkin)
        case SilenceAction.ALERT:
            if not (step.unless_acknowledged and _staff_have_it(case)):
                event = step.event or "missed_checkin"
                raise_event(case, event, urgency=step.urgency, checkin_id=checkin.id)


def _staff_have_it(case: Case) -> bool:
    """Whether somebody has acknowledged the patient's alert, and so is at it, or has closed it."""
    alert = alerts.unresolved_of(case.work.session, case.site.id, case.subject)
    return alert is None or alert.state == AlertState.ACKNOWLEDGED


def _ask_caregiver(case: Case, contact: Contact, checkin: CheckIn) -> None:
    """Ask the caregiver to look. Their silence needs no ladder of its own: the patient's goes on to a human."""
    caregiver = case.contact(ContactKind.CAREGIVER)
    if contact.kind != ContactKind.PATIENT or caregiver is None or not caregiver.may_be_texted:
        return
    # The rung itself names the slot: a ladder that begins anew after a late answer may ask again.
    slot = f"welfare:{checkin.id}:{case.now.isoformat()}"
    welfare = conversations.open_checkin(case, caregiver, CheckInKind.WELFARE, slot, (case.protocol.welfare,))
    conversations.ask(case, caregiver, welfare, purpose=Purpose.WELFARE)
    last = len(conversations.ladder_of(case, checkin).steps) - 1
    ending = rung(
        conversations.ladder_of(case, checkin),
        last,
        checkin.asked_at or case.now,
        conversations.worst_level(case, checkin),
    )
    welfare.ladder_step = last
    welfare.next_action_at = ending.at if ending else case.now


def _close_welfare(case: Case, checkin: CheckIn) -> None:
    for other in checkins.open_of(case.work.session, case.enrolment.id):
        if other.kind == CheckInKind.WELFARE and other.slot.startswith(f"welfare:{checkin.id}:"):
            conversations.settle(case, other, CheckInState.ESCALATED)
