"""What is written comes back: instants to the microsecond, sealed text readable only with the key."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine, inspect
from sqlalchemy.exc import StatementError

from service.errors import ConfigurationError
from service.store import patients, staff
from service.store.base import Vault, make_engine
from service.store.checkins import CheckIn
from service.store.messages import Message
from service.store.sites import Site
from service.store.uow import UnitOfWork, Work
from tests.conformance import rows
from tests.conformance.rows import NOW, PHONE


def everything_stored(engine: Engine) -> bytes:
    """All that someone with the disk, but without the key, can read."""
    if engine.dialect.name == "sqlite":
        file = Path(str(engine.url.database))
        return b"".join(path.read_bytes() for path in sorted(file.parent.glob(f"{file.name}*")))
    with engine.connect() as connection:
        values = [
            value
            for table in inspect(engine).get_table_names()
            for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"')
            for value in row
        ]
    return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in values)


def test_a_naive_datetime_is_refused(work: Work) -> None:
    with pytest.raises(StatementError, match="naive datetime"), work() as unit:
        site = rows.add_site(unit.session)
        site.created_at = NOW.replace(tzinfo=None)
        unit.flush()


@pytest.mark.parametrize(
    "instant",
    [
        NOW,
        datetime(2026, 3, 14, 9, 26, 53, 1, tzinfo=UTC),
        datetime(2026, 11, 1, 1, 30, fold=1, tzinfo=ZoneInfo("America/New_York")),
        datetime(2026, 3, 14, 23, 59, 59, 999999, tzinfo=timezone(timedelta(hours=5, minutes=45))),
    ],
)
def test_an_instant_comes_back_in_utc_and_to_the_microsecond(work: Work, instant: datetime) -> None:
    with work() as unit:
        site = rows.add_site(unit.session)
        site.created_at = instant
        unit.commit()
    with work() as unit:
        stored = unit.session.get_one(Site, site.id).created_at
    assert stored == instant.astimezone(UTC)
    assert stored.utcoffset() == timedelta(0)


def test_names_phones_and_bodies_cannot_be_read_without_the_key(work: Work, engine: Engine) -> None:
    with work() as unit:
        site = rows.add_site(unit.session)
        rows.add_staff(unit, site, name="Noor Haddad", phone="+12025550199")
        contact = rows.add_contact(unit, site, phone=PHONE)
        checkin = rows.checkin(rows.add_enrolment(unit.session, contact, site), contact, "day-1")
        checkin.conversation = {"quote": "woozy since noon"}
        texted = rows.message(unit, body="I have a fever")
        texted.reading = {"words": ["fever, burning up"]}
        alert = rows.alert(site, "enrolment:1")
        alert.outcome = "sent to the ward"
        unit.session.add_all([checkin, texted, alert])
        unit.commit()

    stored = everything_stored(engine)
    assert b"C-1001" in stored, "the search itself works"
    for secret in ("Noor Haddad", "noor@example.org", "2025550199", "2025550123", "I have a fever", "burning up",
                   "woozy", "the ward"):  # fmt: skip
        assert secret.encode() not in stored

    with work() as unit:
        again = unit.session.get_one(Message, texted.id)
        assert (again.phone, again.body, again.reading) == (PHONE, "I have a fever", {"words": ["fever, burning up"]})
        assert unit.session.get_one(CheckIn, checkin.id).conversation == {"quote": "woozy since noon"}


@pytest.mark.parametrize("body", ["", "NUL \x00 inside", "🤒" * 800, "عندي حمى \u200f‏38.5", "x" * 1600])
def test_any_body_is_stored_as_it_came(work: Work, body: str) -> None:
    with work() as unit:
        texted = rows.message(unit, body=body)
        unit.session.add(texted)
        unit.commit()
    with work() as unit:
        assert unit.session.get_one(Message, texted.id).body == body


def test_a_phone_is_found_again_by_its_index(work: Work) -> None:
    with work() as unit:
        site = rows.add_site(unit.session)
        member = rows.add_staff(unit, site, phone="+12025550199")
        contact = rows.add_contact(unit, site, phone=PHONE, case_number="C-1001")
        rows.add_contact(unit, site, phone="+12025550124", case_number="C-1002")
        unit.commit()
    with work() as unit:
        assert [found.id for found in patients.contacts_with_phone(unit.session, unit.phone_index(PHONE))] == [
            contact.id
        ]
        assert [found.id for found in staff.by_phone(unit.session, unit.phone_index("+12025550199"))] == [member.id]
        assert staff.by_phone(unit.session, unit.phone_index(PHONE)) == []


def test_the_index_is_useless_without_the_secret_key(vault: Vault) -> None:
    other = Vault([Fernet.generate_key().decode()], "another secret")
    assert vault.phone_index(PHONE) != other.phone_index(PHONE)


def test_a_wrong_key_names_the_variable(work: Work, database_url: str) -> None:
    with work() as unit:
        texted = rows.message(unit)
        unit.session.add(texted)
        unit.commit()
    stranger = Vault([Fernet.generate_key().decode()], "a secret key for tests")
    engine = make_engine(database_url, stranger)
    with pytest.raises(ConfigurationError, match="AFTERCELL_DATA_KEYS"), UnitOfWork(engine, stranger) as unit:
        unit.session.get(Message, texted.id)
    engine.dispose()
