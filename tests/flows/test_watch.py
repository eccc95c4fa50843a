"""When no worker lives, somebody who can do something about it is told, once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from service.core.delivery import Cause, Lane, Permanent
from service.flows import inbound, upkeep, watch
from service.gateways.base import InboundText
from service.store.base import Vault
from tests.flows.carriers import Carrier, Mailbox
from tests.flows.outbox import queue_text
from tests.world import Person, World, make_world

MINUTE = timedelta(minutes=1)


@pytest.fixture
def carrier() -> Carrier:
    return Carrier()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def world(engine: Engine, vault: Vault, carrier: Carrier, mailbox: Mailbox) -> World:
    return make_world(engine, vault, gateway=carrier, email=mailbox)


@pytest.fixture
def admin(world: World) -> Person:
    return world.add_staff("admin", on_call=False)


def pass_time(world: World, by: timedelta) -> None:
    world.clock.jump_to(world.now + by)


def test_administrators_are_told_once_in_each_outage_though_no_worker_runs(
    world: World, admin: Person, carrier: Carrier, mailbox: Mailbox
) -> None:
    world.add_staff()
    begun = world.now
    pass_time(world, 2 * MINUTE)
    for _ in range(3):
        watch.look(world.services, world.now, begun)
    assert len(mailbox.mails) == 1
    assert "NO WORKER RUNS" in mailbox.mails[0][1]
    assert carrier.tried == [admin.phone]

    upkeep.beat(world.services, "worker", world.now)
    assert watch.look(world.services, world.now, begun).problems == ()
    pass_time(world, 2 * MINUTE)
    watch.look(world.services, world.now, begun)
    assert len(mailbox.mails) == 2


def test_a_process_that_has_just_started_waits_before_it_cries(world: World, admin: Person, mailbox: Mailbox) -> None:
    upkeep.beat(world.services, "worker", world.now - timedelta(hours=1))
    watch.look(world.services, world.now, world.now - timedelta(seconds=59))
    assert mailbox.mails == []


Late = Callable[[World], object]


def an_unpaged_alert(world: World) -> None:
    received = inbound.receive(world.services, InboundText("SM1", world.enrol().phone, "38.9"), world.now)
    inbound.process(world.services, received.message_id, world.now)


def an_unheard_text(world: World) -> None:
    inbound.receive(world.services, InboundText("SM1", world.phone(), "38.9"), world.now)


def an_unsent_page(world: World) -> None:
    queue_text(world, lane=Lane.PAGE)


@pytest.mark.parametrize("late", [an_unpaged_alert, an_unheard_text, an_unsent_page])
def test_work_that_nobody_does_is_noticed_although_workers_live(
    world: World, admin: Person, mailbox: Mailbox, late: Late
) -> None:
    begun = world.now
    late(world)
    pass_time(world, 3 * MINUTE)
    upkeep.beat(world.services, "worker", world.now)
    found = watch.look(world.services, world.now, begun)
    assert found.problems == (watch.LATE,)
    assert found.late == 3 * MINUTE
    world.tick()
    assert sum("late" in subject for _, subject, _ in mailbox.mails) == 1
    assert watch.look(world.services, world.now, begun).problems == ()


def test_check_ins_that_go_out_at_the_senders_pace_are_not_late(world: World) -> None:
    begun = world.now
    queue_text(world)
    pass_time(world, 20 * MINUTE)
    upkeep.beat(world.services, "worker", world.now)
    assert watch.condition(world.services, world.now, begun).problems == ()
    pass_time(world, 20 * MINUTE)
    upkeep.beat(world.services, "worker", world.now)
    assert watch.condition(world.services, world.now, begun).problems == (watch.LATE,)


def test_what_is_on_hold_is_not_called_late_since_that_was_told_already(world: World, carrier: Carrier) -> None:
    begun = world.now
    carrier.behave = lambda text: Permanent(20003, "refused", Cause.CREDENTIALS)
    queue_text(world, lane=Lane.REPLY)
    world.tick()
    pass_time(world, 5 * MINUTE)
    upkeep.beat(world.services, "worker", world.now)
    assert watch.condition(world.services, world.now, begun).problems == ()


def test_it_tells_by_text_where_there_is_no_e_mail(world: World, admin: Person, carrier: Carrier) -> None:
    begun = world.now
    pass_time(world, 2 * MINUTE)
    watch.look(replace(world.services, email=None), world.now, begun)
    assert carrier.tried == [admin.phone]
