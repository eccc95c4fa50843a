"""Heartbeats: the sign of life of each worker process."""

from datetime import datetime

from sqlalchemy import String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.store.base import Base


class Heartbeat(Base):
    __tablename__ = "heartbeats"

    worker: Mapped[str] = mapped_column(String(80), primary_key=True)
    beat_at: Mapped[datetime]


def beat(session: Session, worker: str, now: datetime) -> None:
    session.merge(Heartbeat(worker=worker, beat_at=now))


def forget(session: Session, before: datetime) -> None:
    """Drop the signs of life of workers that are long gone; every start makes a new one."""
    session.execute(delete(Heartbeat).where(Heartbeat.beat_at < before))


def latest_beat(session: Session) -> datetime | None:
    return session.scalar(select(func.max(Heartbeat.beat_at)))
