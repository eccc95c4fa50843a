"""The migrations: they build what the models describe, undo it, and bear two operators at once."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from service.errors import ConfigurationError, StoreUnavailable
from service.store import schema
from service.store.base import Vault, make_engine

ROOT = Path(__file__).parents[2]


def test_models_and_migrated_schema_agree(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True, "target_metadata": schema.METADATA}
        )
        assert compare_metadata(context, schema.METADATA) == []


def test_constraints_have_the_names_that_the_models_give_them(engine: Engine) -> None:
    """`compare_metadata` does not compare the names of keys; a later migration drops them by name."""
    with engine.connect() as connection:
        found = inspect(connection)
        for table in schema.METADATA.sorted_tables:
            described = {str(constraint.name) for constraint in table.foreign_key_constraints}
            assert {key["name"] for key in found.get_foreign_keys(table.name)} == described
            assert found.get_pk_constraint(table.name)["name"] == table.primary_key.name


def _scripts(migrations: Path) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(migrations))
    return ScriptDirectory.from_config(config)


def test_there_is_one_newest_migration() -> None:
    assert len(_scripts(schema.MIGRATIONS).get_heads()) == 1


def test_every_table_of_the_store_is_known() -> None:
    """In a process of its own: here other tests have imported everything."""
    everything = (
        "import pkgutil, importlib; import service.store; from service.store import schema;"
        "known = set(schema.METADATA.tables);"
        "[importlib.import_module(f'service.store.{m.name}') for m in pkgutil.iter_modules(service.store.__path__)];"
        "print(sorted(set(schema.METADATA.tables) - known))"
    )
    ended = subprocess.run([sys.executable, "-c", everything], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


def test_going_down_removes_everything_and_up_again_works(engine: Engine) -> None:
    schema.downgrade(engine, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    assert not schema.is_current(engine)
    schema.upgrade(engine)
    assert schema.is_current(engine)


def test_an_empty_database_is_not_current(empty_database_url: str, vault: Vault) -> None:
    engine = make_engine(empty_database_url, vault)
    assert not schema.is_current(engine)
    engine.dispose()


def test_a_database_that_is_ahead_is_current(engine: Engine) -> None:
    """The version that is still running stays ready while the next one, which has migrated already, is rolled out."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert schema.is_current(engine)
    with pytest.raises(ConfigurationError, match="9999"):
        schema.upgrade(engine)


def test_a_database_that_is_behind_is_not_current(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrations = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, migrations)
    (newest,) = _scripts(migrations).get_heads()
    next_one = f'revision = "9999"\ndown_revision = "{newest}"\ndef upgrade(): pass\ndef downgrade(): pass\n'
    (migrations / "versions" / "9999_next.py").write_text(next_one)
    monkeypatch.setattr(schema, "MIGRATIONS", migrations)
    assert not schema.is_current(engine)
    schema.upgrade(engine)
    assert schema.is_current(engine)


def test_a_migration_that_fails_leaves_nothing_half_done(empty_database_url: str, vault: Vault) -> None:
    engine = make_engine(empty_database_url, vault)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE heartbeats (in_the_way INTEGER)"))
    with pytest.raises(Exception, match="heartbeats"):
        schema.upgrade(engine)
    assert inspect(engine).get_table_names() == ["heartbeats"]
    engine.dispose()


def test_two_operators_may_migrate_at_once(empty_database_url: str) -> None:
    migrate = (
        "import sys; from service.store import schema; from service.store.base import Vault, make_engine;"
        "from cryptography.fernet import Fernet;"
        "engine = make_engine(sys.argv[1], Vault([Fernet.generate_key().decode()], 'secret'));"
        "print('ready', flush=True); sys.stdin.readline(); schema.upgrade(engine); print(schema.is_current(engine))"
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-c", migrate, empty_database_url],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    answers = []
    for process in both:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in both:
        answers.append(process.communicate(timeout=60))
    assert answers == [("True\n", "")] * 2


@pytest.mark.postgres
def test_a_database_out_of_reach_is_said_to_be_so(vault: Vault) -> None:
    engine = make_engine("postgresql://nobody@/nothing?host=/nonexistent", vault)
    with pytest.raises(StoreUnavailable):
        schema.is_current(engine)
    with pytest.raises(StoreUnavailable):
        schema.upgrade(engine)
    engine.dispose()
