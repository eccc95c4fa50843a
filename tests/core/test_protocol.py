"""A protocol that a clinician got wrong is refused, with words that say what is wrong."""

from datetime import time
from typing import Any

import pytest
from pydantic import ValidationError

from service.core.conditions import Condition
from service.core.plan import QuietHours, SilenceLadder
from service.core.protocol import Protocol
from service.core.questions import Expects, Question
from service.core.urgency import Level


def sound() -> dict[str, Any]:
    """The smallest protocol with a phase."""
    steps = {"steps": [{"after_minutes": 0, "page": "on_call"}], "then_every_minutes": 5, "acknowledgement_minutes": 20}
    question = {"text": "Q", "expects": "yes_no", "context": "confirm"}
    alert = {"after_minutes": 60, "do": "alert", "urgency": "U60"}
    names = ("consent", "caregiver_consent", "caregiver_check", "neuro")
    return {
        "id": "p",
        "version": 1,
        "review": "draft",
        "columns": ["early", "late"],
        "questions": {name: dict(question) for name in names},
        "phases": [
            phase("first", [0, 14], "early", {"id": "a", "at": "09:00", "every_days": 1, "ask": ["neuro"]}),
            phase("second", [15, 30], "late", {"id": "b", "at": "09:00", "months": [1], "ask": ["neuro"]}),
        ],
        "silence": {name: {"steps": [dict(alert)]} for name in ("daily", "consent")},
        "escalation": {"emergency": steps, "urgent": steps, "review": steps},
        "rules": [
            {"id": "r", "says": "fever", "when": {"symptoms": ["fever"]}, "levels": {"early": "EM", "late": "R1d"}}
        ],
    }


def phase(name: str, days: list[int], column: str, *checkins: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "name": name, "days": days, "column": column, "silence": "daily", "checkins": list(checkins)}


def test_a_sound_protocol_loads_and_judges_by_column() -> None:
    protocol = Protocol.model_validate(sound())
    assert protocol.key == "p@1"
    assert protocol.rules[0].urgency("early").level is Level.EMERGENCY
    assert protocol.rules[0].urgency("late").shorthand == "R1d"


@pytest.mark.parametrize(
    ("place", "value", "says"),
    [
        (("phases", 1, "days"), [16, 30], "second must begin on day 15"),
        (("phases", 1, "checkins", 0, "id"), "a", "check-in id a is used twice"),
        (("phases", 0, "checkins", 0, "at"), "21:00", "lies in the quiet hours"),
        (("phases", 0, "checkins", 0, "at"), "07:59", "lies in the quiet hours"),
        (("phases", 0, "checkins", 0, "ask"), ["nothing"], "'nothing' is asked but not defined"),
        (("phases", 0, "checkins", 0, "months"), [1], "either every_days or months"),
        (("phases", 0, "checkins", 0, "every_days"), None, "either every_days or months"),
        (("phases", 0, "silence"), "never", "silence ladder 'never'"),
        (("phases", 0, "column"), "middle", "column 'middle'"),
        (("unsolicited",), ["nothing"], "'nothing' is asked but not defined"),
        (("caregiver_consent",), "nothing", "'nothing' is asked but not defined"),
        (("escalation",), {}, "escalation for emergency is missing"),
        (("rules", 0, "levels"), {"early": "EM"}, "rule r must give a level for each of early, late"),
        (("rules", 0, "levels", "late"), "soon", "'soon' is no urgency"),
        (("rules", 0, "when"), {}, "would fire on every reply"),
        (("rules", 0, "when"), {"symptoms": ["feever"]}, "unknown symptom code 'feever'"),
        (("rules", 0, "when"), {"symptoms": ["fever"], "asked": ["nothing"]}, "'nothing' is asked but not defined"),
        (("rules", 0, "when"), {"symptoms": ["fever"], "not_asked": ["nothing"]}, "'nothing' is asked but not defined"),
        (("rules", 0, "follow_up"), {"ask": "nothing", "after_minutes": 60}, "'nothing' is asked but not defined"),
        (("rules", 0, "advice"), {"late": "A1"}, "advice is given by level"),
        (("advice",), {"every": "A1"}, "advice is given by level"),
        (("silence", "daily", "steps", 0, "do"), "remind", "a step that alerts names its urgency"),
        (("colour",), "red", "Extra inputs"),
    ],
)
def test_a_mistake_is_refused_and_named(place: tuple[str | int, ...], value: object, says: str) -> None:
    wrong = sound()
    spot: Any = wrong
    for step in place[:-1]:
        spot = spot[step]
    spot[place[-1]] = value
    with pytest.raises(ValidationError, match=says):
        Protocol.model_validate(wrong)


def test_silence_to_the_consent_text_must_be_followed_up_too() -> None:
    wrong = sound()
    del wrong["silence"]["consent"]
    with pytest.raises(ValidationError, match="silence ladder 'consent' is missing"):
        Protocol.model_validate(wrong)


def test_two_rules_of_one_id_are_refused() -> None:
    wrong = sound()
    wrong["rules"] *= 2
    with pytest.raises(ValidationError, match="rule id r is used twice"):
        Protocol.model_validate(wrong)


def test_every_silence_ends_with_a_human() -> None:
    with pytest.raises(ValidationError, match="last step of a silence ladder must be an alert"):
        SilenceLadder.model_validate({"steps": [{"after_minutes": 30, "do": "remind"}]})
    late = {"after_minutes": 90, "do": "alert", "urgency": "U30"}
    with pytest.raises(ValidationError, match="later and later"):
        SilenceLadder.model_validate({"steps": [late, {**late, "after_minutes": 60}]})


@pytest.mark.parametrize(
    ("expects", "answers"),
    [("yes_no", {"maybe": {}}), ("temperature", {"yes": {}}), ("numbers", {"one": {}}), ("words", {"yes": {}})],
)
def test_answers_that_cannot_be_given_are_refused(expects: str, answers: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="do not fit"):
        Question.model_validate({"text": "Q", "expects": expects, "context": "confirm", "answers": answers})


def test_answer_keys_may_be_what_yaml_makes_of_yes_and_one() -> None:
    asked = Question.model_validate(
        {"text": "Q", "expects": "yes_no", "context": "neuro", "answers": {True: {"report": ["tremor"]}, False: None}}
    )
    assert asked.answers["yes"].report[0].code == "tremor"
    assert asked.answers["no"].report == ()
    numbered = Question.model_validate(
        {"text": "Q", "expects": Expects.NUMBERS, "context": "choice", "answers": {0: {}, 1: {"report": ["rash"]}}}
    )
    assert set(numbered.answers) == {"0", "1"}


def test_days_outside_all_phases_get_the_nearest() -> None:
    protocol = Protocol.model_validate(sound())
    assert [protocol.phase_on(day).id for day in (-5, 0, 14, 15, 400)] == [
        "first",
        "first",
        "first",
        "second",
        "second",
    ]


def test_quiet_hours_run_over_midnight() -> None:
    quiet = QuietHours()
    assert [quiet.hold(time(hour)) for hour in (7, 8, 20, 21, 0)] == [True, False, False, True, True]


def test_bounds_take_the_lower_limit_and_leave_the_upper() -> None:
    bounds = Condition.model_validate({"temperature": {"at_least": 37.5, "below": 38.0}}).temperature
    assert bounds is not None
    assert [bounds.hold(value) for value in (37.4, 37.5, 37.9, 38.0)] == [False, True, True, False]


def test_a_protocol_can_be_stored_and_read_back() -> None:
    protocol = Protocol.model_validate(sound())
    assert Protocol.model_validate_json(protocol.model_dump_json()) == protocol
