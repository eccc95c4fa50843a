"""No page without an acknowledgement or the next step; no acknowledgement without an outcome or the next page."""

from tests.journeys.good_days import answers_all_well
from tests.journeys.story import Phone, Story


def fever(story: Story, nurse: Phone) -> None:
    anna = story.patient("en")
    anna.texts("38.9")
    story.a_moment_later()
    nurse.gets("page")
    assert answers_all_well(anna) == ["A3", "G3", "G6", "G4", "A4"]


def test_an_acknowledgement_without_an_outcome_expires_and_pages_again(story: Story) -> None:
    nurse = story.staff()
    fever(story, nurse)
    nurse.texts(f"ok {story.page_code()}")
    story.a_moment_later()
    nurse.gets("page_acknowledged")
    story.after(minutes=59)
    nurse.gets_nothing()
    story.after(minutes=2)
    nurse.gets("page_expired")
    assert story.the_alert()["state"] == "open"


def test_only_the_first_to_acknowledge_has_it_and_the_second_is_told(story: Story) -> None:
    nurse, doctor = story.staff(), story.staff("clinician", on_call=False)
    fever(story, nurse)
    story.after(minutes=11)
    doctor.gets("page_again")
    nurse.texts(story.page_code())
    doctor.texts(story.page_code())
    story.a_moment_later()
    nurse.gets("page_acknowledged")
    doctor.gets("page_already_taken")
    assert story.the_alert()["acknowledged_by"] == 1


def test_the_case_number_acknowledges_as_well_as_the_code(story: Story) -> None:
    nurse = story.staff()
    fever(story, nurse)
    nurse.texts(str(story.the_alert()["case"]).lower())
    story.a_moment_later()
    nurse.gets("page_acknowledged")


def test_a_code_that_means_nothing_is_answered_and_changes_nothing(story: Story) -> None:
    nurse = story.staff()
    fever(story, nurse)
    nurse.texts("ok on my way")
    story.a_moment_later()
    nurse.gets("page_unknown_code")
    assert story.the_alert()["state"] == "open"


def test_a_colleague_who_was_not_paged_cannot_take_it_by_accident(story: Story) -> None:
    nurse, admin = story.staff(), story.staff("admin", on_call=False)
    fever(story, nurse)
    admin.texts(story.page_code())
    story.a_moment_later()
    admin.gets("page_unknown_code")


def test_paging_never_stops_by_itself(story: Story) -> None:
    nurse = story.staff()
    fever(story, nurse)
    story.after(hours=3)
    assert len(story.fake.sent_to(nurse.number)) > 10


def test_done_without_saying_what_was_done_does_not_close_it(story: Story) -> None:
    nurse = story.staff()
    fever(story, nurse)
    nurse.texts(f"{story.page_code()} done")
    story.a_moment_later()
    assert story.the_alert()["state"] == "acknowledged"


def test_a_code_glued_to_the_word_done_of_another_script_acknowledges_and_closes(story: Story) -> None:
    nurse = story.staff()
    fever(story, nurse)
    nurse.texts(f"{story.page_code()}완료")
    story.a_moment_later()
    nurse.gets("page_acknowledged")
    nurse.texts(f"{story.page_code()}完了、電話しました")
    story.a_moment_later()
    assert story.the_alert()["state"] == "resolved"
