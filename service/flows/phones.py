"""What is on the screens of everybody's phones: a read model for the simulator, where no real person looks on."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from service.errors import NotFound
from service.flows.services import Services
from service.store.messages import Direction, Message
from service.store.patients import Contact, ContactKind, Enrolment, Patient
from service.store.sites import Site
from service.store.staff import StaffMember
from service.store.uow import UnitOfWork

# A simulator is for a handful of people; on a large database it shows the newest and stays quick.
MAX_PATIENTS = 20
MAX_STAFF = 10
BUBBLES = 40


class Holder(StrEnum):
    PATIENT = "patient"
    CAREGIVER = "caregiver"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Bubble:
    """One text on a screen. `own`: typed by the phone's owner. `at` is in the phone's zone."""

    id: int
    own: bool
    body: str
    at: datetime
    state: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Phone:
    """`key` names the phone without giving its number away. `direction` is that of its owner's language."""

    key: str
    number: str
    holder: Holder
    title: str
    language: str
    language_name: str
    direction: str
    zone: str
    bubbles: list[Bubble] = field(default_factory=list)


def every_phone(services: Services) -> list[Phone]:
    """All phones, each patient's followed by their caregivers', then those of staff; newest texts last."""
    with services.read_work() as work:
        phones: dict[str, Phone] = {}
        for phone in (*_of_contacts(work, services), *_of_staff(work, services)):
            # One phone may have two roles; that of a patient or caregiver is the more telling one.
            phones.setdefault(phone.key, phone)
        for key, bubble in _bubbles(work, phones):
            phones[key].bubbles.append(bubble)
    return list(phones.values())


def number_of(services: Services, key: str) -> str:
    """The number behind a phone's key. Raises NotFound."""
    with services.read_work() as work:
        for table in (Contact, StaffMember):
            number = work.session.scalar(select(table.phone).where(table.phone_index == key).limit(1))
            if number is not None:
                return number
    raise NotFound("there is no such phone")


def _of_contacts(work: UnitOfWork, services: Services) -> Iterable[Phone]:
    newest = select(Enrolment.id).order_by(Enrolment.id.desc()).limit(MAX_PATIENTS)
    rows = work.session.execute(
        select(Contact, Patient.case_number, Enrolment.timezone)
        .join(Patient, Patient.id == Contact.patient_id)
        .join(Enrolment, Enrolment.patient_id == Patient.id)
        .where(Enrolment.id.in_(newest))
        .order_by(Enrolment.id, Contact.id)
    )
    for contact, case_number, zone in rows:
        holder = Holder.PATIENT if contact.kind == ContactKind.PATIENT else Holder.CAREGIVER
        title = f"Patient {case_number}" if holder is Holder.PATIENT else f"Caregiver of {case_number}"
        yield _phone(services, contact, holder, title, contact.language, zone)


def _of_staff(work: UnitOfWork, services: Services) -> Iterable[Phone]:
    rows = work.session.execute(
        select(StaffMember, Site).join(Site, Site.id == StaffMember.site_id).order_by(StaffMember.id).limit(MAX_STAFF)
    )
    for person, site in rows:
        yield _phone(services, person, Holder.STAFF, f"{person.name}, {person.role}", site.language, site.timezone)


def _phone(
    services: Services, owner: Contact | StaffMember, holder: Holder, title: str, language: str, zone: str
) -> Phone:
    spoken = services.catalog.language(language)
    return Phone(
        key=owner.phone_index,
        number=owner.phone,
        holder=holder,
        title=title,
        language=spoken.code.replace("_", "-"),
        language_name=spoken.name,
        direction=spoken.direction,
        zone=zone,
    )


def _bubbles(work: UnitOfWork, phones: dict[str, Phone]) -> Iterable[tuple[str, Bubble]]:
    age = func.row_number().over(partition_by=Message.phone_index, order_by=Message.id.desc()).label("age")
    recent = select(Message.id, age).where(Message.phone_index.in_(phones)).subquery()
    rows = work.session.scalars(
        select(Message).join(recent, recent.c.id == Message.id).where(recent.c.age <= BUBBLES).order_by(Message.id)
    )
    for row in rows:
        yield (
            row.phone_index,
            Bubble(
                id=row.id,
                own=row.direction == Direction.INBOUND,
                body=row.body,
                at=row.created_at.astimezone(ZoneInfo(phones[row.phone_index].zone)),
                state=row.state,
                language=row.language.replace("_", "-") if row.language else None,
            ),
        )
