"""Many texts at once: none is sent twice, none holds up a page, and a worker that stops leaves nothing half done."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from service.core.delivery import Lane, Outcome, State
from service.errors import StoreUnavailable
from service.flows import dispatch
from service.flows.dispatch import Dispatcher
from service.gateways.base import OutboundText
from service.store.base import Vault
from service.store.messages import Attempt
from service.store.uow import UnitOfWork
from tests.flows.carriers import Carrier
from tests.flows.outbox import queue_text, state_of, states
from tests.world import World, make_world

SOON = 20


@pytest.fixture
def carrier() -> Carrier:
    return Carrier()


@pytest.fixture
def world(engine: Engine, vault: Vault, carrier: Carrier) -> World:
    return make_world(engine, vault, gateway=carrier)


def dispatcher(world: World, in_flight: int) -> Dispatcher:
    return Dispatcher(replace(world.services, in_flight=in_flight), lambda: world.now)


def test_many_texts_are_in_the_air_at_once(world: World, carrier: Carrier) -> None:
    together = threading.Barrier(6)

    def wait_for_the_others(text: OutboundText) -> None:
        together.wait(SOON)

    carrier.behave = wait_for_the_others
    ids = [queue_text(world) for _ in range(6)]
    sender = dispatcher(world, in_flight=6)
    assert sender.drain().done == 6
    sender.close()
    assert set(states(world, *ids)) == {State.DELIVERED}
    assert len(set(carrier.tried)) == 6


def test_an_attempt_is_on_record_and_no_transaction_open_while_the_gateway_is_called(
    world: World, carrier: Carrier
) -> None:
    seen: list[int] = []

    def look(text: OutboundText) -> None:
        # With a transaction open, SQLite would not let another one write.
        with world.services.work() as work:
            found = work.session.scalars(select(Attempt).where(Attempt.message_id == int(text.message_id)))
            seen.extend(attempt.message_id for attempt in found if attempt.ended_at is None)
            work.record(world.now, "test", "looked", "gateway")
            work.commit()

    carrier.behave = look
    ids = [queue_text(world) for _ in range(3)]
    sender = dispatcher(world, in_flight=3)
    sender.drain()
    sender.close()
    assert sorted(seen) == sorted(ids)


def test_a_page_goes_out_although_every_slot_for_texts_is_taken(world: World, carrier: Carrier) -> None:
    nurse, release, paged = world.phone(), threading.Event(), threading.Event()
    hanging = threading.Semaphore(0)

    def hang(text: OutboundText) -> None:
        if text.to == nurse:
            paged.set()
        else:
            hanging.release()
            release.wait(SOON)

    carrier.behave = hang
    ids = [queue_text(world) for _ in range(5)]
    sender = dispatcher(world, in_flight=2)
    with ThreadPoolExecutor(1) as threads:
        draining = threads.submit(sender.drain)
        try:
            assert hanging.acquire(timeout=SOON) and hanging.acquire(timeout=SOON)
            page = queue_text(world, nurse, lane=Lane.PAGE)
            sender.poke()
            assert paged.wait(SOON), "the page waits behind texts"
            assert len(carrier.tried) == 3, "texts took slots that are not theirs"
        finally:
            release.set()
        draining.result(SOON)
    sender.close()
    assert set(states(world, page, *ids)) == {State.DELIVERED}


def test_texts_to_one_phone_arrive_in_order(world: World, carrier: Carrier) -> None:
    phone = world.phone()
    queue_text(world, phone, "question", lane=Lane.REPLY)
    queue_text(world, phone, "advice", lane=Lane.SAFETY)
    queue_text(world, phone, "second question", lane=Lane.REPLY)
    sender = dispatcher(world, in_flight=8)
    sender.drain()
    sender.close()
    assert carrier.bodies == ["advice", "question", "second question"]


def test_two_workers_send_each_text_once(world: World, carrier: Carrier) -> None:
    ids = [queue_text(world) for _ in range(40)]
    senders = [dispatcher(world, in_flight=4) for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        done = [threads.submit(sender.drain) for sender in senders]
        assert sum(one.result(60).done for one in done) == 40
    for sender in senders:
        sender.close()
    assert sorted(carrier.tried) == sorted(set(carrier.tried))
    assert set(states(world, *ids)) == {State.DELIVERED}


def test_a_worker_that_stops_finishes_what_it_sends_and_begins_nothing(world: World, carrier: Carrier) -> None:
    stopping = threading.Event()

    def stop(text: OutboundText) -> None:
        stopping.set()

    carrier.behave = stop
    ids = [queue_text(world) for _ in range(5)]
    sender = dispatcher(world, in_flight=2)
    sender.drain(stopping.is_set)
    sender.close()
    assert sorted(states(world, *ids)) == [State.DELIVERED] * 2 + [State.QUEUED] * 3


def test_what_was_sent_while_the_database_was_away_is_written_down_when_it_is_back(
    world: World, carrier: Carrier
) -> None:
    away = threading.Event()

    def work() -> UnitOfWork:
        if away.is_set():
            raise StoreUnavailable("away")
        return world.services.work()

    def leave(text: OutboundText) -> None:
        away.set()

    carrier.behave = leave
    message = queue_text(world)
    sender = Dispatcher(replace(world.services, in_flight=2, work=work), lambda: world.now)
    with pytest.raises(StoreUnavailable):
        sender.drain()
    assert state_of(world, message) == State.SENDING
    away.clear()
    world.clock.jump_to(world.now + timedelta(minutes=5))
    assert sender.drain().done == 1
    sender.close()
    assert state_of(world, message) == State.DELIVERED
    assert len(carrier.tried) == 1


def test_a_gateway_that_crashes_leaves_an_unknown_outcome(world: World, carrier: Carrier) -> None:
    def crash(text: OutboundText) -> Outcome:
        raise RuntimeError("a bug")

    carrier.behave = crash
    message = queue_text(world)
    dispatch.send_due(world.services, world.now)
    assert state_of(world, message) == State.UNKNOWN
