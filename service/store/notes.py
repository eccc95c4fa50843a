"""What staff write down about a patient: notes and phone calls, and how a text should have been read."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.store.base import Base, Id, Sealed, SealedJson


class NoteKind(StrEnum):
    NOTE = "note"
    CALL = "call"


class Note(Base):
    """`text` is what was said or seen, `reached` whether a call got through (None for a note)."""

    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(Id, primary_key=True, init=False)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Sealed)
    reached: Mapped[bool | None] = mapped_column(default=None)


class Correction(Base):
    """How a member of staff read a text that the reader took otherwise. The latest one of a message counts; `reading`
    has `temperature_c`, `answer` and `present`, as the labelled replies that the reader is measured by."""

    __tablename__ = "corrections"

    id: Mapped[int] = mapped_column(Id, primary_key=True, init=False)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]
    reading: Mapped[dict[str, Any]] = mapped_column(SealedJson)


def of_enrolment(session: Session, enrolment_id: int, limit: int) -> list[Note]:
    """Newest first."""
    return list(
        session.scalars(select(Note).where(Note.enrolment_id == enrolment_id).order_by(Note.id.desc()).limit(limit))
    )


def corrections_of(session: Session, message_ids: list[int]) -> dict[int, Correction]:
    """Message id -> the latest correction of it."""
    rows = session.scalars(select(Correction).where(Correction.message_id.in_(message_ids)).order_by(Correction.id))
    return {correction.message_id: correction for correction in rows}
