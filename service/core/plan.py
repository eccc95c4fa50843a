"""When which questions are asked, and what happens when no answer comes: phases, check-in plans and silence ladders."""

from datetime import time
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from service.core.content_model import Code, Names, Strict, UrgencyField, Who


class CheckInPlan(Strict):
    """A recurring check-in, or a text that asks nothing (`remind`).

    Recurs `every_days` from the phase's first day (plus `offset_days`), or on anniversaries of `months`, or once on
    the day of the infusion, `hours_after_infusion`. `only_if` and `not_if` name lasting flags of patients.
    """

    id: str
    at: time = time(9)
    who: Who = Who.PATIENT
    every_days: int | None = Field(default=None, ge=1)
    offset_days: int = Field(default=0, ge=0)
    months: tuple[int, ...] = ()
    hours_after_infusion: int | None = Field(default=None, ge=1, le=12)
    ask: tuple[str, ...] = ()
    remind: str | None = None
    only_if: Names = ()
    not_if: Names = ()
    source: str = ""

    @model_validator(mode="after")
    def _one_recurrence(self) -> Self:
        given = [self.every_days is not None, bool(self.months), self.hours_after_infusion is not None]
        if sum(given) != 1:
            raise ValueError(f"check-in {self.id}: give either every_days or months or hours_after_infusion")
        if bool(self.ask) == (self.remind is not None):
            raise ValueError(f"check-in {self.id}: give either questions to ask or a text to remind with")
        return self


class SilenceAction(StrEnum):
    REMIND = "remind"
    ASK_CAREGIVER = "ask_caregiver"
    ALERT = "alert"


class SilenceStep(Strict):
    """One rung: `after_minutes` since the question was asked, do this.

    An alert is as urgent as it says, or as the table says of its `event`. `unless_acknowledged`: not when a member of
    staff has taken the patient's alert meanwhile.
    """

    after_minutes: int = Field(ge=1)
    do: SilenceAction
    urgency: UrgencyField | None = None
    event: Code | None = None
    unless_acknowledged: bool = False

    @model_validator(mode="after")
    def _an_alert_has_an_urgency(self) -> Self:
        if (self.do is SilenceAction.ALERT) != (self.urgency is not None or self.event is not None):
            raise ValueError("a step that alerts names its urgency or its event, and no other step does")
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


class QuietHours(Strict):
    """Local time between which no scheduled text begins (answers and alerts go at any hour)."""

    start: time = time(21)
    end: time = time(8)

    def hold(self, local: time) -> bool:
        return local >= self.start or local < self.end


class Closely(Strict):
    """After a steroid, a drug for side effects, or a stay in hospital: `days` more days like those of `phase`."""

    phase: str
    days: int = Field(ge=1)


class Pause(Strict):
    """While the patient is in hospital only `ask` is asked, every `every_days` at `at`: no pause is forgotten."""

    ask: str
    every_days: int = Field(ge=1)
    at: time = time(10)


class AfterAlarm(Strict):
    """After an emergency text: `ask` follows `minutes` later. `urgent`: the ladder of questions after urgent advice."""

    ask: str
    minutes: int = Field(ge=1)
    urgent: str
