"""No answer is a finding: remind, ask the caregiver, then a human, to the last step."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from service.store.base import Vault
from tests.journeys.good_days import answers_all_well
from tests.journeys.story import Story, telling


@pytest.fixture
def story(engine: Engine, vault: Vault) -> Iterator[Story]:
    """Six in the morning, so that the first check-in is the one at eight."""
    with telling(engine, vault, start=datetime(2027, 3, 2, 11, 0, tzinfo=UTC)) as story:
        yield story


def test_silence_climbs_to_the_last_step_of_the_ladder(story: Story) -> None:
    nurse, doctor = story.staff(), story.staff("clinician", on_call=False)
    omar, daughter = story.patient_and_caregiver("ar", "ar", days_ago=3)
    story.at("08:00")
    omar.gets("G1")
    story.after(minutes=30)
    omar.gets("A7+G1")
    daughter.gets_nothing()
    story.after(minutes=30)
    assert "911" in daughter.gets("K3")
    nurse.gets_nothing()
    story.after(minutes=30)
    nurse.gets("page")
    assert story.the_alert()["level"] == "urgent"
    story.after(minutes=30)
    assert story.the_alert()["level"] == "emergency"
    states = {row["kind"]: row["state"] for row in story.rows("checkins")}
    assert states["scheduled"] == "escalated"
    assert states["welfare"] == "escalated"
    assert doctor.gets("page_again", "page_again")
    story.has_no_orphans()


def test_without_a_caregiver_the_ladder_goes_on_to_a_human(story: Story) -> None:
    nurse = story.staff()
    anna = story.patient("en")
    story.at("08:00")
    story.after(minutes=89)
    anna.gets("G1", "A7+G1")
    nurse.gets_nothing()
    story.after(minutes=1)
    nurse.gets("page")


def test_a_late_answer_is_still_read_as_the_answer(story: Story) -> None:
    story.staff()
    anna = story.patient("en")
    story.at("08:00")
    story.after(minutes=125)
    anna.gets("G1", "A7+G1")
    anna.texts("I am fine, just slept long")
    story.a_moment_later()
    answers_all_well(anna)
    (checkin,) = story.rows("checkins")
    assert checkin["state"] == "answered"
    story.has_no_orphans()


def test_a_patient_who_is_febrile_is_reminded_after_ten_minutes(story: Story) -> None:
    story.staff()
    anna = story.patient("en")
    anna.texts("38.3")
    story.a_moment_later()
    anna.gets("A3", "G3")
    story.after(minutes=10)
    anna.gets("A7+G3")


def test_a_caregivers_word_is_not_chased_once_the_patient_answers(story: Story) -> None:
    nurse = story.staff()
    omar, daughter = story.patient_and_caregiver("en", "en", days_ago=3)
    story.at("08:00")
    story.after(minutes=61)
    daughter.gets("K3")
    answers_all_well(omar)
    story.after(minutes=240)
    nurse.gets_nothing()
    assert {row["state"] for row in story.rows("checkins")} == {"answered"}
    story.has_no_orphans()
