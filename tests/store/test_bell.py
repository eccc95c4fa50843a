"""A commit that brings work is heard at once, whoever commits and whoever listens."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine

from service.store.base import Vault, make_engine
from service.store.bell import bell_of
from service.store.uow import UnitOfWork, Work
from tests.conformance import rows
from tests.databases import PostgresServer

SOON = 20


@contextmanager
def listening(engine: Engine) -> Iterator[threading.Event]:
    heard, stopping = threading.Event(), threading.Event()
    ear = threading.Thread(target=bell_of(engine).listen, args=(heard.set, stopping))
    ear.start()
    try:
        if engine.dialect.name == "postgresql":
            # It says so when it begins to listen.
            assert heard.wait(SOON)
            heard.clear()
        yield heard
    finally:
        stopping.set()
        ear.join()


def queue_something(work: Work) -> None:
    with work() as unit:
        unit.session.add(rows.message(unit))
        unit.commit()


def test_a_queued_message_rings(engine: Engine, work: Work) -> None:
    with listening(engine) as heard:
        queue_something(work)
        assert heard.wait(SOON)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_another_process_hears_it(engine: Engine, vault: Vault, work: Work, database_url: str) -> None:
    other = make_engine(database_url, vault)
    with listening(other) as heard:
        queue_something(work)
        assert heard.wait(SOON)
    other.dispose()


def test_what_is_not_committed_does_not_ring(engine: Engine, work: Work) -> None:
    with listening(engine) as heard:
        with work() as unit:
            unit.session.add(rows.message(unit))
            unit.flush()
        with work() as unit:
            rows.add_site(unit.session)
            unit.commit()
        assert not heard.wait(0.3)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_it_is_heard_again_after_the_database_was_away(
    engine: Engine, vault: Vault, postgres: PostgresServer, database_url: str
) -> None:
    with listening(engine) as heard:
        postgres.close_doors(database_url)
        postgres.open_doors(database_url)
        # Whoever listens again may have missed something, and looks.
        assert heard.wait(SOON)
        heard.clear()
        queue_something(lambda: UnitOfWork(engine, vault))
        assert heard.wait(SOON)
