"""A second infusion of the same patient: day 0 again, and nothing of the first time lost."""

from datetime import timedelta
from typing import cast

import pytest
from sqlalchemy import Engine, func, select

from service.core.history import History
from service.errors import BadInput, Conflict
from service.flows import erasure
from service.flows.access import Actor
from service.flows.ledger import ledger
from service.flows.listing import show
from service.flows.reinfusion import Reinfuse, reinfuse
from service.store.alerts import Alert
from service.store.base import Vault
from service.store.messages import Message
from service.store.notes import Note, NoteKind
from service.store.patients import Enrolment
from service.store.staff import Role
from tests.hearing import hear
from tests.world import Enrolled, World, make_world


@pytest.fixture
def world(engine: Engine, vault: Vault) -> World:
    world = make_world(engine, vault)
    world.add_staff()
    return world


def again(world: World, patient: Enrolled, *, flags: tuple[str, ...] | None = None) -> int:
    return reinfuse(world.services, Reinfuse(patient.id, world.now, flags=flags), world.now)


def row(world: World, enrolment_id: int) -> Enrolment:
    with world.services.read_work() as work:
        found = work.session.get_one(Enrolment, enrolment_id)
        assert found.history is None or found.history
        return found


def test_the_schedule_begins_anew_and_the_old_enrolment_ends(world: World) -> None:
    patient = world.enrol(days_ago=40)
    world.advance(timedelta(days=1))
    texts = len(world.messages_to(patient.phone))
    new = again(world, patient, flags=("allogeneic", "bcma"))
    world.advance(timedelta(hours=34))
    came = [message.text_id or "" for message in world.messages_to(patient.phone)][texts:]
    assert "B3" in came[0], "asked as four hours after an infusion"
    assert "checkin_opening+T1" in came, "and in the evening"
    assert (row(world, patient.id).state, row(world, patient.id).next_checkin_at) == ("ended", None)
    assert (row(world, new).state, row(world, new).flags) == ("active", {"set": ["allogeneic", "bcma"]})
    assert ledger(world.services, world.now).orphans == []


def test_a_reply_is_judged_by_the_new_day_and_the_old_baseline(world: World) -> None:
    patient = world.enrol(days_ago=-3)
    for _ in range(3):
        world.advance(timedelta(days=1))
        hear(world, patient.phone, "36.2")
    world.advance(timedelta(hours=1))
    before = History.from_json(row(world, patient.id).history)
    assert before.own_temperatures
    new = again(world, patient)
    after = History.from_json(row(world, new).history)
    assert (after.own_temperatures, after.temperatures) == (before.own_temperatures, ())
    hear(world, patient.phone, "38.9 and chills")
    (alert,) = [one for one in show(world.services, "alerts", world.now) if one["enrolment"] == new]
    assert (alert["level"], alert["case"]) == ("urgent", patient.case)


def test_a_question_that_waits_is_told_to_a_human(world: World) -> None:
    patient = world.enrol()
    world.advance(timedelta(hours=10))
    again(world, patient)
    (alert,) = show(world.services, "alerts", world.now)
    assert "missed-checkin" in str(alert["reasons"])
    assert alert["enrolment"] == patient.id
    assert ledger(world.services, world.now).orphans == []


def test_who_has_opted_out_is_not_texted_again(world: World) -> None:
    patient = world.enrol()
    hear(world, patient.phone, "please stop texting me")
    texts = len(world.messages_to(patient.phone))
    new = again(world, patient)
    world.advance(timedelta(days=2))
    assert len(world.messages_to(patient.phone)) == texts
    assert row(world, new).state == "unwatched"
    hear(world, patient.phone, "START")
    assert row(world, new).state == "active"


def test_what_makes_no_sense_is_refused_and_changes_nothing(world: World) -> None:
    patient, asked = world.enrol(), world.enrol(consented=False)
    with pytest.raises(BadInput, match="infused-at"):
        reinfuse(world.services, Reinfuse(patient.id, world.now - timedelta(days=9)), world.now)
    with pytest.raises(BadInput, match="cannot both be true"):
        again(world, patient, flags=("autologous", "allogeneic"))
    with pytest.raises(BadInput, match="'cd20' is not one of"):
        again(world, patient, flags=("cd20",))
    with pytest.raises(Conflict, match="has not consented"):
        again(world, asked)
    assert row(world, patient.id).state == "active"
    again(world, patient)
    with pytest.raises(Conflict, match="followed by another"):
        again(world, patient)


def test_erasing_the_patient_erases_both_enrolments(world: World) -> None:
    patient = world.enrol()
    nurse = world.add_staff("admin")
    hear(world, patient.phone, "36.6")
    world.clock.jump_to(world.now + timedelta(minutes=1))
    with world.services.work() as work:
        work.session.add(
            Note(enrolment_id=patient.id, staff_id=nurse.id, kind=NoteKind.NOTE, at=world.now, text="well")
        )
        work.commit()
    new = again(world, patient)
    for alert in show(world.services, "alerts", world.now):
        with world.services.work() as work:
            work.session.get_one(Alert, cast(int, alert["id"])).state = "resolved"
            work.commit()
    actor = Actor(nurse.id, world.site_id, "Nora", Role.ADMIN)
    erasure.erase(world.services, actor, new, patient.case, world.now)
    with world.services.read_work() as work:
        bodies = select(func.count()).where(Message.enrolment_id.in_([patient.id, new]), Message.reading.is_not(None))
        assert work.session.scalar(bodies) == 0
        assert work.session.scalar(select(func.count()).select_from(Note)) == 0
    assert (row(world, patient.id).history, row(world, patient.id).flags) == (None, None)
