"""What all tables share: the declarative base, aware time, encryption at rest, and engines for both databases."""

import hashlib
import hmac
import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import BigInteger, DateTime, Dialect, Engine, Integer, LargeBinary, MetaData, create_engine, event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from service.errors import ConfigurationError, StoreUnavailable

READ_ONLY = "aftercell_read_only"
OUTAGE = "the database cannot be reached or is locked; try again"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, stored in UTC. A naive datetime raises: it has no place in a schedule that crosses zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: give it a zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Vault:
    """Seals names, phones and bodies, and makes the keyed index by which a phone is found again.

    `data_keys`: Fernet keys, newest first: the first seals, all open, so a new key is put in front and the old one
    stays until `aftercell keys reseal` has rewritten every row. `secret_key` keys the index and must not change.
    """

    def __init__(self, data_keys: Sequence[str], secret_key: str) -> None:
        if not data_keys:
            raise ConfigurationError("AFTERCELL_DATA_KEYS is empty; make a key with `aftercell new-key`")
        try:
            self._fernet = MultiFernet([Fernet(key) for key in data_keys])
        except ValueError as error:
            raise ConfigurationError(
                "AFTERCELL_DATA_KEYS holds a value that is no Fernet key; make one with `aftercell new-key`"
            ) from error
        self._index_key = hmac.digest(secret_key.encode(), b"aftercell phone index", hashlib.sha256)

    def seal(self, text: str) -> bytes:
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """Raises ConfigurationError when none of the keys opens it."""
        try:
            return self._fernet.decrypt(bytes(sealed)).decode()
        except InvalidToken as error:
            raise ConfigurationError("AFTERCELL_DATA_KEYS: no key opens a stored value; was a key removed?") from error

    def phone_index(self, phone: str) -> str:
        """The same for equal phones, useless without the key. `phone` is E.164 or whatever the carrier called it."""
        return hmac.new(self._index_key, phone.encode(), hashlib.sha256).hexdigest()


# An engine's types seal with that engine's vault; several engines (tests, key rotation) live side by side.
_vaults: WeakKeyDictionary[Dialect, Vault] = WeakKeyDictionary()


class Sealed(TypeDecorator[str]):
    """Text that is encrypted at rest."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else _vaults[dialect].seal(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else _vaults[dialect].open(value)


class SealedJson(TypeDecorator[dict[str, Any]]):
    """A JSON object that is encrypted at rest. Assign a new dict to change it: edits in place are not seen."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> bytes | None:
        return None if value is None else _vaults[dialect].seal(json.dumps(value, ensure_ascii=False, sort_keys=True))

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> dict[str, Any] | None:
        if value is None:
            return None
        opened: dict[str, Any] = json.loads(_vaults[dialect].open(value))
        return opened


# SQLite only counts up by itself on INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")


class Base(MappedAsDataclass, DeclarativeBase, kw_only=True):
    """All rows. Made with keywords, so that a required column cannot be forgotten."""

    # Names of our own, the same on both databases: a migration can only drop what it can name.
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime()}  # noqa: RUF012  SQLAlchemy reads it as a plain class attribute


def is_outage(error: BaseException | None) -> bool:
    """Whether this is what the libraries raise when the database is locked, stopped or out of reach."""
    if isinstance(error, OperationalError) and isinstance(error.orig, sqlite3.OperationalError):
        # SQLite's drawer for everything also holds wrong SQL, such as a table that is not there.
        return _primary_code(error.orig) != sqlite3.SQLITE_ERROR
    return isinstance(error, OperationalError | InterfaceError | PoolTimeout)


def _primary_code(error: sqlite3.Error) -> int:
    """Without the detail that SQLite puts into the upper bits."""
    return error.sqlite_errorcode & 0xFF


@contextmanager
def translating_outages() -> Iterator[None]:
    """Raises StoreUnavailable in place of an outage."""
    try:
        yield
    except SQLAlchemyError as error:
        if not is_outage(error):
            raise
        raise StoreUnavailable(OUTAGE) from error


def make_engine(database_url: str, vault: Vault, *, lock_wait: timedelta = timedelta(seconds=4)) -> Engine:
    """An engine for SQLite (one writer, durable before it answers) or PostgreSQL. Raises ConfigurationError.

    `lock_wait`: how long to wait for what another transaction holds before StoreUnavailable. Shorter than the time
    that a carrier gives its webhook.
    """
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        engine = _sqlite(url, lock_wait)
    elif url.get_backend_name() in ("postgresql", "postgres"):
        engine = _postgresql(url, lock_wait)
    else:
        raise ConfigurationError("AFTERCELL_DATABASE_URL must begin with sqlite:/// or postgresql://")
    _vaults[engine.dialect] = vault
    return engine


_WAL_PAUSE = 10  # milliseconds


def _sqlite(url: URL, lock_wait: timedelta) -> Engine:
    # One connection per thread that waits for the writer; SQLAlchemy's own begin is replaced, see _begin.
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        _use_wal(connection, lock_wait)
        for pragma in ("synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer takes its place before it reads, or two that read first would both fail when they write.
        read_only = connection.get_execution_options().get(READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _use_wal(connection: sqlite3.Connection, lock_wait: timedelta) -> None:
    """Readers and the writer do not wait for each other. SQLite gives up at once, instead of waiting as it does for
    other locks, when somebody else opens the same new file at this moment, so the waiting is done here."""
    patience = round(lock_wait.total_seconds() * 1000)
    connection.execute("PRAGMA busy_timeout=0")
    for waited in range(0, patience + 1, _WAL_PAUSE):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError as error:
            if _primary_code(error) != sqlite3.SQLITE_BUSY or waited + _WAL_PAUSE > patience:
                raise
            time.sleep(_WAL_PAUSE / 1000)
    connection.execute(f"PRAGMA busy_timeout={patience}")


def _postgresql(url: URL, lock_wait: timedelta) -> Engine:
    lock_timeout = f"{lock_wait.total_seconds() * 1000:.0f}"
    options = f"-c timezone=UTC -c lock_timeout={lock_timeout} -c statement_timeout=30000"
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=30,
        connect_args={"connect_timeout": 5, "options": options},
    )
