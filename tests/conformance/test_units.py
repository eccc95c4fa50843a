"""A unit of work: all or nothing, and an honest word when the database is locked or gone."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from service.errors import StoreUnavailable
from service.store import alerts, messages, patients, sites
from service.store.alerts import Alert
from service.store.base import Vault, make_engine
from service.store.messages import Message
from service.store.patients import Enrolment
from service.store.sites import Site
from service.store.uow import UnitOfWork, Work
from tests.conformance import rows
from tests.conformance.together import together
from tests.databases import PostgresServer

ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def impatient(database_url: str, vault: Vault) -> Iterator[Work]:
    """Units that do not wait long for what another one holds."""
    engine = make_engine(database_url, vault, lock_wait=timedelta(milliseconds=50))
    yield lambda: UnitOfWork(engine, vault)
    engine.dispose()


def test_without_a_commit_nothing_changes(work: Work) -> None:
    with work() as unit:
        rows.add_site(unit.session)
    with work() as unit:
        assert sites.every(unit.session) == []


def test_an_error_on_the_way_changes_nothing_and_is_passed_on(work: Work) -> None:
    with pytest.raises(ZeroDivisionError), work() as unit:
        rows.add_site(unit.session)
        unit.flush()
        _ = 1 / 0
    with work() as unit:
        assert sites.every(unit.session) == []


def test_what_was_committed_stays_readable_after_the_unit(work: Work) -> None:
    with work() as unit:
        site = rows.add_site(unit.session)
        unit.commit()
    assert site.name == "St. Mary"


def test_a_row_that_another_unit_holds_makes_the_store_unavailable(work: Work, impatient: Work) -> None:
    with work() as unit:
        site = rows.add_site(unit.session)
        enrolment = rows.add_enrolment(unit.session, rows.add_contact(unit, site), site)
        unit.commit()
    with work() as holder:
        patients.enrolment_for_update(holder.session, enrolment.id)
        with pytest.raises(StoreUnavailable), impatient() as unit:
            patients.enrolment_for_update(unit.session, enrolment.id)
    with impatient() as unit:
        assert patients.enrolment_for_update(unit.session, enrolment.id).id == enrolment.id


def test_a_reader_does_not_wait_for_a_writer(work: Work, engine: Engine, vault: Vault) -> None:
    with work() as writer:
        rows.add_site(writer.session)
        with UnitOfWork(engine, vault, read_only=True) as reader:
            assert sites.every(reader.session) == []


@ON_POSTGRESQL
@pytest.mark.postgres
def test_a_row_is_read_anew_when_it_is_locked(work: Work) -> None:
    """What was loaded before the lock may be old by the time it is held. On SQLite nobody can come in between."""
    with work() as unit:
        site = rows.add_site(unit.session)
        enrolment = rows.add_enrolment(unit.session, rows.add_contact(unit, site), site)
        alert = rows.alert(site, f"enrolment:{enrolment.id}")
        message = rows.message(unit)
        unit.session.add_all([alert, message])
        unit.commit()
    with work() as unit:
        loaded = (
            unit.session.get_one(Enrolment, enrolment.id),
            unit.session.get_one(Alert, alert.id),
            unit.session.get_one(Message, message.id),
        )
        with work() as other:
            patients.enrolment_for_update(other.session, enrolment.id).last_level = "urgent"
            other.session.get_one(Alert, alert.id).level = "emergency"
            other.session.get_one(Message, message.id).attempts = 7
            other.commit()
        patients.enrolment_for_update(unit.session, enrolment.id)
        alerts.for_update(unit.session, alert.id)
        messages.texts_to_send(unit.session, rows.NOW, 1)
        assert (loaded[0].last_level, loaded[1].level, loaded[2].attempts) == ("urgent", "emergency", 7)


@ON_POSTGRESQL
@pytest.mark.postgres
def test_a_server_that_stops_makes_the_store_unavailable(
    work: Work, postgres: PostgresServer, database_url: str
) -> None:
    with work() as unit:
        site = rows.add_site(unit.session)
        unit.commit()
    with pytest.raises(StoreUnavailable), work() as unit:
        unit.session.get_one(Site, site.id)
        postgres.close_doors(database_url)
        rows.add_site(unit.session)
    with pytest.raises(StoreUnavailable), work() as unit:
        sites.every(unit.session)
    postgres.open_doors(database_url)
    with work() as unit:
        assert [found.id for found in sites.every(unit.session)] == [site.id]


@ON_POSTGRESQL
@pytest.mark.postgres
def test_a_server_that_stops_before_the_commit_makes_the_store_unavailable(
    work: Work, postgres: PostgresServer, database_url: str
) -> None:
    with pytest.raises(StoreUnavailable), work() as unit:
        rows.add_site(unit.session)
        postgres.close_doors(database_url)
        unit.commit()
    postgres.open_doors(database_url)
    with work() as unit:
        assert sites.every(unit.session) == []


@pytest.mark.parametrize("url", ["sqlite:////nonexistent/aftercell.db", "postgresql://x@/x?host=/nonexistent"])
def test_a_database_out_of_reach_makes_the_store_unavailable(vault: Vault, url: str) -> None:
    engine = make_engine(url, vault)
    with pytest.raises(StoreUnavailable), UnitOfWork(engine, vault) as unit:
        sites.every(unit.session)
    engine.dispose()


def test_a_missing_table_is_no_outage(work: Work, engine: Engine) -> None:
    """Coming again would not help: this has to be seen by an operator, not hidden behind "try again"."""
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE shifts"))
    with pytest.raises(DBAPIError, match="shifts"), work() as unit:
        unit.session.execute(text("SELECT * FROM shifts"))


def test_several_may_open_a_new_file_at_once(tmp_path: Path, vault: Vault) -> None:
    """As when web and worker start on an empty disk. Many files, for it went wrong with one in a hundred."""
    for number in range(30):

        def open_it() -> str:
            engine = make_engine(f"sqlite:///{tmp_path / f'{number}.db'}", vault)  # noqa: B023  used up at once
            with engine.begin() as connection:
                mode = connection.scalar(text("PRAGMA journal_mode"))
            engine.dispose()
            return str(mode)

        assert together(3, open_it) == ["wal"] * 3
