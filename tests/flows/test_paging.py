"""Whom an alert reaches, and how."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from service.core.protocol import Protocol
from service.flows import inbound
from service.gateways.base import InboundText
from service.store.base import Vault
from tests.flows.carriers import Carrier, Switchboard
from tests.world import World, make_world


@pytest.fixture
def switchboard() -> Switchboard:
    return Switchboard()


@pytest.fixture
def world(engine: Engine, vault: Vault, switchboard: Switchboard) -> World:
    """A clinic whose protocol lets phones ring at the second step."""
    world = make_world(engine, vault, gateway=Carrier(), voice=switchboard)
    catalog = world.services.catalog
    protocols = {name: ringing_at_the_second_step(protocol) for name, protocol in catalog.protocols.items()}
    return replace(world, services=replace(world.services, catalog=replace(catalog, protocols=protocols)))


def ringing_at_the_second_step(protocol: Protocol) -> Protocol:
    body = json.loads(protocol.model_dump_json())
    for policy in body["escalation"].values():
        if len(policy["steps"]) > 1:
            policy["steps"][1]["call"] = True
    return Protocol.model_validate_json(json.dumps(body))


def test_a_step_that_asks_for_it_rings_as_well_as_it_texts(world: World, switchboard: Switchboard) -> None:
    nurse, doctor = world.add_staff(), world.add_staff("clinician", on_call=False)
    patient = world.enrol()
    received = inbound.receive(world.services, InboundText("SM1", patient.phone, "38.9 and chills"), world.now)
    inbound.process(world.services, received.message_id, world.now)
    world.tick()
    assert switchboard.calls == []
    assert len(world.texts_to(nurse.phone)) == 1
    world.advance(timedelta(minutes=11))
    assert doctor.phone in {call.to for call in switchboard.calls}
    assert any("Reply" in body for body in world.texts_to(doctor.phone)), "the code to acknowledge with"
