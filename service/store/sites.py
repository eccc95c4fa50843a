"""Sites: a hospital's programme, with the numbers its patients are told to call."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.errors import BadInput
from service.store.base import Base, Id


class Site(Base):
    """`phone` is the line that answers patients day and night ({TEAM}); `emergency_number` is that of the place.
    `crisis_line`: for people who may hurt themselves ({CRISIS}); None: the emergency number is given instead."""

    __tablename__ = "sites"

    id: Mapped[int] = mapped_column(Id, primary_key=True, init=False)
    name: Mapped[str] = mapped_column(String(120))
    timezone: Mapped[str] = mapped_column(String(64))
    emergency_number: Mapped[str] = mapped_column(String(16))
    phone: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    crisis_line: Mapped[str | None] = mapped_column(String(32), default=None)


def get(session: Session, site_id: int) -> Site:
    """Raises BadInput: a site is always named by the person at the keyboard."""
    site = session.get(Site, site_id)
    if site is None:
        raise BadInput("site", f"there is no site {site_id}; add one with `aftercell site add`")
    return site


def every(session: Session) -> list[Site]:
    return list(session.scalars(select(Site).order_by(Site.id)))


def zone_of(session: Session, site_id: int) -> ZoneInfo:
    return ZoneInfo(get(session, site_id).timezone)
