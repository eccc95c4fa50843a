"""Real databases for tests: SQLite files and one PostgreSQL server, each test with a migrated database of its own.

The server is our own (see `tests.postgres_process`) unless AFTERCELL_TEST_DATABASE_URL names one.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from service.store import schema
from service.store.base import Vault, make_engine
from tests.postgres_process import PostgresProcess

SERVER_URL_VARIABLE = "AFTERCELL_TEST_DATABASE_URL"


class PostgresServer:
    """A server on which databases can be made. Made ones are dropped with it."""

    def __init__(self, url: URL, vault: Vault) -> None:
        """`url`: a database of the server from which others may be created."""
        self._url = url
        self._numbers = count()
        self._made: list[str] = []
        self._connection = psycopg.connect(
            url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
        )
        self._template = self._create("template1")
        engine = make_engine(self.url_of(self._template), vault)
        try:
            schema.upgrade(engine)
        finally:
            engine.dispose()

    def url_of(self, database: str) -> str:
        return self._url.set(drivername="postgresql", database=database).render_as_string(hide_password=False)

    def migrated(self) -> str:
        """URL of a new database at the newest migration."""
        return self.url_of(self._create(self._template))

    def empty(self) -> str:
        """URL of a new database without tables."""
        return self.url_of(self._create("template1"))

    def drop(self, url: str) -> None:
        """Drop a database that was made here, throwing out whoever is still connected."""
        name = make_url(url).database
        assert name in self._made
        self._connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        self._made.remove(name)

    def close_doors(self, url: str) -> None:
        """Make this database unreachable, for connections there are and for new ones, as if its server had stopped."""
        name = self._allow(url, "false")
        self._connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])

    def open_doors(self, url: str) -> None:
        """Undo `close_doors`."""
        self._allow(url, "true")

    def await_a_waiter(self, url: str) -> None:
        """Return when somebody in this database stands waiting for a lock."""
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
        deadline = time.monotonic() + 10
        while self._connection.execute(waiting, [make_url(url).database]).fetchone() == (0,):
            assert time.monotonic() < deadline, "nobody waits for a lock"

    def close(self) -> None:
        for name in list(self._made):
            self.drop(self.url_of(name))
        self._connection.close()

    def _allow(self, url: str, connections: str) -> str:
        name = make_url(url).database
        assert name in self._made
        self._connection.execute(
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(sql.Identifier(name), sql.SQL(connections))
        )
        return name

    def _create(self, template: str) -> str:
        name = f"aftercell_test_{os.getpid()}_{next(self._numbers)}"
        self._connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY wal_log").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        self._made.append(name)
        return name


@contextmanager
def postgres_server(vault: Vault) -> Iterator[PostgresServer]:
    """The server that AFTERCELL_TEST_DATABASE_URL names, or else our own until the block ends."""
    given = os.environ.get(SERVER_URL_VARIABLE)
    if given:
        with _closing(PostgresServer(make_url(given), vault)) as server:
            yield server
        return
    with PostgresProcess() as own, _closing(PostgresServer(own.url, vault)) as server:
        yield server


@contextmanager
def _closing(server: PostgresServer) -> Iterator[PostgresServer]:
    try:
        yield server
    finally:
        server.close()
