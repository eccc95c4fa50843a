"""The first month in four scripts, from the baseline on: every question, no text in a wrong language, no orphan."""

import pytest

from service.store.messages import Direction, Message
from tests.journeys.good_days import answers_all_well
from tests.journeys.story import Story

MORNING_WITH_TEST = ["G1", "T1", "T3", "G3", "G6", "G4", "E4", "E5", "E1", "E2", "E3", "E6", "A5"]


def plain(text_ids: list[str]) -> list[str]:
    """Without openings, and whichever set of things the day asks for."""
    return ["E2" if name.startswith("E2") else name.split("+")[-1] for name in text_ids]


@pytest.mark.parametrize("language", ["ar", "zh_Hans", "ht", "vi"])
def test_a_first_month_in_the_patients_own_language(story: Story, language: str) -> None:
    if language not in story.world.services.catalog.languages:
        pytest.skip(f"{language} is not translated yet")
    if story.world.engine.dialect.name != "sqlite":
        pytest.skip("told on one database: nothing in it depends on which")
    nurse = story.staff()
    patient = story.patient(language, days_ago=-8)
    for _ in range(7):
        story.at("09:00")
        answers_all_well(patient)
        story.at("18:05")
        answers_all_well(patient)
    story.at("14:10")
    assert plain(answers_all_well(patient)) == ["B3", "C6", "A5"], "four hours after the infusion"
    story.at("20:00")
    assert plain(answers_all_well(patient))[-1] == "A5"
    for day in range(1, 15):
        story.at("08:00")
        came = plain(answers_all_well(patient))
        assert came == MORNING_WITH_TEST, (day, came)
        story.at("20:00")
        assert plain(answers_all_well(patient))[-1] == "A5"
    for _ in range(16):
        story.at("09:00")
        assert plain(answers_all_well(patient))[-1] == "A5"
        story.at("18:00")
        answers_all_well(patient)
    with story.world.services.read_work() as work:
        sent = work.session.query(Message).where(Message.direction == Direction.OUTBOUND).all()
        theirs = [message for message in sent if message.contact_id is not None]
        assert {message.language for message in theirs} == {language}
        assert not any(message.fallback for message in theirs)
    assert [alert["reasons"] for alert in story.alerts()] == []
    nurse.gets_nothing()
    story.has_no_orphans()
