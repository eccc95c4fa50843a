"""PostgreSQL is shut down in the middle of work and comes back, as for an upgrade at noon: nothing that was taken is
lost, nothing goes out twice, nobody has to restart anything."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from service.clock import SystemClock
from service.core.delivery import State
from service.errors import StoreUnavailable
from service.flows import inbound
from service.gateways.base import InboundText, OutboundText
from service.store import schema
from service.store.base import Vault, make_engine
from service.store.bell import bell_of
from service.worker import Worker
from tests.flows.carriers import Carrier
from tests.flows.outbox import queue_text, states
from tests.postgres_process import PostgresProcess
from tests.world import StillClock, World, make_world

SOON = 60
TEXTS, IN_FLIGHT = 12, 4


class SlowCarrier(Carrier):
    """Keeps every text in the air until it is told to go on."""

    def __init__(self) -> None:
        super().__init__(self._wait)
        self.full, self.go_on = threading.Event(), threading.Event()

    def _wait(self, _: OutboundText) -> None:
        if len(self.tried) == IN_FLIGHT:
            self.full.set()
        self.go_on.wait(SOON)


@pytest.fixture
def server() -> Iterator[PostgresProcess]:
    """One of its own: the others' must not be stopped."""
    with PostgresProcess() as server:
        yield server


@pytest.fixture
def carrier() -> SlowCarrier:
    return SlowCarrier()


@pytest.fixture
def world(server: PostgresProcess, vault: Vault, carrier: SlowCarrier) -> Iterator[World]:
    engine = make_engine(server.url.render_as_string(hide_password=False), vault)
    schema.upgrade(engine)
    yield make_world(engine, vault, gateway=carrier, clock=StillClock(SystemClock().now()))
    engine.dispose()


@pytest.mark.postgres
def test_a_shutdown_while_texts_are_in_the_air(server: PostgresProcess, world: World, carrier: SlowCarrier) -> None:
    nurse, patient = world.add_staff(), world.enrol()
    feverish = InboundText("SM1", patient.phone, "38.9 and chills")
    ids = [queue_text(world) for _ in range(TEXTS)]
    worker = Worker(replace(world.services, in_flight=IN_FLIGHT), SystemClock(), bell_of(world.engine))
    worker.start()
    try:
        assert carrier.full.wait(SOON)
        server.stop()
        with pytest.raises(StoreUnavailable):
            inbound.receive(world.services, feverish, SystemClock().now())
        # What is in the air is taken by the carrier while there is nowhere to write that down.
        carrier.go_on.set()
        server.start()
        received = inbound.receive(world.services, feverish, SystemClock().now())
        assert not received.duplicate, "what was not stored was not answered, and comes again"
        inbound.process(world.services, received.message_id, SystemClock().now())
        deadline = time.monotonic() + SOON
        while set(states(world, *ids)) != {State.DELIVERED} or nurse.phone not in carrier.tried:
            assert time.monotonic() < deadline, (states(world, *ids), carrier.tried)
            time.sleep(0.05)
    finally:
        carrier.go_on.set()
        worker.stop()
    copies = Counter(carrier.tried)
    del copies[patient.phone]  # Is given advice, and asked.
    assert set(copies.values()) == {1}, "nobody was texted twice"
