"""The worker in this process: it hears of work at once, its lanes do not wait for each other, and it stops cleanly."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from service.clock import SystemClock
from service.core.delivery import Accepted, Receipt, State
from service.core.delivery import Lane as Priority
from service.flows import dispatch, upkeep, watch
from service.gateways.base import OutboundText
from service.store.base import Vault
from service.store.bell import bell_of
from service.store.messages import Attempt, Message
from service.worker import ASKING, PAGING, SCHEDULE, WATCHING, Lane, Worker
from tests.flows.carriers import Carrier
from tests.flows.outbox import queue_text, states
from tests.world import StillClock, World, make_world

SOON = 20


@pytest.fixture
def carrier() -> Carrier:
    return Carrier()


@pytest.fixture
def world(engine: Engine, vault: Vault, carrier: Carrier) -> World:
    return make_world(engine, vault, gateway=carrier, clock=StillClock(SystemClock().now()))


@contextmanager
def working(world: World, in_flight: int = 4) -> Iterator[None]:
    """A worker works until the block ends, and then finishes."""
    worker = Worker(replace(world.services, in_flight=in_flight), SystemClock(), bell_of(world.engine))
    worker.start()
    try:
        yield
    finally:
        worker.stop()


def test_what_is_queued_is_sent_at_once_and_a_stop_leaves_nothing_half_done(world: World, carrier: Carrier) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def hang(text: OutboundText) -> None:
        begun.set()
        go_on.wait(SOON)

    carrier.behave = hang
    with ThreadPoolExecutor(1) as threads:
        with working(world, in_flight=2):
            ids = [queue_text(world) for _ in range(5)]
            assert begun.wait(SOON)
            # It must stop while a text is in the air.
            threads.submit(go_on.wait, 0.2).add_done_callback(lambda _: go_on.set())
        found = states(world, *ids)
    assert State.SENDING not in found
    assert found.count(State.DELIVERED) == len(carrier.tried) <= 2


def test_a_provider_that_does_not_answer_questions_keeps_no_page_waiting(world: World, carrier: Carrier) -> None:
    asked, answer, paged = threading.Event(), threading.Event(), threading.Event()
    nurse = world.phone()

    class Slow(Carrier):
        def fetch_status(self, provider_id: str) -> Receipt | None:
            asked.set()
            answer.wait(SOON)
            return Receipt(provider_id, State.DELIVERED)

        def send(self, text: OutboundText) -> Accepted:
            if text.to == nurse:
                paged.set()
            return Accepted("SM" + text.message_id)

    world.services = replace(world.services, gateway=Slow())
    looked_at = queue_text(world)
    with world.services.work() as work:
        row = work.session.get_one(Message, looked_at)
        row.state, row.look_at, row.provider_id = State.ACCEPTED, world.now, "SM0"
        work.session.add(Attempt(message_id=row.id, started_at=world.now))
        work.commit()
    with working(world):
        assert asked.wait(SOON)
        queue_text(world, nurse, lane=Priority.PAGE)
        assert paged.wait(SOON)
        answer.set()


def test_the_worker_does_all_that_a_tick_does() -> None:
    """A duty that only the demo does is done in no hospital."""
    in_lanes = {*PAGING, *SCHEDULE, *ASKING, *WATCHING}
    assert set(upkeep.DUTIES.values()) - in_lanes == {dispatch.send_due}, "sending has a lane of its own"


def test_a_living_worker_gives_signs_of_life(world: World) -> None:
    long_ago = world.now.replace(year=2000)
    assert not watch.condition(world.services, SystemClock().now(), long_ago).has_worker
    with working(world):
        assert watch.condition(world.services, SystemClock().now(), long_ago).has_worker


def test_a_lane_goes_round_until_nothing_more_comes_of_it_and_again_when_woken() -> None:
    stopping, idle = threading.Event(), threading.Event()
    left = [2, 1, 0, 0]
    rounds: list[int] = []

    def do(_: object) -> int:
        rounds.append(left[len(rounds)])
        if rounds[-1] == 0:
            idle.set()
        return rounds[-1]

    lane = Lane("test", stopping, do)
    lane.start()
    lane.wake()
    assert idle.wait(SOON)
    idle.clear()
    lane.wake()
    assert idle.wait(SOON)
    stopping.set()
    lane.join()
    assert rounds == left


def test_a_lane_outlives_a_bug() -> None:
    stopping, failed, recovered = threading.Event(), threading.Event(), threading.Event()

    def do(_: object) -> int:
        if not failed.is_set():
            failed.set()
            raise RuntimeError("a bug")
        recovered.set()
        return 0

    lane = Lane("test", stopping, do)
    lane.start()
    lane.wake()
    assert failed.wait(SOON)
    lane.wake()
    assert recovered.wait(SOON)
    stopping.set()
    lane.join()
