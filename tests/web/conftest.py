"""Our web application, listening, on both databases; its database can be taken away."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from service.store.base import Vault, make_engine
from service.web import build_web
from tests.databases import PostgresServer
from tests.serving import listening, port_of, serving
from tests.web.twilio_calls import NEXT_TOKEN, PUBLIC_URL, TOKEN, Twilio
from tests.world import World, make_world

Outage = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def engine(database_url: str, vault: Vault) -> Iterator[Engine]:
    """One that does not wait long for a lock, so that an outage is soon noticed."""
    engine = make_engine(database_url, vault, lock_wait=timedelta(milliseconds=100))
    yield engine
    engine.dispose()


@pytest.fixture
def world(engine: Engine, vault: Vault) -> World:
    return make_world(
        engine,
        vault,
        public_url=PUBLIC_URL,
        twilio_account_sid="AC00000000000000000000000000000000",
        twilio_messaging_service_sid="MG00000000000000000000000000000000",
        twilio_auth_tokens=(TOKEN, NEXT_TOKEN),
    )


@pytest.fixture
def app(world: World) -> Flask:
    return build_web(world.settings, world.engine, world.services, world.clock)


@pytest.fixture
def twilio(app: Flask) -> Iterator[Twilio]:
    with listening() as listener, serving(app, listener):
        yield Twilio(port_of(listener))


@pytest.fixture
def outage(request: pytest.FixtureRequest, database_url: str) -> Outage:
    """A block in which nothing can be written to the database; on PostgreSQL nothing read either."""
    if database_url.startswith("sqlite"):
        return lambda: _locked(make_url(database_url).database or "")
    server: PostgresServer = request.getfixturevalue("postgres")
    return lambda: _closed(server, database_url)


@contextmanager
def _locked(path: str) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")


@contextmanager
def _closed(server: PostgresServer, url: str) -> Iterator[None]:
    server.close_doors(url)
    yield
    server.open_doors(url)
