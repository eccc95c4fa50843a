"""Inbound texts: durable before they are answered, each acted on exactly once, none ever dropped.

Two transactions. `receive` stores the raw text under the provider's unique id; from there it cannot be lost.
`process` acts on it. Should that fail, the worker tries again, and after three failures the raw text itself becomes
an alert: what a computer cannot read, a human must.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import IntegrityError

from service.core import sms
from service.core.reading.model import Context
from service.core.triage import Facts, judge
from service.core.urgency import Level
from service.errors import StoreUnavailable
from service.flows import alerts, replies
from service.flows.alerts import Cause, hear_staff, raise_event
from service.flows.case import case_of, keep_protocol, open_case
from service.flows.enrolment import DEFAULT_PROTOCOL
from service.flows.running import BATCH, Tally, each, where
from service.flows.services import Services
from service.flows.texting import Line, text_stranger
from service.gateways.base import InboundText
from service.store import messages, patients, sites, staff
from service.store.messages import Direction, Handling, Message, Purpose
from service.store.patients import Contact, EnrolmentState
from service.store.uow import UnitOfWork

log = structlog.get_logger()

MAX_FAILURES = 3
# The symptom, and the rule of the same name, by which a text itself becomes an alert.
UNREADABLE = "unreadable"
# Left to the web process that has just stored it; the worker only takes what was left lying.
GRACE = timedelta(seconds=5)
STRANGER_REPLY_EVERY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Received:
    message_id: int
    duplicate: bool


def receive(services: Services, text: InboundText, now: datetime) -> Received:
    """Store the raw text, once per provider id, and commit. Raises StoreUnavailable: then nothing was stored."""
    with services.work() as work:
        message = Message(
            direction=Direction.INBOUND,
            phone=text.phone,
            phone_index=work.phone_index(text.phone),
            # PostgreSQL cannot hold NUL, nor UTF-8 a lone surrogate; no phone can show either.
            body=sms.clean(text.body),
            purpose=Purpose.INBOUND,
            state=Handling.RECEIVED,
            created_at=now,
            due_at=now,
            provider_id=text.provider_id,
            media=text.media,
            carrier_opt_out=text.carrier_opt_out,
        )
        work.session.add(message)
        try:
            work.commit()
        except IntegrityError:
            # The same webhook again: the first was stored, and that is all we need to know.
            return _received_before(services, text.provider_id)
        return Received(message.id, duplicate=False)


def _received_before(services: Services, provider_id: str) -> Received:
    with services.read_work() as work:
        known = messages.by_provider_id(work.session, provider_id)
        if known is None:
            raise StoreUnavailable("a text could not be stored; try again")
        return Received(known.id, duplicate=True)


def process(services: Services, message_id: int, now: datetime) -> bool:
    """Act on a stored text. False when that has been done already. A failure is counted and left to the worker."""
    try:
        return _process(services, message_id, now)
    except StoreUnavailable:
        raise
    except Exception as error:  # noqa: BLE001
        # Whatever it is, the text is durable and must reach a human in the end; see MAX_FAILURES.
        log.error(
            "inbound failed", action="inbound", message=message_id, error=type(error).__name__, trace=where(error)
        )
        _note_failure(services, message_id, now)
        return False


def retry_unhandled(services: Services, now: datetime) -> Tally:
    """Act on texts that were stored but not acted on, after a crash or a failure."""
    with services.read_work() as work:
        waiting = messages.unhandled(work.session, now - GRACE, BATCH)
    return each("inbound", waiting, lambda message_id: process(services, message_id, now))


def _process(services: Services, message_id: int, now: datetime) -> bool:
    with services.work() as work:
        message = messages.claim_unhandled(work.session, message_id)
        if message is None:
            return False
        _route(work, services, message, now)
        message.state = Handling.HANDLED
        message.handled_at = now
        work.commit()
        return True


def _route(work: UnitOfWork, services: Services, message: Message, now: datetime) -> None:
    contact = _whose(work, message)
    people = staff.by_phone(work.session, message.phone_index)
    if people and (contact is None or alerts.names_an_alert(work, message.body, people)):
        message.staff_id = people[0].id
        message.site_id = people[0].site_id
        hear_staff(work, services, message, people, now)
        return
    if contact is None:
        _hear_stranger(work, services, message, now)
        return
    enrolment = patients.enrolment_of_for_update(work.session, contact.patient_id)
    if enrolment is None:
        _hear_stranger(work, services, message, now)
        return
    replies.handle(case_of(work, services, enrolment, now), contact, message)
    # Last, or the first query of the above would send half of the row ahead.
    message.contact_id, message.enrolment_id, message.site_id = contact.id, enrolment.id, enrolment.site_id
    message.language = contact.language


def _whose(work: UnitOfWork, message: Message) -> Contact | None:
    """The contact behind a phone. One phone may belong to several (a caregiver of two): whoever is still watched and
    was texted last is meant."""
    contacts = patients.contacts_with_phone(work.session, message.phone_index)
    if len(contacts) <= 1:
        return contacts[0] if contacts else None
    ended = {
        contact.id
        for contact in contacts
        if (enrolment := patients.enrolment_of(work.session, contact.patient_id)) is None
        or enrolment.state == EnrolmentState.ENDED
    }
    texted = messages.last_outbound_ids(work.session, [contact.id for contact in contacts])
    return max(contacts, key=lambda contact: (contact.id not in ended, texted.get(contact.id, 0), contact.id))


def _hear_stranger(work: UnitOfWork, services: Services, message: Message, now: datetime) -> None:
    """A phone we do not know: kept, shown to the staff of every site, danger in it paged like any other."""
    protocol = services.catalog.protocol(DEFAULT_PROTOCOL)
    keep_protocol(work, protocol, now)
    column = protocol.phase_on(0).column
    every_site = sites.every(work.session)
    language = every_site[0].language if len(every_site) == 1 else "en"
    reading = services.reader.read(message.body, language=language, context=Context.OPEN)
    facts = Facts.of(reading)
    message.reading = replies.summary(reading)
    message.level = judge(protocol, column, facts).level.word
    fired = [*judge(protocol, column, facts).fired, *judge(protocol, column, Facts.event("unknown_sender")).fired]
    causes = [Cause(rule.id, rule.says, rule.urgency(column)) for rule in fired]
    causes = [cause for cause in causes if cause.urgency.level > Level.OK]
    for site in every_site:
        subject = f"phone:{message.phone_index}"
        alerts.raise_without_patient(work, site, protocol, causes, subject, message.id, now)
    if len(every_site) == 1 and not messages.texted_since(
        work.session, message.phone_index, now - STRANGER_REPLY_EVERY
    ):
        text_stranger(work, services, every_site[0], message, Line("unknown_number"), now)


def _note_failure(services: Services, message_id: int, now: datetime) -> None:
    with services.work() as work:
        message = messages.claim_unhandled(work.session, message_id)
        if message is None:
            return
        message.failures += 1
        if message.failures >= MAX_FAILURES:
            message.state = Handling.UNREADABLE
            hand_to_human(work, services, message, now)
        work.commit()


def hand_to_human(work: UnitOfWork, services: Services, message: Message, now: datetime) -> None:
    """The plainest possible way: no reading, no conversation, only "somebody wrote and we failed"."""
    contacts = patients.contacts_with_phone(work.session, message.phone_index)
    for contact in contacts:
        enrolment = patients.enrolment_of(work.session, contact.patient_id)
        if enrolment is not None:
            case = open_case(work, services, enrolment.id, now)
            message.contact_id, message.enrolment_id, message.site_id = contact.id, enrolment.id, enrolment.site_id
            raise_event(case, UNREADABLE, message_id=message.id)
            return
    protocol = services.catalog.protocol(DEFAULT_PROTOCOL)
    keep_protocol(work, protocol, now)
    column = protocol.phase_on(0).column
    fired = judge(protocol, column, Facts.event(UNREADABLE)).fired
    causes = [Cause(rule.id, rule.says, rule.urgency(column)) for rule in fired]
    for site in sites.every(work.session):
        alerts.raise_without_patient(work, site, protocol, causes, f"phone:{message.phone_index}", message.id, now)
