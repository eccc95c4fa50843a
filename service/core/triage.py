"""Findings + the protocol's rules + the phase's column -> how bad, how soon, which advice, and why.

The rules are data (messages/protocols/*.yaml); this module only knows how to ask whether one holds. It never lowers:
the verdict is the worst of all rules that fire.
"""

from dataclasses import dataclass

from service.core.protocol import Condition, FollowUp, Manner, Protocol, Rule, Standing
from service.core.reading.model import Finding, Reading, Status, When, Whose
from service.core.urgency import Level, Urgency, worst


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known within one check-in.

    `findings`: from readings, answers by number and events of the service itself. `temperature_c`: the latest the
    patient stated, Celsius. `reading`: the text just read, or None when an event and not a text is judged. `asked`:
    the id of the question it answers.
    """

    findings: tuple[Finding, ...] = ()
    temperature_c: float | None = None
    reading: Reading | None = None
    asked: str | None = None

    @classmethod
    def of(cls, reading: Reading) -> "Facts":
        return cls(reading.findings, reading.temperature_c, reading)

    @classmethod
    def event(cls, code: str) -> "Facts":
        """Something the service itself noticed, such as `opted_out`."""
        return cls((Finding(code, Status.PRESENT),))


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
    fired = [rule for rule in protocol.rules if holds(rule.when, facts)]
    fired.sort(key=lambda rule: (-rule.urgency(column).level, rule.urgency(column).minutes))
    advice = next((text for rule in fired if (text := _advice(protocol, rule, column, facts))), None)
    follow_up = next((rule.follow_up for rule in fired if rule.follow_up), None)
    return Verdict(worst([rule.urgency(column) for rule in fired]), tuple(fired), advice, follow_up)


def _advice(protocol: Protocol, rule: Rule, column: str, facts: Facts) -> str | None:
    level = rule.urgency(column).level
    own = rule.own_advice(level)
    if own or facts.reading is None or level is Level.OK:
        return own
    return protocol.advice.get(level.word)


def holds(condition: Condition, facts: Facts) -> bool:
    """Every key that the condition gives must hold."""
    return (
        _temperature_holds(condition, facts)
        and _symptoms_hold(condition, facts)
        and _reading_holds(condition, facts.reading)
        and (not condition.asked or facts.asked in condition.asked)
        and facts.asked not in condition.not_asked
    )


def _temperature_holds(condition: Condition, facts: Facts) -> bool:
    if condition.temperature is None:
        return True
    return facts.temperature_c is not None and condition.temperature.hold(facts.temperature_c)


def _symptoms_hold(condition: Condition, facts: Facts) -> bool:
    if condition.symptoms and not any(
        finding.code in condition.symptoms
        and stands(finding, condition.standing)
        and (not condition.severity or finding.severity in condition.severity)
        for finding in facts.findings
    ):
        return False
    present = {finding.code for finding in facts.findings if finding.is_now}
    if condition.together_with and present.isdisjoint(condition.together_with):
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
