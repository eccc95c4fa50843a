"""What load balancers and monitoring are told."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine

from service.core.urgency import Level
from service.flows import upkeep
from service.store import schema, sending
from service.store import upkeep as alarms
from service.store.base import Vault, make_engine
from service.store.uow import UnitOfWork
from service.web import build_web
from tests.web.twilio_calls import Twilio
from tests.world import World


def ready(twilio: Twilio) -> tuple[int, dict[str, object]]:
    answer = twilio.request("GET", "/health/ready", "", {})
    found: dict[str, object] = json.loads(answer.body)
    return answer.status, found


def test_ready_tells_how_long_ago_a_worker_gave_a_sign_of_life(world: World, twilio: Twilio) -> None:
    answer = {"ready": True, "problems": [], "database": "reachable", "schema": "current"}
    assert ready(twilio) == (200, {**answer, "heartbeat_age_seconds": None})
    upkeep.beat(world.services, "worker-1", world.now)
    world.clock.jump_to(world.now + timedelta(seconds=42))
    assert ready(twilio) == (200, {**answer, "heartbeat_age_seconds": 42})


def test_without_a_worker_for_a_minute_it_is_not_ready(world: World, twilio: Twilio) -> None:
    world.clock.jump_to(world.now + timedelta(seconds=59))
    assert ready(twilio)[0] == 200, "a web process that has just started does not know yet"
    world.clock.jump_to(world.now + timedelta(seconds=2))
    assert ready(twilio)[0] == 503
    upkeep.beat(world.services, "worker-1", world.now)
    upkeep.beat(world.services, "worker-2", world.now - timedelta(hours=1))
    assert ready(twilio)[0] == 200
    world.clock.jump_to(world.now + timedelta(seconds=61))
    status, found = ready(twilio)
    assert (status, found["problems"]) == (503, ["no worker"])


def test_an_older_schema_is_not_ready(engine: Engine, twilio: Twilio) -> None:
    schema.downgrade(engine, "base")
    assert ready(twilio) == (
        503,
        {
            "ready": False,
            "problems": ["schema outdated"],
            "database": "reachable",
            "schema": "outdated",
            "heartbeat_age_seconds": None,
        },
    )


@pytest.mark.parametrize("url", ["sqlite:////nonexistent/aftercell.db", "postgresql://x@/x?host=/nonexistent"])
def test_a_database_out_of_reach_is_not_ready_but_alive(world: World, vault: Vault, url: str) -> None:
    engine = make_engine(url, vault)
    app = build_web(world.settings, engine, world.services, world.clock)
    answer = app.test_client().get("/health/ready")
    assert (answer.status_code, answer.json) == (
        503,
        {
            "ready": False,
            "problems": ["database unreachable"],
            "database": "unreachable",
            "schema": "unknown",
            "heartbeat_age_seconds": None,
        },
    )
    assert app.test_client().get("/health/live").json == {"live": True}
    engine.dispose()


def scrape(app: Flask) -> dict[str, float]:
    answer = app.test_client().get("/metrics")
    assert answer.status_code == 200
    rows = [line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in rows}


def test_the_gauges_tell_what_waits_and_for_how_long(world: World, app: Flask, twilio: Twilio) -> None:
    patient, stranger = world.enrol(), world.phone()
    world.add_staff()
    upkeep.beat(world.services, "worker-1", world.now)
    twilio.text(patient.phone, "confused and 40.2")
    twilio.text(stranger, "hello")
    world.clock.jump_to(world.now + timedelta(minutes=3))
    found = scrape(app)
    assert found['aftercell_unresolved_alerts{level="emergency"}'] == 1
    assert found['aftercell_unresolved_alerts{level="review"}'] == 1
    assert found["aftercell_oldest_unacknowledged_alert_age_seconds"] == 180
    assert found["aftercell_queued_messages"] == 2
    assert found["aftercell_oldest_queued_message_age_seconds"] == 180
    assert found["aftercell_unhandled_inbound_texts"] == 0
    assert found["aftercell_worker_heartbeat_age_seconds"] == 180
    assert found["aftercell_database_up"] == 1
    world.tick()
    assert scrape(app)["aftercell_queued_messages"] == 0


def test_what_is_on_hold_and_what_administrators_were_told_of_is_counted(world: World, app: Flask) -> None:
    before = scrape(app)
    assert before["aftercell_sending_holds"] == before["aftercell_service_alarms"] == 0
    with world.services.work() as work:
        sending.hold(work.session, "account", "credentials", world.now, world.now)
        alarms.give_alarm(work.session, "hold:account", world.now)
        alarms.give_alarm(work.session, "configuration", world.now)
        work.commit()
    after = scrape(app)
    assert (after["aftercell_sending_holds"], after["aftercell_service_alarms"]) == (1, 2)


def test_where_nothing_waits_ages_are_nought_and_a_worker_never_seen_is_absent(app: Flask) -> None:
    found = scrape(app)
    for level in Level:
        if level > Level.OK:
            assert found[f'aftercell_unresolved_alerts{{level="{level.word}"}}'] == 0
    assert found["aftercell_oldest_unacknowledged_alert_age_seconds"] == 0
    assert "aftercell_worker_heartbeat_age_seconds" not in found


def test_counters_are_seen_although_the_database_is_gone(world: World, vault: Vault) -> None:
    engine = make_engine("postgresql://x@/x?host=/nonexistent", vault)
    services = replace(world.services, read_work=lambda: UnitOfWork(engine, vault, read_only=True))
    found = scrape(build_web(world.settings, engine, services, world.clock))
    engine.dispose()
    assert found["aftercell_database_up"] == 0
    assert found['aftercell_inbound_texts_total{result="received"}'] == 0


def test_two_applications_in_one_process_count_apart(world: World, twilio: Twilio) -> None:
    other = build_web(world.settings, world.engine, world.services, world.clock)
    twilio.text(world.enrol().phone, "37.0")
    assert scrape(other)['aftercell_inbound_texts_total{result="received"}'] == 0


def test_no_metric_names_a_person(world: World, app: Flask, twilio: Twilio) -> None:
    patient = world.enrol()
    twilio.text(patient.phone, "38.9 and chills")
    twilio.receipt(999, "SM1", "sent")
    exposed = app.test_client().get("/metrics").text
    assert patient.phone not in exposed
    assert patient.case not in exposed
    assert "chills" not in exposed
    labels = set(re.findall(r'(\w+)="([^"]*)"', exposed))
    assert {name for name, _ in labels} == {"level", "result", "hook"}
    assert not any(character.isdigit() for _, value in labels for character in value)
