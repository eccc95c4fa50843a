"""The audit trail: who did or looked at what. Append-only (triggers refuse changes) and hash-chained, so that a row
changed, removed or slipped in behind the application's back shows."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import BigInteger, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.store.base import Base, Id

GENESIS = "0" * 64


class AuditEntry(Base):
    """`detail` is JSON and never holds a name, a phone or a message body."""

    __tablename__ = "audit"

    seq: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(80))
    detail: Mapped[str] = mapped_column(Text)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """One row: the end of the chain. Its lock puts writers in line; its hash shows when the tail was cut off."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True, slots=True)
class Deed:
    """Something to be put on record. `actor` is `staff:<id>`, `contact:<id>`, `service` or `operator`."""

    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, str | int | None]


def append(session: Session, deeds: list[Deed]) -> None:
    """Write these at the end of the chain, in this transaction. Called last, so that the head is locked briefly."""
    if not deeds:
        return
    head = session.scalar(select(AuditHead).where(AuditHead.id == 1).with_for_update())
    if head is None:
        head = AuditHead(id=1, seq=0, hash=GENESIS)
        session.add(head)
    for deed in deeds:
        detail = json.dumps(deed.detail, sort_keys=True)
        digest = _digest(head.seq + 1, deed.at, deed.actor, deed.action, deed.subject, detail, head.hash)
        session.add(
            AuditEntry(
                seq=head.seq + 1,
                at=deed.at,
                actor=deed.actor,
                action=deed.action,
                subject=deed.subject,
                detail=detail,
                previous_hash=head.hash,
                hash=digest,
            )
        )
        head.seq, head.hash = head.seq + 1, digest
    session.flush()


@dataclass(frozen=True, slots=True)
class Verification:
    """`broken_at` is the first entry that does not fit, None when all `entries` do. Note `head` down elsewhere: it is
    what shows later that the whole chain was not rewritten."""

    entries: int
    head: str
    broken_at: int | None


def verify(session: Session) -> Verification:
    """Walk the whole chain."""
    previous, count = GENESIS, 0
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.seq).execution_options(yield_per=1000)):
        count += 1
        digest = _digest(entry.seq, entry.at, entry.actor, entry.action, entry.subject, entry.detail, previous)
        if entry.seq != count or entry.previous_hash != previous or entry.hash != digest:
            return Verification(count, previous, entry.seq)
        previous = digest
    head = session.get(AuditHead, 1)
    expected = (head.seq, head.hash) if head else (0, GENESIS)
    return Verification(count, previous, None if expected == (count, previous) else count + 1)


def _digest(seq: int, at: datetime, actor: str, action: str, subject: str, detail: str, previous: str) -> str:
    # Microseconds and UTC: both databases give back exactly this.
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    line = json.dumps([seq, moment, actor, action, subject, detail, previous], ensure_ascii=False)
    return hashlib.sha256(line.encode()).hexdigest()
