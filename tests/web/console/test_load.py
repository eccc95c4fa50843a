"""Pages among very many patients: how many questions they ask the database, and that indexes answer them.

How long they take is measured by hand with `aftercell seed-load` and its 100,000 patients; a machine that is shared
would make a test of it fail for no reason.
"""

import re
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import Engine, event

from service.errors import Conflict
from service.flows import accounts, load
from service.store.base import Vault
from service.web import build_web
from tests.databases import PostgresServer
from tests.web.staff_browser import PASSWORD, StaffBrowser
from tests.world import World, make_world

pytestmark = pytest.mark.postgres

PATIENTS, MESSAGES = 1_000, 20_000
# Tables that grow with patients or with time; none of them may be read as a whole.
GROWING = "messages checkins contacts enrolments patients alerts reasons pages audit notes corrections consents".split()
Asked = list[tuple[str, object]]


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.migrated()
    yield url
    server.drop(url)


@pytest.fixture
def world(engine: Engine, vault: Vault) -> World:
    """Where the first site stays empty."""
    world = make_world(engine, vault)
    loaded = load.load(world.services, engine, PATIENTS, MESSAGES, world.now)
    assert loaded.patients >= PATIENTS
    assert loaded.messages >= MESSAGES
    assert loaded.waiting >= PATIENTS // load.ONE_OPEN_IN - len(load.WORDS)
    return world


@pytest.fixture
def app(world: World) -> Flask:
    return build_web(world.settings, world.engine, world.services, world.clock)


@pytest.fixture
def nurse(app: Flask, world: World) -> StaffBrowser:
    accounts.set_password(world.services, 1, PASSWORD, world.now)
    browser = StaffBrowser(app.test_client())
    assert browser.sign_in("nurse0@example.org").status_code == 302
    return browser


@contextmanager
def listening(engine: Engine) -> Iterator[Asked]:
    """Every question that the database is asked in the block."""
    asked: Asked = []

    def note(_conn: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def questions(nurse: StaffBrowser, engine: Engine, path: str) -> Asked:
    nurse.get(path)
    with listening(engine) as asked:
        answer = nurse.get(path)
    assert answer.status_code == 200, answer.text
    return asked


MOST = {"/alerts": 16, "/alerts/live": 14, "/patients": 14, "/patients/{patient}": 28, "/alerts/{alert}": 18}


def test_pages_ask_few_questions_and_indexes_answer_them(nurse: StaffBrowser, engine: Engine) -> None:
    with engine.connect() as connection:
        alert, patient = connection.exec_driver_sql(
            "SELECT a.id, a.enrolment_id FROM alerts a JOIN staff s ON s.site_id = a.site_id AND s.id = 1 "
            "WHERE a.state = 'open' ORDER BY a.id LIMIT 1"
        ).one()
    scans = {}
    for path, most in MOST.items():
        asked = questions(nurse, engine, path.format(patient=patient, alert=alert))
        assert len(asked) <= most, "\n".join([path, *(statement for statement, _ in asked)])
        with engine.connect() as connection:
            connection.exec_driver_sql("SET enable_seqscan = off")
            for statement, parameters in asked:
                if not statement.startswith("SELECT"):
                    continue
                plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars())  # type: ignore[arg-type]
                whole = set(re.findall(r"Seq Scan on (\w+)", plan)) & set(GROWING)
                if whole:
                    scans[f"{path}: {statement}"] = plan
    assert scans == {}


def test_as_many_questions_whether_one_alert_waits_or_many(nurse: StaffBrowser, engine: Engine) -> None:
    many = len(questions(nurse, engine, "/alerts"))
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE alerts SET state = 'resolved' WHERE state = 'open' AND id > (SELECT min(id) FROM alerts a "
            "WHERE a.state = 'open')"
        )
    assert len(questions(nurse, engine, "/alerts")) == many


def test_pages_are_quick_here_too(nurse: StaffBrowser) -> None:
    """A generous bound: it only catches what grows with the patients."""
    for path in ("/alerts", "/patients"):
        times = []
        for _ in range(5):
            began = time.perf_counter()
            nurse.get(path)
            times.append(time.perf_counter() - began)
        assert statistics.median(times) < 1, path


def test_only_an_empty_database_is_filled(world: World, engine: Engine) -> None:
    with pytest.raises(Conflict, match="already"):
        load.load(world.services, engine, 10, 100, world.now)
