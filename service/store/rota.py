"""Calendars that shifts are read from, and escalation policies that a site has made its own."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.store.base import Base, Id, Sealed


class Calendar(Base):
    """An on-call calendar of a site. `source` is where it is fetched again from, None for an uploaded file; calendar
    addresses often hold a secret, so it is sealed. `problem`: why the last reading failed."""

    __tablename__ = "calendars"

    id: Mapped[int] = mapped_column(Id, primary_key=True, init=False)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Sealed)
    read_at: Mapped[datetime]
    read_until: Mapped[datetime]
    source: Mapped[str | None] = mapped_column(Sealed, default=None)
    problem: Mapped[str | None] = mapped_column(String(300), default=None)


class SitePolicy(Base):
    """Whom to page for a level at one site, instead of the protocol's policy; `body` is an EscalationPolicy as JSON."""

    __tablename__ = "site_policies"
    __table_args__ = (UniqueConstraint("site_id", "level"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, init=False)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    level: Mapped[str] = mapped_column(String(16))
    body: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]
    changed_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))


def calendars_of(session: Session, site_id: int) -> list[Calendar]:
    return list(session.scalars(select(Calendar).where(Calendar.site_id == site_id).order_by(Calendar.id)))


def calendars_to_read(session: Session, before: datetime) -> list[Calendar]:
    """Calendars that were last read before then, longest ago first."""
    return list(session.scalars(select(Calendar).where(Calendar.read_at < before).order_by(Calendar.read_at)))


def policies_of(session: Session, site_id: int) -> dict[str, SitePolicy]:
    """By level."""
    rows = session.scalars(select(SitePolicy).where(SitePolicy.site_id == site_id))
    return {policy.level: policy for policy in rows}


def policy_of(session: Session, site_id: int, level: str) -> SitePolicy | None:
    return session.scalar(select(SitePolicy).where(SitePolicy.site_id == site_id, SitePolicy.level == level))
