"""What people and machines that look on are told. A wrong answer here hides an alert or leaves one waiting."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from service.flows import inbound, overview
from service.gateways.base import InboundText
from service.store.base import Vault
from service.store.messages import Message
from tests.world import World, make_world

MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(engine: Engine, vault: Vault) -> World:
    return make_world(engine, vault)


def hear(world: World, phone: str, body: str) -> None:
    received = inbound.receive(world.services, InboundText(f"SM{phone}{body}", phone, body), world.now)
    inbound.process(world.services, received.message_id, world.now)


def due_in(world: World) -> timedelta | None:
    due = overview.next_due(world.services, world.now)
    return None if due is None else due - world.now


def test_nothing_is_due_at_a_site_without_patients(world: World) -> None:
    assert due_in(world) is None


def test_the_next_check_in_is_due(world: World) -> None:
    world.enrol()
    assert due_in(world) == timedelta(hours=10)


def test_a_silence_is_due_before_the_next_check_in(world: World) -> None:
    world.enrol()
    world.advance(timedelta(hours=10))
    assert due_in(world) is not None
    assert due_in(world) < timedelta(hours=2)  # type: ignore[operator]


def test_a_page_is_due_and_after_it_is_taken_the_end_of_the_acknowledgement(world: World) -> None:
    nurse, patient = world.add_staff(), world.enrol()
    hear(world, patient.phone, "38.9 and chills")
    world.tick()
    assert due_in(world) == 10 * MINUTE
    (alert,) = overview.open_alerts(world.services)
    assert alert.next_page_at == world.now + 10 * MINUTE
    with world.services.read_work() as work:
        page = work.session.get_one(Message, world.messages_to(nurse.phone)[0].id)
    code = page.body.partition("Reply ")[2][:4]
    hear(world, nurse.phone, code)
    world.tick()
    (alert,) = overview.open_alerts(world.services)
    assert (alert.state, alert.acknowledged_by, alert.next_page_at) == (
        "acknowledged",
        f"Coordinator {nurse.phone[-3:]}",
        None,
    )
    assert alert.acknowledgement_expires_at == world.now + 60 * MINUTE


def test_what_is_due_now_is_not_the_next_event(world: World) -> None:
    """The time machine would stand still before something that fails again and again."""
    world.enrol()
    world.clock.jump_to(world.now + timedelta(hours=10))
    assert overview.next_due(world.services, world.now) is None
    world.tick()
    assert overview.next_due(world.services, world.now) is not None


def test_alerts_are_told_worst_first_then_longest_waiting_and_until_someone_resolves_them(world: World) -> None:
    nurse = world.add_staff()
    first, second, third = world.enrol(), world.enrol(), world.enrol()
    for patient, body in ((first, "38.9"), (second, "38.9"), (third, "confused and 40.2")):
        hear(world, patient.phone, body)
        world.clock.jump_to(world.now + MINUTE)
    world.tick()
    found = overview.open_alerts(world.services)
    assert [(alert.case_number, alert.level) for alert in found] == [
        (third.case, "emergency"),
        (first.case, "urgent"),
        (second.case, "urgent"),
    ]
    assert [page.name for page in found[0].pages] == [f"Coordinator {nurse.phone[-3:]}"]
    assert [page.state for page in found[0].pages] == ["delivered"]
    assert str(found[0].opened_at.tzinfo) == "America/New_York"

    code = next(text for text in world.texts_to(nurse.phone) if third.case in text).partition("Reply ")[2][:4]
    hear(world, nurse.phone, f"{code} DONE phoned")
    assert [alert.case_number for alert in overview.open_alerts(world.services)] == [first.case, second.case]


def test_a_reason_is_told_once_however_often_it_was_given(world: World) -> None:
    patient = world.enrol()
    hear(world, patient.phone, "38.9")
    hear(world, patient.phone, "still 38.9")
    (alert,) = overview.open_alerts(world.services)
    assert len(alert.reasons) == len(set(alert.reasons))


def test_vital_signs_tell_the_longest_wait_not_the_latest(world: World) -> None:
    for _ in range(2):
        patient = world.enrol()
        hear(world, patient.phone, "38.9")
        world.clock.jump_to(world.now + 5 * MINUTE)
    signs = overview.vital_signs(world.services, world.now)
    assert signs.unresolved_alerts == {"urgent": 2}
    assert signs.oldest_unacknowledged == 10 * MINUTE
    assert signs.oldest_queued == 10 * MINUTE
    assert signs.queued_messages == 4
    assert signs.heartbeat_age is None


def test_a_text_that_nobody_acted_on_is_counted(world: World) -> None:
    inbound.receive(world.services, InboundText("SM1", world.phone(), "38.9"), world.now)
    assert overview.vital_signs(world.services, world.now).unhandled_inbound == 1
