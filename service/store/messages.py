"""Messages in both directions, the attempts to send them, and the carrier's receipts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    bindparam,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.core.delivery import Lane, State, states_before
from service.store.base import Base, Id, Sealed, SealedJson

# How many values a statement is given at most; SQLite and PostgreSQL both take this many.
PARAMETERS = 500


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Handling(StrEnum):
    """States of an inbound message: RECEIVED is durable but not yet acted on; UNREADABLE became an alert itself."""

    RECEIVED = "received"
    HANDLED = "handled"
    UNREADABLE = "unreadable"


class Purpose(StrEnum):
    """Why a message exists. PAGE and PAGE_REPLY go to staff, OPERATORS to administrators; SAFETY advises a patient at
    once."""

    CONSENT = "consent"
    CHECKIN = "checkin"
    REMINDER = "reminder"
    WELFARE = "welfare"
    SAFETY = "safety"
    REPLY = "reply"
    OPT_OUT = "opt_out"
    PAGE = "page"
    PAGE_REPLY = "page_reply"
    OPERATORS = "operators"
    INBOUND = "inbound"


_QUEUED = text("state = 'queued'")
_WAITING = text("state IN ('queued', 'sending')")


class Message(Base):
    """One text or e-mail. For inbound rows `phone` is the sender and `reading` what was understood;
    `unclear`: it could not be vouched for, kept in the clear so that it can be counted.

    `due_at`: not sent earlier. `expires_at`: not sent later. `lease_until`: a worker is at it until then; an outbound
    row still `sending` after that has an unknown outcome. `look_at`: when to ask the provider what became of it.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_outbox", "state", "lane", "due_at"),
        Index("ix_messages_look", "look_at"),
        Index("ix_messages_contact", "contact_id", "id"),
        Index("ix_messages_phone_index", "phone_index"),
        Index("ix_messages_waiting", "phone_index", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("ix_messages_expiring", "expires_at", sqlite_where=_QUEUED, postgresql_where=_QUEUED),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, init=False)
    direction: Mapped[str] = mapped_column(String(8))
    phone: Mapped[str] = mapped_column(Sealed)
    phone_index: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Sealed)
    purpose: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    channel: Mapped[str] = mapped_column(String(16), default="sms")
    lane: Mapped[int] = mapped_column(default=0)
    language: Mapped[str | None] = mapped_column(String(16), default=None)
    text_id: Mapped[str | None] = mapped_column(String(64), default=None)
    catalog_version: Mapped[str | None] = mapped_column(String(16), default=None)
    fallback: Mapped[bool] = mapped_column(default=False)
    provider_id: Mapped[str | None] = mapped_column(String(64), unique=True, default=None)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"), default=None)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"), default=None)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), default=None)
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolments.id"), default=None)
    checkin_id: Mapped[int | None] = mapped_column(ForeignKey("checkins.id"), default=None)
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    lease_until: Mapped[datetime | None] = mapped_column(default=None)
    look_at: Mapped[datetime | None] = mapped_column(default=None)
    attempts: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str | None] = mapped_column(String(32), default=None)
    media: Mapped[int] = mapped_column(default=0)
    carrier_opt_out: Mapped[str | None] = mapped_column(String(16), default=None)
    reading: Mapped[dict[str, Any] | None] = mapped_column(SealedJson, default=None)
    level: Mapped[str | None] = mapped_column(String(16), default=None)
    unclear: Mapped[bool | None] = mapped_column(default=None)
    handled_at: Mapped[datetime | None] = mapped_column(default=None)
    failures: Mapped[int] = mapped_column(default=0)


class Attempt(Base):
    """One try to hand a message to the gateway; written before the call, so that a crash leaves a trace."""

    __tablename__ = "attempts"

    id: Mapped[int] = mapped_column(Id, primary_key=True, init=False)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), index=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    outcome: Mapped[str | None] = mapped_column(String(16), default=None)
    code: Mapped[str | None] = mapped_column(String(32), default=None)
    provider_id: Mapped[str | None] = mapped_column(String(64), default=None)


class Receipt(Base):
    """What the carrier said, as it said it; kept even where it moved nothing."""

    __tablename__ = "receipts"
    __table_args__ = (UniqueConstraint("message_id", "provider_id", "status", "code"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, init=False)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), index=True)
    provider_id: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(32))
    code: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]


def by_provider_id(session: Session, provider_id: str) -> Message | None:
    return session.scalar(select(Message).where(Message.provider_id == provider_id))


def known_provider_ids(session: Session, provider_ids: Sequence[str]) -> set[str]:
    """Those of the provider's ids that a message of ours has."""
    known: set[str] = set()
    for start in range(0, len(provider_ids), PARAMETERS):
        some = provider_ids[start : start + PARAMETERS]
        known.update(filter(None, session.scalars(select(Message.provider_id).where(Message.provider_id.in_(some)))))
    return known


def unhandled(session: Session, before: datetime, limit: int) -> list[int]:
    """Inbound messages that are stored but not acted on, oldest first (patients' order of texting)."""
    return list(
        session.scalars(
            select(Message.id)
            .where(
                Message.direction == Direction.INBOUND, Message.state == Handling.RECEIVED, Message.created_at <= before
            )
            .order_by(Message.id)
            .limit(limit)
        )
    )


def pages_to_send(session: Session, now: datetime, channels: Collection[str], limit: int) -> list[Message]:
    """Pages that are due on these channels, longest waiting first, locked; those that others hold are skipped."""
    return _taken(session, _due(session, now, limit, Message.lane == Lane.PAGE, Message.channel.in_(channels)))


def texts_to_send(session: Session, now: datetime, limit: int) -> list[Message]:
    """Texts to patients and caregivers that are due, most important lane first, locked; those that others hold are
    skipped. Of one phone only the first: advice must not arrive after the question that follows it."""
    # Some will have to wait for another to the same phone. Were these all of them, the next look finds others.
    due = _due(session, now, 2 * limit + SPARE if limit > 0 else 0, Message.lane > Lane.PAGE)
    before = _first_in_line(session, now, {waiting.phone_index for waiting in due})
    return _taken(session, [waiting for waiting in due if before.get(waiting.phone_index) == waiting.id][:limit])


SPARE = 16


class _Waiting(NamedTuple):
    id: int
    phone_index: str


def _due(session: Session, now: datetime, limit: int, *wanted: ColumnElement[bool]) -> list[_Waiting]:
    """Locked, and no more of them read than is needed to choose: opening what is sealed takes its time."""
    if limit <= 0:
        return []
    of_use = or_(Message.expires_at.is_(None), Message.expires_at > now)
    rows = session.execute(
        select(Message.id, Message.phone_index)
        .where(Message.state == State.QUEUED, Message.due_at <= now, of_use, *wanted)
        .order_by(Message.lane, Message.due_at, Message.id)
        .limit(limit)
        .with_for_update(of=Message, skip_locked=True)
    )
    return [_Waiting(message_id, phone_index) for message_id, phone_index in rows]


def _first_in_line(session: Session, now: datetime, phones: Collection[str]) -> dict[str, int]:
    """Phone -> the text that comes first there. One that is on its way comes before all that is not more urgent.

    Two questions instead of one with a condition on other rows: whatever the database knows of its tables by then, it
    answers both by an index.
    """
    if not phones:
        return {}
    rows = session.execute(
        select(Message.phone_index, Message.id, Message.lane, Message.state, Message.due_at).where(
            Message.phone_index.in_(phones),
            Message.state.in_((State.QUEUED, State.SENDING)),
            Message.lane > Lane.PAGE,
            or_(Message.state == State.SENDING, Message.due_at <= now),
        )
    )
    first: dict[str, tuple[tuple[int, bool, datetime, int], int]] = {}
    for phone_index, message_id, lane, state, due_at in rows:
        rank = (lane, state != State.SENDING, due_at, message_id)
        if phone_index not in first or rank < first[phone_index][0]:
            first[phone_index] = (rank, message_id)
    return {phone_index: message_id for phone_index, (_, message_id) in first.items()}


def _taken(session: Session, chosen: Sequence[_Waiting]) -> list[Message]:
    """The messages themselves, in the given order; they are locked already."""
    if not chosen:
        return []
    ids = [waiting.id for waiting in chosen]
    rows = session.scalars(select(Message).where(Message.id.in_(ids)).execution_options(populate_existing=True))
    by_id = {message.id: message for message in rows}
    return [by_id[message_id] for message_id in ids]


def begin_attempts(session: Session, chosen: Sequence[Message], now: datetime, lease_until: datetime) -> list[Attempt]:
    """Put on record that these are about to be handed over; other workers leave them alone until the lease ends."""
    attempts = [Attempt(message_id=message.id, started_at=now) for message in chosen]
    for message in chosen:
        message.state, message.lease_until, message.look_at = State.SENDING, lease_until, None
        message.attempts += 1
    session.add_all(attempts)
    session.flush()
    return attempts


def overdue(session: Session, now: datetime, limit: int) -> list[int]:
    """Ids of queued messages that are no longer of use."""
    return list(
        session.scalars(
            select(Message.id)
            .where(Message.state == State.QUEUED, Message.expires_at <= now)
            .order_by(Message.expires_at)
            .limit(limit)
        )
    )


def queued_pages(session: Session, limit: int) -> list[Message]:
    """Pages by text or call that wait to be sent, longest waiting first."""
    return list(
        session.scalars(
            select(Message)
            .where(
                Message.state == State.QUEUED,
                Message.lane == Lane.PAGE,
                Message.channel != "email",
                Message.purpose == Purpose.PAGE,
            )
            .order_by(Message.due_at, Message.id)
            .limit(limit)
        )
    )


def stranded(session: Session, now: datetime, limit: int) -> list[int]:
    """Ids of messages whose worker died while it was sending: nobody knows whether the gateway took them."""
    return list(
        session.scalars(
            select(Message.id)
            .where(Message.state == State.SENDING, Message.lease_until <= now)
            .order_by(Message.lane, Message.id)
            .limit(limit)
        )
    )


def move(session: Session, message_id: int, allowed: frozenset[State], to: State) -> bool:
    """Change state only from an allowed one. False: somebody else moved it first, which is an answer, not an error."""
    moved = session.execute(
        update(Message)
        .where(Message.id == message_id, Message.state.in_(allowed))
        .values(state=to)
        .returning(Message.id)
    )
    return moved.first() is not None


def claim_unhandled(session: Session, message_id: int) -> Message | None:
    """The inbound message, locked, if nobody has acted on it or is doing so."""
    return session.scalar(
        select(Message)
        .where(Message.id == message_id, Message.state == Handling.RECEIVED)
        .with_for_update(of=Message, skip_locked=True)
        .execution_options(populate_existing=True)
    )


def last_outbound_ids(session: Session, contact_ids: list[int]) -> dict[int, int]:
    """Contact id -> id of the latest text sent to it."""
    rows = session.execute(
        select(Message.contact_id, func.max(Message.id))
        .where(Message.contact_id.in_(contact_ids), Message.direction == Direction.OUTBOUND)
        .group_by(Message.contact_id)
    )
    return {contact_id: message_id for contact_id, message_id in rows if contact_id is not None}


def texted_since(session: Session, phone_index: str, since: datetime) -> bool:
    """Whether anything was sent to this phone since then: what keeps two machines from texting each other for ever."""
    found = session.scalar(
        select(Message.id)
        .where(Message.phone_index == phone_index, Message.direction == Direction.OUTBOUND, Message.created_at >= since)
        .limit(1)
    )
    return found is not None


def due_for_look(session: Session, now: datetime, limit: int) -> list[int]:
    """Ids of texts whose fate the provider should be asked about by now."""
    return list(
        session.scalars(select(Message.id).where(Message.look_at <= now).order_by(Message.look_at).limit(limit))
    )


def for_update(session: Session, message_id: int) -> Message | None:
    return session.scalar(
        select(Message)
        .where(Message.id == message_id)
        .with_for_update(of=Message)
        .execution_options(populate_existing=True)
    )


@dataclass(frozen=True, slots=True)
class Acceptance:
    """An attempt that the provider has accepted: the state that follows, and when to ask for news."""

    message_id: int
    attempt_id: int
    provider_id: str
    state: State
    look_at: datetime | None


def accept(session: Session, accepted: Sequence[Acceptance], now: datetime) -> None:
    """Write down many at once, without reading them. A message that a receipt has moved further stays there."""
    in_order = sorted(accepted, key=lambda one: one.message_id)
    session.connection().execute(
        update(Attempt)
        .where(Attempt.id == bindparam("row"))
        .values(ended_at=now, outcome="accepted", provider_id=bindparam("sid")),
        [{"row": one.attempt_id, "sid": one.provider_id} for one in in_order],
    )
    for state in {one.state for one in in_order}:
        session.connection().execute(
            update(Message)
            # Spelt out: a list of values cannot be given to many statements at once.
            .where(Message.id == bindparam("row"), or_(*(Message.state == before for before in states_before(state))))
            .values(
                state=state,
                provider_id=func.coalesce(Message.provider_id, bindparam("sid")),
                lease_until=None,
                look_at=bindparam("look"),
            ),
            [
                {"row": one.message_id, "sid": one.provider_id, "look": one.look_at}
                for one in in_order
                if one.state is state
            ],
        )


def attempts_of(session: Session, message_id: int) -> list[Attempt]:
    return list(session.scalars(select(Attempt).where(Attempt.message_id == message_id).order_by(Attempt.id)))


def receipt_known(session: Session, message_id: int, provider_id: str, status: str, code: str) -> bool:
    found = session.scalar(
        select(Receipt.id).where(
            Receipt.message_id == message_id,
            Receipt.provider_id == provider_id,
            Receipt.status == status,
            Receipt.code == code,
        )
    )
    return found is not None


def provider_ids_to(session: Session, phone_index: str, since: datetime) -> frozenset[str]:
    """Provider ids of texts to this phone written since a little before then: a text found at the provider that is one
    of these is not the one we miss."""
    rows = session.scalars(
        select(Message.provider_id).where(
            Message.phone_index == phone_index,
            Message.provider_id.is_not(None),
            Message.created_at >= since - timedelta(days=1),
        )
    )
    return frozenset(provider_id for provider_id in rows if provider_id)
