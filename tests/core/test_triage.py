"""The judge never lowers, never fires on what was denied, and tells the patient what fits the level."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core.conditions import Condition, Standing
from service.core.protocol import Protocol
from service.core.reading.model import Answer, Context, Finding, Intent, Reading, Severity, Status, When, Whose
from service.core.triage import Facts, holds, judge
from service.core.urgency import Level

NOW = Finding("fever", Status.PRESENT)
DENIED = Finding("fever", Status.ABSENT)
UNSURE = Finding("fever", Status.UNCERTAIN)
OVER = Finding("fever", Status.PRESENT, when=When.PAST)
FEARED = Finding("fever", Status.PRESENT, when=When.HYPOTHETICAL)
SISTERS = Finding("fever", Status.PRESENT, whose=Whose.OTHER)
EVERY_WAY = [NOW, DENIED, UNSURE, OVER, FEARED, SISTERS]


def read(**given_: Any) -> Reading:
    base: dict[str, Any] = {"text": "x", "language": "en", "context": Context.OPEN, "intent": Intent.ANSWER}
    return Reading(**{**base, **given_})


def protocol(*rules: dict[str, Any], **more: Any) -> Protocol:
    numbered = [{"id": f"r{number}", "says": "...", **rule} for number, rule in enumerate(rules)]
    return Protocol.model_validate({"id": "p", "version": 1, "review": "draft", "rules": numbered, **more})


def facts(*findings: Finding, **more: Any) -> Facts:
    return Facts(findings, reading=read(), **more)


FEVER: dict[str, Any] = {"when": {"symptoms": ["fever"]}, "levels": "U15"}
COUGH: dict[str, Any] = {"when": {"symptoms": ["cough"]}, "levels": "R4h"}
HOT: dict[str, Any] = {"when": {"temperature": {"at_least": 39.0}}, "levels": "EM"}


@pytest.mark.parametrize(
    ("standing", "fires_on"),
    [
        (Standing.PRESENT, [NOW]),
        (Standing.UNCERTAIN, [UNSURE]),
        (Standing.PAST, [OVER]),
        (Standing.HYPOTHETICAL, [FEARED]),
        (Standing.OTHERS, [SISTERS]),
    ],
)
def test_a_symptom_counts_only_in_the_way_it_was_reported(standing: Standing, fires_on: list[Finding]) -> None:
    by_code = Condition.model_validate({"symptoms": ["fever"], "standing": standing})
    by_any = Condition.model_validate({"any_symptom": standing})
    for condition in (by_code, by_any):
        assert [finding for finding in EVERY_WAY if holds(condition, facts(finding))] == fires_on


def test_nothing_found_is_ok_and_calls_for_no_advice() -> None:
    verdict = judge(protocol(FEVER, COUGH), "any", facts())
    assert (verdict.level, verdict.fired, verdict.advice, verdict.follow_up) == (Level.OK, (), None, None)


def test_the_worst_rule_decides_and_comes_first_in_the_reasons() -> None:
    verdict = judge(protocol(COUGH, FEVER, HOT), "any", Facts((Finding("cough", Status.PRESENT), NOW), 39.2, read()))
    assert verdict.level is Level.EMERGENCY
    assert verdict.reasons == ("r2", "r1", "r0")


def test_of_equal_levels_the_shorter_time_wins() -> None:
    slow = {"when": {"symptoms": ["fever"]}, "levels": "U60"}
    assert judge(protocol(slow, FEVER), "any", facts(NOW)).urgency.minutes == 15


def test_an_emergency_comes_before_an_urgent_finding_with_a_shorter_clock() -> None:
    soon = {"when": {"symptoms": ["fever"]}, "levels": "U5", "advice": "A3"}
    verdict = judge(protocol(soon, {**HOT, "advice": "A1"}), "any", facts(NOW, temperature_c=39.5))
    assert (verdict.reasons, verdict.advice) == (("r1", "r0"), "A1")


CODES = st.sampled_from(["fever", "cough", "rash", "pain"])
FINDINGS = st.lists(
    st.builds(
        Finding,
        CODES,
        st.sampled_from(Status),
        st.sampled_from(Severity),
        st.sampled_from(When),
        st.sampled_from(Whose),
    ),
    max_size=6,
)
RULES = protocol(
    FEVER,
    COUGH,
    HOT,
    {"when": {"symptoms": ["fever"], "together_with": ["rash"]}, "levels": "EM"},
    {"when": {"symptoms": ["pain"], "severity": ["severe"]}, "levels": "U30"},
    {"when": {"any_symptom": "uncertain"}, "levels": "R1d"},
)


@given(FINDINGS, FINDINGS, st.floats(34, 42))
def test_learning_more_never_lowers_a_level(known: list[Finding], more: list[Finding], degrees: float) -> None:
    before = judge(RULES, "any", Facts(tuple(known), None, read())).urgency
    after = judge(RULES, "any", Facts((*known, *more), degrees, read())).urgency
    assert not before.worse_than(after)


def test_every_key_of_a_condition_must_hold() -> None:
    condition = Condition.model_validate(
        {"symptoms": ["fever"], "severity": ["severe"], "together_with": ["chills"], "temperature": {"at_least": 38}}
    )
    severe, chills = Finding("fever", Status.PRESENT, Severity.SEVERE), Finding("chills", Status.PRESENT)
    whole = Facts((severe, chills), 38.0, read())
    assert holds(condition, whole)
    broken: Iterable[Facts] = (
        Facts((severe, chills), 37.9, read()),
        Facts((severe, chills), None, read()),
        Facts((severe,), 38.0, read()),
        Facts((severe, Finding("chills", Status.ABSENT)), 38.0, read()),
        Facts((NOW, chills), 38.0, read()),
    )
    assert not any(holds(condition, one) for one in broken)


@pytest.mark.parametrize(
    ("when", "fires", "silent"),
    [
        ({"intents": ["help"]}, read(intents=frozenset({Intent.HELP, Intent.REPORT})), read()),
        (
            {"answered": ["neuro"], "answer": "yes"},
            read(context=Context.NEURO, answer=Answer.YES),
            read(answer=Answer.YES),
        ),
        (
            {"answered": ["neuro"], "answer": "yes"},
            read(context=Context.NEURO, answer=Answer.YES),
            read(context=Context.NEURO),
        ),
        ({"manner": "garbled"}, read(garbled=True), read()),
        ({"manner": "unclear"}, read(answer=Answer.UNCLEAR), read(answer=Answer.NO)),
        ({"manner": "implausible_temperature"}, read(implausible_temperature=True), read()),
    ],
)
def test_a_rule_about_the_text_fires_on_such_a_text_only(when: dict[str, Any], fires: Reading, silent: Reading) -> None:
    condition = Condition.model_validate(when)
    assert holds(condition, Facts.of(fires))
    assert not holds(condition, Facts.of(silent))
    assert not holds(condition, Facts.event("opted_out"))


def test_a_rule_can_tell_the_second_temperature_from_the_first() -> None:
    asks = {"when": {"temperature": {"at_least": 37.5}, "not_asked": ["again"]}, "levels": "ok"}
    ends = {"when": {"temperature": {"at_least": 37.5}, "asked": ["again"]}, "levels": "U60"}
    question = {"text": "T2", "expects": "temperature", "context": "temperature"}
    rules = protocol(
        {**asks, "follow_up": {"ask": "again", "after_minutes": 60}, "advice": {"ok": "A6"}},
        ends,
        questions={"again": question},
    )
    for asked in (None, "temperature"):
        first = judge(rules, "any", Facts((), 37.6, read(), asked))
        assert (first.level, first.advice) == (Level.OK, "A6")
        assert first.follow_up is not None
    second = judge(rules, "any", Facts((), 37.6, read(), "again"))
    assert (second.urgency.shorthand, second.follow_up) == ("U60", None)


ADVICE = {"emergency": "A1", "urgent": "A2", "review": "A4"}


def test_a_rule_without_words_of_its_own_gets_the_protocols_for_its_level() -> None:
    assert judge(protocol(FEVER, advice=ADVICE), "any", facts(NOW)).advice == "A2"
    assert judge(protocol(FEVER), "any", facts(NOW)).advice is None


def test_own_advice_goes_before_and_only_at_the_level_it_names() -> None:
    own = {**FEVER, "levels": {"early": "U15", "late": "R4h"}, "advice": {"urgent": "A3"}}
    rules = protocol(own, advice=ADVICE, columns=["early", "late"])
    assert judge(rules, "early", facts(NOW)).advice == "A3"
    assert judge(rules, "late", facts(NOW)).advice == "A4"


def test_the_advice_is_that_of_the_worst_finding() -> None:
    rules = protocol({**COUGH, "advice": "A11"}, HOT, advice=ADVICE)
    assert judge(rules, "any", Facts((Finding("cough", Status.PRESENT),), 39.5, read())).advice == "A1"


def test_what_the_service_noticed_itself_sends_the_patient_no_advice_unless_its_rule_says_so() -> None:
    gone: dict[str, Any] = {"when": {"symptoms": ["opted_out"]}, "levels": "U30"}
    assert judge(protocol(gone, advice=ADVICE), "any", Facts.event("opted_out")).advice is None
    assert judge(protocol({**gone, "advice": "A10"}, advice=ADVICE), "any", Facts.event("opted_out")).advice == "A10"
