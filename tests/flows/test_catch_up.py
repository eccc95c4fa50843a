"""A text whose webhook never reached us is heard all the same, once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from service.flows import catch_up, inbound
from service.gateways.base import GatewayUnavailable, InboundText
from service.store.base import Vault
from service.store.messages import Direction, Handling, Message, Purpose
from service.store.uow import UnitOfWork
from tests.flows.carriers import Carrier
from tests.world import World, make_world

MINUTE = timedelta(minutes=1)


class Listing(Carrier):
    """A carrier that knows what phones have texted, and when."""

    def __init__(self) -> None:
        super().__init__()
        self.texted: list[tuple[datetime, InboundText]] = []
        self.asked: list[datetime] = []
        self.is_down = False

    def list_inbound(self, since: datetime) -> list[InboundText]:
        if self.is_down:
            raise GatewayUnavailable("down")
        self.asked.append(since)
        return [text for at, text in self.texted if at >= since]


@pytest.fixture
def carrier() -> Listing:
    return Listing()


@pytest.fixture
def world(engine: Engine, vault: Vault, carrier: Listing) -> World:
    world = make_world(engine, vault, gateway=carrier)
    catch_up.catch_up(world.services, world.now)
    world.clock.jump_to(world.now + 20 * MINUTE)
    return world


def heard(world: World) -> list[str]:
    with world.services.read_work() as work:
        rows = work.session.scalars(select(Message).where(Message.direction == Direction.INBOUND).order_by(Message.id))
        return [row.body for row in rows]


def text(world: World, carrier: Listing, body: str, ago: timedelta = MINUTE) -> InboundText:
    sent = InboundText(f"SM{len(carrier.texted)}", world.enrol().phone, body)
    carrier.texted.append((world.now - ago, sent))
    return sent


def test_a_text_that_the_webhook_missed_is_acted_on(world: World, carrier: Listing) -> None:
    nurse = world.add_staff()
    text(world, carrier, "38.9 and chills")
    assert catch_up.catch_up(world.services, world.now).done == 1
    world.tick()
    assert len(world.texts_to(nurse.phone)) == 1


def test_what_was_heard_is_not_heard_again(world: World, carrier: Listing) -> None:
    missed, known = text(world, carrier, "missed"), text(world, carrier, "known")
    inbound.receive(world.services, known, world.now)
    catch_up.catch_up(world.services, world.now, at_once=True)
    catch_up.catch_up(world.services, world.now, at_once=True)
    assert sorted(heard(world)) == ["known", "missed"]
    assert inbound.receive(world.services, missed, world.now).duplicate


def test_of_thousands_only_the_one_that_was_missed_is_touched(world: World, carrier: Listing) -> None:
    """Everything of a quarter of an hour is listed each time, and nearly all of it was heard."""
    phone = world.enrol().phone
    for number in range(1100):
        carrier.texted.append((world.now, InboundText(f"SM{number}", phone, "hello")))
    with world.services.work() as work:
        for _, sent in carrier.texted[:-1]:
            work.session.add(_row(work, sent, world))
        work.commit()
    opened = []

    def counted() -> UnitOfWork:
        opened.append(1)
        return world.services.work()

    found = catch_up.catch_up(replace(world.services, work=counted), world.now)
    assert (found.done, found.failed) == (1, 0)
    assert len(opened) < 10, "not one transaction for each"


def test_a_text_of_which_a_part_never_arrived_is_shown_to_a_human_and_asked_for_once_more(
    world: World, carrier: Listing
) -> None:
    """It was heard by its webhook, which cannot know: only the list tells."""
    nurse = world.add_staff()
    whole = text(world, carrier, "I am fine, but since yesterday")
    inbound.process(world.services, inbound.receive(world.services, whole, world.now).message_id, world.now)
    world.tick()
    carrier.texted[-1] = (carrier.texted[-1][0], replace(whole, lacks_part=True))
    paged, asked = len(world.texts_to(nurse.phone)), len(world.texts_to(whole.phone))
    for _ in range(2):
        catch_up.catch_up(world.services, world.now, at_once=True)
        world.tick()
    assert len(world.texts_to(nurse.phone)) == paged + 1
    assert len(world.texts_to(whole.phone)) == asked + 1
    assert "once more" in world.texts_to(whole.phone)[-1]


def _row(work: UnitOfWork, sent: InboundText, world: World) -> Message:
    return Message(
        direction=Direction.INBOUND,
        phone=sent.phone,
        phone_index=work.phone_index(sent.phone),
        body=sent.body,
        purpose=Purpose.INBOUND,
        state=Handling.HANDLED,
        created_at=world.now,
        due_at=world.now,
        provider_id=sent.provider_id,
    )


def test_nothing_is_missed_between_two_rounds_and_through_an_outage(world: World, carrier: Listing) -> None:
    begun = world.now
    carrier.is_down = True
    for _ in range(3):
        with pytest.raises(GatewayUnavailable):
            catch_up.catch_up(world.services, world.now)
        world.clock.jump_to(world.now + 6 * MINUTE)
    carrier.is_down = False
    catch_up.catch_up(world.services, world.now)
    assert carrier.asked[0] <= begun - 20 * MINUTE, "from the last round that came through"
    last = world.now
    world.clock.jump_to(world.now + 6 * MINUTE)
    catch_up.catch_up(world.services, world.now)
    assert carrier.asked[1] <= last - catch_up.OVERLAP


def test_of_several_workers_one_asks(world: World, carrier: Listing) -> None:
    for _ in range(3):
        catch_up.catch_up(world.services, world.now)
    assert len(carrier.asked) == 1
    catch_up.catch_up(world.services, world.now, at_once=True)
    assert len(carrier.asked) == 2, "a worker that starts does not wait"


def test_what_was_texted_before_we_existed_is_not_ours(engine: Engine, vault: Vault, carrier: Listing) -> None:
    world = make_world(engine, vault, gateway=carrier)
    carrier.texted.append((datetime(2020, 1, 1, tzinfo=UTC), InboundText("SM1", "+15005550001", "old")))
    catch_up.catch_up(world.services, world.now)
    assert heard(world) == []
