"""What a clinician would check first: the levels of the clinical table, written here from it and not from the YAML."""

import re
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from service.content.catalog import Catalog, load_catalog
from service.core.content_model import Who
from service.core.conversation import begin
from service.core.flags import DISEASES, LASTING, PASSING, applies
from service.core.history import Measured
from service.core.protocol import Protocol
from service.core.reading.model import Answer, Context, Finding, Intent, Reading, Severity, Status, When, Whose
from service.core.rules import Whom
from service.core.selftest import Result
from service.core.symptoms import CORPUS_CODES, EVENT_CODES, FURTHER_CODES
from service.core.triage import Facts, Known, judge
from service.core.urgency import Level

ROOT = Path(__file__).parents[2]
NOW = datetime(2027, 3, 4, 13, tzinfo=UTC)
COLUMNS = ("day_0_14", "day_15_30", "month_2_12", "year_2_15")
MILD, MODERATE, SEVERE = Severity.MILD, Severity.MODERATE, Severity.SEVERE


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(ROOT)


@pytest.fixture(scope="module")
def protocol(catalog: Catalog) -> Protocol:
    return catalog.protocol("cart-autoimmune")


def reading(
    *,
    temperature: float | None = None,
    context: Context = Context.OPEN,
    answer: Answer | None = None,
    intent: Intent = Intent.REPORT,
    garbled: bool = False,
) -> Reading:
    return Reading(
        text="...",
        language="en",
        context=context,
        intent=intent,
        intents=frozenset({intent}),
        answer=answer,
        temperature_c=temperature,
        garbled=garbled,
    )


def has(*codes: str, severity: Severity = MODERATE, temperature: float | None = None) -> Facts:
    found = tuple(Finding(code, Status.PRESENT, severity) for code in codes)
    return Facts(found, temperature, reading(temperature=temperature))


def temperature(degrees: float, asked: str = "T1", **known: Any) -> Facts:
    """A temperature just taken; `known` is what earlier check-ins said."""
    told = reading(temperature=degrees, context=Context.TEMPERATURE)
    return Facts((), degrees, told, asked, known=Known(now=NOW, **known))


def knowing(facts: Facts, **known: Any) -> Facts:
    return replace(facts, known=Known(now=NOW, **known))


def flagged(facts: Facts, *flags: str) -> Facts:
    return knowing(facts, flags=frozenset(flags))


def earlier(*pairs: tuple[float, float]) -> tuple[Measured, ...]:
    """Temperatures, each with how many hours ago it was taken."""
    return tuple(Measured(NOW - timedelta(hours=hours), degrees) for degrees, hours in pairs)


def pressure(systolic: int, own: float | None = None, *codes: str, flags: tuple[str, ...] = ()) -> Facts:
    return replace(has(*codes), systolic=systolic, known=Known(now=NOW, own_systolic=own, flags=frozenset(flags)))


def self_test(fall: int, score: int | None = None, *, done: bool = True, repeated: bool = False) -> Facts:
    return knowing(Facts(reading=reading(), asked="E5"), selftest=Result(fall, score, done, repeated))


def yes(question: str) -> Facts:
    """A bare yes to a list of signs."""
    return Facts((), None, reading(context=Context.CHOICE, answer=Answer.YES, intent=Intent.ANSWER), question)


def wish(intent: Intent) -> Facts:
    return Facts((), None, reading(intent=intent))


AGAIN = "T2"

# Row of the clinical table, what was found, and the levels for day 0-14, day 15-30, month 2-12, year 2-15.
ROWS: list[tuple[str, Facts, str]] = [
    ("1", temperature(38.0), "U15 U15 U30 R4h"),
    ("1", temperature(38.9), "U15 U15 U30 R4h"),
    ("1", has("fever"), "U15 U15 U30 R4h"),
    ("1, low counts", flagged(temperature(38.0), "low_counts"), "U15 U15 U30 U30"),
    ("1, low IgG", flagged(temperature(38.0), "low_igg"), "U15 U15 U30 U30"),
    ("2", temperature(39.0), "EM EM U15 U30"),
    ("2, again", temperature(38.1, temperatures=earlier((38.0, 1))), "EM EM U15 U30"),
    ("2, too soon", temperature(38.1, temperatures=earlier((38.0, 0.9))), "U15 U15 U30 R4h"),
    ("2, days ago", temperature(38.1, temperatures=earlier((38.3, 30))), "U15 U15 U30 R4h"),
    ("2, dealt with", temperature(38.1, temperatures=earlier((38.0, 3)), attended_at=NOW), "U15 U15 U30 R4h"),
    ("3", temperature(37.5), "ok ok ok ok"),
    ("3", temperature(37.9), "ok ok ok ok"),
    ("4", temperature(37.5, AGAIN), "U60 U60 R4h R1d"),
    ("4 then 1", temperature(38.0, AGAIN), "U15 U15 U30 R4h"),
    ("4, no second", Facts.event("no_second_temperature"), "U60 U60 R4h R1d"),
    ("5", temperature(37.2, own_temperature=36.2), "U60 R4h R1d ok"),
    ("5, less", temperature(37.1, own_temperature=36.2), "ok ok ok ok"),
    ("5, baseline unknown", temperature(37.4), "ok ok ok ok"),
    ("6", temperature(37.3, temperatures=earlier((36.6, 24), (37.0, 12))), "R4h R4h ok ok"),
    ("6, no steady climb", temperature(37.3, temperatures=earlier((37.0, 24), (36.9, 12))), "ok ok ok ok"),
    ("6, two readings only", temperature(37.3, temperatures=earlier((36.9, 12))), "ok ok ok ok"),
    ("7", temperature(35.9, AGAIN), "U30 U30 U60 R1d"),
    ("8", temperature(34.9, AGAIN), "EM EM U15 U30"),
    ("8", has("fatigue", temperature=35.5), "EM EM U15 U30"),
    ("9", has("low_blood_pressure", temperature=38.0), "EM EM EM EM"),
    ("9", has("fever", "fast_heartbeat"), "EM EM EM EM"),
    ("9", has("fever", "confusion"), "EM EM EM EM"),
    ("9", has("fever", "word_finding"), "EM EM EM EM"),
    ("9", has("fever", "sleepiness"), "EM EM EM EM"),
    ("9", has("fever", "stiff_neck"), "EM EM EM EM"),
    ("9", has("fever", "bleeding", severity=MILD), "EM EM EM EM"),
    ("10", has("fever", "chills"), "U15 U15 U15 U30"),
    ("10", has("rash", temperature=38.1), "U15 U15 U15 U30"),
    ("11", has("antipyretic_taken", temperature=37.5), "U15 U15 R1d R1d"),
    ("11", has("steroid_or_tocilizumab", temperature=37.6), "U15 U15 U30 R1d"),
    ("11, an earlier pill", temperature(37.5, still=frozenset({"antipyretic_taken"})), "U15 U15 ok ok"),
    ("11, an earlier steroid", temperature(37.5, still=frozenset({"steroid_or_tocilizumab"})), "U15 U15 U30 ok"),
    ("11, signs one level up", knowing(has("fast_heartbeat"), still=frozenset({"antipyretic_taken"})), "EM EM U30 R4h"),
    ("12", has("no_thermometer"), "R4h R1d R1d R1d"),
    ("13", Facts.event("not_understood"), "U30 U60 R1d R1d"),
    ("14", has("chills"), "U30 U30 U60 R1d"),
    ("15", has("low_blood_pressure", severity=MILD), "U60 R4h R1d R1d"),
    ("15", has("low_blood_pressure", severity=SEVERE), "U15 U15 U30 R4h"),
    ("16", has("fainting"), "EM EM EM EM"),
    ("16, low", pressure(89), "EM EM EM EM"),
    ("16, low for this patient", pressure(89, 99), "EM EM EM EM"),
    ("16, own is low", pressure(89, 95), "ok ok ok ok"),
    ("16, not low", pressure(90, 130), "ok ok ok ok"),
    ("17", has("fast_heartbeat"), "U15 U15 U30 R4h"),
    ("18", has("trouble_breathing", severity=MILD), "U15 U15 U30 R4h"),
    ("18", has("trouble_breathing", severity=SEVERE), "EM EM EM EM"),
    ("18, myasthenia", flagged(has("trouble_breathing", severity=MILD), "myasthenia"), "EM EM EM EM"),
    ("18, lungs", flagged(has("trouble_breathing", severity=MILD), "lung_disease"), "EM EM EM EM"),
    ("19", has("chest_pain"), "EM EM EM EM"),
    ("20", has("confusion"), "EM EM U15 U60"),
    ("21", has("word_finding"), "U15 U15 U30 R4h"),
    ("21, no test", Facts.event("test_unanswered"), "EM EM U15 U60"),
    ("22", has("tremor"), "U30 U30 R1d R1d"),
    ("23", has("sleepiness"), "U15 U30 R4h R1d"),
    ("23", has("sleepiness", severity=SEVERE), "EM EM EM EM"),
    ("24", has("headache", severity=MILD), "R4h R1d ok ok"),
    ("24", has("headache", severity=MODERATE), "U60 U60 R4h R1d"),
    ("24", has("headache", severity=SEVERE), "EM EM EM EM"),
    ("24", has("headache", "stiff_neck", severity=MILD), "EM EM EM EM"),
    ("25", has("hallucination"), "EM EM U30 R4h"),
    ("26", has("seizure"), "EM EM EM EM"),
    ("26", has("unresponsive"), "EM EM EM EM"),
    ("26", has("focal_weakness"), "EM EM EM EM"),
    ("27", has("movement_change"), "U30 R4h R4h R1d"),
    ("27, BCMA", flagged(has("movement_change"), "bcma"), "U30 R4h U60 R1d"),
    ("27, dual", flagged(has("memory_loss"), "dual"), "U30 R4h U60 R1d"),
    ("28, fell", self_test(3), "EM EM U15 U60"),
    ("28, fell, not all asked yet", self_test(3, done=False), "EM EM U15 U60"),
    ("28, low", self_test(2, 6), "EM EM U15 U60"),
    ("29, first", self_test(2, 8), "ok ok ok ok"),
    ("29, again", self_test(1, 9, repeated=True), "U15 U15 R4h R1d"),
    ("29, as before", self_test(0, 10, repeated=True), "ok ok ok ok"),
    ("30", has("garbled_text"), "EM U15 U60 R1d"),
    ("31", has("slow_reply"), "R4h R4h ok ok"),
    ("31 and more", has("slow_reply", "headache", severity=MILD), "U30 U30 ok ok"),
    ("32", has("caregiver_concern"), "U30 U60 R4h R1d"),
    ("34", has("cough"), "R4h R4h R1d R1d"),
    ("34", has("sore_throat"), "R4h R4h R1d R1d"),
    ("34", has("coughing_blood"), "U15 U15 U15 U30"),
    ("34, vasculitis", flagged(has("coughing_blood"), "vasculitis"), "EM EM EM EM"),
    ("35", has("painful_urination"), "U60 U60 R4h R1d"),
    ("35", has("wound_infection"), "U60 U60 R4h R1d"),
    ("35", has("catheter_site"), "U60 U60 R4h R1d"),
    ("36", has("diarrhea"), "R4h R4h R1d R1d"),
    ("36", has("vomiting"), "R4h R4h R1d R1d"),
    ("36", has("vomiting", severity=SEVERE), "U30 U30 U60 R4h"),
    ("37", has("rash"), "R4h R4h R1d R1d"),
    ("37", has("blisters"), "U60 U60 U60 R4h"),
    ("38", has("allergic_reaction"), "U15 U15 U30 R4h"),
    ("38", has("allergic_reaction", severity=SEVERE), "EM EM EM EM"),
    ("39", has("bleeding", severity=MILD), "U60 U60 R4h R1d"),
    ("39", has("bleeding", severity=SEVERE), "EM EM EM EM"),
    ("40", has("fatigue"), "R4h R4h R1d R1d"),
    ("40", has("pain", severity=SEVERE), "U30 U60 R4h R1d"),
    ("41", has("kidney_signs"), "R4h R4h R1d R1d"),
    ("41", has("disease_flare"), "R4h R4h R1d R1d"),
    ("42, myasthenia", flagged(has("swallowing"), "myasthenia"), "EM EM EM EM"),
    ("42, sclerosis", pressure(140, None, "headache", flags=("systemic_sclerosis",)), "EM EM EM EM"),
    ("42, sclerosis, rise", pressure(135, 115, "vision_change", flags=("systemic_sclerosis",)), "EM EM EM EM"),
    ("42, not sclerosis", pressure(140, None, "vision_change"), "U60 U60 R4h R1d"),
    ("43", has("low_mood"), "R1d R1d R1d R1d"),
    ("43", has("self_harm", severity=MILD), "EM EM EM EM"),
    ("44", has("hospitalised"), "U30 U60 R1d R1d"),
    ("45", has("missed_medicine"), "R1d R1d R1d R1d"),
    ("45", has("pregnancy"), "R1d R1d R1d R1d"),
    ("45", has("new_cancer"), "R1d R1d R1d R1d"),
    ("46", has("unwell", severity=SEVERE), "U30 U60 R4h R1d"),
    ("46", has("worse", severity=MILD), "R4h R4h R1d R1d"),
    ("47", has("cough", "rash"), "U30 U60 R4h R1d"),
    ("47, one only", has("cough", "missed_medicine"), "R4h R4h R1d R1d"),
    ("47, urgent", has("chills", "painful_urination"), "EM EM U60 R1d"),
    ("47, one kind", has("fast_heartbeat", "low_blood_pressure"), "U15 U15 U30 R4h"),
    ("48", temperature(36.6), "ok ok ok ok"),
    ("HELP", wish(Intent.HELP), "EM U15 U15 U15"),
    ("STOP", Facts.event("opted_out"), "U30 U60 R1d R1d"),
]


@pytest.mark.parametrize(("row", "facts", "levels"), ROWS, ids=[f"{row}-{n}" for n, (row, _, _) in enumerate(ROWS)])
def test_each_row_has_the_levels_of_the_clinical_table(protocol: Protocol, row: str, facts: Facts, levels: str) -> None:
    assert [judge(protocol, column, facts).urgency.shorthand for column in COLUMNS] == levels.split()


def test_before_the_infusion_fever_and_infection_reach_the_team_within_30_minutes(protocol: Protocol) -> None:
    signs = [temperature(38.0), has("cough"), has("chills"), has("painful_urination"), has("diarrhea")]
    for facts in [*signs, yes("G4")]:
        verdict = judge(protocol, "baseline", facts)
        assert verdict.level is Level.URGENT
        assert verdict.urgency.minutes <= 30


def test_caregiver_opt_out_and_wrong_number_are_followed_up_in_the_first_month(protocol: Protocol) -> None:
    for column in ("day_0_14", "day_15_30"):
        assert judge(protocol, column, Facts.event("caregiver_opted_out")).urgency.shorthand == "R4h"
        assert judge(protocol, column, wish(Intent.WRONG_NUMBER)).urgency.shorthand == "U30"


@pytest.mark.parametrize("code", sorted(CORPUS_CODES | FURTHER_CODES))
def test_no_symptom_that_can_be_reported_goes_unseen_in_the_first_month(protocol: Protocol, code: str) -> None:
    for column in ("baseline", "day_0_14", "day_15_30"):
        if (column, code) != ("baseline", "slow_reply"):
            assert judge(protocol, column, has(code)).level >= Level.REVIEW


@pytest.mark.parametrize("code", sorted(EVENT_CODES))
def test_everything_the_service_notices_reaches_a_human_in_every_phase(protocol: Protocol, code: str) -> None:
    for column in protocol.columns:
        verdict = judge(protocol, column, Facts.event(code))
        assert verdict.level >= Level.REVIEW
        assert verdict.advice is None, "an event must not make the service text the patient advice"


@pytest.mark.parametrize("standing", ["uncertain", "past", "hypothetical"])
@pytest.mark.parametrize("code", ["confusion", "fever", "seizure", "cough", "self_harm"])
def test_unsure_past_and_feared_symptoms_are_never_fine(protocol: Protocol, standing: str, code: str) -> None:
    status = Status.UNCERTAIN if standing == "uncertain" else Status.PRESENT
    when = When.NOW if standing == "uncertain" else When(standing)
    facts = Facts((Finding(code, status, when=when),), None, reading())
    assert all(judge(protocol, column, facts).level >= Level.REVIEW for column in protocol.columns)


def test_a_fit_that_is_over_is_still_an_emergency_in_the_first_month(protocol: Protocol) -> None:
    facts = Facts((Finding("seizure", Status.PRESENT, when=When.PAST),), None, reading())
    assert judge(protocol, "day_0_14", facts).level is Level.EMERGENCY


def test_an_ill_contact_is_noted(protocol: Protocol) -> None:
    facts = Facts((Finding("cough", Status.PRESENT, whose=Whose.OTHER),), None, reading())
    assert judge(protocol, "day_0_14", facts).urgency.shorthand == "R1d"


@pytest.mark.parametrize("screen", ["G3", "G4", "G6"])
def test_a_bare_yes_to_a_danger_question_is_urgent_in_the_first_month(protocol: Protocol, screen: str) -> None:
    assert judge(protocol, "day_0_14", yes(screen)).level is Level.URGENT


def test_a_first_garbled_text_is_urgent_and_asks_for_a_plain_answer(protocol: Protocol) -> None:
    verdict = judge(protocol, "day_0_14", Facts((), None, reading(garbled=True)))
    assert (verdict.level, verdict.advice) == (Level.URGENT, None)
    (rule,) = verdict.fired
    assert [protocol.questions[name].text for name in rule.ask] == [("A8",)]
    again = judge(protocol, "day_0_14", Facts((), None, reading(garbled=True), "well"))
    assert again.level is Level.EMERGENCY


@pytest.mark.parametrize(("degrees", "minutes"), [(37.5, 60), (37.9, 60), (35.9, 15), (34.9, 15)])
def test_an_odd_temperature_is_taken_again_once(protocol: Protocol, degrees: float, minutes: int) -> None:
    first = judge(protocol, "day_0_14", temperature(degrees))
    assert first.follow_up is not None
    assert (first.follow_up.ask, first.follow_up.after_minutes, first.advice) == ((AGAIN,), minutes, "A6")
    assert judge(protocol, "day_0_14", temperature(degrees, AGAIN)).follow_up is None


@pytest.mark.parametrize(
    ("facts", "column", "advice"),
    [
        (has("confusion"), "day_0_14", "A1"),
        (has("confusion"), "month_2_12", "A2"),
        (temperature(38.0), "day_0_14", "A3"),
        (temperature(38.0), "year_2_15", "A4"),
        (temperature(39.5), "day_0_14", "A1"),
        (has("cough"), "day_0_14", "A4"),
        (has("self_harm"), "day_0_14", "A9"),
        (has("self_harm", "seizure"), "day_0_14", "A1"),
        (wish(Intent.HELP), "day_15_30", "A11"),
        (wish(Intent.WRONG_NUMBER), "day_0_14", "wrong_number"),
    ],
)
def test_the_advice_fits_the_finding_and_its_level(protocol: Protocol, facts: Facts, column: str, advice: str) -> None:
    assert judge(protocol, column, facts).advice == advice


def test_the_phases_cover_the_week_before_to_year_15_without_a_gap(protocol: Protocol) -> None:
    days = [phase.days for phase in protocol.phases]
    assert days[0][0] == -7
    assert days[-1][1] == 5479
    assert all(later[0] == earlier[1] + 1 for earlier, later in pairwise(days))
    columns = {day: protocol.phase_on(day).column for day in (-1, 0, 14, 15, 30, 31, 365, 367, 5479)}
    assert columns == {
        -1: "baseline",
        0: "day_0_14",
        14: "day_0_14",
        15: "day_15_30",
        30: "day_15_30",
        31: "month_2_12",
        365: "month_2_12",
        367: "year_2_15",
        5479: "year_2_15",
    }


def test_the_first_fortnight_asks_the_patient_twice_a_day_and_the_caregiver_once(protocol: Protocol) -> None:
    plans = [plan for plan in protocol.phase_on(3).checkins if plan.every_days]
    assert [(plan.at, plan.who, plan.every_days) for plan in plans] == [
        (time(8), Who.PATIENT, 1),
        (time(20), Who.PATIENT, 1),
        (time(20, 15), Who.CAREGIVER, 1),
    ]
    both = {"T1", "T3", "G3", "G4", "G6", "E4", "E5"}
    assert all(both <= set(plan.ask) for plan in plans if plan.who is Who.PATIENT)
    once = {name for plan in plans for name in plan.ask}
    assert {"G1", "G2", "T4", "F1", "M1", "L2", "E1", "E2", "E3", "E6", "K1"} <= once


ALL_FLAGS = frozenset(LASTING) | frozenset(PASSING)


def test_no_check_in_has_more_than_twelve_texts(protocol: Protocol) -> None:
    """Whoever has one disease and one phone is asked every question of every check-in."""
    others = DISEASES | {"shared_phone", "cuff", "line"}
    for disease in DISEASES:
        flags = (ALL_FLAGS - others) | {disease, "line"}
        for plan in protocol.plans():
            asked = [name for name in plan.ask if applies(protocol.questions[name], flags)]
            assert begin(plan.ask, protocol, flags).pending == tuple(asked), plan.id
            assert len(asked) <= 12, plan.id


def test_every_text_of_the_bank_is_asked_for_some_reason(catalog: Catalog, protocol: Protocol) -> None:
    bank = {text_id for text_id in catalog.texts if re.fullmatch(r"[BCDEFGIKLMNRTY]\d+[a-e]?", text_id)}
    asked = {text for question in protocol.questions.values() for text in (*question.text, question.unclear_number)}
    assert bank <= asked
    reached = {name for plan in protocol.plans() for name in plan.ask} | set(protocol.ask_about.values())
    reached |= {name for question in protocol.questions.values() for e in question.answers.values() for name in e.ask}
    reached |= {name for rule in protocol.rules for name in (*rule.ask, *rule.ask_caregiver)}
    reached |= {name for rule in protocol.rules if rule.follow_up for name in rule.follow_up.ask}
    reached |= {protocol.welfare, *(one.ask for one in (protocol.pause, protocol.after_alarm) if one)}
    assert set(protocol.questions) - reached == {"consent", "caregiver_consent"}


def test_every_row_of_the_clinical_table_has_a_rule(protocol: Protocol) -> None:
    """Row 33 (the worse word wins) and 48 (nothing found) are how the judge works, not rules."""
    rows = {rule.clinical_rule for rule in protocol.rules}
    assert set(range(1, 49)) - rows == {33, 48}


@pytest.mark.parametrize(
    ("day", "minutes"),
    [
        (3, [30, 60, 90, 120]),
        (20, [120, 240, 360, 1440]),
        (100, [24 * 60, 48 * 60, 72 * 60, 5 * 1440, 10 * 1440]),
        (2000, [7 * 1440, 14 * 1440, 21 * 1440, 30 * 1440, 60 * 1440]),
    ],
)
def test_the_silence_ladders_have_the_clocks_of_the_clinical_table(
    protocol: Protocol, day: int, minutes: list[int]
) -> None:
    ladder = protocol.ladder(protocol.phase_on(day).id)
    assert [step.after_minutes for step in ladder.steps] == minutes
    assert ladder.halve_from == ("review" if day == 3 else None)


def test_an_emergency_climbs_to_everyone_within_ten_minutes(protocol: Protocol) -> None:
    policy = protocol.escalation["emergency"]
    assert [(step.after_minutes, step.page) for step in policy.steps] == [
        (0, Whom.ON_CALL),
        (5, Whom.CLINICIANS),
        (10, Whom.EVERYONE),
    ]
    assert (policy.then_every_minutes, policy.acknowledgement_minutes) == (5, 20)


def test_every_rule_and_phase_of_the_protocol_says_where_it_comes_from(protocol: Protocol) -> None:
    assert [rule.id for rule in protocol.rules if not rule.source or not rule.says] == []
    assert [phase.id for phase in protocol.phases if not phase.source] == []
    assert "not clinically approved" in protocol.review


@pytest.mark.parametrize(
    ("facts", "level"),
    [
        (temperature(40.0), Level.EMERGENCY),
        (temperature(38.0), Level.URGENT),
        (has("tremor"), Level.URGENT),
        (Facts.of(reading(context=Context.NEURO, answer=Answer.YES, intent=Intent.ANSWER)), Level.URGENT),
        (has("fatigue", severity=MILD), Level.REVIEW),
        (wish(Intent.STOP), Level.REVIEW),
        (wish(Intent.HELP), Level.OK),
        (temperature(36.6), Level.OK),
    ],
)
def test_a_text_on_its_own_is_judged_as_the_corpus_says(catalog: Catalog, facts: Facts, level: Level) -> None:
    assert judge(catalog.protocol("text-only"), "", facts).level is level
