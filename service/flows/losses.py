"""What follows when a message cannot reach its reader: somebody else must know, at once."""

from datetime import datetime

import structlog

from service.content.render import Value
from service.core.delivery import Cause, Lane
from service.flows import conversations, enrolment
from service.flows.alerts import raise_event
from service.flows.case import open_case
from service.flows.services import Services
from service.flows.texting import Line, email_staff
from service.store import alerts, sites
from service.store.alerts import AlertState, Page
from service.store.checkins import CheckIn, CheckInState
from service.store.messages import Message
from service.store.patients import Contact
from service.store.staff import StaffMember
from service.store.uow import UnitOfWork

log = structlog.get_logger()


def lost(work: UnitOfWork, services: Services, message: Message, cause: Cause, now: datetime) -> None:
    """A page that is lost pages the next person now; a patient's text that is lost is itself an alert."""
    if message.lane == Lane.PAGE:
        page_by_other_channel(work, services, message, now)
    elif message.contact_id is not None:
        _patient_unreached(work, services, message, cause, now)


def page_by_other_channel(work: UnitOfWork, services: Services, message: Message, now: datetime) -> None:
    """Reach the same person by e-mail, and do not wait for them: the next step of the policy is due at once."""
    page = alerts.page_of_message(work.session, message.id)
    if page is None:
        return
    alert = alerts.for_update(work.session, page.alert_id)
    if alert is None or alert.state != AlertState.OPEN:
        return
    if message.channel == "sms":
        _page_by_email(work, services, alert, page, now)
    if alert.next_page_at is None or alert.next_page_at > now:
        alert.next_page_at = now


def _page_by_email(work: UnitOfWork, services: Services, alert: alerts.Alert, page: Page, now: datetime) -> None:
    if services.email is None:
        log.error("a page was lost and no e-mail is configured", action="page", alert=alert.id, staff=page.staff_id)
        return
    person = work.session.get_one(StaffMember, page.staff_id)
    site = sites.get(work.session, alert.site_id)
    values: dict[str, Value] = {"CASE": alert.case_number, "CODE": alert.code, "MINUTES": alert.minutes}
    lines = (Line("page_email_subject", values), Line("page_email_body", values))
    message = email_staff(work, services, site, person, lines, now)
    message.enrolment_id = alert.enrolment_id
    work.flush()
    work.session.add(
        Page(
            alert_id=alert.id,
            staff_id=person.id,
            message_id=message.id,
            channel=message.channel,
            step=page.step,
            at=now,
        )
    )


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
