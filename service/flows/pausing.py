"""Pauses while the patient is in hospital, and the closer watch after a stay or a treatment. No pause is forgotten:
the patient is asked every few days whether it is over, and silence to that goes up its ladder like any other."""

from dataclasses import replace
from datetime import timedelta

from service.core.schedule import instant
from service.flows import conversations, enrolment
from service.flows.case import Case, kept_protocol, watched_closely
from service.flows.texting import Line, text_contact
from service.store import checkins
from service.store.checkins import CheckInKind, CheckInState
from service.store.messages import Purpose
from service.store.patients import Contact, EnrolmentState


def pause(case: Case, contact: Contact) -> None:
    """No scheduled check-ins from now on. Whoever texts meanwhile is read and answered as always."""
    if case.protocol.pause is None or case.enrolment.state != EnrolmentState.ACTIVE:
        return
    case.enrolment.state = EnrolmentState.PAUSED
    case.enrolment.next_checkin_at = None
    for checkin in checkins.open_of(case.work.session, case.enrolment.id):
        conversations.close(case, checkin, CheckInState.ANSWERED)
    text_contact(case, contact, (Line("paused"),), Purpose.REPLY)
    ask_later(case, contact)
    case.work.record(case.now, f"contact:{contact.id}", "checks paused", case.subject)


def ask_later(case: Case, contact: Contact) -> None:
    """Ask in a few days whether the stay has ended."""
    plan = case.protocol.pause
    if plan is None or case.enrolment.state != EnrolmentState.PAUSED:
        return
    day = case.now.astimezone(case.zone).date() + timedelta(days=plan.every_days)
    checkin = conversations.open_checkin(case, contact, CheckInKind.PAUSE, f"pause:{case.now.isoformat()}", (plan.ask,))
    checkin.next_action_at = instant(day, plan.at, case.zone)


def resume(case: Case, contact: Contact) -> None:
    """Home again: watched from now on, and closely for some days; what was due meanwhile is not owed."""
    if case.enrolment.state != EnrolmentState.PAUSED:
        return
    for checkin in checkins.open_of(case.work.session, case.enrolment.id):
        if checkin.kind == CheckInKind.PAUSE:
            conversations.close(case, checkin, CheckInState.ANSWERED)
    contact.resumed_at = case.now
    text_contact(case, contact, (Line("back_home"),), Purpose.REPLY)
    enrolment.begin_watching(case)
    watch_closely(case)
    case.work.record(case.now, f"contact:{contact.id}", "checks resumed", case.subject)


def watch_closely(case: Case) -> None:
    """From tomorrow on, as often as in the first days, for as long as the protocol says."""
    plan = case.protocol.closely
    if plan is None:
        return
    span = (case.day + 1, case.day + plan.days)
    spans = [list(one) for one in (*watched_closely(case.enrolment), span)]
    case.enrolment.flags = {**(case.enrolment.flags or {}), "closely": spans}
    enrolment.plan_next(replace(case, protocol=kept_protocol(case.work, case.enrolment)))
