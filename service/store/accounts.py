"""Accounts: what a person signs in with. Their roles are those of the staff rows that name the account."""

from datetime import datetime

from sqlalchemy import BigInteger, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.store.base import Base, Id, Sealed


class Account(Base):
    """One person, found by `email_index`, the keyed index of the address in lower case.

    `session_token` is what a browser's session names; a new one ends all sessions. `totp_secret` is there once a second
    factor was set up; `totp_counter` is the last code used, so that none is taken twice. `failures` since the last
    success, `locked_until` when there were too many. `invitation`: digest of the token by which a password may be set.
    """

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(Id, primary_key=True, init=False)
    email: Mapped[str] = mapped_column(Sealed)
    email_index: Mapped[str] = mapped_column(String(64), unique=True)
    session_token: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    password_hash: Mapped[str | None] = mapped_column(String(255), default=None)
    totp_secret: Mapped[str | None] = mapped_column(Sealed, default=None)
    totp_counter: Mapped[int | None] = mapped_column(BigInteger, default=None)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(default=None)
    invitation: Mapped[str | None] = mapped_column(String(64), unique=True, default=None)
    invited_until: Mapped[datetime | None] = mapped_column(default=None)
    language: Mapped[str | None] = mapped_column(String(16), default=None)


def by_email(session: Session, email_index: str, *, lock: bool = False) -> Account | None:
    query = select(Account).where(Account.email_index == email_index)
    return session.scalar(query.with_for_update() if lock else query)


def by_session(session: Session, token: str) -> Account | None:
    return session.scalar(select(Account).where(Account.session_token == token))


def by_invitation(session: Session, digest: str) -> Account | None:
    """The account of an invitation, locked: it is good for one password."""
    return session.scalar(select(Account).where(Account.invitation == digest).with_for_update())


def for_update(session: Session, account_id: int) -> Account | None:
    return session.scalar(select(Account).where(Account.id == account_id).with_for_update())
