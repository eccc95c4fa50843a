"""Staff and the shifts in which they are on call."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.store.base import Base, Id, Sealed


class Role(StrEnum):
    """What somebody may do at a site; `service.flows.access` says what each may."""

    COORDINATOR = "coordinator"
    CLINICIAN = "clinician"
    TRANSLATOR = "translator"
    AUDITOR = "auditor"
    ADMIN = "admin"


PAGED = frozenset({Role.COORDINATOR, Role.CLINICIAN, Role.ADMIN})
"""Who answers for patients; the others are never paged."""


class StaffMember(Base):
    __tablename__ = "staff"
    __table_args__ = (Index("ix_staff_phone_index", "phone_index"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, init=False)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    name: Mapped[str] = mapped_column(Sealed)
    phone: Mapped[str] = mapped_column(Sealed)
    phone_index: Mapped[str] = mapped_column(String(64))
    email: Mapped[str] = mapped_column(Sealed)
    role: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True, default=None)


class Shift(Base):
    """On call from `starts_at` until `ends_at`; without an end, until someone ends it. `calendar_id`: where it was
    read from, None for one entered by hand."""

    __tablename__ = "shifts"

    id: Mapped[int] = mapped_column(Id, primary_key=True, init=False)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None] = mapped_column(default=None)
    calendar_id: Mapped[int | None] = mapped_column(ForeignKey("calendars.id"), index=True, default=None)


def of_site(session: Session, site_id: int) -> list[StaffMember]:
    return list(session.scalars(select(StaffMember).where(StaffMember.site_id == site_id).order_by(StaffMember.id)))


def admins(session: Session) -> list[StaffMember]:
    """The administrators of every site: they look after the service."""
    return list(session.scalars(select(StaffMember).where(StaffMember.role == Role.ADMIN).order_by(StaffMember.id)))


def answering(session: Session, site_id: int) -> list[StaffMember]:
    """The staff of a site who answer for patients: whom alerts may page."""
    return [person for person in of_site(session, site_id) if person.role in PAGED]


def of_account(session: Session, account_id: int) -> list[StaffMember]:
    """One row for each site that this person serves."""
    return list(
        session.scalars(select(StaffMember).where(StaffMember.account_id == account_id).order_by(StaffMember.id))
    )


def by_phone(session: Session, phone_index: str) -> list[StaffMember]:
    """Staff with this phone; one person may serve several sites."""
    return list(session.scalars(select(StaffMember).where(StaffMember.phone_index == phone_index)))


def on_call_ids(session: Session, site_id: int, now: datetime) -> frozenset[int]:
    """Who is on call at this site at this instant."""
    rows = session.scalars(
        select(Shift.staff_id)
        .join(StaffMember, StaffMember.id == Shift.staff_id)
        .where(
            StaffMember.site_id == site_id,
            Shift.starts_at <= now,
            or_(Shift.ends_at.is_(None), Shift.ends_at > now),
        )
    )
    return frozenset(rows)


def shifts_between(session: Session, site_id: int, start: datetime, end: datetime) -> list[Shift]:
    """Shifts at this site that run at any time between two instants, in order."""
    return list(
        session.scalars(
            select(Shift)
            .join(StaffMember, StaffMember.id == Shift.staff_id)
            .where(
                StaffMember.site_id == site_id,
                Shift.starts_at < end,
                or_(Shift.ends_at.is_(None), Shift.ends_at > start),
            )
            .order_by(Shift.starts_at, Shift.id)
        )
    )
