"""The protocol: what one file of messages/protocols/ is parsed into, and whether its parts fit together.

A clinician reads and signs the YAML; these modules only say which shapes are allowed and refuse everything else, so
that a wrong file never starts the service. Days count from the infusion day (day 0) in the patient's own zone.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Self

from pydantic import Field, field_validator, model_validator

from service.core import flags
from service.core.content_model import Code, Strict
from service.core.plan import AfterAlarm, CheckInPlan, Closely, Pause, Phase, QuietHours, SilenceLadder
from service.core.questions import Question
from service.core.rules import EscalationPolicy, Rule, by_level_word
from service.core.urgency import Level

CONSENT_LADDER = "consent"
Days = tuple[int, int]
"""First and last day since the infusion, inclusive."""


class Protocol(Strict):
    """One version of a protocol. Enrolments keep the version they began with.

    `advice`: what a patient is told at a level when the rule that fired names nothing of its own. `most_texts`: of one
    check-in. `ask_about`: the question that settles a symptom of which the writer is not sure. `remember_hours`: for
    how long a symptom still counts after it was reported. `groups`: symptoms that belong together. `reminders`: plans
    of the whole course. `welfare`: asked of the caregiver when the patient is silent.
    """

    id: str
    version: int = Field(ge=1)
    review: str
    columns: tuple[str, ...] = ()
    quiet_hours: QuietHours = QuietHours()
    late_after_minutes: int = Field(default=15, ge=1)
    most_texts: int = Field(default=12, ge=1)
    consent: str = "consent"
    caregiver_consent: str = "caregiver_consent"
    unsolicited: tuple[str, ...] = ()
    unsolicited_caregiver: tuple[str, ...] = ()
    welfare: str = "caregiver_check"
    after_alarm: AfterAlarm | None = None
    closely: Closely | None = None
    pause: Pause | None = None
    ask_about: dict[Code, str] = Field(default_factory=dict)
    remember_hours: dict[Code, int] = Field(default_factory=dict)
    groups: dict[str, tuple[Code, ...]] = Field(default_factory=dict)
    questions: dict[str, Question] = Field(default_factory=dict)
    phases: tuple[Phase, ...] = ()
    reminders: tuple[CheckInPlan, ...] = ()
    silence: dict[str, SilenceLadder] = Field(default_factory=dict)
    escalation: dict[str, EscalationPolicy] = Field(default_factory=dict)
    advice: dict[str, str] = Field(default_factory=dict)
    rules: tuple[Rule, ...] = Field(min_length=1)

    @field_validator("advice")
    @classmethod
    def _advice_by_level(cls, advice: dict[str, str]) -> dict[str, str]:
        return by_level_word(advice)

    @field_validator("questions")
    @classmethod
    def _named_like_their_text(cls, questions: dict[str, Question]) -> dict[str, Question]:
        return {
            name: question if question.text else question.model_copy(update={"text": (name,)})
            for name, question in questions.items()
        }

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        problems = [
            *self._phase_problems(),
            *self._ladder_problems(),
            *self._reference_problems(),
            *self._rule_problems(),
            *self._flag_problems(),
        ]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _phase_problems(self) -> Iterator[str]:
        for before, after in zip(self.phases, self.phases[1:], strict=False):
            if after.days[0] != before.days[1] + 1:
                yield f"phase {after.id} must begin on day {before.days[1] + 1}, after {before.id}"
        plan_ids = [plan.id for plan in self.plans()]
        yield from (f"check-in id {name} is used twice" for name in _doubles(plan_ids))
        for plan in self.plans():
            if plan.hours_after_infusion is None and self.quiet_hours.hold(plan.at):
                yield f"check-in {plan.id} at {plan.at:%H:%M} lies in the quiet hours"
        for phase in self.phases:
            if phase.column not in self.columns:
                yield f"phase {phase.id} names the column {phase.column!r}, which is not in columns"
        if self.closely and self.closely.phase not in {phase.id for phase in self.phases}:
            yield f"closely names the phase {self.closely.phase!r}, which is not there"

    def _ladder_problems(self) -> Iterator[str]:
        named = {f"phase {phase.id}": phase.silence for phase in self.phases}
        named |= {f"question {name}": question.silence for name, question in self.questions.items() if question.silence}
        named |= {f"rule {rule.id}": rule.silence for rule in self.rules if rule.silence}
        if self.after_alarm:
            named["after_alarm"] = self.after_alarm.urgent
        for where, ladder in named.items():
            if ladder not in self.silence:
                yield f"{where} names the silence ladder {ladder!r}, which is not there"
        if self.phases:
            if CONSENT_LADDER not in self.silence:
                yield f"the silence ladder {CONSENT_LADDER!r} is missing"
            for level in (Level.EMERGENCY, Level.URGENT, Level.REVIEW):
                if level.word not in self.escalation:
                    yield f"escalation for {level.word} is missing"

    def _reference_problems(self) -> Iterator[str]:
        asked = {name for plan in self.plans() for name in plan.ask}
        asked |= {*self.unsolicited, *self.unsolicited_caregiver, *self.ask_about.values()}
        asked |= {name for question in self.questions.values() for e in question.answers.values() for name in e.ask}
        for rule in self.rules:
            asked |= {*rule.ask, *rule.ask_caregiver, *rule.when.asked, *rule.when.not_asked}
            asked |= set(rule.follow_up.ask) if rule.follow_up else set()
        if self.phases:
            asked |= {self.consent, self.caregiver_consent, self.welfare}
        asked |= {self.after_alarm.ask} if self.after_alarm else set()
        asked |= {self.pause.ask} if self.pause else set()
        yield from (f"question {name!r} is asked but not defined" for name in sorted(asked - set(self.questions)))

    def _rule_problems(self) -> Iterator[str]:
        yield from (f"rule id {name} is used twice" for name in _doubles([rule.id for rule in self.rules]))
        for rule in self.rules:
            if "every" not in rule.levels and set(rule.levels) != set(self.columns):
                yield f"rule {rule.id} must give a level for each of {', '.join(self.columns)}"
            for code in rule.when.still:
                if code not in self.remember_hours:
                    yield f"rule {rule.id}: remember_hours does not say for how long {code} still counts"

    def _flag_problems(self) -> Iterator[str]:
        for plan in self.plans():
            for name in flags.unknown((*plan.only_if, *plan.not_if), lasting=True):
                yield f"check-in {plan.id} names {name!r}, which is no lasting flag (service/core/flags.py lists them)"
        named = [(f"question {name}", (*q.only_if, *q.not_if)) for name, q in self.questions.items()]
        named += [(f"rule {rule.id}", (*rule.when.only_if, *rule.when.not_if)) for rule in self.rules]
        for where, names in named:
            for name in flags.unknown(names):
                yield f"{where} names {name!r}, which is no flag (service/core/flags.py lists them)"

    def plans(self) -> Iterator[CheckInPlan]:
        """All check-in plans, in the order of the phases, then the reminders of the whole course."""
        for phase in self.phases:
            yield from phase.checkins
        yield from self.reminders

    def phase_on(self, day: int) -> Phase:
        """The phase of a day since infusion; days before the first and after the last phase get the nearest."""
        for phase in self.phases:
            if day <= phase.days[1]:
                return phase
        return self.phases[-1]

    def ladder(self, phase_id: str) -> SilenceLadder:
        return next(self.silence[phase.silence] for phase in self.phases if phase.id == phase_id)

    def watching_closely(self, spans: Iterable[Days]) -> "Protocol":
        """The protocol for a patient who is watched as in `closely.phase` on these days too, whatever phase they lie
        in. What was due before a span stays as it was."""
        if self.closely is None:
            return self
        close = next(phase for phase in self.phases if phase.id == self.closely.phase)
        phases = self.phases
        for span in sorted(spans):
            phases = tuple(part for phase in phases for part in _with_span(phase, close, span))
        return self.model_copy(update={"phases": phases})

    @property
    def key(self) -> str:
        return f"{self.id}@{self.version}"


def _doubles(names: Sequence[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def _with_span(phase: Phase, close: Phase, span: Days) -> Iterator[Phase]:
    first, last = max(phase.days[0], span[0]), min(phase.days[1], span[1])
    if first > last or phase.id == close.id:
        yield phase
        return
    if phase.days[0] < first:
        yield phase.model_copy(update={"days": (phase.days[0], first - 1)})
    yield close.model_copy(update={"days": (first, last)})
    if last < phase.days[1]:
        yield phase.model_copy(update={"days": (last + 1, phase.days[1])})
