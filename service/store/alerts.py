"""Alerts, the reasons that pile up on them, and the pages by which people are told."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from service.store.base import Base, Id, Sealed
from service.store.messages import Message


class AlertState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


UNRESOLVED = (AlertState.OPEN, AlertState.ACKNOWLEDGED)


class Alert(Base):
    """A human must answer for this. At most one per subject is unresolved; further findings append to it.

    `subject` is `enrolment:<id>` or, for a phone that belongs to nobody we know, `phone:<index>`.
    `raised_at`: when it was last raised (a worse finding starts the policy anew). `step`: the next step of the
    escalation policy. `page_text`: the text id of the next page. `next_page_at`: when that step is due; None only
    while acknowledged or resolved. `acknowledgement_expires_at`: when paging starts again unless an outcome was
    recorded. `outcome_kind`: what was done, in one of a few words that can be counted. `assigned_to`: who was asked to
    take it; that alone is no acknowledgement.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        Index("ix_alerts_due", "next_page_at"),
        Index("ix_alerts_expiring", "acknowledgement_expires_at"),
        Index(
            "uq_alerts_unresolved_subject",
            "site_id",
            "subject",
            unique=True,
            sqlite_where=text("state != 'resolved'"),
            postgresql_where=text("state != 'resolved'"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, init=False)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    subject: Mapped[str] = mapped_column(String(80))
    case_number: Mapped[str] = mapped_column(String(12))
    code: Mapped[str] = mapped_column(String(8))
    protocol_id: Mapped[str] = mapped_column(String(64))
    protocol_version: Mapped[int]
    level: Mapped[str] = mapped_column(String(16))
    minutes: Mapped[int]
    opened_at: Mapped[datetime]
    raised_at: Mapped[datetime]
    next_page_at: Mapped[datetime | None]
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolments.id"), default=None, index=True)
    state: Mapped[str] = mapped_column(String(16), default=AlertState.OPEN)
    step: Mapped[int] = mapped_column(default=0)
    page_text: Mapped[str] = mapped_column(String(32), default="page")
    acknowledged_at: Mapped[datetime | None] = mapped_column(default=None)
    acknowledged_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), default=None)
    acknowledgement_expires_at: Mapped[datetime | None] = mapped_column(default=None)
    resolved_at: Mapped[datetime | None] = mapped_column(default=None)
    resolved_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), default=None)
    outcome: Mapped[str | None] = mapped_column(Sealed, default=None)
    outcome_kind: Mapped[str | None] = mapped_column(String(24), default=None)
    assigned_to: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), default=None)
    reasons: Mapped[list["Reason"]] = relationship(init=False, viewonly=True, order_by="Reason.id")
    pages: Mapped[list["Page"]] = relationship(init=False, viewonly=True, order_by="Page.id")


class Reason(Base):
    """One rule that fired, kept with the words of the protocol at that time."""

    __tablename__ = "reasons"

    id: Mapped[int] = mapped_column(Id, primary_key=True, init=False)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"), index=True)
    rule_id: Mapped[str] = mapped_column(String(64))
    says: Mapped[str] = mapped_column(String(300))
    level: Mapped[str] = mapped_column(String(16))
    minutes: Mapped[int]
    at: Mapped[datetime]
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"), default=None)
    checkin_id: Mapped[int | None] = mapped_column(ForeignKey("checkins.id"), default=None)


class Page(Base):
    """One notification of one staff member; the text itself is `message`. `token` names the page to whoever answers a
    call, and cannot be guessed."""

    __tablename__ = "pages"
    __table_args__ = (Index("uq_pages_token", "token", unique=True),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, init=False)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), index=True)
    channel: Mapped[str] = mapped_column(String(16))
    step: Mapped[int]
    at: Mapped[datetime]
    token: Mapped[str | None] = mapped_column(String(64), default=None)
    acknowledged_at: Mapped[datetime | None] = mapped_column(default=None)
    message: Mapped[Message] = relationship(init=False, viewonly=True)


def unresolved_of(session: Session, site_id: int, subject: str) -> Alert | None:
    """The one alert of this subject that is not resolved, locked."""
    return session.scalar(
        select(Alert)
        .where(Alert.site_id == site_id, Alert.subject == subject, Alert.state.in_(UNRESOLVED))
        .with_for_update(of=Alert)
        .execution_options(populate_existing=True)
    )


def last_resolved_at(session: Session, enrolment_id: int) -> datetime | None:
    """When an alert about this enrolment was last closed by a member of staff."""
    return session.scalar(
        select(Alert.resolved_at)
        .where(Alert.enrolment_id == enrolment_id, Alert.resolved_at.is_not(None))
        .order_by(Alert.id.desc())
        .limit(1)
    )


def for_update(session: Session, alert_id: int) -> Alert | None:
    return session.scalar(
        select(Alert).where(Alert.id == alert_id).with_for_update(of=Alert).execution_options(populate_existing=True)
    )


def due_for_page(session: Session, now: datetime, limit: int) -> list[int]:
    """Ids of alerts that nobody has acknowledged and whose next step is due, longest waiting first."""
    return list(
        session.scalars(
            select(Alert.id)
            .where(Alert.next_page_at <= now, Alert.state == AlertState.OPEN)
            .order_by(Alert.next_page_at)
            .limit(limit)
        )
    )


def expired_acknowledgements(session: Session, now: datetime, limit: int) -> list[int]:
    """Ids of alerts that were acknowledged without anybody saying in time what was done."""
    return list(
        session.scalars(
            select(Alert.id)
            .where(Alert.acknowledgement_expires_at <= now, Alert.state == AlertState.ACKNOWLEDGED)
            .order_by(Alert.acknowledgement_expires_at)
            .limit(limit)
        )
    )


def paged_to(session: Session, staff_ids: list[int]) -> list[Alert]:
    """Unresolved alerts of which any of these staff members was paged, newest first."""
    return list(
        session.scalars(
            select(Alert)
            .where(
                Alert.state.in_(UNRESOLVED),
                Alert.id.in_(select(Page.alert_id).where(Page.staff_id.in_(staff_ids))),
            )
            .order_by(Alert.id.desc())
        )
    )


def codes_in_use(session: Session) -> frozenset[str]:
    return frozenset(session.scalars(select(Alert.code).where(Alert.state.in_(UNRESOLVED))))


def page_of_message(session: Session, message_id: int) -> Page | None:
    return session.scalar(select(Page).where(Page.message_id == message_id))


def page_of_token(session: Session, token: str) -> Page | None:
    """The page that a call was about."""
    return session.scalar(select(Page).where(Page.token == token))


def tokens_of(session: Session, message_ids: Collection[int]) -> dict[int, str]:
    """Message id -> token of its page, of those that have one."""
    rows = session.execute(select(Page.message_id, Page.token).where(Page.message_id.in_(message_ids)))
    return {message_id: token for message_id, token in rows if token is not None}


def paged_since(session: Session, page: Page, channel: str) -> bool:
    """Whether the same person has been paged by this channel for the same alert since this page."""
    found = session.scalar(
        select(Page.id)
        .where(
            Page.alert_id == page.alert_id,
            Page.staff_id == page.staff_id,
            Page.channel == channel,
            Page.at >= page.at,
        )
        .limit(1)
    )
    return found is not None


def answered(session: Session, message_ids: Collection[int]) -> frozenset[int]:
    """Of these pages, the ones whose alert somebody has acknowledged or resolved."""
    rows = session.scalars(
        select(Page.message_id)
        .join(Alert, Alert.id == Page.alert_id)
        .where(Page.message_id.in_(message_ids), Alert.state != AlertState.OPEN)
    )
    return frozenset(rows)
