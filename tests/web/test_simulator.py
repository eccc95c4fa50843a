"""The simulator without a browser: what it lets happen, and what it does not."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from service.clock import SystemClock
from service.flows.phones import every_phone
from service.settings import read_settings
from service.store.base import Vault
from service.store.messages import Handling
from service.web import build_web
from tests.serving import listening, port_of, serving
from tests.world import World, make_world

HTMX = {"HX-Request": "true"}


@pytest.fixture
def database_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """The flows underneath are tested on both databases; the pages do not depend on the kind."""
    return f"sqlite:///{shutil.copyfile(migrated_sqlite, tmp_path / 'aftercell.db')}"


@dataclass(frozen=True, slots=True)
class Simulator:
    world: World
    client: FlaskClient

    def token(self) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get("/simulator").text)
        assert found is not None
        return found[1]

    def post(self, path: str, *, htmx: bool = False, **form: str) -> TestResponse:
        form["csrf_token"] = self.token()
        return self.client.post(path, data=form, headers=HTMX if htmx else {})

    def key(self, number: str) -> str:
        return next(phone.key for phone in every_phone(self.world.services) if phone.number == number)

    def texts_on(self, number: str) -> list[str]:
        phone = next(phone for phone in every_phone(self.world.services) if phone.number == number)
        return [bubble.body for bubble in phone.bubbles]


@pytest.fixture
def simulator(engine: Engine, vault: Vault) -> Iterator[Simulator]:
    with listening() as listener:
        url = f"http://127.0.0.1:{port_of(listener)}"
        world = make_world(engine, vault, public_url=url, port=port_of(listener))
        app = build_web(world.settings, engine, world.services, world.clock)
        with serving(app, listener):
            yield Simulator(world, app.test_client())


def test_a_text_goes_through_the_signed_webhook(simulator: Simulator) -> None:
    patient = simulator.world.enrol()
    answer = simulator.post("/simulator/send", phone=simulator.key(patient.phone), body="38.9\r\nand chills")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/simulator")
    bubble = every_phone(simulator.world.services)[0].bubbles[0]
    assert (bubble.body, bubble.state) == ("38.9\nand chills", Handling.HANDLED)
    counted = simulator.client.get("/metrics").text
    assert 'aftercell_inbound_texts_total{result="received"} 1.0' in counted


def test_with_htmx_only_what_changed_comes_back(simulator: Simulator) -> None:
    patient = simulator.world.enrol()
    answer = simulator.post("/simulator/send", htmx=True, phone=simulator.key(patient.phone), body="I feel <b>hot</b>")
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "I feel &lt;b&gt;hot&lt;/b&gt;" in answer.text


@pytest.mark.parametrize("path", ["/simulator/send", "/simulator/travel"])
def test_a_form_from_another_place_is_refused(simulator: Simulator, path: str) -> None:
    patient = simulator.world.enrol()
    before = simulator.world.now
    form = {"phone": simulator.key(patient.phone), "body": "38.9", "by": "1h"}
    assert simulator.client.post(path, data=form).status_code == 400
    assert (simulator.texts_on(patient.phone), simulator.world.now) == ([], before)


@pytest.mark.parametrize("path", ["/simulator", "/simulator/live", "/simulator/send", "/simulator/travel"])
def test_looking_changes_nothing(simulator: Simulator, path: str) -> None:
    simulator.world.enrol()
    before = simulator.world.now
    simulator.client.get(path, query_string={"body": "38.9", "by": "1h"})
    assert (simulator.world.now, simulator.texts_on(every_phone(simulator.world.services)[0].number)) == (before, [])


def test_an_unknown_phone_is_not_found_and_a_text_that_no_carrier_takes_is_refused(simulator: Simulator) -> None:
    patient = simulator.world.enrol()
    assert simulator.post("/simulator/send", phone="0" * 64, body="x").status_code == 404
    assert simulator.post("/simulator/send", phone=simulator.key(patient.phone), body="x" * 1601).status_code == 422
    assert simulator.post("/simulator/send", phone=simulator.key(patient.phone), body="x" * 1600).status_code == 303
    assert len(simulator.texts_on(patient.phone)) >= 1


def test_a_webhook_that_refuses_is_told(simulator: Simulator) -> None:
    """As when the address that the outside knows is set wrong: the commonest mistake in setting up Twilio."""
    patient = simulator.world.enrol()
    wrong = read_settings(
        env="development",
        gateway="simulated",
        database_url="sqlite:///not-used",
        secret_key="another key altogether",
        data_keys=("not-used",),
        public_url=simulator.world.settings.public_url,
        port=simulator.world.settings.port,
    )
    world = simulator.world
    other = Simulator(world, build_web(wrong, world.engine, world.services, world.clock).test_client())
    answer = other.post("/simulator/send", htmx=True, phone=other.key(patient.phone), body="38.9")
    assert "The webhook answered 403" in answer.text
    assert other.texts_on(patient.phone) == []


def test_a_webhook_that_is_not_there_is_told(engine: Engine, vault: Vault) -> None:
    with listening() as listener:
        port = port_of(listener)
    world = make_world(engine, vault, port=port)
    patient = world.enrol()
    simulator = Simulator(world, build_web(world.settings, engine, world.services, world.clock).test_client())
    answer = simulator.post("/simulator/send", htmx=True, phone=simulator.key(patient.phone), body="38.9")
    assert "The webhook did not answer" in answer.text


def test_nothing_comes_back_while_nothing_changes(simulator: Simulator) -> None:
    patient = simulator.world.enrol()
    found = re.search(r'hx-get="([^"]+)"', simulator.client.get("/simulator").text)
    assert found is not None
    live = found[1].replace("&amp;", "&")
    assert simulator.client.get(live).status_code == 204
    simulator.post("/simulator/send", phone=simulator.key(patient.phone), body="38.9")
    changed = simulator.client.get(live)
    assert changed.status_code == 200
    assert "38.9" in changed.text
    simulator.world.enrol()
    assert simulator.client.get(live).headers["HX-Refresh"] == "true", "there is a phone more: build the page anew"


def test_an_hour_passes_event_by_event_and_is_no_outage(simulator: Simulator) -> None:
    world = simulator.world
    patient = world.enrol()
    world.advance(timedelta(hours=9, minutes=30))
    simulator.post("/simulator/travel", by="1h")
    assert world.now.isoformat() == "2027-03-03T01:30:00+00:00"
    first = world.messages_to(patient.phone)[0]
    assert first.created_at.isoformat() == "2027-03-03T01:00:00+00:00"
    assert (first.text_id or "").startswith("checkin_opening"), "a check-in in time, not one made up for"


def test_to_the_next_event(simulator: Simulator) -> None:
    patient = simulator.world.enrol()
    simulator.post("/simulator/travel", by="event")
    assert simulator.world.now.isoformat() == "2027-03-03T01:00:00+00:00"
    assert len(simulator.world.texts_to(patient.phone)) == 1


def test_where_nothing_is_planned_time_stands_and_the_page_says_so(simulator: Simulator) -> None:
    before = simulator.world.now
    assert "Nothing is planned" in simulator.post("/simulator/travel", htmx=True, by="event").text
    assert simulator.world.now == before


@pytest.mark.parametrize("by", ["", "-1h", "99h"])
def test_another_step_is_refused(simulator: Simulator, by: str) -> None:
    assert simulator.post("/simulator/travel", by=by).status_code == 422


def test_real_time_cannot_be_moved(simulator: Simulator) -> None:
    world = simulator.world
    client = build_web(world.settings, world.engine, world.services, SystemClock()).test_client()
    real = Simulator(world, client)
    world.enrol()
    assert "To the next event" not in client.get("/simulator").text
    assert "cannot be moved" in real.post("/simulator/travel", htmx=True, by="1h").text


def test_no_address_on_the_page_holds_a_number(simulator: Simulator) -> None:
    patient = simulator.world.enrol()
    page = simulator.client.get("/simulator").text
    addresses = re.findall(r'(?:href|src|action|hx-get|hx-post)="([^"]*)"', page)
    assert len(addresses) > 5
    assert not any(patient.phone.strip("+") in address for address in addresses)


def test_the_page_needs_no_inline_script_or_style(simulator: Simulator) -> None:
    simulator.world.enrol()
    page = simulator.client.get("/simulator").text
    assert not re.search(r"<style|style=|<script(?![^>]* src=)|\son[a-z]+=", page)


def test_the_front_door_shows_the_way_to_the_phones_and_to_the_console(simulator: Simulator) -> None:
    page = simulator.client.get("/").text
    assert 'href="/simulator"' in page
    assert 'href="/sign-in"' in page
