"""The audit trail: who did or looked at what. Append-only (triggers refuse changes) and hash-chained, so that a row
changed, removed or slipped in behind the application's back shows."""

import hashlib
import json
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import BigInteger, Index, String, Text, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.store.base import Base, Id

GENESIS = "0" * 64


class AuditEntry(Base):
    """`detail` is JSON and never holds a name, a phone or a message body."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject", "subject", "seq"), Index("ix_audit_actor", "actor", "seq"))

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
    head = session.scalar(
        select(AuditHead).where(AuditHead.id == 1).with_for_update().execution_options(populate_existing=True)
    )
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


def entries(
    session: Session, *, actors: list[str], subjects: list[str], before: int | None, limit: int
) -> list[AuditEntry]:
    """What any of these did, or was done to any of those; latest first."""
    query = select(AuditEntry).where(or_(AuditEntry.actor.in_(actors), AuditEntry.subject.in_(subjects)))
    if before is not None:
        query = query.where(AuditEntry.seq < before)
    return list(session.scalars(query.order_by(AuditEntry.seq.desc()).limit(limit)))


@dataclass(frozen=True, slots=True)
class Verification:
    """`broken_at` is the first entry that does not fit, None when all `entries` do. Note `head` down elsewhere: it is
    what shows later that the whole chain was not rewritten."""

    entries: int
    head: str
    broken_at: int | None


def verify(session: Session) -> Verification:
    """Walk the whole chain. Others may append meanwhile."""
    before = _head(session)
    walked = _walk(session, before)
    if walked.broken_at is not None:
        return walked
    return replace(walked, broken_at=_wrong_end(walked, before, _head(session)))


_Head = tuple[int, str]


def _walk(session: Session, head: _Head | None) -> Verification:
    previous, count = GENESIS, 0
    query = select(AuditEntry).order_by(AuditEntry.seq).execution_options(yield_per=1000)
    with closing(session.scalars(query)) as entries:
        for entry in entries:
            count += 1
            digest = _digest(entry.seq, entry.at, entry.actor, entry.action, entry.subject, entry.detail, previous)
            fits = entry.seq == count and entry.previous_hash == previous and entry.hash == digest
            if not fits or (head and head[0] == count and head[1] != digest):
                return Verification(count, previous, entry.seq)
            previous = digest
    return Verification(count, previous, None)


def _wrong_end(walked: Verification, before: _Head | None, after: _Head | None) -> int | None:
    """Entries that came during the walk lie between the two heads; a chain that ends elsewhere was cut or added to."""
    if before is None or after is None or walked.entries < before[0]:
        return walked.entries + 1
    if walked.entries > after[0]:
        return after[0] + 1
    return None


def _head(session: Session) -> _Head | None:
    """The head as it is now, not as the session may remember it."""
    row = session.execute(select(AuditHead.seq, AuditHead.hash).where(AuditHead.id == 1)).first()
    return None if row is None else (row.seq, row.hash)


def _digest(seq: int, at: datetime, actor: str, action: str, subject: str, detail: str, previous: str) -> str:
    # Microseconds and UTC: both databases give back exactly this.
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    line = json.dumps([seq, moment, actor, action, subject, detail, previous], ensure_ascii=False)
    return hashlib.sha256(line.encode()).hexdigest()
