"""Whom an alert reaches, and how."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from service.flows import inbound
from service.gateways.base import InboundText
from service.store.base import Vault
from service.store.patients import ProtocolVersion
from tests.flows.carriers import Carrier, Switchboard
from tests.world import World, make_world


@pytest.fixture
def switchboard() -> Switchboard:
    return Switchboard()


@pytest.fixture
def world(engine: Engine, vault: Vault, switchboard: Switchboard) -> World:
    return make_world(engine, vault, gateway=Carrier(), voice=switchboard)


def ring_at_the_second_step(world: World) -> None:
    """What a clinic would write into its protocol."""
    with world.services.work() as work:
        for kept in work.session.query(ProtocolVersion):
            body = json.loads(kept.body)
            for policy in body["escalation"].values():
                policy["steps"][1]["call"] = True
            kept.body = json.dumps(body)
        work.commit()


def test_a_step_that_asks_for_it_rings_as_well_as_it_texts(world: World, switchboard: Switchboard) -> None:
    nurse, doctor = world.add_staff(), world.add_staff("clinician", on_call=False)
    patient = world.enrol()
    ring_at_the_second_step(world)
    received = inbound.receive(world.services, InboundText("SM1", patient.phone, "38.9 and chills"), world.now)
    inbound.process(world.services, received.message_id, world.now)
    world.tick()
    assert switchboard.calls == []
    assert len(world.texts_to(nurse.phone)) == 1
    world.advance(timedelta(minutes=11))
    assert doctor.phone in {call.to for call in switchboard.calls}
    assert any("Reply" in body for body in world.texts_to(doctor.phone)), "the code to acknowledge with"
