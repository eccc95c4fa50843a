"""The self-test by text, a substitute for the bedside ICE score (0 to 10 points), against the patient's own baseline.

Not validated: no study of such a test by text was found, and a phone shows the date. A full score never lowers a
level; a fall raises one. Source: scoring of the clinical content, section 2.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from rapidfuzz.distance import Levenshtein

from service.core.places import PlaceWords, bounded, is_unspaced, named_places, place_points
from service.core.plain import plain
from service.core.questions import SelfTestItem
from service.core.reading.model import Finding, Intent, Reading

POINTS = {"year": 1, "month": 1, "places": 2, "naming": 3, "command": 1, "sentence": 1, "countdown": 1}
"""Items and the most points that each gives."""

ENOUGH_AT_BASELINE = 8
"""Under this the test is not used for the patient: caregiver and visits instead."""

_COUNTDOWN = "908070605040302010"
_WORDS_OF_A_SENTENCE = 3
_SIGNS_OF_A_SENTENCE = 5
_SYLLABLES_WITHOUT_SPACE = 8
_LONG_WORD = 4
# Measurements and events that a test's answer only seems to name ("100 90 80", "General Hospital").
_MEASURED = frozenset(
    {"fever", "hypothermia", "low_blood_pressure", "high_blood_pressure", "fast_heartbeat", "hypoxia"}
)


@dataclass(frozen=True, slots=True)
class Key:
    """The right answers, in one language, on one day. `things`: for each thing asked for, its right words.

    `other_months`: the names of the months that are wrong today, which must not be taken for the right one (November
    11月 for January 1月, junio for julio). `place_words`: how the language speaks of places.
    """

    years: tuple[str, ...]
    months: tuple[str, ...]
    things: tuple[tuple[str, ...], ...] = ()
    other_months: tuple[str, ...] = ()
    place_words: PlaceWords = field(default_factory=PlaceWords)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The best that the patient did before the infusion. An item that failed there is not counted later."""

    items: Mapping[str, int] = field(default_factory=dict)
    places: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        """All items were tried, and the score was high enough for a fall to mean something."""
        return set(self.items) == set(POINTS) and sum(self.items.values()) >= ENOUGH_AT_BASELINE

    def and_also(self, items: Mapping[str, int], places: Sequence[str]) -> Self:
        """With one more test taken before the infusion: of each item the best counts."""
        best = {name: max(self.items.get(name, 0), items.get(name, 0)) for name in {*self.items, *items}}
        return replace(self, items=best, places=tuple(dict.fromkeys((*self.places, *places))))

    def to_json(self) -> dict[str, Any]:
        return {"items": dict(self.items), "places": list(self.places)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(dict(stored["items"]), tuple(stored["places"]))


@dataclass(frozen=True, slots=True)
class Result:
    """How a test compares. `fall`: points lost against the baseline. `score`: 0 to 10, None until all items are in.
    `done`: no item of this check-in is outstanding. `repeated`: it is the second try."""

    fall: int
    score: int | None
    done: bool
    repeated: bool


def compare(items: Mapping[str, int], baseline: Baseline, *, done: bool, repeated: bool) -> Result | None:
    """The result so far; None when there is nothing to compare, or no baseline that can be used."""
    if not items or not baseline.usable:
        return None
    fall = sum(max(0, baseline.items[name] - points) for name, points in items.items())
    score = sum(items.values()) if set(items) == set(POINTS) else None
    return Result(fall, score, done, repeated)


def points(test: SelfTestItem, reading: Reading, key: Key, baseline: Baseline, question: str) -> dict[str, int]:
    """The points of one answer, by item. `question` is the text that was asked: sent back, it is no sentence."""
    text = plain(reading.text)
    match test:
        case SelfTestItem.ORIENTATION:
            return {
                "year": int(any(_stands_in(year, text) for year in key.years)),
                "month": int(_says_month(_without_wrong_months(text, key), key)),
                "places": place_points(place_words(reading.text, key), baseline.places),
            }
        case SelfTestItem.NAMING:
            return {"naming": sum(_names(words, text) for words in key.things)}
        case SelfTestItem.COMMAND:
            return {"command": int(bool(key.things) and all(_names(words, text) for words in key.things))}
        case SelfTestItem.SENTENCE:
            return {"sentence": int(_is_sentence(text, plain(question)) and reading.understood > 0)}
        case SelfTestItem.COUNTDOWN:
            return {"countdown": int(_counts_down(text, reading))}


def place_words(text: str, key: Key) -> tuple[str, ...]:
    """What an answer says about the place: city and hospital, without year and month."""
    return named_places(text, (*key.years, *key.months, *key.other_months), key.place_words)


def without_seeming(reading: Reading, test: SelfTestItem, key: Key) -> Reading:
    """The reading without what only the test's own words suggest: "100 90 80" is no temperature, "blue" no
    sign of too little air, and a sentence about the day is not garbled because the reader does not know its words."""
    reading = replace(reading, garbled=False)
    if test is SelfTestItem.SENTENCE:
        return reading
    reading = replace(reading, intents=reading.intents - {Intent.QUESTION})
    seeming = {"hospitalised"} if test is SelfTestItem.ORIENTATION else set()
    if test is not SelfTestItem.COUNTDOWN or len(re.findall(r"\d+", plain(reading.text))) > 2:
        seeming |= _MEASURED if not _says_degrees(reading) else set()
    right = _spans_of_right_words(reading.text, key)
    findings = tuple(
        finding for finding in reading.findings if finding.code not in seeming and not _lies_in(finding, right)
    )
    if not seeming:
        return replace(reading, findings=findings)
    degrees = reading.temperature_c if _says_degrees(reading) else None
    return replace(reading, findings=findings, temperature_c=degrees, implausible_temperature=False)


def _spans_of_right_words(text: str, key: Key) -> list[tuple[int, int]]:
    """Where the words asked for stand: "dong ho" is a clock in Vietnamese, though its "ho" alone is a cough."""
    typed = text.casefold()
    if len(typed) != len(text):  # a letter such as ß, which becomes two: places would not fit any more
        return []
    words = {form for words in key.things for word in words for form in (word.casefold(), plain(word))}
    return [found.span() for word in words for found in re.finditer(re.escape(word), typed)]


def _lies_in(finding: Finding, spans: Sequence[tuple[int, int]]) -> bool:
    said = finding.evidence
    return said is not None and any(start <= said.start and said.end <= end for start, end in spans)


def _says_degrees(reading: Reading) -> bool:
    """Somebody who answers a test with "38.6" speaks of a temperature."""
    return re.search(r"\d[.,]\d", plain(reading.text)) is not None


def _names(words: Iterable[str], text: str) -> int:
    return int(any(_stands_in(word, text) for word in words))


def _stands_in(word: str, text: str) -> bool:
    """Whether a right word stands in a text: a whole word with at most one slip, or, outside Latin script, a part."""
    word = plain(word)
    if word.isdigit():
        return word in {number.lstrip("0") or "0" for number in re.findall(r"\d+", text)}
    if not word.isascii() or not word.isalpha():
        word, text = word.replace("-", " "), text.replace("-", " ")
        start, end = (r"(?<!\d)" if word[:1].isdigit() else ""), (r"(?!\d)" if word[-1:].isdigit() else "")
        return re.search(start + re.escape(word) + end, text) is not None
    slips = 1 if len(word) > _LONG_WORD else 0
    return any(
        Levenshtein.distance(word, typed, score_cutoff=slips) <= slips for typed in re.findall(r"[^\W\d_]+", text)
    )


def _says_month(text: str, key: Key) -> bool:
    """Whether the right month stands there as a word (май is not in Майкоп), in Arabic joined to "in" or "and"."""
    joined = "|".join(re.escape(plain(word)) for word in key.place_words.beginnings)
    for month in map(plain, key.months):
        if month.isascii() and " " not in month:
            if _stands_in(month, text):
                return True
        elif re.search(bounded(month, joined), text):
            return True
    return False


def _without_wrong_months(text: str, key: Key) -> str:
    """A text without the names of other months. Where one name is part of another, the longer one is meant."""
    right = {plain(month) for month in key.months}
    names = sorted(right | {plain(month) for month in key.other_months}, key=len, reverse=True)
    pattern = "|".join(bounded(name) for name in names)
    return re.sub(pattern, lambda found: found[0] if found[0] in right else " ", text)


def _is_sentence(text: str, question: str) -> bool:
    words = re.findall(r"[^\W\d_]+", text)
    if text.strip() == question.strip():
        return False
    signs = sum(is_unspaced(sign) for sign in text)
    syllables = sum("\uac00" <= sign <= "\ud7a3" for sign in text)
    if len(set(words)) >= _WORDS_OF_A_SENTENCE or signs >= _SIGNS_OF_A_SENTENCE:
        return True
    # Korean joins particles and verb forms to words, and people leave spaces out: two words are a sentence.
    return syllables >= (_SIGNS_OF_A_SENTENCE if len(set(words)) > 1 else _SYLLABLES_WITHOUT_SPACE)


def _counts_down(text: str, reading: Reading) -> bool:
    """90 to 10 in order; 100 before and 0 after may be there."""
    typed = "".join(re.findall(r"\d+", text)) or "".join(str(number) for number in reading.numbers)
    typed = typed.removeprefix("100")
    return typed in (_COUNTDOWN, _COUNTDOWN + "0")
