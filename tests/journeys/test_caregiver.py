"""Confusion is seen by others first."""

from tests.journeys.story import Story


def test_confusion_reported_by_a_caregiver_in_arabic_is_an_emergency(story: Story) -> None:
    nurse = story.staff()
    omar, daughter = story.patient_and_caregiver("ar", "ar", days_ago=3)
    daughter.texts("ابوي مشوش وما يعرف احنا وين")
    story.a_moment_later()
    assert "911" in daughter.gets("A1")
    nurse.gets("page")
    omar.gets_nothing()
    alert = story.the_alert()
    assert alert["level"] == "emergency"
    assert any("confus" in str(reason) for reason in alert["reasons"])  # type: ignore[attr-defined]


def test_a_no_to_is_he_himself_is_asked_further(story: Story) -> None:
    nurse = story.staff()
    _, daughter = story.patient_and_caregiver("ar", "ar", days_ago=3)
    story.at("20:15")
    daughter.gets("K1")
    daughter.texts("لا")
    story.a_moment_later()
    nurse.gets("page")
    daughter.gets("A1")


def test_all_well_by_the_caregiver_troubles_nobody(story: Story) -> None:
    nurse = story.staff()
    _, daughter = story.patient_and_caregiver("ar", "ar", days_ago=3)
    story.at("20:15")
    daughter.gets("K1")
    daughter.texts("نعم")
    story.a_moment_later()
    daughter.gets("A5")
    nurse.gets_nothing()
