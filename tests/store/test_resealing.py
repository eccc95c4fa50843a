"""Key rotation: put a new key in front, reseal, take the old key away; nothing is lost on the way."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from service.errors import ConfigurationError
from service.flows.accounts import give_account
from service.store import patients, resealing, schema
from service.store.base import Base, Sealed, SealedJson, Vault, make_engine
from service.store.notes import Correction, Note, NoteKind
from service.store.resealing import Place
from service.store.rota import Calendar
from service.store.uow import UnitOfWork, Work
from tests.conformance import rows
from tests.databases import PostgresServer

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@contextmanager
def units(database_url: str, *keys: str) -> Iterator[Work]:
    """As a process whose AFTERCELL_DATA_KEYS are these."""
    vault = Vault(keys, "the same secret key throughout")
    engine = make_engine(database_url, vault)
    yield lambda: UnitOfWork(engine, vault)
    engine.dispose()


def fill_every_sealed_table(work: Work) -> None:
    with work() as unit:
        site = rows.add_site(unit.session)
        member = rows.add_staff(unit, site)
        give_account(unit, member, rows.NOW)
        for number in range(3):
            contact = rows.add_contact(unit, site, phone=f"+1202555010{number}", case_number=f"C-{number}")
            enrolment = rows.add_enrolment(unit.session, contact, site)
            unit.session.add(rows.checkin(enrolment, contact, "day-1"))
        alert = rows.alert(site, "enrolment:1")
        alert.outcome = "sent to the ward"
        read = rows.message(unit, body="I have a fever")
        read.reading = {"words": ["fever"]}
        unit.session.add_all([alert, rows.alert(site, "enrolment:2"), read, *(rows.message(unit) for _ in range(4))])
        unit.flush()
        unit.session.add_all(
            [
                Calendar(site_id=site.id, name="Nights", body="BEGIN:VCALENDAR", read_at=rows.NOW, read_until=rows.NOW),
                Note(enrolment_id=1, staff_id=member.id, kind=NoteKind.CALL, at=rows.NOW, text="spoke to her"),
                Correction(message_id=read.id, staff_id=member.id, at=rows.NOW, reading={"answer": "no"}),
            ]
        )
        unit.commit()


def reseal(work: Work, place: Place | None, limit: int = 2, calls: int | None = None) -> Place | None:
    """Go on until the end, or for so many calls."""
    while place is not None and calls != 0:
        with work() as unit:
            place = resealing.reseal(unit.session, place, limit)
            unit.commit()
        calls = None if calls is None else calls - 1
    return place


def everything(work: Work) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, opened."""
    with work() as unit:
        return {
            table.name: [tuple(row) for row in unit.session.execute(select(table).order_by(*table.primary_key))]
            for table in schema.METADATA.sorted_tables
        }


def test_after_resealing_the_new_key_opens_everything(database_url: str) -> None:
    with units(database_url, OLD) as work:
        fill_every_sealed_table(work)
        before = everything(work)
    with units(database_url, NEW, OLD) as work:
        reseal(work, resealing.beginning())
    with units(database_url, NEW) as work:
        assert everything(work) == before
        with work() as unit:
            found = patients.contacts_with_phone(unit.session, unit.phone_index("+12025550101"))
            assert [contact.phone for contact in found] == ["+12025550101"]
    for table in resealing.sealed_tables():
        assert before[table.name], f"nothing in {table.name}: this test would not notice that it was left out"


def test_without_resealing_the_variable_is_named(database_url: str) -> None:
    with units(database_url, OLD) as work:
        fill_every_sealed_table(work)
    with units(database_url, NEW) as work, pytest.raises(ConfigurationError, match="AFTERCELL_DATA_KEYS"):
        everything(work)
    with units(database_url, NEW) as work, pytest.raises(ConfigurationError, match="AFTERCELL_DATA_KEYS"):
        reseal(work, resealing.beginning())


def test_resealing_goes_on_where_it_was_stopped(database_url: str) -> None:
    with units(database_url, OLD) as work:
        fill_every_sealed_table(work)
        before = everything(work)
    with units(database_url, NEW, OLD) as work:
        place = reseal(work, resealing.beginning(), calls=3)
        assert place is not None
    with units(database_url, NEW, OLD) as work:
        reseal(work, place)
    with units(database_url, NEW) as work:
        assert everything(work) == before


def test_a_call_touches_no_more_rows_than_it_was_told_to(database_url: str) -> None:
    with units(database_url, OLD) as work:
        fill_every_sealed_table(work)
    with units(database_url, NEW, OLD) as work:
        assert reseal(work, Place("messages", 0), limit=2, calls=1) == Place("messages", 2)
    messages = schema.METADATA.tables["messages"]
    with units(database_url, OLD) as work, work() as unit:
        untouched = unit.session.scalars(select(messages.c.body).where(messages.c.id > 2))
        assert untouched.all() == ["How are you today?"] * 3
    with units(database_url, NEW) as work, work() as unit:
        resealed = unit.session.scalars(select(messages.c.body).where(messages.c.id <= 2).order_by(messages.c.id))
        assert resealed.all() == ["I have a fever", "How are you today?"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_a_change_that_is_under_way_is_not_undone(database_url: str, postgres: PostgresServer) -> None:
    """Read before the change was committed and written after it, the old phone would come back."""
    with units(database_url, NEW, OLD) as work, ThreadPoolExecutor(1) as threads:
        fill_every_sealed_table(work)
        with work() as unit:
            patients.contacts_of(unit.session, 1)[0].phone = "+12025550999"
            unit.flush()
            resealed = threads.submit(reseal, work, Place("contacts", 0), calls=1)
            postgres.await_a_waiter(database_url)
            unit.commit()
        assert resealed.result(timeout=10) is not None
        with work() as unit:
            assert patients.contacts_of(unit.session, 1)[0].phone == "+12025550999"


def test_every_sealed_column_of_every_model_is_found() -> None:
    """Counted from the classes, not from the tables that resealing itself looks at."""
    mapped = {
        mapper.local_table.description
        for mapper in Base.registry.mappers
        for column in mapper.columns
        if isinstance(column.type, Sealed | SealedJson)
    }
    assert mapped == {table.name for table in resealing.sealed_tables()}
    assert {"staff", "contacts", "checkins", "messages", "alerts"} <= mapped
