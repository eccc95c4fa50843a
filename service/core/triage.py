"""Findings + the protocol's rules + the phase's column -> how bad, how soon, which advice, and why.

The rules are data (messages/protocols/*.yaml); this module only knows how to ask whether one holds. It never lowers:
the verdict is the worst of all rules that fire.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from service.core.conditions import Bounds, Climb, Condition, Manner, SelfTest, Several, Standing
from service.core.flags import applies
from service.core.history import HIGH_AGAIN_WITHIN, Measured
from service.core.protocol import Protocol
from service.core.reading.model import Finding, Reading, Status, When, Whose
from service.core.rules import FollowUp, Rule
from service.core.selftest import Result
from service.core.urgency import Level, Urgency, worst

SAY_NOTHING = "none"
"""In place of an advice text: the rule's questions say all there is to say."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known from before this text. `temperatures`: earlier ones, oldest first. `still`: symptoms reported so
    recently that they count. `others_word`: what the other one of patient and caregiver lately said. `attended_at`:
    when a member of staff last closed an alert of this patient. `selftest`: how this check-in's test compares."""

    now: datetime | None = None
    own_temperature: float | None = None
    own_systolic: float | None = None
    temperatures: tuple[Measured, ...] = ()
    still: frozenset[str] = frozenset()
    others_word: tuple[Finding, ...] = ()
    attended_at: datetime | None = None
    selftest: Result | None = None
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known within one check-in.

    `findings`: from readings, answers by number and events of the service itself. `temperature_c`: the latest the
    patient stated, Celsius; `systolic`: the latest upper blood pressure, mmHg. `reading`: the text just read, or None
    when an event and not a text is judged. `asked`: the id of the question it answers.
    """

    findings: tuple[Finding, ...] = ()
    temperature_c: float | None = None
    reading: Reading | None = None
    asked: str | None = None
    systolic: int | None = None
    known: Known = field(default_factory=Known)

    @classmethod
    def of(cls, reading: Reading) -> "Facts":
        return cls(reading.findings, reading.temperature_c, reading)

    @classmethod
    def event(cls, code: str, flags: frozenset[str] = frozenset()) -> "Facts":
        """Something the service itself noticed, such as `opted_out`."""
        return cls((Finding(code, Status.PRESENT),), known=Known(flags=flags))


@dataclass(frozen=True, slots=True)
class Verdict:
    """`fired`: the rules that hold, worst first. `advice`: text id for the patient; None when nothing fired, and for
    events (no text was sent, so none is answered) unless their own rule names one."""

    urgency: Urgency
    fired: tuple[Rule, ...] = ()
    advice: str | None = None
    follow_up: FollowUp | None = None

    @property
    def level(self) -> Level:
        return self.urgency.level

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(rule.id for rule in self.fired)


def judge(protocol: Protocol, column: str, facts: Facts) -> Verdict:
    """The worst of all rules that hold for these facts in this column of the triage table."""
    codes = frozenset(finding.code for finding in facts.findings)
    # Most rows name symptoms that nobody mentioned; asking that first makes a verdict several times faster.
    likely = [rule for rule in protocol.rules if not rule.when.symptoms or not codes.isdisjoint(rule.when.symptoms)]
    fired = [rule for rule in likely if rule.when.several is None and holds(rule.when, facts)]
    fired += [
        rule
        for rule in likely
        if rule.when.several is not None
        and holds(rule.when, facts)
        and _several_hold(rule.when.several, _urgency_by_code(fired, column, facts), protocol.groups)
    ]
    fired.sort(key=lambda rule: (-rule.urgency(column).level, rule.urgency(column).minutes))
    advice = next((text for rule in fired if (text := _advice(protocol, rule, column, facts))), None)
    follow_up = next((rule.follow_up for rule in fired if rule.follow_up), None)
    return Verdict(worst([rule.urgency(column) for rule in fired]), tuple(fired), advice, follow_up)


def _urgency_by_code(fired: Iterable[Rule], column: str, facts: Facts) -> dict[str, Urgency]:
    """Of each symptom that the patient has now, the worst that any rule makes of it alone."""
    found: dict[str, list[Urgency]] = {}
    for rule in fired:
        for code in _codes_behind(rule.when, facts):
            found.setdefault(code, []).append(rule.urgency(column))
    return {code: worst(urgencies) for code, urgencies in found.items()}


def _codes_behind(condition: Condition, facts: Facts) -> set[str]:
    if condition.standing is not Standing.PRESENT or condition.together_with or condition.any_symptom:
        return set()
    if condition.temperature is not None or condition.rise_over_own is not None:
        return {"fever" if condition.temperature is None or condition.temperature.at_least else "hypothermia"}
    return {finding.code for finding in facts.findings if finding.is_now and finding.code in condition.symptoms}


def _several_hold(several: Several, by_code: Mapping[str, Urgency], groups: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether enough findings of the level are there. Only symptoms that belong to a group of the protocol count."""
    if len(by_code) < several.at_least:
        return False
    group_of = {code: name for name, codes in groups.items() for code in codes}
    wanted = {code for code, urgency in by_code.items() if urgency.level.word == several.level and code in group_of}
    if not several.groups:
        return len(wanted) >= several.at_least
    if "fever" in by_code:
        group_of |= dict.fromkeys(several.part_of_fever, group_of.get("fever", ""))
    return len({group_of[code] for code in wanted}) >= several.at_least


def _advice(protocol: Protocol, rule: Rule, column: str, facts: Facts) -> str | None:
    level = rule.urgency(column).level
    own = rule.own_advice(level)
    if own == SAY_NOTHING:
        return None
    if own or facts.reading is None or level is Level.OK:
        return own
    return protocol.advice.get(level.word)


def holds(condition: Condition, facts: Facts) -> bool:
    """Every key that the condition gives must hold; `several` is left to `judge`, which knows what else fired."""
    return (
        (not condition.asked or facts.asked in condition.asked)
        and facts.asked not in condition.not_asked
        and (condition.selftest is None or _test_holds(condition.selftest, facts.known.selftest))
        and _reading_holds(condition, facts.reading)
        and _temperature_holds(condition, facts)
        and _symptoms_hold(condition, facts)
        and _pressure_holds(condition, facts)
        and applies(condition, facts.known.flags)
    )


def _temperature_holds(condition: Condition, facts: Facts) -> bool:
    celsius, known = facts.temperature_c, facts.known
    if condition.temperature is None and condition.rise_over_own is None and condition.climb is None:
        return True  # high_again_after never stands without temperature
    if celsius is None or (condition.temperature is not None and not condition.temperature.hold(celsius)):
        return False
    if condition.rise_over_own is not None and (
        known.own_temperature is None or round(celsius - known.own_temperature, 2) < condition.rise_over_own
    ):
        return False
    just_measured = facts.reading is not None and facts.reading.temperature_c is not None
    if condition.climb is not None and not (just_measured and _climbs(condition.climb, celsius, known)):
        return False
    if condition.high_again_after is None or condition.temperature is None:
        return True
    return just_measured and _was_high(condition.temperature, condition.high_again_after, known)


def _climbs(climb: Climb, celsius: float, known: Known) -> bool:
    row = [*(one.value for one in known.temperatures), celsius][-climb.readings :]
    rises = [round(after - before, 2) >= climb.step for before, after in pairwise(row)]
    return len(row) == climb.readings and all(rises) and celsius >= climb.last_at_least


def _was_high(bounds: Bounds, minutes: int, known: Known) -> bool:
    """An earlier reading as high, long enough ago, that no member of staff has dealt with since."""
    now = known.now
    return now is not None and any(
        bounds.hold(one.value)
        and timedelta(minutes=minutes) <= now - one.at <= HIGH_AGAIN_WITHIN
        and (known.attended_at is None or known.attended_at < one.at)
        for one in known.temperatures
    )


def _pressure_holds(condition: Condition, facts: Facts) -> bool:
    if condition.systolic is None and condition.systolic_over_own is None:
        return True  # systolic_under_own never stands without systolic
    systolic, own = facts.systolic, facts.known.own_systolic
    if systolic is None or (condition.systolic is not None and not condition.systolic.hold(systolic)):
        return False
    under, over = condition.systolic_under_own, condition.systolic_over_own
    return (under is None or own is None or own - systolic >= under) and (
        over is None or (own is not None and systolic - own >= over)
    )


def _test_holds(wanted: SelfTest, result: Result | None) -> bool:
    if result is None:
        return False
    most = wanted.fall_at_most
    return (
        (wanted.fall_at_least is None or result.fall >= wanted.fall_at_least)
        and (most is None or (result.done and result.fall <= most))
        and (wanted.score_at_most is None or (result.score is not None and result.score <= wanted.score_at_most))
        and (wanted.repeated is None or result.repeated is wanted.repeated)
    )


def _symptoms_hold(condition: Condition, facts: Facts) -> bool:
    if condition.symptoms and not any(
        finding.code in condition.symptoms
        and stands(finding, condition.standing)
        and (not condition.severity or finding.severity in condition.severity)
        for finding in facts.findings
    ):
        return False
    if condition.together_with or condition.still:
        present = {finding.code for finding in facts.findings if finding.is_now}
        beside = present | {finding.code for finding in facts.known.others_word}
        if condition.together_with and beside.isdisjoint(condition.together_with):
            return False
        if condition.still and (present | facts.known.still).isdisjoint(condition.still):
            return False
    wanted = condition.any_symptom
    return wanted is None or any(stands(finding, wanted) for finding in facts.findings)


def _reading_holds(condition: Condition, reading: Reading | None) -> bool:
    asks_reading = condition.intents or condition.answered or condition.answer or condition.manner
    if not asks_reading:
        return True
    if reading is None:
        return False
    return (
        (not condition.intents or bool(reading.intents.intersection(condition.intents)))
        and (not condition.answered or reading.context in condition.answered)
        and (condition.answer is None or reading.answer == condition.answer)
        and (condition.manner is None or _manner_holds(condition.manner, reading))
    )


def _manner_holds(manner: Manner, reading: Reading) -> bool:
    match manner:
        case Manner.GARBLED:
            return reading.garbled
        case Manner.UNCLEAR:
            return reading.unclear
        case Manner.IMPLAUSIBLE_TEMPERATURE:
            return reading.implausible_temperature


def stands(finding: Finding, standing: Standing) -> bool:
    """Whether a finding is reported in this way; a denied symptom stands in none."""
    if finding.status is Status.ABSENT:
        return False
    match standing:
        case Standing.PRESENT:
            return finding.is_now
        case Standing.UNCERTAIN:
            return finding.status is Status.UNCERTAIN and finding.whose is Whose.PATIENT and finding.when is When.NOW
        case Standing.PAST:
            return finding.when is When.PAST and finding.whose is Whose.PATIENT
        case Standing.HYPOTHETICAL:
            return finding.when is When.HYPOTHETICAL and finding.whose is Whose.PATIENT
        case Standing.OTHERS:
            return finding.whose is Whose.OTHER
