"""Fourteen good days: the patient is asked twice a day, the nurse sleeps."""

from tests.journeys.story import Phone, Story


def all_is_well(story: Story, anna: Phone) -> None:
    anna.gets("checkin_opening+T1")
    anna.texts("36.7")
    story.a_moment_later()
    anna.gets("neuro")
    anna.texts("no")
    story.a_moment_later()
    anna.gets("infection")
    anna.texts("nope, none of that")
    story.a_moment_later()
    anna.gets("A5")


def test_a_quiet_fortnight(story: Story) -> None:
    nurse = story.staff()
    anna = story.patient("en", days_ago=0.1)
    for _ in range(14):
        story.at("20:00")
        all_is_well(story, anna)
        story.at("08:00")
        all_is_well(story, anna)
    nurse.gets_nothing()
    story.nobody_else_gets_anything()
    assert story.alerts() == []
    states = [row["state"] for row in story.rows("checkins")]
    assert states == ["answered"] * 28
    story.has_no_orphans()
