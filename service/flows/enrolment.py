"""Setting up sites and staff, enrolling patients, and recording what they consented to."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers

from service.content import review
from service.core import flags
from service.core.protocol import Protocol
from service.core.schedule import next_slot
from service.errors import BadInput
from service.flows import conversations
from service.flows.accounts import give_account
from service.flows.case import Case, case_of, keep_protocol
from service.flows.services import Services
from service.store import checkins, patients, sites, staff
from service.store.checkins import CheckInKind, CheckInState
from service.store.messages import Purpose
from service.store.patients import Consent, Contact, ContactKind, Enrolment, EnrolmentState, Patient
from service.store.sites import Site
from service.store.staff import Role, Shift, StaffMember
from service.store.uow import UnitOfWork

DEFAULT_PROTOCOL = "cart-autoimmune"
# No vowels, no look-alikes: read out over the phone at night, and never a word.
CASE_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
OPERATOR = "operator"


def parse_phone(field: str, given: str) -> str:
    """E.164. Raises BadInput: a wrong number is a patient nobody watches."""
    try:
        number = phonenumbers.parse(given, None)
    except phonenumbers.NumberParseException:
        raise BadInput(field, f"{given!r} is no phone number; give it with + and country code") from None
    if not phonenumbers.is_possible_number(number):
        raise BadInput(field, f"{given!r} has too few or too many digits for its country")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def parse_short_number(field: str, given: str) -> str:
    given = given.strip()
    if not (given.isascii() and given.isdecimal() and 2 <= len(given) <= 6):
        raise BadInput(field, f"{given!r} must be a short number such as 911 or 112")
    return given


def parse_crisis_line(given: str) -> str | None:
    """A short number such as 988, or one with + and country code; nothing where there is none."""
    given = given.strip()
    if not given:
        return None
    return parse_phone("crisis-line", given) if given.startswith("+") else parse_short_number("crisis-line", given)


def parse_zone(field: str, given: str) -> str:
    try:
        ZoneInfo(given)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(field, f"{given!r} is no IANA time zone, such as America/New_York") from None
    return given


def add_site(
    services: Services,
    *,
    name: str,
    timezone: str,
    emergency_number: str,
    phone: str,
    language: str,
    now: datetime,
    crisis_line: str = "",
) -> int:
    """Add a hospital's programme. `phone` must be a line that answers day and night: patients are told to call it.
    `crisis_line`: for people who may hurt themselves; "": they are given the emergency number."""
    if not name.strip():
        raise BadInput("name", "must not be empty")
    with services.work() as work:
        site = Site(
            name=name.strip(),
            timezone=parse_zone("timezone", timezone),
            emergency_number=parse_short_number("emergency-number", emergency_number),
            phone=parse_phone("phone", phone),
            language=services.catalog.language(language).code,
            created_at=now,
            crisis_line=parse_crisis_line(crisis_line),
        )
        work.session.add(site)
        work.flush()
        work.record(now, OPERATOR, "site added", f"site:{site.id}")
        work.commit()
        return site.id


def add_staff(
    services: Services, *, site_id: int, name: str, phone: str, email: str, role: str, on_call: bool, now: datetime
) -> int:
    """Add a staff member; `on_call` begins a shift that lasts until it is ended."""
    if role not in list(Role):
        raise BadInput("role", f"{role!r} must be one of {', '.join(Role)}")
    if not name.strip():
        raise BadInput("name", "must not be empty")
    if "@" not in email.strip("@"):
        raise BadInput("email", f"{email!r} is no e-mail address")
    number = parse_phone("phone", phone)
    with services.work() as work:
        sites.get(work.session, site_id)
        person = StaffMember(
            site_id=site_id,
            name=name.strip(),
            phone=number,
            phone_index=work.phone_index(number),
            email=email,
            role=role,
            created_at=now,
        )
        work.session.add(person)
        work.flush()
        give_account(work, person, now)
        if on_call:
            work.session.add(Shift(staff_id=person.id, starts_at=now))
        work.record(now, OPERATOR, "staff added", f"staff:{person.id}", role=role, on_call=int(on_call))
        work.commit()
        return person.id


@dataclass(frozen=True, slots=True)
class Enrol:
    """What enrolling needs. Without `consented_at` the consent text goes first and nothing else until a yes.

    `flags`: what is true of the patient, of `service.core.flags.LASTING`; they can not be changed later, because
    schedules depend on them.
    """

    site_id: int
    phone: str
    language: str
    timezone: str
    infused_at: datetime
    protocol: str = DEFAULT_PROTOCOL
    caregiver_phone: str | None = None
    caregiver_language: str | None = None
    consented_at: datetime | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Enrolled:
    enrolment_id: int
    case_number: str
    warnings: tuple[str, ...]


def enrol(services: Services, request: Enrol, now: datetime, by: str = OPERATOR) -> Enrolled:
    """Enrol a patient (and a caregiver). Raises BadInput; in production also when nobody is on call."""
    with services.work() as work:
        done = enrol_within(work, services, request, now, by)
        work.commit()
        return done


def enrol_within(work: UnitOfWork, services: Services, request: Enrol, now: datetime, by: str) -> Enrolled:
    """`enrol` in the caller's transaction. `by`: who enrols, as the audit trail calls them."""
    phone = parse_phone("phone", request.phone)
    caregiver = parse_phone("caregiver-phone", request.caregiver_phone) if request.caregiver_phone else None
    if caregiver == phone:
        raise BadInput("caregiver-phone", "is the patient's own; a caregiver needs another phone")
    protocol = services.catalog.protocol(request.protocol)
    if not protocol.phases:
        raise BadInput("protocol", f"{request.protocol!r} has no schedule to enrol on")
    check_flags(request.flags)
    if request.consented_at is not None and request.consented_at > now:
        raise BadInput("consented-at", "lies in the future")
    site = sites.get(work.session, request.site_id)
    _refuse_second_enrolment(work, phone)
    warnings = _cover(work, services, site, now)
    if services.production:
        refuse_unapproved(services, "language", request.language, protocol)
        if request.caregiver_language:
            refuse_unapproved(services, "caregiver-language", request.caregiver_language, protocol)
    keep_protocol(work, protocol, now)
    case = case_of(work, services, _new_enrolment(work, request, protocol, now), now)
    patient = new_contact(case, ContactKind.PATIENT, phone, request.language)
    helper = None
    if caregiver is not None:
        helper = new_contact(case, ContactKind.CAREGIVER, caregiver, request.caregiver_language or request.language)
    if request.consented_at is None:
        ask_consent(case, patient)
    else:
        for contact in filter(None, (patient, helper)):
            _record(case, contact, "given", request.consented_at, source="paper")
        begin_watching(case)
    work.record(now, by, "enrolled", case.subject, protocol=protocol.key)
    case_number = work.session.get_one(Patient, case.enrolment.patient_id).case_number
    return Enrolled(case.enrolment.id, case_number, warnings)


def check_flags(names: tuple[str, ...]) -> None:
    """Raises BadInput unless all may be given at enrolment, and together."""
    problem = flags.problem(names)
    if problem:
        raise BadInput("flag", problem)


def _refuse_second_enrolment(work: UnitOfWork, phone: str) -> None:
    for contact in patients.contacts_with_phone(work.session, work.phone_index(phone)):
        enrolment = patients.enrolment_of(work.session, contact.patient_id)
        if contact.kind == ContactKind.PATIENT and enrolment and enrolment.state != EnrolmentState.ENDED:
            # No more than this: the other enrolment may be at a site of which the asker must learn nothing.
            raise BadInput("phone", "is already enrolled")


def refuse_unapproved(services: Services, field: str, language: str, protocol: Protocol) -> None:
    """What a clinician has not read and signed, exactly as it is now, is not sent to patients. Raises BadInput."""
    problem = review.why_not(services.catalog.language(language), protocol)
    if problem:
        raise BadInput(field, problem)


def _cover(work: UnitOfWork, services: Services, site: Site, now: datetime) -> tuple[str, ...]:
    """Nobody on call means that nobody answers at night: refused in production (clinical content, section 4)."""
    if staff.on_call_ids(work.session, site.id, now):
        return ()
    problem = f"nobody is on call at site {site.id}; add one with `aftercell staff add --on-call`"
    if services.production:
        raise BadInput("site", problem)
    return (problem,)


def _new_enrolment(work: UnitOfWork, request: Enrol, protocol: Protocol, now: datetime) -> Enrolment:
    patient = Patient(site_id=request.site_id, case_number=_new_case_number(work), created_at=now)
    work.session.add(patient)
    work.flush()
    enrolment = Enrolment(
        patient_id=patient.id,
        site_id=request.site_id,
        protocol_id=protocol.id,
        protocol_version=protocol.version,
        timezone=parse_zone("timezone", request.timezone),
        infused_at=request.infused_at,
        state=EnrolmentState.CONSENTING,
        created_at=now,
        latest_at=now,
        flags={"set": sorted(set(request.flags))},
    )
    work.session.add(enrolment)
    work.flush()
    return enrolment


def _new_case_number(work: UnitOfWork) -> str:
    while True:
        case_number = "".join(secrets.choice(CASE_ALPHABET) for _ in range(6))
        if not patients.case_exists(work.session, case_number):
            return case_number


def new_contact(case: Case, kind: ContactKind, phone: str, language: str) -> Contact:
    """A phone that has not consented to anything yet."""
    contact = Contact(
        patient_id=case.enrolment.patient_id,
        kind=kind,
        phone=phone,
        phone_index=case.work.phone_index(phone),
        language=case.services.catalog.language(language).code,
        created_at=case.now,
    )
    case.work.session.add(contact)
    case.work.flush()
    return contact


def ask_consent(case: Case, contact: Contact) -> None:
    """Send the consent text as the one question of a check-in, so that silence to it is followed up like any other."""
    is_patient = contact.kind == ContactKind.PATIENT
    question = case.protocol.consent if is_patient else case.protocol.caregiver_consent
    slot = f"consent:{contact.id}:{case.now.isoformat()}"
    checkin = conversations.open_checkin(case, contact, CheckInKind.CONSENT, slot, (question,))
    conversations.ask(case, contact, checkin, purpose=Purpose.CONSENT)


def consented(case: Case, contact: Contact, message_id: int) -> None:
    """A yes to the consent text: record it, and for the patient begin; the caregiver is asked next, for themselves."""
    _record(case, contact, "given", case.now, source="text", message_id=message_id)
    if contact.kind == ContactKind.CAREGIVER:
        plan_next(case)
        return
    begin_watching(case)
    helper = case.contact(ContactKind.CAREGIVER)
    if helper is not None and helper.consented_at is None:
        ask_consent(case, helper)


def declined(case: Case, contact: Contact, message_id: int) -> None:
    """A no to the consent text: nothing is watched, and nothing more is sent."""
    _record(case, contact, "declined", case.now, source="text", message_id=message_id)
    if contact.kind == ContactKind.PATIENT:
        case.enrolment.state = EnrolmentState.ENDED


def withdraw(case: Case, contact: Contact, message_id: int | None, *, source: str = "text") -> None:
    """An opt-out: from now on nothing is sent but what they themselves call for. The patient is no longer watched.
    `source`: how they said so, "text" or "staff"."""
    contact.opted_out_at = case.now
    _record(case, contact, "withdrawn", case.now, source=source, message_id=message_id)
    if contact.kind == ContactKind.PATIENT and case.enrolment.state in (EnrolmentState.ACTIVE, EnrolmentState.PAUSED):
        case.enrolment.state = EnrolmentState.UNWATCHED
        case.enrolment.next_checkin_at = None
    for checkin in checkins.open_of(case.work.session, case.enrolment.id):
        if checkin.contact_id == contact.id:
            conversations.close(case, checkin, CheckInState.WITHDRAWN)


def ask_consent_again(case: Case, contact: Contact) -> None:
    """START from someone who never said yes: START is no consent, so the consent text goes again."""
    contact.opted_out_at = None
    if contact.kind == ContactKind.PATIENT:
        case.enrolment.state = EnrolmentState.CONSENTING
    ask_consent(case, contact)


def resume(case: Case, contact: Contact, message_id: int) -> None:
    """START after an opt-out: watched again from now on; what was due meanwhile is not owed."""
    contact.opted_out_at = None
    contact.resumed_at = case.now
    _record(case, contact, "resumed", case.now, source="text", message_id=message_id)
    if contact.kind == ContactKind.PATIENT and case.enrolment.state == EnrolmentState.UNWATCHED:
        begin_watching(case)


def begin_watching(case: Case) -> None:
    """From now on every slot is owed a check-in."""
    case.enrolment.state = EnrolmentState.ACTIVE
    case.enrolment.began_at = case.enrolment.began_at or case.now
    case.enrolment.covered_until = case.now
    plan_next(case)


def plan_next(case: Case) -> None:
    """Set when the next slot after all that is covered falls due; the enrolment ends when none is left."""
    enrolment = case.enrolment
    if enrolment.state != EnrolmentState.ACTIVE or enrolment.covered_until is None:
        return
    slot = next_slot(
        case.protocol, enrolment.infused_at, case.zone, enrolment.covered_until, case.respondents(), case.lasting_flags
    )
    enrolment.next_checkin_at = slot.at if slot else None
    if slot is None:
        enrolment.state = EnrolmentState.ENDED


def _record(
    case: Case, contact: Contact, decision: str, at: datetime, *, source: str, message_id: int | None = None
) -> None:
    if decision == "given":
        contact.consented_at = at
    question = case.protocol.consent if contact.kind == ContactKind.PATIENT else case.protocol.caregiver_consent
    case.work.session.add(
        Consent(
            contact_id=contact.id,
            decision=decision,
            at=at,
            source=source,
            text_id=case.protocol.questions[question].text[0],
            language=contact.language,
            catalog_version=case.services.catalog.version(contact.language),
            message_id=message_id,
        )
    )
    case.work.record(case.now, f"contact:{contact.id}", f"consent {decision}", f"contact:{contact.id}", source=source)
