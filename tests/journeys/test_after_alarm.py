"""An alarm is not the end: was help reached, what does the test say, who is asked next."""

from tests.journeys.good_days import answers_all_well
from tests.journeys.story import Story


def test_after_an_emergency_the_patient_is_asked_whether_help_came(story: Story) -> None:
    nurse = story.staff()
    anna = story.patient("en")
    anna.texts("I passed out in the kitchen")
    story.a_moment_later()
    anna.gets("A1")
    nurse.gets("page")
    story.after(minutes=5)
    anna.gets("help_reached")
    anna.texts("yes")
    story.a_moment_later()
    anna.gets("A4")
    story.has_no_orphans()


def test_help_that_was_not_reached_alarms_again(story: Story) -> None:
    nurse = story.staff()
    anna = story.patient("en")
    anna.texts("I passed out in the kitchen")
    story.a_moment_later()
    anna.gets("A1")
    nurse.texts(story.page_code())
    story.after(minutes=6)
    anna.gets("help_reached")
    anna.texts("no")
    story.a_moment_later()
    anna.gets("A1")
    assert "has not reached it" in str(story.the_alert()["reasons"])
    assert story.the_alert()["state"] == "open", "a new finding pages again after an acknowledgement"


def test_silence_after_an_emergency_asks_the_caregiver_and_climbs(story: Story) -> None:
    story.staff()
    omar, daughter = story.patient_and_caregiver("en", "en", days_ago=3)
    omar.texts("I passed out in the kitchen")
    story.a_moment_later()
    omar.gets("A1")
    story.after(minutes=7)
    omar.gets("help_reached")
    assert "911" in daughter.gets("K3")
    story.after(minutes=14)
    assert "consider sending help" in str(story.the_alert()["reasons"])
    story.has_no_orphans()


def test_a_text_that_makes_no_sense_is_asked_about_once_and_then_an_emergency(story: Story) -> None:
    nurse = story.staff()
    anna = story.patient("en")
    anna.texts("window the seven purple lamp under fork tomorrow tomorrow glass")
    story.a_moment_later()
    anna.gets("A8")
    nurse.gets("page")
    story.after(minutes=11)
    assert story.the_alert()["level"] == "emergency"


def test_whoever_answers_yes_to_are_you_well_goes_on_with_the_check(story: Story) -> None:
    story.staff()
    anna = story.patient("en")
    anna.texts("window the seven purple lamp under fork tomorrow tomorrow glass")
    story.a_moment_later()
    anna.gets("A8")
    anna.texts("YES")
    story.a_moment_later()
    assert answers_all_well(anna)[0] == "T1"
    assert story.the_alert()["level"] == "urgent"


def test_a_stay_in_hospital_pauses_the_checks_and_is_asked_about(story: Story) -> None:
    nurse = story.staff()
    anna = story.patient("en")
    anna.texts("i am in the hospital")
    story.a_moment_later()
    assert anna.gets("A4", "L3")
    nurse.gets("page")
    anna.texts("yes")
    story.a_moment_later()
    assert "START" in anna.gets("paused")
    assert story.rows("enrolments")[0]["state"] == "paused"
    story.at("20:30", days_later=1)
    anna.gets_nothing()

    story.at("10:00", days_later=1)
    anna.gets("L4")
    anna.texts("no")
    story.a_moment_later()
    anna.gets("back_home")
    assert story.rows("enrolments")[0]["state"] == "active"
    story.at("20:00")
    anna.gets("checkin_opening+T1")
    story.has_no_orphans()


def test_a_second_fever_that_nobody_has_dealt_with_is_an_emergency(story: Story) -> None:
    story.staff()
    anna = story.patient("en")
    anna.texts("38.2")
    story.a_moment_later()
    answers_all_well(anna)
    assert story.the_alert()["level"] == "urgent"
    story.after(minutes=70)
    anna.texts("still 38.1")
    story.a_moment_later()
    assert anna.gets("A1")
    assert story.the_alert()["level"] == "emergency"
