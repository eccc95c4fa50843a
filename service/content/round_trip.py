"""Every answer that a text suggests, typed back and read by the real reader: is it understood as it was meant?

One function per kind of answer gives what people type and what it must come to; `round_trip(catalog, reader)` reads it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from service.content.catalog import Catalog
from service.content.lint import Finding, Wording, questions_by_text, wordings
from service.content.render import in_digits
from service.core.conversation import understood
from service.core.plain import plain
from service.core.questions import Expects, Question, SelfTestItem
from service.core.reading.model import Context, Intent, Reading
from service.core.reading.reader import Reader
from service.core.selftest import POINTS, Baseline, Key, points, without_seeming

_PRESSURE = re.compile(r"\d{2,3}/\d{2,3}")
_TEMPERATURE = re.compile(r"\d{2,3}[.,]\d")
_WISHES = frozenset({Intent.STOP, Intent.START, Intent.HELP, Intent.CALL_ME, Intent.WRONG_NUMBER, Intent.LANGUAGE})
_COUNTDOWN = "90 80 70 60 50 40 30 20 10"
_ANY_DAY = date(2027, 3, 10)


@dataclass(frozen=True, slots=True)
class _Typed:
    """What somebody types, and the answer that it must come to; None where any number of that kind will do."""

    text: str
    means: tuple[str, ...] | None


def round_trip(catalog: Catalog, reader: Reader) -> list[Finding]:
    """A finding for each suggested answer, in each language, that is not read as intended."""
    found: list[Finding] = []
    asked = questions_by_text(catalog)
    for language in catalog.languages.values():
        for wording in wordings(catalog, language):
            for question in asked.get(wording.id, ()):
                found += _unread(wording, question, reader)
                found += _unscored(wording, question, reader, catalog)
    return list(dict.fromkeys(found))


def _unread(wording: Wording, question: Question, reader: Reader) -> Iterator[Finding]:
    replies = wording.language.file.parent / "replies.yaml"
    for typed in _suggested(wording, question):
        reading = _read(wording, typed.text, question.context, reader)
        answer = understood(question, reading)
        if answer is None or (typed.means is not None and tuple(answer) != typed.means):
            got = "nothing" if answer is None else ", ".join(answer)
            meant = "a number" if typed.means is None else ", ".join(typed.means)
            yield wording.finding(
                f"the answer {typed.text!r} is read as {got}, not as {meant}",
                f"add it to {replies} (answers or numbers), or suggest another answer",
            )
        yield from _heard_besides(wording, typed.text, reading, expects=question.expects)


def _heard_besides(wording: Wording, typed: str, reading: Reading, expects: Expects) -> Iterator[Finding]:
    """What must not be heard in a plain answer: a symptom (but in a number that was asked for), or a wish."""
    measured = expects in (Expects.TEMPERATURE, Expects.PRESSURE)
    besides = sorted((reading.present if not measured else frozenset()) | (reading.intents & _WISHES))
    if besides:
        yield wording.finding(
            f"the answer {typed!r} is also read as {', '.join(besides)}",
            f"take it out there in {wording.language.file.parent / 'replies.yaml'}, or suggest another answer",
        )


def _suggested(wording: Wording, question: Question) -> Iterable[_Typed]:
    answers = wording.language.answers
    match question.expects:
        case Expects.YES_NO:
            return (*_in_words(answers.yes, "yes"), *_in_words(answers.no, "no"))
        case Expects.NUMBER | Expects.NUMBERS | Expects.COUNT:
            return _choices(wording, question)
        case Expects.PRESSURE:
            pairs = [_Typed(pair, (pair.split("/")[0],)) for pair in _PRESSURE.findall(wording.written)]
            return (*pairs, *_in_words(answers.no, "no"))
        case Expects.TEMPERATURE:
            numbers = [_Typed(number, None) for number in _TEMPERATURE.findall(plain(wording.written))]
            has_none = "none" in question.answers and wording.names(answers.without)
            return (*numbers, *(_in_words(answers.without, "none") if has_none else ()))
    return ()


def _in_words(word: str, means: str) -> Iterator[_Typed]:
    """A word as it is suggested, as phones write it, with a full stop, and without its accents."""
    for typed in dict.fromkeys((word, word.casefold(), word.capitalize(), f"{word}.", plain(word))):
        yield _Typed(typed, (means,))


def _choices(wording: Wording, question: Question) -> Iterator[_Typed]:
    """Each number, in Western digits and the readers' own; where several may be chosen, several; and plain "no"."""
    numbers = [number for number in question.answers if number.isdecimal()]
    for number in numbers:
        for typed in dict.fromkeys((number, in_digits(number, wording.language.style), f"{number}.")):
            yield _Typed(typed, (number,))
    if question.expects is Expects.NUMBERS:
        several = tuple(number for number in numbers if number != "0")
        for mark in (" ", ", ", ",", "."):
            yield _Typed(mark.join(several), several)
            yield _Typed(in_digits(mark.join(several), wording.language.style), several)
    for word, means in (("no", wording.language.answers.no), ("yes", wording.language.answers.yes)):
        key = question.for_word(word)
        if key is not None:
            yield from _in_words(means, key)


def _unscored(wording: Wording, question: Question, reader: Reader, catalog: Catalog) -> Iterator[Finding]:
    """The right answers of the self-test must give their points, and must not be heard as symptoms or wishes."""
    if question.test in (None, SelfTestItem.ORIENTATION, SelfTestItem.SENTENCE):
        return
    key = catalog.selftest_key(wording.language.code, wording.id, _ANY_DAY)
    for typed in _right_answers(question.test, key):
        reading = without_seeming(_read(wording, typed, question.context, reader), question.test, key)
        scored = points(question.test, reading, key, Baseline(), wording.written)
        if scored != {item: POINTS[item] for item in scored}:
            yield wording.finding(
                f"the right answer {typed!r} does not give all points",
                f"correct the words under selftest in {wording.language.file}",
            )
        yield from _heard_besides(wording, typed, reading, expects=question.expects)


def _right_answers(test: SelfTestItem, key: Key) -> Iterator[str]:
    """Every right word at least once, each among right words for the other things."""
    if test is SelfTestItem.COUNTDOWN:
        yield from (_COUNTDOWN, f"100 {_COUNTDOWN}", _COUNTDOWN.replace(" ", ", "))
        return
    most = max((len(words) for words in key.things), default=0)
    for turn in range(max(most, 1)):  # without any words, the empty answer shows that no point can be had
        yield " ".join(words[min(turn, len(words) - 1)] for words in key.things if words)


def _read(wording: Wording, text: str, context: Context, reader: Reader) -> Reading:
    return reader.read(text, language=wording.language.code, context=context)
