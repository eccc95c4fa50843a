"""What staff change about a patient's follow-up: pauses, language and zone, caregivers, calls and notes, withdrawal."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from service.content import review
from service.core.schedule import slots
from service.errors import BadInput, Conflict, NotFound
from service.flows import enrolment, pausing
from service.flows.access import Actor, own_enrolment
from service.flows.case import Case, open_case
from service.flows.enrolment import parse_phone, parse_zone
from service.flows.services import Services
from service.flows.texting import Line, text_contact
from service.store import checkins
from service.store.messages import Purpose
from service.store.notes import Note, NoteKind
from service.store.patients import Contact, ContactKind, EnrolmentState

LONGEST_NOTE = 4000


@contextmanager
def _held(services: Services, actor: Actor, enrolment_id: int, now: datetime) -> Iterator[Case]:
    """The actor's own patient, locked; committed at the end unless something is raised. Raises NotFound."""
    with services.work() as work:
        own_enrolment(work, actor, enrolment_id)
        case = open_case(work, services, enrolment_id, now)
        yield case
        work.commit()


def pause(services: Services, actor: Actor, enrolment_id: int, now: datetime) -> None:
    """No scheduled check-ins while the patient is in hospital. Raises Conflict when there are none to pause."""
    with _held(services, actor, enrolment_id, now) as case:
        if case.enrolment.state != EnrolmentState.ACTIVE or case.protocol.pause is None:
            raise Conflict("the checks cannot be paused as things stand")
        pausing.pause(case, _patient(case))
        case.work.record(case.now, actor.key, "checks paused by staff", case.subject)


def resume(services: Services, actor: Actor, enrolment_id: int, now: datetime) -> None:
    """Checks go on, closely for some days. Raises Conflict when they are not paused."""
    with _held(services, actor, enrolment_id, now) as case:
        if case.enrolment.state != EnrolmentState.PAUSED:
            raise Conflict("the checks are not paused")
        pausing.resume(case, _patient(case))
        case.work.record(case.now, actor.key, "checks resumed by staff", case.subject)


def change_language(
    services: Services, actor: Actor, enrolment_id: int, contact_id: int, language: str, now: datetime
) -> None:
    """From now on this phone is texted in another language, and told so in it. Raises BadInput, NotFound."""
    with _held(services, actor, enrolment_id, now) as case:
        contact = _contact(case, contact_id)
        chosen = services.catalog.language(language)
        problem = review.why_not(chosen, case.protocol) if services.production else None
        if problem:
            raise BadInput("language", problem)
        if chosen.code == contact.language:
            return
        contact.language = chosen.code
        if contact.may_be_texted:
            text_contact(case, contact, (Line("language_changed"),), Purpose.REPLY)
        case.work.record(case.now, actor.key, "language changed", case.subject, contact=contact.id, to=chosen.code)


def change_zone(services: Services, actor: Actor, enrolment_id: int, zone: str, now: datetime) -> None:
    """The patient stays somewhere else: checks come at the same hours there. What has been asked today by the old clock
    is not asked again by the new one. Raises BadInput."""
    zone = parse_zone("timezone", zone)
    with _held(services, actor, enrolment_id, now) as case:
        if zone == case.enrolment.timezone:
            return
        case.enrolment.timezone = zone
        if case.enrolment.state == EnrolmentState.ACTIVE:
            _begin_anew(case)
        case.work.record(case.now, actor.key, "zone changed", case.subject, to=zone)


def _begin_anew(case: Case) -> None:
    """Nothing before this moment is owed by the new clock, nor any slot that the old one has opened already."""
    covered = case.now
    upcoming = slots(
        case.protocol, case.enrolment.infused_at, case.zone, case.now, case.respondents(), case.lasting_flags
    )
    for slot in upcoming:
        if not checkins.is_opened(case.work.session, case.enrolment.id, slot.key):
            break
        covered = slot.at
    case.enrolment.covered_until = covered
    _patient(case).resumed_at = covered
    enrolment.plan_next(case)


def add_caregiver(
    services: Services, actor: Actor, enrolment_id: int, phone: str, language: str, now: datetime
) -> None:
    """Ask somebody by text whether they will help. Raises BadInput, and Conflict when there is a caregiver already."""
    number = parse_phone("phone", phone)
    with _held(services, actor, enrolment_id, now) as case:
        present = case.contact(ContactKind.CAREGIVER)
        if present is not None and present.opted_out_at is None:
            raise Conflict("there is a caregiver already")
        if any(contact.phone == number for contact in case.contacts()):
            raise BadInput("phone", "belongs to this patient already")
        if case.enrolment.state == EnrolmentState.ENDED:
            raise Conflict("this patient is no longer followed")
        helper = enrolment.new_contact(case, ContactKind.CAREGIVER, number, language)
        enrolment.ask_consent(case, helper)
        case.work.record(case.now, actor.key, "caregiver asked", case.subject, contact=helper.id)


def log_call(
    services: Services, actor: Actor, enrolment_id: int, text: str, *, reached: bool | None, now: datetime
) -> None:
    """Write down a call, or (`reached` None) a note. Raises BadInput."""
    text = text.strip()
    if not text:
        raise BadInput("text", "is empty; say in a few words what was said or seen")
    if len(text) > LONGEST_NOTE:
        raise BadInput("text", f"is too long; {LONGEST_NOTE} characters at most")
    kind = NoteKind.NOTE if reached is None else NoteKind.CALL
    with _held(services, actor, enrolment_id, now) as case:
        case.work.session.add(
            Note(
                enrolment_id=enrolment_id,
                staff_id=actor.staff_id,
                kind=kind,
                at=case.now,
                text=text,
                reached=reached,
            )
        )
        case.work.record(case.now, actor.key, f"{kind} written", case.subject)


def withdraw(services: Services, actor: Actor, enrolment_id: int, contact_id: int, now: datetime) -> None:
    """They said, not by text, that they want no more texts. Raises Conflict when they have left already."""
    with _held(services, actor, enrolment_id, now) as case:
        contact = _contact(case, contact_id)
        if contact.opted_out_at is not None:
            raise Conflict("this phone has opted out already")
        enrolment.withdraw(case, contact, None, source="staff")
        case.work.record(case.now, actor.key, "withdrawn by staff", case.subject, contact=contact.id)


def _contact(case: Case, contact_id: int) -> Contact:
    found = next((contact for contact in case.contacts() if contact.id == contact_id), None)
    if found is None:
        raise NotFound("there is no such phone")
    return found


def _patient(case: Case) -> Contact:
    found = case.contact(ContactKind.PATIENT)
    if found is None:
        raise NotFound("this patient has no phone any more")
    return found
