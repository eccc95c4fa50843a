"""The clocks change, the service is down for days, and nobody is flooded or forgotten."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from service.store.base import Vault
from tests.journeys.good_days import answers_all_well
from tests.journeys.story import Phone, Story, telling


@pytest.fixture
def before_spring(engine: Engine, vault: Vault) -> Iterator[Story]:
    """Friday before the night in which New York's clocks go forward, 10:00 local."""
    with telling(engine, vault, start=datetime(2027, 3, 12, 15, 0, tzinfo=UTC)) as story:
        yield story


def check(anna: Phone) -> None:
    came = answers_all_well(anna)
    assert came[0] in ("G1", "checkin_opening+T1")
    assert came[-1] == "A5"


def test_the_morning_check_comes_at_eight_on_both_sides_of_the_clock_change(before_spring: Story) -> None:
    story = before_spring
    story.staff()
    anna = story.patient("en")
    story.at("20:00")
    check(anna)
    for _ in range(3):
        story.at("07:59")
        anna.gets_nothing()
        story.at("08:00")
        check(anna)
        story.at("20:00")
        check(anna)
    assert [row["opened_at"] for row in story.rows("checkins")][-1].startswith("2027-03-16T00:00")  # type: ignore[attr-defined]
    story.has_no_orphans()


def test_after_three_days_of_outage_one_check_in_is_asked_and_the_team_is_told(story: Story) -> None:
    nurse = story.staff()
    anna = story.patient("en")
    story.outage_until("12:00", days_later=3)
    anna.gets("merged_opening+G1")
    nurse.gets("page")
    assert "late" in str(story.the_alert()["reasons"])
    (checkin,) = story.rows("checkins")
    assert str(checkin["covers_from"]) < str(checkin["scheduled_at"])
    story.has_no_orphans()

    anna.texts("good")
    story.a_moment_later()
    assert answers_all_well(anna)[-1] == "A5"
    story.at("20:00")
    assert anna.gets("checkin_opening+T1")
    story.has_no_orphans()


def test_an_outage_that_ends_at_night_waits_for_the_morning(story: Story) -> None:
    story.staff()
    anna = story.patient("en")
    story.outage_until("03:06", days_later=2)
    anna.gets_nothing()
    story.has_no_orphans()
    story.at("08:00")
    anna.gets("merged_opening+G1")
    story.has_no_orphans()
