"""The protocol as value types: what messages/protocols/*.yaml is parsed into.

A clinician reads and signs the YAML; this module only says which shapes are allowed and refuses everything else, so
that a wrong file never starts the service. Days count from the infusion day (day 0) in the patient's own zone.
"""

from datetime import time
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, field_validator, model_validator

from service.core.reading.model import Context, Intent, Severity
from service.core.symptoms import CODES
from service.core.urgency import Level, Urgency


CONSENT_LADDER = "consent"


class Strict(BaseModel):
    """No unknown keys, nothing changes after load."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _parse_urgency(value: object) -> object:
    return Urgency.parse(value) if isinstance(value, str) else value


def _write_urgency(urgency: Urgency) -> str:
    return urgency.shorthand


UrgencyField = Annotated[Urgency, BeforeValidator(_parse_urgency), PlainSerializer(_write_urgency, return_type=str)]


def _known_code(code: str) -> str:
    if code not in CODES:
        raise ValueError(f"unknown symptom code {code!r}; the codes are listed in service/core/symptoms.py")
    return code


Code = Annotated[str, BeforeValidator(_known_code)]


class Who(StrEnum):
    PATIENT = "patient"
    CAREGIVER = "caregiver"


class Expects(StrEnum):
    """The kind of answer a question waits for. NUMBERS is one or more of the listed numbers, NUMBER exactly one."""

    YES_NO = "yes_no"
    TEMPERATURE = "temperature"
    NUMBER = "number"
    NUMBERS = "numbers"
    WORDS = "words"


class Report(Strict):
    """A symptom that an answer stands for."""

    code: Code
    severity: Severity = Severity.MODERATE


class Effect(Strict):
    """What an answer means: symptoms it reports, and questions to ask next because of it."""

    report: tuple[Report, ...] = ()
    ask: tuple[str, ...] = ()

    @field_validator("report", mode="before")
    @classmethod
    def _codes_may_stand_alone(cls, value: object) -> object:
        if isinstance(value, list | tuple):
            return [{"code": item} if isinstance(item, str) else item for item in value]
        return value


class Question(Strict):
    """`text` is the id in messages/texts.yaml. `answers` maps "yes", "no", "none" or a number to what it means."""

    text: str
    expects: Expects
    context: Context
    answers: dict[str, Effect] = Field(default_factory=dict)
    source: str = ""

    @field_validator("answers", mode="before")
    @classmethod
    def _keys_as_typed(cls, value: object) -> object:
        # YAML reads a bare yes/no as a boolean and 1 as a number; a clinician should not have to know.
        if not isinstance(value, dict):
            return value
        words = {True: "yes", False: "no"}
        return {words[key] if isinstance(key, bool) else str(key): effect or {} for key, effect in value.items()}

    @model_validator(mode="after")
    def _answers_fit_the_kind(self) -> Self:
        wrong = [key for key in self.answers if not self._fits(key)]
        if wrong:
            raise ValueError(f"answers {wrong} do not fit a question that expects {self.expects}")
        return self

    def _fits(self, key: str) -> bool:
        match self.expects:
            case Expects.YES_NO:
                return key in ("yes", "no")
            case Expects.TEMPERATURE:
                return key == "none"
            case Expects.NUMBER | Expects.NUMBERS:
                return key.isdecimal()
            case Expects.WORDS:
                return False


class CheckInPlan(Strict):
    """A recurring check-in. Either `every_days` from the phase's first day, or on anniversaries of `months`."""

    id: str
    at: time
    who: Who = Who.PATIENT
    every_days: int | None = Field(default=None, ge=1)
    months: tuple[int, ...] = ()
    ask: tuple[str, ...] = Field(min_length=1)
    source: str = ""

    @model_validator(mode="after")
    def _one_recurrence(self) -> Self:
        if (self.every_days is None) == (not self.months):
            raise ValueError(f"check-in {self.id}: give either every_days or months")
        return self


class SilenceAction(StrEnum):
    REMIND = "remind"
    ASK_CAREGIVER = "ask_caregiver"
    ALERT = "alert"


class SilenceStep(Strict):
    """One rung: `after_minutes` since the question was asked, do this."""

    after_minutes: int = Field(ge=1)
    do: SilenceAction
    urgency: UrgencyField | None = None

    @model_validator(mode="after")
    def _an_alert_has_an_urgency(self) -> Self:
        if (self.do is SilenceAction.ALERT) != (self.urgency is not None):
            raise ValueError("a step that alerts names its urgency, and no other step does")
        return self


class SilenceLadder(Strict):
    """What happens when no answer comes. The last rung always tells a human. `halve_from`: at or above this last
    level all times are halved (a febrile patient who falls silent is worse news)."""

    steps: tuple[SilenceStep, ...] = Field(min_length=1)
    halve_from: str | None = None
    source: str = ""

    @model_validator(mode="after")
    def _ends_with_a_human(self) -> Self:
        if self.steps[-1].do is not SilenceAction.ALERT:
            raise ValueError("the last step of a silence ladder must be an alert")
        times = [step.after_minutes for step in self.steps]
        if times != sorted(set(times)):
            raise ValueError("the steps of a silence ladder must come later and later")
        return self


class Phase(Strict):
    """`days` is first and last day since infusion, inclusive. `column` is the column of the triage table."""

    id: str
    name: str
    days: tuple[int, int]
    column: str
    silence: str
    checkins: tuple[CheckInPlan, ...]
    source: str = ""


class Bounds(Strict):
    """Degrees Celsius; `at_least` is included, `below` is not."""

    at_least: float | None = None
    below: float | None = None

    def hold(self, value: float) -> bool:
        return (self.at_least is None or value >= self.at_least) and (self.below is None or value < self.below)


class Standing(StrEnum):
    """How a symptom must stand for a rule to fire."""

    PRESENT = "present"
    UNCERTAIN = "uncertain"
    PAST = "past"
    HYPOTHETICAL = "hypothetical"
    OTHERS = "others"


class Manner(StrEnum):
    GARBLED = "garbled"
    UNCLEAR = "unclear"
    IMPLAUSIBLE_TEMPERATURE = "implausible_temperature"


class Condition(Strict):
    """When a rule fires: every key given must hold; within `symptoms`, `intents`, `answered` any one suffices.

    `asked` and `not_asked` hold ids of the question that the text answers: a second temperature means something else.
    """

    temperature: Bounds | None = None
    symptoms: tuple[Code, ...] = ()
    standing: Standing = Standing.PRESENT
    severity: tuple[Severity, ...] = ()
    together_with: tuple[Code, ...] = ()
    intents: tuple[Intent, ...] = ()
    answered: tuple[Context, ...] = ()
    answer: str | None = Field(default=None, pattern="^(yes|no)$")
    manner: Manner | None = None
    asked: tuple[str, ...] = ()
    not_asked: tuple[str, ...] = ()
    any_symptom: Standing | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("an empty condition would fire on every reply")
        return self


class FollowUp(Strict):
    """Ask one more question later, whatever the schedule says."""

    ask: str
    after_minutes: int = Field(ge=1)


def _by_level_word(advice: dict[str, str], *also: str) -> dict[str, str]:
    words = {level.word for level in Level}.union(also)
    wrong = sorted(set(advice) - words)
    if wrong:
        raise ValueError(f"advice is given by level ({', '.join(sorted(words))}), not for {', '.join(wrong)}")
    return advice


class Rule(Strict):
    """A row of the triage table. `levels` has one urgency for each column, or one for all (`every`). `advice` is the
    text id of what the patient is told, by level word or for `every` level; where it is silent, the protocol's own."""

    id: str
    says: str
    when: Condition
    levels: dict[str, UrgencyField]
    advice: dict[str, str] = Field(default_factory=dict)
    follow_up: FollowUp | None = None
    clinical_rule: int | None = None
    source: str = ""

    @field_validator("levels", "advice", mode="before")
    @classmethod
    def _one_for_all(cls, value: object) -> object:
        return {"every": value} if isinstance(value, str) else value

    @field_validator("advice")
    @classmethod
    def _advice_by_level(cls, advice: dict[str, str]) -> dict[str, str]:
        return _by_level_word(advice, "every")

    def urgency(self, column: str) -> Urgency:
        return self.levels.get(column) or self.levels["every"]

    def own_advice(self, level: Level) -> str | None:
        return self.advice.get(level.word) or self.advice.get("every")


class Whom(StrEnum):
    ON_CALL = "on_call"
    CLINICIANS = "clinicians"
    EVERYONE = "everyone"


class EscalationStep(Strict):
    after_minutes: int = Field(ge=0)
    page: Whom


class EscalationPolicy(Strict):
    """Whom to page, minutes after the alert was raised, until someone acknowledges; the last step then repeats.
    An acknowledgement without an outcome expires after `acknowledgement_minutes` and paging starts again."""

    steps: tuple[EscalationStep, ...] = Field(min_length=1)
    then_every_minutes: int = Field(ge=1)
    acknowledgement_minutes: int = Field(ge=1)

    @model_validator(mode="after")
    def _starts_at_once_and_climbs(self) -> Self:
        times = [step.after_minutes for step in self.steps]
        if times[0] != 0 or times != sorted(set(times)):
            raise ValueError("the first step is at 0 minutes and the others come later and later")
        return self


class QuietHours(Strict):
    """Local time between which no scheduled text begins (answers and alerts go at any hour)."""

    start: time = time(21)
    end: time = time(8)

    def hold(self, local: time) -> bool:
        return local >= self.start or local < self.end


class Protocol(Strict):
    """One version of a protocol. Enrolments keep the version they began with. `advice`: what a patient is told at a
    level when the rule that fired names nothing of its own."""

    id: str
    version: int = Field(ge=1)
    review: str
    columns: tuple[str, ...] = ()
    quiet_hours: QuietHours = QuietHours()
    late_after_minutes: int = Field(default=15, ge=1)
    consent: str = "consent"
    caregiver_consent: str = "caregiver_consent"
    unsolicited: tuple[str, ...] = ()
    unsolicited_caregiver: tuple[str, ...] = ()
    welfare: str = "caregiver_check"
    questions: dict[str, Question] = Field(default_factory=dict)
    phases: tuple[Phase, ...] = ()
    silence: dict[str, SilenceLadder] = Field(default_factory=dict)
    escalation: dict[str, EscalationPolicy] = Field(default_factory=dict)
    advice: dict[str, str] = Field(default_factory=dict)
    rules: tuple[Rule, ...] = Field(min_length=1)

    @field_validator("advice")
    @classmethod
    def _advice_by_level(cls, advice: dict[str, str]) -> dict[str, str]:
        return _by_level_word(advice)

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        problems = [*self._phase_problems(), *self._reference_problems(), *self._rule_problems()]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _phase_problems(self) -> list[str]:
        problems = []
        for before, after in zip(self.phases, self.phases[1:], strict=False):
            if after.days[0] != before.days[1] + 1:
                problems.append(f"phase {after.id} must begin on day {before.days[1] + 1}, after {before.id}")
        plan_ids = [plan.id for phase in self.phases for plan in phase.checkins]
        problems += [f"check-in id {name} is used twice" for name in set(plan_ids) if plan_ids.count(name) > 1]
        for phase in self.phases:
            problems += [
                f"check-in {plan.id} at {plan.at:%H:%M} lies in the quiet hours"
                for plan in phase.checkins
                if self.quiet_hours.hold(plan.at)
            ]
            if phase.silence not in self.silence:
                problems.append(f"phase {phase.id} names the silence ladder {phase.silence!r}, which is not there")
            if phase.column not in self.columns:
                problems.append(f"phase {phase.id} names the column {phase.column!r}, which is not in columns")
        if self.phases:
            if CONSENT_LADDER not in self.silence:
                problems.append(f"the silence ladder {CONSENT_LADDER!r} is missing")
            problems += [
                f"escalation for {level.word} is missing"
                for level in (Level.EMERGENCY, Level.URGENT, Level.REVIEW)
                if level.word not in self.escalation
            ]
        return problems

    def _reference_problems(self) -> list[str]:
        asked = {name for phase in self.phases for plan in phase.checkins for name in plan.ask}
        asked |= {*self.unsolicited, *self.unsolicited_caregiver}
        asked |= {name for question in self.questions.values() for e in question.answers.values() for name in e.ask}
        asked |= {rule.follow_up.ask for rule in self.rules if rule.follow_up}
        asked |= {name for rule in self.rules for name in (*rule.when.asked, *rule.when.not_asked)}
        if self.phases:
            asked |= {self.consent, self.caregiver_consent, self.welfare}
        return [f"question {name!r} is asked but not defined" for name in sorted(asked - set(self.questions))]

    def _rule_problems(self) -> list[str]:
        problems = []
        ids = [rule.id for rule in self.rules]
        problems += [f"rule id {name} is used twice" for name in set(ids) if ids.count(name) > 1]
        for rule in self.rules:
            if "every" not in rule.levels and set(rule.levels) != set(self.columns):
                problems.append(f"rule {rule.id} must give a level for each of {', '.join(self.columns)}")
        return problems

    def phase_on(self, day: int) -> Phase:
        """The phase of a day since infusion; days before the first and after the last phase get the nearest."""
        for phase in self.phases:
            if day <= phase.days[1]:
                return phase
        return self.phases[-1]

    def ladder(self, phase_id: str) -> SilenceLadder:
        return next(self.silence[phase.silence] for phase in self.phases if phase.id == phase_id)

    @property
    def key(self) -> str:
        return f"{self.id}@{self.version}"
