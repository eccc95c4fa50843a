"""Fourteen good days: the patient is asked twice a day, the nurse sleeps."""

from tests.journeys.good_days import answers_all_well
from tests.journeys.story import Story


def test_a_quiet_fortnight(story: Story) -> None:
    nurse = story.staff()
    anna = story.patient("en", days_ago=0.1)
    story.at("11:45")
    assert answers_all_well(anna) == ["checkin_opening+B3", "C6", "A5"], "four hours after the infusion"
    for _ in range(14):
        story.at("20:00")
        evening = answers_all_well(anna)
        assert evening == ["checkin_opening+T1", "T3", "G3", "G6", "G4", "G2", "T4", "F1", "M1", "L2", "A5"]
        story.at("08:00")
        assert answers_all_well(anna, {"G4": "nope, none of that"}) == ["G1", "T1", "T3", "G3", "G6", "G4", "A5"]
    nurse.gets_nothing()
    story.nobody_else_gets_anything()
    assert story.alerts() == []
    states = [row["state"] for row in story.rows("checkins")]
    assert states == ["answered"] * 29
    story.has_no_orphans()
