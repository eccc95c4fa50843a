"""Questions as a clinician writes them: what is asked, which answers there are, and what each answer means."""

from enum import StrEnum
from typing import Self

from pydantic import Field, field_validator, model_validator

from service.core.content_model import Code, Names, Strict
from service.core.reading.model import Context, Severity


class Expects(StrEnum):
    """The kind of answer a question waits for.

    NUMBERS is one or more of the listed numbers, NUMBER exactly one of them; COUNT is any number, and its answers are
    the least numbers from which something counts. PRESSURE is two numbers such as 118/74, or no.
    """

    YES_NO = "yes_no"
    TEMPERATURE = "temperature"
    NUMBER = "number"
    NUMBERS = "numbers"
    COUNT = "count"
    PRESSURE = "pressure"
    WORDS = "words"


class SelfTestItem(StrEnum):
    """The item of the self-test that a question asks for."""

    ORIENTATION = "orientation"
    NAMING = "naming"
    COMMAND = "command"
    SENTENCE = "sentence"
    COUNTDOWN = "countdown"


class Deed(StrEnum):
    """What the service does because of an answer."""

    PAUSE = "pause"
    RESUME = "resume"
    WATCH_CLOSELY = "watch_closely"


class Report(Strict):
    """A symptom that an answer stands for."""

    code: Code
    severity: Severity = Severity.MODERATE


class Effect(Strict):
    """What an answer means: symptoms it reports, questions to ask next because of it, and what to do."""

    report: tuple[Report, ...] = ()
    ask: Names = ()
    do: Deed | None = None

    @field_validator("report", mode="before")
    @classmethod
    def _codes_may_stand_alone(cls, value: object) -> object:
        if isinstance(value, list | tuple):
            return [{"code": item} if isinstance(item, str) else item for item in value]
        return value


def _as_typed(value: object) -> object:
    # A bare yes/no may arrive as a boolean and 1 as a number; a clinician should not have to know.
    if not isinstance(value, dict):
        return value
    words = {True: "yes", False: "no"}
    return {words[key] if isinstance(key, bool) else str(key): item for key, item in value.items()}


class Question(Strict):
    """`text`: ids in messages/texts.yaml, several when they take turns from day to day.

    `answers` maps "yes", "no", "none" or a number to what it means. `means`: which number a plain "yes" or "no" in
    words stands for. `opens`: the text carries both phone numbers, so no opening goes before it. `unclear_number`: the
    text that asks again after a number that no body has. `silence`: a ladder of its own. `test`: an item of the
    self-test. `only_if` and `not_if` name flags of patients.
    """

    text: Names = ()
    expects: Expects
    context: Context
    answers: dict[str, Effect] = Field(default_factory=dict)
    means: dict[str, str] = Field(default_factory=dict)
    opens: bool = False
    unclear_number: str | None = None
    silence: str | None = None
    test: SelfTestItem | None = None
    only_if: Names = ()
    not_if: Names = ()
    source: str = ""

    @field_validator("answers", mode="before")
    @classmethod
    def _keys_as_typed(cls, value: object) -> object:
        typed = _as_typed(value)
        return {key: effect or {} for key, effect in typed.items()} if isinstance(typed, dict) else typed

    @field_validator("means", mode="before")
    @classmethod
    def _means_as_typed(cls, value: object) -> object:
        typed = _as_typed(value)
        return {key: str(number) for key, number in typed.items()} if isinstance(typed, dict) else typed

    @model_validator(mode="after")
    def _answers_fit_the_kind(self) -> Self:
        wrong = [key for key in self.answers if not self._fits(key)]
        if wrong:
            raise ValueError(f"answers {wrong} do not fit a question that expects {self.expects}")
        strange = [word for word, key in self.means.items() if word not in ("yes", "no") or key not in self.answers]
        if strange:
            raise ValueError(f"means {strange}: say for yes or no which of the listed answers it stands for")
        if self.test is not None and self.expects is not Expects.WORDS:
            raise ValueError("an item of the self-test is answered in words")
        return self

    def _fits(self, key: str) -> bool:
        match self.expects:
            case Expects.YES_NO:
                return key in ("yes", "no")
            case Expects.TEMPERATURE:
                return key == "none"
            case Expects.NUMBER | Expects.NUMBERS | Expects.COUNT:
                return key.isdecimal()
            case Expects.PRESSURE:
                return key == "no"
            case Expects.WORDS:
                return False

    def text_on(self, day: int) -> str:
        """The text for a day since infusion: several take turns."""
        return self.text[day % len(self.text)]

    def for_word(self, word: str) -> str | None:
        """The answer that a plain "yes" or "no" amounts to; a no to a list is "none of these"."""
        if word in self.answers:
            return word
        if word in self.means:
            return self.means[word]
        return "0" if word == "no" and "0" in self.answers else None
