"""Rings when there is new work, so that workers need not wait for their next look.

On PostgreSQL by NOTIFY, from a thread and a connection of its own: a NOTIFY within the transaction would make all
transactions that ring commit one after the other. Many rings at once become one. On SQLite, where everybody who works
is in one process or looks once a second, by calling those who listen here. A ring that is lost costs one second.
"""

import threading
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
import structlog
from sqlalchemy import Engine

log = structlog.get_logger()

CHANNEL = "aftercell_work"
# In one statement, so that no commit waits for the disk: nothing is lost with a ring.
NOTIFY = f"SELECT set_config('synchronous_commit', 'off', true), pg_notify('{CHANNEL}', '')"
# A thread without rings ends after this many seconds; the next ring starts another.
IDLE_SECONDS = 10.0
LISTEN_SECONDS = 1.0
RECONNECT_SECONDS = 2.0

Heard = Callable[[], None]


class Bell:
    """The bell of one database. Safe to use from many threads."""

    def __init__(self, url: dict[str, Any] | None) -> None:
        """`url`: what psycopg connects with; None where there is no NOTIFY."""
        self._url = url
        self._listeners: list[Heard] = []
        self._rung = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def ring(self) -> None:
        """There is new work, committed. Never waits, never raises."""
        if self._url is None:
            for heard in tuple(self._listeners):
                heard()
            return
        with self._lock:
            self._rung.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._ring_out, args=(self._url,), name="bell", daemon=True)
                self._thread.start()

    def listen(self, heard: Heard, stopping: threading.Event) -> None:
        """Call `heard` at each ring, and whenever one may have been missed, until `stopping`. Blocks."""
        if self._url is None:
            self._listeners.append(heard)
            stopping.wait()
            self._listeners.remove(heard)
            return
        while not stopping.is_set():
            try:
                _listen(self._url, heard, stopping)
            except psycopg.Error as error:
                # Workers look once a second all the same.
                log.warning("cannot hear rings", action="bell", error=type(error).__name__)
                stopping.wait(RECONNECT_SECONDS)

    def _ring_out(self, url: dict[str, Any]) -> None:
        try:
            with psycopg.connect(**url, autocommit=True) as connection:
                while self._rung.wait(IDLE_SECONDS):
                    self._rung.clear()
                    connection.execute(NOTIFY)
        except psycopg.Error as error:
            log.warning("cannot ring", action="bell", error=type(error).__name__)
        finally:
            with self._lock:
                self._thread = None


def _listen(url: dict[str, Any], heard: Heard, stopping: threading.Event) -> None:
    with psycopg.connect(**url, autocommit=True) as connection:
        connection.execute(f"LISTEN {CHANNEL}")
        heard()
        while not stopping.is_set():
            for _ in connection.notifies(timeout=LISTEN_SECONDS, stop_after=1):
                heard()


_bells: WeakKeyDictionary[Engine, Bell] = WeakKeyDictionary()
_making = threading.Lock()


def bell_of(engine: Engine) -> Bell:
    """The one bell of this engine."""
    with _making:
        found = _bells.get(engine)
        if found is None:
            found = _bells[engine] = Bell(_address(engine))
        return found


def _address(engine: Engine) -> dict[str, Any] | None:
    if engine.dialect.name != "postgresql":
        return None
    _, parameters = engine.dialect.create_connect_args(engine.url)
    return dict(parameters)
