"""Check-ins: one row for each due slot, from the first question to how it ended."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.store.base import Base, Id, SealedJson


class CheckInKind(StrEnum):
    """WELFARE asks the caregiver of a silent patient, ALARM whether help was reached, PAUSE whether a stay in hospital
    has ended. REMINDER asks nothing: it is answered when it is sent."""

    CONSENT = "consent"
    SCHEDULED = "scheduled"
    UNSOLICITED = "unsolicited"
    FOLLOW_UP = "follow_up"
    WELFARE = "welfare"
    ALARM = "alarm"
    PAUSE = "pause"
    REMINDER = "reminder"


class CheckInState(StrEnum):
    """OPEN ends as one of the others, always. ESCALATED: a human was alerted. UNDELIVERABLE: the same, because the
    text could not reach the phone. WITHDRAWN: the person opted out, which itself alerts."""

    OPEN = "open"
    ANSWERED = "answered"
    ESCALATED = "escalated"
    UNDELIVERABLE = "undeliverable"
    WITHDRAWN = "withdrawn"


class CheckIn(Base):
    """`slot` names the due moment and is unique per enrolment, so that two workers cannot open it twice.

    `covers_from`: the first slot that this check-in stands for (earlier than `scheduled_at` after an outage).
    `next_action_at`: when the silence ladder takes its next rung (None once ended). `ladder_step`: the next rung.
    `conversation`: `service.core.conversation.Conversation` as JSON.
    """

    __tablename__ = "checkins"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "slot"),
        Index("ix_checkins_due", "next_action_at"),
        Index("ix_checkins_contact", "contact_id", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, init=False)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    slot: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(16))
    phase_id: Mapped[str] = mapped_column(String(32))
    scheduled_at: Mapped[datetime]
    covers_from: Mapped[datetime]
    opened_at: Mapped[datetime]
    conversation: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    plan_id: Mapped[str] = mapped_column(String(64), default="")
    state: Mapped[str] = mapped_column(String(16), default=CheckInState.OPEN)
    asked_at: Mapped[datetime | None] = mapped_column(default=None)
    next_action_at: Mapped[datetime | None] = mapped_column(default=None)
    ladder_step: Mapped[int] = mapped_column(default=0)
    level: Mapped[str] = mapped_column(String(16), default="ok")
    closed_at: Mapped[datetime | None] = mapped_column(default=None)


def current_of(session: Session, contact_id: int) -> CheckIn | None:
    """The contact's latest check-in that was begun, whatever its state."""
    return session.scalar(
        select(CheckIn)
        .where(CheckIn.contact_id == contact_id, CheckIn.asked_at.is_not(None))
        .order_by(CheckIn.asked_at.desc(), CheckIn.id.desc())
        .limit(1)
    )


def open_of(session: Session, enrolment_id: int) -> list[CheckIn]:
    return list(
        session.scalars(
            select(CheckIn)
            .where(CheckIn.enrolment_id == enrolment_id, CheckIn.state == CheckInState.OPEN)
            .order_by(CheckIn.id)
        )
    )


def is_opened(session: Session, enrolment_id: int, slot: str) -> bool:
    """Whether the check-in of this slot was opened, whatever became of it."""
    found = session.scalar(select(CheckIn.id).where(CheckIn.enrolment_id == enrolment_id, CheckIn.slot == slot))
    return found is not None


def due_for_action(session: Session, now: datetime, limit: int) -> list[tuple[int, int]]:
    """(check-in id, enrolment id) of open check-ins whose next rung is due, earliest first."""
    rows = session.execute(
        select(CheckIn.id, CheckIn.enrolment_id)
        .where(CheckIn.next_action_at <= now, CheckIn.state == CheckInState.OPEN)
        .order_by(CheckIn.next_action_at)
        .limit(limit)
    )
    return [(checkin_id, enrolment_id) for checkin_id, enrolment_id in rows]


def still_due(session: Session, checkin_id: int, now: datetime) -> CheckIn | None:
    """The check-in, if its next rung is still due (asked again under the enrolment's lock)."""
    return session.scalar(
        select(CheckIn).where(
            CheckIn.id == checkin_id, CheckIn.state == CheckInState.OPEN, CheckIn.next_action_at <= now
        )
    )
