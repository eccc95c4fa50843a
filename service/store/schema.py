"""Brings a database to the schema of this version and tells whether it is there. All tables are known from here."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text

from service.errors import ConfigurationError
from service.store import (
    accounts,
    alerts,
    audit,
    checkins,
    messages,
    notes,
    patients,
    rota,
    sending,
    sites,
    staff,
    upkeep,
    workers,
)
from service.store.base import READ_ONLY, Base, translating_outages

# Importing an aggregate puts its tables on the metadata; one that is missing here has no table and is not resealed.
AGGREGATES = (
    accounts,
    alerts,
    audit,
    checkins,
    messages,
    notes,
    patients,
    rota,
    sending,
    sites,
    staff,
    upkeep,
    workers,
)
METADATA = Base.metadata

MIGRATIONS = Path(__file__).parents[2] / "migrations"

# Any number, but always the same one: processes that migrate at once wait for one another on it.
_LOCK = 7_105_113_419


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Migrate up to `revision`, wholly or not at all. Safe while others do the same.

    Raises StoreUnavailable, and ConfigurationError when the database holds migrations that this version does not know.
    """
    with _migrating(engine) as config:
        command.upgrade(config, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Migrate down to `revision`; "base" removes every table with its data. Raises what `upgrade` raises."""
    with _migrating(engine) as config:
        command.downgrade(config, revision)


def is_current(engine: Engine) -> bool:
    """Whether this version can work on the database: it has every migration that we know. Raises StoreUnavailable.

    Migrations that we do not know are of a later version. They expand before they contract, so this version stays
    ready while the next one is rolled out, and can be gone back to.
    """
    scripts = ScriptDirectory.from_config(_config())
    outdated = {script.revision for script in scripts.walk_revisions()} - set(scripts.get_heads())
    reader = engine.execution_options(**{READ_ONLY: True})
    with translating_outages(), reader.connect() as connection:
        present = set(MigrationContext.configure(connection).get_current_heads())
    return bool(present) and not present & outdated


@contextmanager
def _migrating(engine: Engine) -> Iterator[Config]:
    with translating_outages(), engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            _wait_for_turn(connection)
        config = _config()
        config.attributes["connection"] = connection
        try:
            yield config
        except CommandError as error:
            raise ConfigurationError(
                f"AFTERCELL_DATABASE_URL: cannot migrate this database, a later version may have: {error}"
            ) from error


def _wait_for_turn(connection: Connection) -> None:
    """On SQLite BEGIN IMMEDIATE does this."""
    connection.execute(text("SET LOCAL statement_timeout = '10min'"))
    connection.execute(text("SET LOCAL lock_timeout = '10min'"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    # A change that waits for a busy table makes everyone behind it wait too: rather give up and be run again.
    connection.execute(text("SET LOCAL lock_timeout = '4s'"))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
