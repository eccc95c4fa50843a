"""A fever at night in Spanish, from the text to the outcome."""

from tests.journeys.good_days import answers_all_well
from tests.journeys.story import Story


def test_fever_at_night_is_answered_in_spanish_and_paged_until_someone_takes_it(story: Story) -> None:
    nurse, doctor = story.staff(), story.staff("clinician", on_call=False)
    maria = story.patient("es")
    story.at("20:00")
    asked = answers_all_well(maria, {"T1": "36,8", "G3": "no, nada"})
    assert (asked[0], asked[-1]) == ("checkin_opening+T1", "A5")

    story.at("02:30")
    answer = maria.texts("tengo 38,6 y escalofrios")
    assert answer.status == 200
    story.a_moment_later()
    advice = maria.gets("A3", "G3")
    assert story.fake.sent_to(maria.number)[-2].count("911") == 1
    assert "escalofríos" in advice, "the question that follows is in Spanish"
    alert = story.the_alert()
    assert alert["level"] == "urgent"
    page = nurse.gets("page")
    assert str(alert["case"]) in page
    assert "38.6" not in page
    assert "38,6" not in page
    doctor.gets_nothing()

    story.after(minutes=11)
    doctor.gets("page_again")
    nurse.gets_nothing()

    doctor.texts(story.page_code())
    story.a_moment_later()
    doctor.gets("page_acknowledged")
    story.after(minutes=30)
    nurse.gets_nothing()
    doctor.gets_nothing()

    doctor.texts(f"{story.page_code()} DONE phoned her, she is on her way to the ward")
    story.a_moment_later()
    doctor.gets("page_recorded")
    assert story.the_alert()["state"] == "resolved"
    assert story.the_alert()["outcome"] == "phoned her, she is on her way to the ward"
    story.has_no_orphans()


def test_forty_degrees_is_an_emergency_and_no_more_questions_are_asked(story: Story) -> None:
    nurse, doctor = story.staff(), story.staff("clinician", on_call=False)
    maria = story.patient("es")
    maria.texts("40.2 de fiebre")
    story.a_moment_later()
    assert "911" in maria.gets("A1")
    nurse.gets("page")
    story.after(minutes=5)
    doctor.gets("page_again")
    assert story.the_alert()["level"] == "emergency"


def test_a_worse_finding_pages_again_after_an_acknowledgement(story: Story) -> None:
    nurse = story.staff()
    maria = story.patient("es")
    maria.texts("38.2")
    story.a_moment_later()
    maria.gets("A3", "G3")
    nurse.gets("page")
    nurse.texts(story.page_code())
    story.a_moment_later()
    nurse.gets("page_acknowledged")

    maria.texts("si, estoy confundida")
    story.a_moment_later()
    maria.gets("A1")
    nurse.gets("page_again")
    assert story.the_alert()["level"] == "emergency"
