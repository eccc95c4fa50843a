"""What follows when a message cannot reach its reader: somebody else must know, at once."""

from datetime import datetime

import structlog

from service.content.render import Value
from service.core.delivery import Cause, Lane
from service.flows import calling, conversations, enrolment
from service.flows.alerts import policy_of, raise_event
from service.flows.case import open_case
from service.flows.paging import record_page
from service.flows.routes import Route, is_held
from service.flows.services import Services
from service.flows.texting import Line, email_staff
from service.store import alerts, sending, sites
from service.store.alerts import Alert, AlertState, Page
from service.store.checkins import CheckIn, CheckInState
from service.store.messages import Message, Purpose
from service.store.patients import Contact
from service.store.sites import Site
from service.store.staff import StaffMember
from service.store.uow import UnitOfWork

log = structlog.get_logger()


def lost(work: UnitOfWork, services: Services, message: Message, cause: Cause, now: datetime) -> None:
    """A page that is lost pages the next person now; a patient's text that is lost is itself an alert."""
    if message.purpose == Purpose.OPERATORS:
        log.critical("an administrator could not be told", action="alarm", message=message.id, cause=cause)
    elif message.lane == Lane.PAGE:
        page_by_other_channel(work, services, message, now)
    elif message.contact_id is not None:
        _patient_unreached(work, services, message, cause, now)


def page_by_other_channel(work: UnitOfWork, services: Services, message: Message, now: datetime) -> bool:
    """Reach the same person another way, once; unless that is a call, whose fate will tell, do not wait for them: the
    next step of the policy is due at once, as long as it leads to somebody new. False when there is nothing to do."""
    page = alerts.page_of_message(work.session, message.id)
    if page is None:
        return False
    alert = alerts.for_update(work.session, page.alert_id)
    if alert is None or alert.state != AlertState.OPEN:
        return False
    channel = _next_channel(work, services, page.channel)
    is_new = channel is not None and not alerts.paged_since(work.session, page, channel)
    if channel is not None and is_new:
        _page_again(work, services, alert, page, channel, now)
    return (channel != calling.CHANNEL and _hasten(work, alert, now)) or is_new


def _hasten(work: UnitOfWork, alert: Alert, now: datetime) -> bool:
    """Past the last step the policy only repeats itself; hastened, that would be pages without end."""
    if alert.step >= len(policy_of(work, alert).steps) or alert.next_page_at is None or alert.next_page_at <= now:
        return False
    alert.next_page_at = now
    return True


def _page_again(work: UnitOfWork, services: Services, alert: Alert, page: Page, channel: str, now: datetime) -> None:
    person = work.session.get_one(StaffMember, page.staff_id)
    site = sites.get(work.session, alert.site_id)
    if channel == calling.CHANNEL:
        message, token = calling.write(work, services, site, person, now)
    else:
        message, token = _email(work, services, site, person, alert, now), None
    record_page(work, alert, message, person.id, page.step, now, token)


def _next_channel(work: UnitOfWork, services: Services, lost: str) -> str | None:
    """A lost text is followed by a call, which wakes people, and a lost call by an e-mail."""
    closed = {row.scope for row in sending.holds(work.session)}
    if lost == "sms" and services.voice is not None and not is_held(Route.VOICE, closed):
        return calling.CHANNEL
    return "email" if lost != "email" and services.email is not None else None


def _email(
    work: UnitOfWork, services: Services, site: Site, person: StaffMember, alert: Alert, now: datetime
) -> Message:
    values: dict[str, Value] = {"CASE": alert.case_number, "CODE": alert.code, "MINUTES": alert.minutes}
    lines = (Line("page_email_subject", values), Line("page_email_body", values))
    return email_staff(work, services, site, person, lines, now)


def _patient_unreached(work: UnitOfWork, services: Services, message: Message, cause: Cause, now: datetime) -> None:
    if message.enrolment_id is None or message.contact_id is None:
        return
    case = open_case(work, services, message.enrolment_id, now)
    contact = work.session.get_one(Contact, message.contact_id)
    if cause is Cause.OPTED_OUT and contact.opted_out_at is None:
        # The carrier knows of a STOP that never reached us: the patient is no longer watched.
        enrolment.withdraw(case, contact, None)
        raise_event(case, "opted_out", message_id=message.id)
        return
    if cause in (Cause.INVALID_ADDRESS, Cause.UNREACHABLE, Cause.OPTED_OUT):
        contact.unreachable_at = case.now
    raise_event(case, "undeliverable", message_id=message.id, checkin_id=message.checkin_id)
    if message.checkin_id is not None:
        checkin = work.session.get_one(CheckIn, message.checkin_id)
        if checkin.state == CheckInState.OPEN:
            conversations.settle(case, checkin, CheckInState.UNDELIVERABLE)
