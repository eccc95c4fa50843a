"""Patients who ask for another language."""

from dataclasses import replace

from sqlalchemy import Engine, select

from service.store.audit import AuditEntry
from service.store.base import Vault
from service.store.patients import Contact
from tests.hearing import hear
from tests.journeys.story import Story
from tests.world import World, make_world


def languages(world: World) -> list[str]:
    with world.services.read_work() as work:
        return list(work.session.scalars(select(Contact.language).order_by(Contact.id)))


def audited(world: World) -> int:
    with world.services.read_work() as work:
        rows = work.session.scalars(select(AuditEntry).where(AuditEntry.action == "language changed"))
        return len([row for row in rows if row.actor.startswith("contact:")])


def test_a_patient_who_asks_for_spanish_is_asked_in_spanish_from_then_on(story: Story) -> None:
    story.staff()
    anna = story.patient("en")
    story.at("20:00")
    assert "thermometer" in anna.gets("checkin_opening+T1")
    anna.texts("en español por favor")
    story.a_moment_later()
    assert "termómetro" in anna.gets("language_changed", "T1")
    anna.texts("36,8")
    story.a_moment_later()
    assert "SÍ" in anna.gets("T3")
    assert languages(story.world) == ["es"]
    assert audited(story.world) == 1
    assert story.alerts() == []
    story.nobody_else_gets_anything()


def test_danger_in_the_same_text_is_answered_first_of_all_and_in_the_language_asked_for(story: Story) -> None:
    nurse = story.staff()
    anna = story.patient("en")
    anna.texts("40.2 fiebre, en español por favor")
    story.a_moment_later()
    assert "Llame al 911" in anna.gets("A1")
    nurse.gets("page")


def test_a_consent_text_in_the_wrong_language_is_sent_again_in_the_right_one(story: Story) -> None:
    story.staff()
    anna = story.patient("en", consented=False)
    story.a_moment_later()
    anna.gets("consent")
    anna.texts("español")
    story.a_moment_later()
    assert "SÍ" in anna.gets("language_changed", "consent")


def test_a_language_that_we_do_not_have_is_said_and_becomes_a_task(story: Story) -> None:
    story.staff()
    anna = story.patient("en")
    anna.texts("in hindi please")
    story.a_moment_later()
    assert "can not change the language" in anna.gets("language_unavailable")
    alert = story.the_alert()
    assert alert["level"] == "review"
    assert "another language" in str(alert["reasons"])
    assert languages(story.world) == ["en"]


def test_only_the_one_who_asks_is_texted_in_another_language(story: Story) -> None:
    story.staff()
    _, helper = story.patient_and_caregiver("en", "en")
    helper.texts("用中文")
    story.a_moment_later()
    assert "中文" in helper.gets("language_changed")
    assert languages(story.world) == ["en", "zh_Hans"]


def test_production_sends_no_language_that_no_clinician_has_signed(engine: Engine, vault: Vault) -> None:
    world = make_world(engine, vault)
    world.add_staff()
    anna = world.enrol("en")
    world = replace(world, services=replace(world.services, production=True))
    hear(world, anna.phone, "en español por favor")
    assert [message.text_id for message in world.messages_to(anna.phone)] == ["language_unavailable"]
    assert languages(world) == ["en"]
    assert audited(world) == 0
