"""What stands on everybody's screen."""

import pytest
from sqlalchemy import Engine

from service.errors import NotFound
from service.flows import enrolment, inbound
from service.flows.enrolment import Enrol
from service.flows.phones import BUBBLES, Holder, Phone, every_phone, number_of
from service.gateways.base import InboundText
from service.store.base import Vault
from tests.world import ZONE, World, make_world


@pytest.fixture
def world(engine: Engine, vault: Vault) -> World:
    return make_world(engine, vault)


def hear(world: World, phone: str, body: str, sid: str) -> None:
    received = inbound.receive(world.services, InboundText(sid, phone, body), world.now)
    inbound.process(world.services, received.message_id, world.now)


def the_phone(world: World, number: str) -> Phone:
    return next(phone for phone in every_phone(world.services) if phone.number == number)


def test_patients_with_their_caregivers_come_before_staff(world: World) -> None:
    nurse = world.add_staff()
    first, second = world.enrol(caregiver="es"), world.enrol("ar")
    phones = every_phone(world.services)
    assert [phone.number for phone in phones] == [first.phone, first.caregiver, second.phone, nurse.phone]
    assert [phone.title for phone in phones[:3]] == [
        f"Patient {first.case}",
        f"Caregiver of {first.case}",
        f"Patient {second.case}",
    ]
    assert (phones[2].direction, phones[2].language_name) == ("rtl", "Arabic")


def test_a_screen_shows_both_directions_in_order_and_in_its_own_time(world: World) -> None:
    patient = world.enrol(timezone="Asia/Tokyo")
    hear(world, patient.phone, "38.9", "SM1")
    world.tick()
    bubbles = the_phone(world, patient.phone).bubbles
    assert [bubble.own for bubble in bubbles] == [True, False, False]
    assert (bubbles[0].body, bubbles[0].at.strftime("%d %H:%M")) == ("38.9", "03 00:00")
    assert bubbles[1].state == "delivered"


def test_nobody_sees_the_texts_of_another_phone(world: World) -> None:
    patient, other = world.enrol(), world.enrol()
    hear(world, patient.phone, "38.9", "SM1")
    world.tick()
    assert the_phone(world, other.phone).bubbles == []


def test_one_phone_that_serves_two_roles_is_one_phone(world: World) -> None:
    """A nurse who is a patient's caregiver at home has one phone in her pocket."""
    nurse = world.add_staff()
    enrolment.enrol(
        world.services,
        Enrol(
            site_id=world.site_id,
            phone=world.phone(),
            language="en",
            timezone=ZONE,
            infused_at=world.now,
            caregiver_phone=nurse.phone,
        ),
        world.now,
    )
    assert [phone.holder for phone in every_phone(world.services)] == [Holder.PATIENT, Holder.CAREGIVER]
    hear(world, nurse.phone, "hello", "SM1")
    assert the_phone(world, nurse.phone).bubbles[0].body == "hello"


def test_a_long_talk_shows_its_end(world: World) -> None:
    patient = world.enrol()
    for number in range(BUBBLES + 5):
        inbound.receive(world.services, InboundText(f"SM{number}", patient.phone, str(number)), world.now)
    bodies = [bubble.body for bubble in the_phone(world, patient.phone).bubbles]
    assert bodies == [str(number) for number in range(5, BUBBLES + 5)]


def test_a_key_gives_no_number_away_but_finds_it(world: World) -> None:
    nurse, patient = world.add_staff(), world.enrol()
    for number in (patient.phone, nurse.phone):
        key = the_phone(world, number).key
        assert number.strip("+") not in key
        assert number_of(world.services, key) == number
    with pytest.raises(NotFound):
        number_of(world.services, patient.phone)
