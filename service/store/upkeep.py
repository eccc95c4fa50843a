"""Bookkeeping of the service about itself: duties that one of many workers does, and alarms that were given."""

from datetime import datetime, timedelta

from sqlalchemy import String, delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.store.base import Base


class Duty(Base):
    """Something to be done every so often, by whichever worker comes first. `mark`: how far it has got."""

    __tablename__ = "duties"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    due_at: Mapped[datetime]
    mark: Mapped[datetime | None] = mapped_column(default=None)


class Alarm(Base):
    """Something is wrong with the service since then, and administrators were told. Gone when it is right again."""

    __tablename__ = "alarms"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    since: Mapped[datetime]


def is_due(session: Session, name: str, now: datetime) -> bool:
    """Whether it is worth claiming: asked once a second, and nearly always no."""
    found = session.get(Duty, name)
    return found is None or found.due_at <= now


def claim_duty(session: Session, name: str, now: datetime, every: timedelta, *, at_once: bool = False) -> Duty | None:
    """The duty, locked, if it is due, or `at_once`; due again after `every`. None: too early, or somebody else is
    claiming it."""
    query = select(Duty).where(Duty.name == name).with_for_update(skip_locked=True)
    found = session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        found = _first_time(session, name, now)
    if found is None or (found.due_at > now and not at_once):
        return None
    found.due_at = now + every
    return found


def _first_time(session: Session, name: str, now: datetime) -> Duty | None:
    duty = Duty(name=name, due_at=now)
    try:
        with session.begin_nested():
            session.add(duty)
    except IntegrityError:
        # It is there, and another worker holds it.
        return None
    return duty


def advance(session: Session, name: str, mark: datetime) -> None:
    """Note how far a duty has got; never backwards."""
    duty = session.scalars(select(Duty).where(Duty.name == name).with_for_update()).one()
    duty.mark = mark if duty.mark is None else max(duty.mark, mark)


def give_alarm(session: Session, name: str, now: datetime) -> bool:
    """Put an alarm on record. False when it has been given already."""
    try:
        with session.begin_nested():
            session.execute(insert(Alarm).values(name=name, since=now))
    except IntegrityError:
        return False
    return True


def end_alarm(session: Session, name: str) -> bool:
    """Take an alarm back. False when there was none."""
    return session.scalar(delete(Alarm).where(Alarm.name == name).returning(Alarm.name)) is not None


def alarms(session: Session) -> dict[str, datetime]:
    """What is wrong, and since when."""
    return {alarm.name: alarm.since for alarm in session.scalars(select(Alarm))}
