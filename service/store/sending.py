"""What all workers share about sending: how much each sender may still send now, and what is on hold."""

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Double, String, delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.store.base import Base

# More than any bucket holds: a new one is full, whatever its size.
BRIM = 1e9


class Sender(Base):
    """The token bucket of one sender (`service.core.pacing.Bucket`). `tokens` are segments, negative when in debt."""

    __tablename__ = "senders"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    tokens: Mapped[float] = mapped_column(Double)
    refilled_at: Mapped[datetime]


class HoldRow(Base):
    """Nothing goes out in `scope` before `until`; then one message is tried, and its fate decides.

    `scope`: "account", or the name of a route. The row exists as long as the trouble does.
    """

    __tablename__ = "holds"

    scope: Mapped[str] = mapped_column(String(16), primary_key=True)
    cause: Mapped[str] = mapped_column(String(32))
    since: Mapped[datetime]
    until: Mapped[datetime]


def sender(session: Session, name: str, now: datetime) -> Sender:
    """The bucket of this sender, locked: workers take from it one after the other. Made full when there is none."""
    query = select(Sender).where(Sender.name == name).with_for_update().execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        # If another worker makes it at the same moment, that is as good.
        with suppress(IntegrityError), session.begin_nested():
            session.execute(insert(Sender).values(name=name, tokens=BRIM, refilled_at=now))
        found = session.scalars(query).one()
    return found


def holds(session: Session) -> list[HoldRow]:
    return list(session.scalars(select(HoldRow).order_by(HoldRow.scope)))


def holds_to_probe(session: Session, now: datetime) -> list[HoldRow]:
    """Holds whose time has come, locked; a hold that another worker is looking at is skipped."""
    return list(
        session.scalars(
            select(HoldRow)
            .where(HoldRow.until <= now)
            .order_by(HoldRow.scope)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
    )


def hold(session: Session, scope: str, cause: str, now: datetime, until: datetime) -> bool:
    """Hold `scope`, or hold it longer. True when it was not held before."""
    row = session.scalar(
        select(HoldRow).where(HoldRow.scope == scope).with_for_update().execution_options(populate_existing=True)
    )
    if row is not None:
        row.until, row.cause = max(row.until, until), cause
        return False
    try:
        with session.begin_nested():
            session.execute(insert(HoldRow).values(scope=scope, cause=cause, since=now, until=until))
    except IntegrityError:
        # Another worker met the same refusal at the same moment and has told everybody.
        return False
    return True


def lift(session: Session, scopes: Collection[str]) -> list[str]:
    """End these holds. The scopes that were held."""
    gone = session.scalars(delete(HoldRow).where(HoldRow.scope.in_(scopes)).returning(HoldRow.scope))
    return list(gone)
