"""The words of one language, as pure values: what a `locales/<lang>/replies.yaml` is turned into."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from service.core.reading.model import Severity


class Cue(StrEnum):
    """What a phrase does in a sentence when it names no symptom. The value is its key in replies.yaml."""

    YES = "answers.yes"
    NO = "answers.no"
    NOTHING = "answers.nothing"
    FINE = "answers.fine"
    SAME = "answers.same"
    UNSURE = "answers.unsure"
    DENY_BEFORE = "denial.before"
    DENY_AFTER = "denial.after"
    DENY_EITHER = "denial.either"
    WITHOUT = "denial.without"
    NO_DENIAL = "denial.not_a_denial"
    CONTRAST = "contrast"
    ONLY = "only"
    OR = "lists.or"
    AND = "lists.and"
    PAST = "time.past"
    NOW = "time.now"
    SINCE = "time.since"
    OVER = "time.over"
    STILL = "time.still"
    LATER = "time.later"
    IF = "if.always"
    IF_ASKING = "if.in_questions"
    ASKING = "asking"
    HEDGE = "hedge"
    ME = "people.me"
    KIN = "people.kin"
    OTHERS = "people.others"
    PATIENT = "people.patient"
    SAYS = "people.says"
    ILLNESS = "illness"
    SEVERE = "degree.severe"
    MILD = "degree.mild"
    MANY = "degree.many"
    ONCE = "degree.once"
    STOP_ALONE = "intents.stop.alone"
    STOP = "intents.stop.anywhere"
    START_ALONE = "intents.start.alone"
    START = "intents.start.anywhere"
    HELP_ALONE = "intents.help.alone"
    HELP = "intents.help.anywhere"
    CALL_ME = "intents.call_me"
    LANGUAGE = "intents.language"
    THANKS = "intents.thanks"
    GREETING = "intents.greeting"
    WRONG_NUMBER = "intents.wrong_number"
    POINT = "numbers.point"
    HALF = "numbers.half"
    TENTHS = "numbers.tenths"
    HUNDRED = "numbers.hundred"
    NUMBER_AND = "numbers.and"
    DEGREE = "numbers.degree"
    CELSIUS = "numbers.celsius"
    FAHRENHEIT = "numbers.fahrenheit"
    OVER_PRESSURE = "numbers.over"
    THINGS = "numbers.things"
    CLOCK = "numbers.clock"
    ABOUT = "numbers.about"
    CORRECTION = "numbers.correction"
    TEMPERATURE = "measures.temperature"
    NOT_MEASURED = "measures.not_measured"
    PULSE = "measures.pulse"
    PRESSURE = "measures.pressure"
    OXYGEN = "measures.oxygen"
    SMALL = "small"
    FILLER = "filler"
    NUMBER = "numbers.words"


class Aspect(StrEnum):
    """In which way a phrase speaks of a symptom. The value is its key under the symptom in replies.yaml."""

    PRESENT = "present"
    SEVERE = "severe"
    MILD = "mild"
    UNSURE = "unsure"
    ABSENT = "absent"
    NEVER = "never"


ASPECT_SEVERITY = {Aspect.SEVERE: Severity.SEVERE, Aspect.MILD: Severity.MILD}


@dataclass(frozen=True, slots=True)
class Phrase:
    """One pattern (grammar: `pattern.py`) and what it means: either a cue, or an aspect of a symptom code.

    `value` is the number that a `Cue.NUMBER` or `Cue.TENTHS` phrase stands for.
    """

    pattern: str
    cue: Cue | None = None
    code: str = ""
    aspect: Aspect = Aspect.PRESENT
    gloss: str = ""
    value: int | None = None


@dataclass(frozen=True, slots=True)
class Traits:
    """How a language is written.

    `accents_matter`: a word typed with other accents is another word (Vietnamese); one typed without any is the same.
    `prefixes`: short words written together with the next one. `denying_affixes`: (start, end) negate what is between.
    `tens_and_units_add`: "forty and one" is 41, not 40.1. `thirty_is_dropped`: "8 degrees 5" is 38.5.
    `respelt`: pairs such as ("ü", "ue"). `equal_letters`: pairs such as "這这".
    """

    accents_matter: bool = False
    prefixes: tuple[str, ...] = ()
    denying_affixes: tuple[tuple[str, str], ...] = ()
    tens_and_units_add: bool = False
    thirty_is_dropped: bool = False
    respelt: tuple[tuple[str, str], ...] = ()
    equal_letters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All that is known of how one language's patients write. `classes` are the {named} word lists.

    `tongues`: what the languages are called in it, by base code. `common`: frequent words in their plain form; none is
    taken for a misspelling of another.
    """

    language: str
    phrases: tuple[Phrase, ...]
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    traits: Traits = field(default_factory=Traits)
    tongues: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    common: frozenset[str] = frozenset()
