"""STOP, STOP with a symptom, and START."""

import pytest

from tests.journeys.story import Story


@pytest.mark.parametrize(
    ("language", "word"), [("en", "Stop please"), ("es", "ya no me manden mensajes"), ("ar", "اوقفوا الرسائل")]
)
def test_a_wish_to_stop_in_any_language_ends_the_texts_and_tells_the_team(
    story: Story, language: str, word: str
) -> None:
    nurse = story.staff()
    anna = story.patient(language)
    anna.texts(word)
    story.a_moment_later()
    assert "START" in anna.gets("A10")
    nurse.gets("page")
    assert story.the_alert()["level"] == "urgent", "day 2: nobody watches this patient any more"
    nurse.texts(f"{story.page_code()} DONE agreed on daily calls")
    story.at("20:30", days_later=2)
    anna.gets_nothing()
    story.has_no_orphans()


def test_a_bare_stop_is_confirmed_by_the_carrier_and_not_by_us(story: Story) -> None:
    nurse = story.staff()
    anna = story.patient("en")
    anna.texts("STOP")
    story.a_moment_later()
    anna.gets_nothing()
    nurse.gets("page")
    assert story.rows("enrolments")[0]["state"] == "unwatched"


def test_stop_with_a_symptom_opts_out_and_alerts(story: Story) -> None:
    nurse = story.staff()
    anna = story.patient("en")
    anna.texts("STOP I have a fever")
    story.a_moment_later()
    anna.gets("A3", "A10")
    nurse.gets("page")
    alert = story.the_alert()
    reasons = " ".join(str(reason) for reason in alert["reasons"])  # type: ignore[attr-defined]
    assert "fever" in reasons
    assert "opted" in reasons or "opt" in reasons


def test_shaking_that_will_not_stop_is_no_opt_out(story: Story) -> None:
    nurse = story.staff()
    anna = story.patient("en")
    anna.texts("I can't stop shaking")
    story.a_moment_later()
    assert story.rows("enrolments")[0]["state"] == "active"
    nurse.gets("page")
    assert story.the_alert()["level"] == "urgent"


def test_start_resumes_from_now_on(story: Story) -> None:
    nurse = story.staff()
    anna = story.patient("en")
    anna.texts("please stop texting me")
    story.a_moment_later()
    anna.gets("A10")
    nurse.texts(f"{story.page_code()} DONE she wants a week off")
    story.at("12:00", days_later=2)
    anna.texts("START")
    story.a_moment_later()
    anna.gets("resumed")
    story.at("20:00")
    anna.gets("checkin_opening+T1")
    story.has_no_orphans()


def test_a_symptom_after_an_opt_out_still_reaches_a_human(story: Story) -> None:
    nurse = story.staff()
    anna = story.patient("en")
    anna.texts("please stop texting me")
    story.a_moment_later()
    nurse.gets("page")
    nurse.texts(f"{story.page_code()} DONE agreed on daily calls")
    story.a_moment_later()
    nurse.gets("page_recorded")
    anna.gets("A10")
    story.after(hours=5)
    anna.texts("i cant breathe, cant even say a sentence")
    story.a_moment_later()
    anna.gets("A1")
    nurse.gets("page")
