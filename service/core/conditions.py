"""When a row of the triage table fires: the small vocabulary in which a clinician writes it.

Every key that a condition gives must hold; within a list any one suffices.
"""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from service.core.content_model import Code, Names, Strict
from service.core.reading.model import Context, Intent, Severity


class Bounds(Strict):
    """Degrees Celsius or mmHg; `at_least` is included, `below` is not."""

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


class Climb(Strict):
    """So many temperatures in a row, each at least `step` degrees over the one before, the last at least this high."""

    readings: int = Field(ge=2)
    step: float = Field(gt=0)
    last_at_least: float


class SelfTest(Strict):
    """How the self-test compares with the patient's own baseline, in points. `repeated`: it was the second try."""

    fall_at_least: int | None = None
    fall_at_most: int | None = None
    score_at_most: int | None = None
    repeated: bool | None = None


class Several(Strict):
    """So many findings of one level in one check-in, or, for `groups`, findings from so many groups of the protocol.

    Beside a fever the codes of `part_of_fever` count as one with it, because a row of their own judges them.
    """

    level: str = Field(pattern="^(review|urgent)$")
    at_least: int = Field(ge=2)
    groups: bool = False
    part_of_fever: tuple[Code, ...] = ()


class Condition(Strict):
    """`temperature` and `systolic` are measured now. `rise_over_own`: degrees over the patient's own baseline.
    `systolic_under_own`, `systolic_over_own`: mmHg from the own baseline; without one the first holds (it only narrows
    `systolic`), the second does not.

    `high_again_after`: minutes since an earlier temperature of at least `temperature`'s lower bound that no member of
    staff has dealt with. `together_with`: another present symptom. `still`: present, or reported so recently that it
    still counts (the protocol says for how long). `asked`, `not_asked`: ids of the question that the text answers: a
    second temperature means something else. `only_if`, `not_if`: flags of the patient.
    """

    temperature: Bounds | None = None
    rise_over_own: float | None = None
    climb: Climb | None = None
    high_again_after: int | None = None
    systolic: Bounds | None = None
    systolic_under_own: float | None = None
    systolic_over_own: float | None = None
    symptoms: tuple[Code, ...] = ()
    standing: Standing = Standing.PRESENT
    severity: tuple[Severity, ...] = ()
    together_with: tuple[Code, ...] = ()
    still: tuple[Code, ...] = ()
    any_symptom: Standing | None = None
    intents: tuple[Intent, ...] = ()
    answered: tuple[Context, ...] = ()
    answer: str | None = Field(default=None, pattern="^(yes|no)$")
    manner: Manner | None = None
    asked: Names = ()
    not_asked: Names = ()
    selftest: SelfTest | None = None
    several: Several | None = None
    only_if: Names = ()
    not_if: Names = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.model_fields_set <= {"only_if", "not_if", "not_asked"}:
            raise ValueError("an empty condition would fire on every reply")
        if self.high_again_after is not None and (self.temperature is None or self.temperature.at_least is None):
            raise ValueError("high_again_after needs a temperature with at_least: how high is high?")
        if self.systolic_under_own is not None and self.systolic is None:
            raise ValueError("systolic_under_own only narrows systolic; give it too")
        return self
