"""A configuration that somebody has changed at the provider is noticed within the hour, and administrators are told."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from service.flows import checking
from service.gateways.base import GatewayUnavailable
from service.store.base import Vault
from tests.flows.carriers import Carrier, Mailbox
from tests.world import Person, World, make_world

HOUR = timedelta(hours=1)


class Configured(Carrier):
    """A provider with these problems in its configuration; None: it cannot be asked."""

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[str] | None = []
        self.asked: list[str] = []

    def check(self, inbound_url: str) -> list[str]:
        self.asked.append(inbound_url)
        if self.problems is None:
            raise GatewayUnavailable("down")
        return self.problems


@pytest.fixture
def carrier() -> Configured:
    return Configured()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def world(engine: Engine, vault: Vault, carrier: Configured, mailbox: Mailbox) -> World:
    return make_world(engine, vault, gateway=carrier, email=mailbox)


@pytest.fixture
def admin(world: World) -> Person:
    return world.add_staff("admin")


def told(mailbox: Mailbox, admin: Person) -> int:
    return len(mailbox.subjects_to(f"admin{admin.phone[-3:]}@example.org"))


def test_an_inbound_url_that_was_emptied_is_told_within_the_hour_once(
    world: World, carrier: Configured, mailbox: Mailbox, admin: Person
) -> None:
    world.tick()
    assert (carrier.asked, told(mailbox, admin)) == (["http://127.0.0.1:8000/hooks/twilio/message"], 0)
    carrier.problems = ["The Messaging Service has no inbound URL"]
    for _ in range(3):
        world.clock.jump_to(world.now + HOUR)
        world.tick()
    assert (len(carrier.asked), told(mailbox, admin)) == (4, 1)
    assert world.texts_to(admin.phone) == [], "it has been so for hours: nobody is woken for it"
    assert "no inbound URL" in mailbox.mails[-1][2]


def test_it_is_told_again_when_it_comes_back(
    world: World, carrier: Configured, mailbox: Mailbox, admin: Person
) -> None:
    for problems in (["wrong"], [], ["wrong"]):
        carrier.problems = problems
        world.tick()
        world.clock.jump_to(world.now + HOUR)
    assert told(mailbox, admin) == 2


def test_a_provider_that_cannot_be_asked_is_no_wrong_configuration(
    world: World, carrier: Configured, mailbox: Mailbox, admin: Person
) -> None:
    carrier.problems = None
    with pytest.raises(GatewayUnavailable):
        checking.watch_configuration(world.services, world.now)
    assert told(mailbox, admin) == 0


def test_of_several_workers_one_asks(world: World, carrier: Configured) -> None:
    other = replace(world.services)
    for services in (world.services, other, world.services):
        checking.watch_configuration(services, world.now)
    assert len(carrier.asked) == 1
