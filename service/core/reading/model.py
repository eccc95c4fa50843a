"""What a reading is: the value types that a patient's text is turned into.

A reading says what was understood and how well, never what to do about it: levels are the protocol's business
(`service.core.triage`). Nothing here knows a language.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Status(StrEnum):
    """Whether the writer says that the symptom is there."""

    PRESENT = "present"
    ABSENT = "absent"
    UNCERTAIN = "uncertain"


class Severity(StrEnum):
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


class When(StrEnum):
    """NOW also stands when no time is said. PAST is over ("had a fever, gone now"). HYPOTHETICAL is "if it comes"."""

    NOW = "now"
    PAST = "past"
    HYPOTHETICAL = "hypothetical"


class Whose(StrEnum):
    """A caregiver's "he is confused" is the PATIENT's; "my sister has a cold" is OTHER."""

    PATIENT = "patient"
    OTHER = "other"


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


class Intent(StrEnum):
    ANSWER = "answer"
    REPORT = "report"
    STOP = "stop"
    START = "start"
    HELP = "help"
    CALL_ME = "call_me"
    LANGUAGE = "language"
    THANKS = "thanks"
    WRONG_NUMBER = "wrong_number"
    QUESTION = "question"
    OTHER = "other"


class Context(StrEnum):
    """What the service had just asked. CONFIRM is any other yes/no question (consent, pills taken, helper present)."""

    TEMPERATURE = "temperature"
    NEURO = "neuro"
    INFECTION = "infection"
    CONFIRM = "confirm"
    CHOICE = "choice"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The words that said it. `start`/`end` index the ORIGINAL text; `gloss` is plain English for a nurse."""

    start: int
    end: int
    text: str
    gloss: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One symptom as the writer reports it. `code` is one of `service.core.symptoms.CODES`."""

    code: str
    status: Status
    severity: Severity = Severity.MODERATE
    when: When = When.NOW
    whose: Whose = Whose.PATIENT
    evidence: Evidence | None = None

    @property
    def is_now(self) -> bool:
        """True when the patient has it now: the only kind that counts as present."""
        return self.status is Status.PRESENT and self.when is When.NOW and self.whose is Whose.PATIENT

    @property
    def is_denied(self) -> bool:
        return self.status is Status.ABSENT and self.whose is Whose.PATIENT and self.when is When.NOW


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was understood of one inbound text.

    `answer` is None where no yes/no was asked for and none was given; UNCLEAR is never "fine". `temperature_c` is the
    patient's own current temperature, Celsius, one decimal; a number that cannot be a body temperature sets
    `implausible_temperature` instead; `not_measured`: there is none, and the writer says so. `numbers` are the bare
    whole numbers in the order typed, for questions answered by number. `understood` is the share (0 to 1) of the
    words that some part of the reader explains. `garbled` is word salad or keyboard noise. `intents` holds every
    intent found ("STOP I have fever" is STOP and REPORT); `intent` is the chief one. `language_wanted`: the base code
    of the language asked for, where one is and it can be told which.
    """

    text: str
    language: str
    context: Context
    intent: Intent
    intents: frozenset[Intent] = frozenset()
    answer: Answer | None = None
    temperature_c: float | None = None
    implausible_temperature: bool = False
    not_measured: bool = False
    numbers: tuple[int, ...] = ()
    findings: tuple[Finding, ...] = ()
    understood: float = 1.0
    garbled: bool = False
    read_in: str = ""
    language_wanted: str | None = None
    evidence: tuple[Evidence, ...] = field(default=())

    @property
    def present(self) -> frozenset[str]:
        """Codes of what the patient has now."""
        return frozenset(finding.code for finding in self.findings if finding.is_now)

    @property
    def absent(self) -> frozenset[str]:
        """Codes that the patient denies and does not also report."""
        return frozenset(finding.code for finding in self.findings if finding.is_denied) - self.present

    @property
    def unclear(self) -> bool:
        """True when the text cannot be vouched for: it neither answers what was asked nor says anything else."""
        if self.answer is Answer.UNCLEAR or self.garbled:
            return True
        if self.intent not in (Intent.ANSWER, Intent.REPORT, Intent.OTHER):
            return False
        if self.temperature_c is not None or self.present:
            return False
        match self.context:
            case Context.TEMPERATURE:
                return True
            case Context.NEURO | Context.INFECTION | Context.CONFIRM:
                return self.answer is None
            case Context.CHOICE:
                return not self.numbers and self.answer is None
        return self.answer is None and not self.absent
