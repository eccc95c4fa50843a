"""A patient who cannot take their temperature is asked how they feel, and a human gets them a thermometer."""

import pytest

from tests.journeys.story import Story


@pytest.mark.parametrize(("language", "reply"), [("en", "my thermometer is broken"), ("tl", "walang thermometer")])
def test_no_thermometer_is_asked_about_once_and_told_to_staff(story: Story, language: str, reply: str) -> None:
    story.staff()
    anna = story.patient(language)
    story.at("20:00")
    anna.gets("checkin_opening+T1")
    anna.texts(reply)
    story.a_moment_later()
    anna.gets("T5")
    alert = story.the_alert()
    assert (alert["level"], "no-thermometer" in str(alert["reasons"])) == ("review", True)
