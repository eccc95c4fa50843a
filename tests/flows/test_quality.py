"""The figures by which a site is judged, counted over a story whose outcome is known."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from service.errors import BadInput
from service.flows import inbound, quality, taking
from service.flows.access import Actor
from service.gateways.base import InboundText
from service.store import upkeep
from service.store.alerts import Alert
from service.store.base import Vault
from service.store.checkins import CheckIn, CheckInKind, CheckInState
from service.store.staff import Role
from tests.world import Enrolled, World, make_world


@pytest.fixture
def world(engine: Engine, vault: Vault) -> World:
    return make_world(engine, vault)


def hear(world: World, phone: str, body: str) -> None:
    sid = f"SM{phone}{world.now.isoformat()}{body}"[:64]
    received = inbound.receive(world.services, InboundText(sid, phone, body), world.now)
    inbound.process(world.services, received.message_id, world.now)


def nurse(world: World) -> Actor:
    return Actor(world.add_staff().id, world.site_id, "Nora", Role.COORDINATOR)


def by(world: World, who: Actor, group: str, weeks: int = 4) -> dict[str, quality.Figures]:
    return {one.group: one for one in quality.figures(world.services, who, group, weeks, world.now).groups}


def test_a_story_is_counted_by_language_phase_and_week(world: World) -> None:
    who = nurse(world)
    feverish = world.enrol("es")
    world.enrol("en")
    hear(world, feverish.phone, "tengo 38.9 y escalofríos")
    hear(world, feverish.phone, "qwzx blorp fnord gnip zzyx")
    world.clock.jump_to(world.now + timedelta(minutes=4))
    taking.take(world.services, who, 1, world.now)
    world.clock.jump_to(world.now + timedelta(minutes=6))
    with world.services.read_work() as work:
        seen = taking.seen_of(work.session.get_one(Alert, 1))
    taking.close(world.services, who, 1, "reached_comes_in", "", seen, world.now)
    world.pass_hours(20)

    found = by(world, who, "language")
    spanish = found["es"]
    assert (spanish.texts, spanish.unclear) == (2, 1)
    assert spanish.alerts == 2, "one of fever, one of the evening's silence"
    assert (spanish.minutes_to_take, spanish.minutes_to_resolve, spanish.action_rate) == (4, 10, 1)
    assert found["en"].checkins >= 1
    assert found["en"].answer_rate == 0, "nobody answered"
    assert by(world, who, "week")["2027-W09"].alerts >= 1
    assert by(world, who, "phase")["early"].checkins >= 2


def test_another_sites_patients_are_not_counted(world: World) -> None:
    outsider = Actor(world.add_staff().id, world.add_site(), "Max", Role.COORDINATOR)
    hear(world, world.enrol("es").phone, "38.9")
    assert by(world, outsider, "language") == {}
    assert quality.figures(world.services, outsider, "language", 4, world.now).sent == 0


@pytest.mark.parametrize(("group", "weeks"), [("doctor", 4), ("language", 5)])
def test_other_groupings_and_spans_are_refused(world: World, group: str, weeks: int) -> None:
    with pytest.raises(BadInput):
        quality.figures(world.services, nurse(world), group, weeks, world.now)


def answers(world: World, patient: Enrolled, state: CheckInState, number: int) -> None:
    with world.services.work() as work:
        contact = work.session.connection().exec_driver_sql(
            f"SELECT c.id FROM contacts c JOIN enrolments e ON e.patient_id = c.patient_id WHERE e.id = {patient.id}"
        )
        contact_id = contact.scalar_one()
        for place in range(number):
            work.session.add(
                CheckIn(
                    enrolment_id=patient.id,
                    contact_id=contact_id,
                    slot=f"made up {state} {place}",
                    kind=CheckInKind.SCHEDULED,
                    phase_id="early",
                    scheduled_at=world.now,
                    covers_from=world.now,
                    opened_at=world.now,
                    conversation={},
                    state=state,
                )
            )
        work.session.commit()


def test_administrators_hear_once_when_one_language_falls_behind(world: World) -> None:
    who, admin = nurse(world), world.add_staff("admin", on_call=False)
    spanish, english = world.enrol("es"), world.enrol("en")
    answers(world, spanish, CheckInState.ESCALATED, 30)
    answers(world, english, CheckInState.ANSWERED, 60)
    assert by(world, who, "language")["es"].behind
    assert not by(world, who, "language")["en"].behind
    quality.watch_languages(world.services, world.now)
    world.clock.jump_to(world.now + timedelta(days=1, minutes=1))
    quality.watch_languages(world.services, world.now)
    with world.services.read_work() as work:
        alarms = upkeep.alarms(work.session)
    assert [name for name in alarms if name.startswith("behind")] == [f"behind:{world.site_id}:es"]
    assert world.messages_to(admin.phone) == [], "by e-mail only, and there is none here"
