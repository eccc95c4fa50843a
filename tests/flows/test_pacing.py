"""No sender is given more than it may send, however many workers there are; pages have a sender of their own."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from service.core.delivery import Lane
from service.flows import dispatch
from service.store.base import Vault
from service.store.messages import Purpose
from tests.flows.carriers import Carrier
from tests.flows.outbox import queue_text
from tests.world import World, make_world

# Two segments: with one character more than 160.
LONG = "x" * 161


@pytest.fixture
def carrier() -> Carrier:
    return Carrier()


@pytest.fixture
def world(engine: Engine, vault: Vault, carrier: Carrier) -> World:
    world = make_world(engine, vault, gateway=carrier)
    return replace(world, services=replace(world.services, rates={"texts": 2.0, "pages": 1.0}))


def send_for(world: World, seconds: int) -> None:
    """Two workers that look once a second."""
    for _ in range(seconds):
        world.clock.jump_to(world.now + timedelta(seconds=1))
        for _ in range(2):
            dispatch.send_due(world.services, world.now)


def test_segments_are_counted_and_two_workers_share_one_rate(world: World, carrier: Carrier) -> None:
    for _ in range(60):
        queue_text(world, body=LONG)
    send_for(world, 1)
    begun = len(carrier.tried)
    assert begun <= 3, "a burst is two seconds' worth, and a text that is longer than what is left"
    send_for(world, 20)
    assert len(carrier.tried) - begun == 20, "2 segments a second are 20 texts of 2 segments in 20 seconds"


def test_while_the_clock_stands_still_a_burst_goes_out_and_no_more_however_often_one_looks(
    world: World, carrier: Carrier
) -> None:
    """Also nobody waits for a time that does not come: each look ends."""
    for _ in range(20):
        queue_text(world, body=LONG)
    for _ in range(5):
        world.tick()
    burst = len(carrier.tried)
    assert 1 <= burst <= 3
    world.clock.jump_to(world.now + timedelta(seconds=1))
    for _ in range(5):
        world.tick()
    assert len(carrier.tried) == burst + 1, "a second is worth one text of two segments"


def test_pages_do_not_wait_for_the_sender_of_texts(world: World, carrier: Carrier) -> None:
    for _ in range(30):
        queue_text(world)
    send_for(world, 3)
    nurse = world.phone()
    queue_text(world, nurse, lane=Lane.PAGE)
    send_for(world, 1)
    assert nurse in carrier.tried


def test_where_they_share_a_sender_pages_go_first_and_texts_pay(world: World, carrier: Carrier) -> None:
    carrier.pages_have_own_sender = False
    world = replace(world, services=replace(world.services, rates={"texts": 1.0}))
    for _ in range(30):
        queue_text(world)
    send_for(world, 3)
    sent = len(carrier.tried)
    nurses = [world.phone() for _ in range(5)]
    for nurse in nurses:
        queue_text(world, nurse, lane=Lane.PAGE, purpose=Purpose.PAGE)
    send_for(world, 1)
    assert carrier.tried[sent:] == nurses, "a page does not wait for the sender's next segment"
    send_for(world, 3)
    assert len(carrier.tried) == sent + 5, "what the pages took, the check-ins wait for"
