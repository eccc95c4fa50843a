"""A row of the triage table, and whom to page for an alert."""

from enum import StrEnum
from typing import Self

from pydantic import Field, field_validator, model_validator

from service.core.conditions import Condition
from service.core.content_model import Names, Strict, UrgencyField
from service.core.urgency import Level, Urgency


class FollowUp(Strict):
    """Ask once more later, whatever the schedule says."""

    ask: Names = Field(min_length=1)
    after_minutes: int = Field(ge=1)


def by_level_word(advice: dict[str, str], *also: str) -> dict[str, str]:
    """The advice, when every key is a level. Raises ValueError that names the wrong ones."""
    words = {level.word for level in Level}.union(also)
    wrong = sorted(set(advice) - words)
    if wrong:
        raise ValueError(f"advice is given by level ({', '.join(sorted(words))}), not for {', '.join(wrong)}")
    return advice


class Rule(Strict):
    """A row of the triage table. `levels` has one urgency for each column, or one for all (`every`). `advice` is the
    text id of what the patient is told, by level word or for `every` level; where it is silent, the protocol's own.
    `none` tells the patient nothing. `ask`: questions to ask at once, in this check-in; `silence`: the ladder until
    they are answered. `ask_caregiver`: questions to send the caregiver at once."""

    id: str
    says: str
    when: Condition
    levels: dict[str, UrgencyField]
    advice: dict[str, str] = Field(default_factory=dict)
    ask: Names = ()
    ask_caregiver: Names = ()
    silence: str | None = None
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
        return by_level_word(advice, "every")

    def urgency(self, column: str) -> Urgency:
        return self.levels.get(column) or self.levels["every"]

    def own_advice(self, level: Level) -> str | None:
        return self.advice.get(level.word) or self.advice.get("every")


class Whom(StrEnum):
    ON_CALL = "on_call"
    CLINICIANS = "clinicians"
    EVERYONE = "everyone"


class EscalationStep(Strict):
    """`call`: their phones ring as well, where the service can call; a text alone may not wake anybody."""

    after_minutes: int = Field(ge=0)
    page: Whom
    call: bool = False


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
