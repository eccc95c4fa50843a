"""From the first text to the first check-in."""

from tests.journeys.story import Story


def test_consent_comes_first_and_nothing_else_until_a_yes(story: Story) -> None:
    nurse = story.staff()
    anna = story.patient("en", consented=False)
    story.a_moment_later()
    anna.gets("consent")
    story.at("20:05")
    story.nobody_else_gets_anything()

    anna.texts("Yes")
    story.a_moment_later()
    anna.gets("welcome")
    (consent,) = story.rows("enrolments")
    assert consent["state"] == "active"

    story.at("08:00")
    anna.gets("G1")
    nurse.gets_nothing()
    story.has_no_orphans()


def test_a_no_to_consent_ends_it_and_tells_the_team(story: Story) -> None:
    nurse = story.staff()
    anna = story.patient("es", consented=False)
    story.a_moment_later()
    anna.gets("consent")

    anna.texts("no gracias")
    story.a_moment_later()
    anna.gets("declined")
    nurse.gets("page")
    assert story.rows("enrolments")[0]["state"] == "ended"
    story.at("08:30", days_later=3)
    anna.gets_nothing()


def test_silence_to_the_consent_text_is_followed_up_by_a_human(story: Story) -> None:
    nurse = story.staff()
    anna = story.patient("en", consented=False)
    story.after(hours=25)
    anna.gets("consent", "A7+consent")
    nurse.gets_nothing()
    story.after(hours=24)
    nurse.gets("page")
    assert story.the_alert()["level"] == "review"


def test_a_caregiver_consents_for_themselves_in_their_own_language(story: Story) -> None:
    story.staff()
    enrolled = story.world.enrol("en", caregiver="ar", consented=False)
    anna, son = story.phone(enrolled.phone), story.phone(enrolled.caregiver)
    story.a_moment_later()
    anna.gets("consent")
    son.gets_nothing()

    anna.texts("yes")
    story.a_moment_later()
    anna.gets("welcome")
    assert "نعم" in son.gets("caregiver_consent")

    son.texts("نعم")
    story.a_moment_later()
    son.gets("caregiver_welcome")
    story.at("20:15")
    son.gets("K1")
