"""Fixtures that need a database, on both kinds; see `tests.databases`."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine

from service.store import schema
from service.store.base import Vault, make_engine
from service.store.uow import UnitOfWork, Work
from tests.databases import PostgresServer, postgres_server

DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def vault() -> Vault:
    return Vault([Fernet.generate_key().decode()], "a secret key for tests")


@pytest.fixture(scope="session")
def postgres(vault: Vault) -> Iterator[PostgresServer]:
    """The one PostgreSQL server of this run."""
    with postgres_server(vault) as server:
        yield server


@pytest.fixture(scope="session")
def migrated_sqlite(vault: Vault, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to be copied, never opened."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    engine = make_engine(f"sqlite:///{path}", vault)
    schema.upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database at the newest migration, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "aftercell.db"
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.migrated()
    yield url
    server.drop(url)


@pytest.fixture(params=DATABASES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.empty()
    yield url
    server.drop(url)


@pytest.fixture
def engine(database_url: str, vault: Vault) -> Iterator[Engine]:
    engine = make_engine(database_url, vault)
    yield engine
    engine.dispose()


@pytest.fixture
def work(engine: Engine, vault: Vault) -> Work:
    """Opens a unit of work."""
    return lambda: UnitOfWork(engine, vault)
