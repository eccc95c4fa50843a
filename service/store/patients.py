"""Patients, their contacts and consents, and the enrolment that a protocol runs on."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Dialect, ForeignKey, ForeignKeyConstraint, Index, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, undefer

from service.errors import NotFound
from service.store.base import Base, Id, Sealed, SealedJson


class ContactKind(StrEnum):
    PATIENT = "patient"
    CAREGIVER = "caregiver"


class EnrolmentState(StrEnum):
    """CONSENTING until the patient says yes; PAUSED while in hospital; UNWATCHED after an opt-out; ENDED when the
    protocol has run its course or consent was declined."""

    CONSENTING = "consenting"
    ACTIVE = "active"
    PAUSED = "paused"
    UNWATCHED = "unwatched"
    ENDED = "ended"


class Patient(Base):
    """`case_number` is all that a staff phone ever shows of a patient."""

    __tablename__ = "patients"

    id: Mapped[int] = mapped_column(Id, primary_key=True, init=False)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    case_number: Mapped[str] = mapped_column(String(12), unique=True)
    created_at: Mapped[datetime]


class Contact(Base):
    """A phone and who is behind it. `phone` is E.164."""

    __tablename__ = "contacts"
    __table_args__ = (Index("ix_contacts_phone_index", "phone_index"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, init=False)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patients.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    phone: Mapped[str] = mapped_column(Sealed)
    phone_index: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    channel: Mapped[str] = mapped_column(String(16), default="sms")
    consented_at: Mapped[datetime | None] = mapped_column(default=None)
    opted_out_at: Mapped[datetime | None] = mapped_column(default=None)
    resumed_at: Mapped[datetime | None] = mapped_column(default=None)
    unreachable_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def may_be_texted(self) -> bool:
        """Consent was given and not taken back."""
        return self.consented_at is not None and self.opted_out_at is None


class Consent(Base):
    """A decision and the exact wording it was given on; never changed, only followed by the next one."""

    __tablename__ = "consents"

    id: Mapped[int] = mapped_column(Id, primary_key=True, init=False)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    decision: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]
    source: Mapped[str] = mapped_column(String(16))
    text_id: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(16))
    catalog_version: Mapped[str] = mapped_column(String(16))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"), default=None)


class ProtocolVersion(Base):
    """The protocol as it was when an enrolment began: a later edit of the file does not change a running patient."""

    __tablename__ = "protocol_versions"

    protocol_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str] = mapped_column(Text)
    kept_at: Mapped[datetime]


class Enrolment(Base):
    """One patient on one protocol version. `infused_at` is day 0; `timezone` is where the patient stays.

    `next_checkin_at`: when to look for due check-ins next (None: nothing more is due). `covered_until`: every slot up
    to this instant has its check-in; what lies between it and now is owed. `last_level`: that of the latest check-in,
    for ladders that tighten after a worrying one. `latest_at`: the latest thing that happened, so that a clock that
    steps back never makes time run backwards for a patient. `flags`: what is true of the patient ("set", names of
    `service.core.flags`) and on which days they are watched closely again ("closely"). `history`: what
    `service.core.history.History` keeps; read only where a text is judged.
    """

    __tablename__ = "enrolments"
    __table_args__ = (
        Index("ix_enrolments_due", "next_checkin_at"),
        ForeignKeyConstraint(
            ["protocol_id", "protocol_version"], ["protocol_versions.protocol_id", "protocol_versions.version"]
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, init=False)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patients.id"), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    protocol_id: Mapped[str] = mapped_column(String(64))
    protocol_version: Mapped[int]
    timezone: Mapped[str] = mapped_column(String(64))
    infused_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    latest_at: Mapped[datetime]
    began_at: Mapped[datetime | None] = mapped_column(default=None)
    covered_until: Mapped[datetime | None] = mapped_column(default=None)
    next_checkin_at: Mapped[datetime | None] = mapped_column(default=None)
    last_level: Mapped[str] = mapped_column(String(16), default="ok")
    flags: Mapped[dict[str, Any] | None] = mapped_column(SealedJson, default=None)
    history: Mapped[dict[str, Any] | None] = mapped_column(SealedJson, default=None, deferred=True)
    patient: Mapped[Patient] = relationship(init=False, viewonly=True)


# By engine, since several live side by side in tests.
_protocol_bodies: WeakKeyDictionary[Dialect, dict[tuple[str, int], str]] = WeakKeyDictionary()


def protocol_body(session: Session, protocol_id: str, version: int) -> str | None:
    """The protocol as it was kept; asked of the database once, since a version never changes."""
    known = _protocol_bodies.setdefault(session.get_bind().dialect, {})
    body = known.get((protocol_id, version))
    if body is None:
        row = session.get(ProtocolVersion, (protocol_id, version))
        if row is None:
            return None
        body = known[protocol_id, version] = row.body
    return body


def enrolment_for_update(session: Session, enrolment_id: int) -> Enrolment:
    """The enrolment, locked: everything that happens to one patient happens one after the other."""
    enrolment = session.scalar(
        select(Enrolment)
        .where(Enrolment.id == enrolment_id)
        .with_for_update(of=Enrolment)
        .execution_options(populate_existing=True)
    )
    if enrolment is None:
        raise NotFound(f"there is no enrolment {enrolment_id}")
    return enrolment


def contacts_of(session: Session, patient_id: int) -> list[Contact]:
    return list(session.scalars(select(Contact).where(Contact.patient_id == patient_id).order_by(Contact.id)))


def contact_of_kind(session: Session, patient_id: int, kind: ContactKind) -> Contact | None:
    return session.scalar(
        select(Contact).where(Contact.patient_id == patient_id, Contact.kind == kind).order_by(Contact.id)
    )


def contacts_with_phone(session: Session, phone_index: str) -> list[Contact]:
    return list(session.scalars(select(Contact).where(Contact.phone_index == phone_index).order_by(Contact.id.desc())))


def opted_out(session: Session, contact_ids: Collection[int]) -> frozenset[int]:
    """Of these contacts, those that have opted out."""
    return frozenset(
        session.scalars(select(Contact.id).where(Contact.id.in_(contact_ids), Contact.opted_out_at.is_not(None)))
    )


def enrolment_of(session: Session, patient_id: int) -> Enrolment | None:
    """The patient's latest enrolment."""
    return session.scalar(
        select(Enrolment).where(Enrolment.patient_id == patient_id).order_by(Enrolment.id.desc()).limit(1)
    )


def enrolment_of_for_update(session: Session, patient_id: int) -> Enrolment | None:
    """The patient's latest enrolment, locked, with its history: what a text is judged by."""
    return session.scalar(
        select(Enrolment)
        .where(Enrolment.patient_id == patient_id)
        .order_by(Enrolment.id.desc())
        .limit(1)
        .options(undefer(Enrolment.history))
        .with_for_update(of=Enrolment)
        .execution_options(populate_existing=True)
    )


def enrolment_of_case(session: Session, site_id: int, case_number: str) -> Enrolment | None:
    """The latest enrolment of a case number at this site."""
    return session.scalar(
        select(Enrolment)
        .join(Patient, Patient.id == Enrolment.patient_id)
        .where(Patient.case_number == case_number, Enrolment.site_id == site_id)
        .order_by(Enrolment.id.desc())
        .limit(1)
    )


def any_followed(session: Session, site_id: int) -> bool:
    """Whether anybody at this site is asked, or about to be."""
    followed = (EnrolmentState.CONSENTING, EnrolmentState.ACTIVE, EnrolmentState.PAUSED)
    query = select(Enrolment.id).where(Enrolment.site_id == site_id, Enrolment.state.in_(followed))
    return session.scalar(query.limit(1)) is not None


def listed(
    session: Session,
    site_id: int,
    *,
    case_number: str | None,
    phone_index: str | None,
    state: str | None,
    before: int | None,
    limit: int,
) -> list[tuple[Enrolment, str, str]]:
    """(enrolment, case number, the patient's language) at a site, latest first; each condition narrows."""
    query = (
        select(Enrolment, Patient.case_number, Contact.language)
        .join(Patient, Patient.id == Enrolment.patient_id)
        .join(Contact, Contact.patient_id == Patient.id)
        .where(Enrolment.site_id == site_id, Contact.kind == ContactKind.PATIENT)
        .order_by(Enrolment.id.desc())
        .limit(limit)
    )
    if case_number is not None:
        query = query.where(Patient.case_number == case_number)
    if phone_index is not None:
        theirs = select(Contact.patient_id).where(Contact.phone_index == phone_index)
        query = query.where(Enrolment.patient_id.in_(theirs))
    if state is not None:
        query = query.where(Enrolment.state == state)
    if before is not None:
        query = query.where(Enrolment.id < before)
    return [(enrolment, number, language) for enrolment, number, language in session.execute(query)]


def due_for_checkin(session: Session, now: datetime, limit: int) -> list[int]:
    """Ids of active enrolments whose next check-in is due, longest waiting first."""
    return list(
        session.scalars(
            select(Enrolment.id)
            .where(Enrolment.next_checkin_at <= now, Enrolment.state == EnrolmentState.ACTIVE)
            .order_by(Enrolment.next_checkin_at)
            .limit(limit)
        )
    )


def claim_due(session: Session, enrolment_id: int, now: datetime) -> Enrolment | None:
    """The enrolment, locked, if it is still due and no other worker holds it."""
    return session.scalar(
        select(Enrolment)
        .where(Enrolment.id == enrolment_id, Enrolment.next_checkin_at <= now, Enrolment.state == EnrolmentState.ACTIVE)
        .with_for_update(of=Enrolment, skip_locked=True)
        .execution_options(populate_existing=True)
    )


def case_exists(session: Session, case_number: str) -> bool:
    return session.scalar(select(Patient.id).where(Patient.case_number == case_number)) is not None
