"""Loads locales/<lang>/replies.yaml, checks it, and gives the reader's lexicons.

Every list in the file is one block of text: phrases separated by commas or line ends, `#` starts a comment.
A wrong file stops the start, and says which file, which key, and why.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import yaml
from babel import Locale, UnknownLocaleError
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from service.core.reading.lexicon import Aspect, Cue, Lexicon, Phrase, Traits
from service.core.reading.pattern import PatternError, is_plain, parse
from service.core.reading.text import Normaliser
from service.core.reading.tongues import base
from service.core.symptoms import CODES
from service.errors import ContentError

FILE_NAME = "replies.yaml"
COMMON_WORDS = "common.txt"
_SEPARATOR = re.compile(r"[\n,،、，]+")
_GLOSS = re.compile(r"\s=\s")
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class LexiconError(ContentError):
    """A replies.yaml that cannot be used; the message names file, key and reason."""

    def __init__(self, path: Path, key: str, reason: str) -> None:
        super().__init__(f"{path}: {key}: {reason}")
        self.path, self.key, self.reason = path, key, reason


def _entries(value: object) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    if isinstance(value, list):
        return tuple(entry for part in value for entry in _entries(part))
    if not isinstance(value, str):
        raise ValueError("must be a block of text with phrases separated by commas or line ends")
    lines = (line.split("#", 1)[0] for line in value.splitlines())
    return tuple(entry for line in lines for entry in (part.strip() for part in _SEPARATOR.split(line)) if entry)


def _symptom(value: object) -> object:
    return {"present": value} if isinstance(value, str | list) or value is None else value


Phrases = Annotated[tuple[str, ...], BeforeValidator(_entries)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Symptom(_Strict):
    present: Phrases = ()
    severe: Phrases = ()
    mild: Phrases = ()
    unsure: Phrases = ()
    absent: Phrases = ()
    never: Phrases = ()


class _Answers(_Strict):
    yes: Phrases = ()
    no: Phrases = ()
    nothing: Phrases = ()
    fine: Phrases = ()
    same: Phrases = ()
    unsure: Phrases = ()


class _Denial(_Strict):
    before: Phrases = ()
    after: Phrases = ()
    either: Phrases = ()
    without: Phrases = ()
    not_a_denial: Phrases = ()


class _Lists(_Strict):
    or_: Phrases = Field((), alias="or")
    and_: Phrases = Field((), alias="and")


class _Time(_Strict):
    past: Phrases = ()
    now: Phrases = ()
    since: Phrases = ()
    over: Phrases = ()
    still: Phrases = ()
    later: Phrases = ()


class _If(_Strict):
    always: Phrases = ()
    in_questions: Phrases = ()


class _People(_Strict):
    me: Phrases = ()
    kin: Phrases = ()
    others: Phrases = ()
    patient: Phrases = ()
    says: Phrases = ()


class _Degree(_Strict):
    severe: Phrases = ()
    mild: Phrases = ()
    many: Phrases = ()
    once: Phrases = ()


class _Keyword(_Strict):
    alone: Phrases = ()
    anywhere: Phrases = ()


class _Intents(_Strict):
    stop: _Keyword = _Keyword()
    start: _Keyword = _Keyword()
    help: _Keyword = _Keyword()
    call_me: Phrases = ()
    language: Phrases = ()
    thanks: Phrases = ()
    greeting: Phrases = ()
    wrong_number: Phrases = ()


class _Numbers(_Strict):
    words: dict[int, Phrases] = {}
    tenths: dict[int, Phrases] = {}
    point: Phrases = ()
    half: Phrases = ()
    hundred: Phrases = ()
    and_: Phrases = Field((), alias="and")
    degree: Phrases = ()
    celsius: Phrases = ()
    fahrenheit: Phrases = ()
    over: Phrases = ()
    things: Phrases = ()
    clock: Phrases = ()
    about: Phrases = ()
    correction: Phrases = ()
    tens_and_units_add: bool = False
    thirty_is_dropped: bool = False


class _Measures(_Strict):
    temperature: Phrases = ()
    not_measured: Phrases = ()
    pulse: Phrases = ()
    pressure: Phrases = ()
    oxygen: Phrases = ()


class _Spelling(_Strict):
    accents_matter: bool = False
    prefixes: Phrases = ()
    denying_affixes: Phrases = ()
    respelt: Phrases = ()
    equal_letters: str = ""


class _Replies(_Strict):
    spelling: _Spelling = _Spelling()
    words: dict[str, Phrases] = {}
    symptoms: dict[str, Annotated[_Symptom, BeforeValidator(_symptom)]] = {}
    answers: _Answers = _Answers()
    denial: _Denial = _Denial()
    lists: _Lists = _Lists()
    contrast: Phrases = ()
    only: Phrases = ()
    time: _Time = _Time()
    if_: _If = Field(_If(), alias="if")
    asking: Phrases = ()
    hedge: Phrases = ()
    people: _People = _People()
    illness: Phrases = ()
    degree: _Degree = _Degree()
    intents: _Intents = _Intents()
    numbers: _Numbers = _Numbers()
    measures: _Measures = _Measures()
    small: Phrases = ()
    filler: Phrases = ()
    languages: dict[str, Phrases] = {}


def load_lexicons(locales_dir: Path) -> tuple[Lexicon, ...]:
    """The lexicons of all locales that have a replies.yaml, in order of their ids. Raises LexiconError."""
    paths = sorted(locales_dir.glob(f"*/{FILE_NAME}"))
    if not paths:
        raise LexiconError(locales_dir, FILE_NAME, "no locale folder has one")
    codes = sorted({base(path.parent.name) for path in paths})
    return tuple(_naming_languages(load_lexicon(path), codes) for path in paths)


def _naming_languages(lexicon: Lexicon, codes: Sequence[str]) -> Lexicon:
    """With the names that CLDR has for the languages that we read; of a language it does not know it has none."""
    try:
        names = Locale.parse(lexicon.language).languages
    except UnknownLocaleError:
        return lexicon
    tongues = {code: (*lexicon.tongues.get(code, ()), *filter(None, [names.get(code)])) for code in codes}
    return replace(lexicon, tongues=tongues)


def load_lexicon(path: Path) -> Lexicon:
    """One language's lexicon; its language is the folder's name. Raises LexiconError."""
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # the base loader builds only strings
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise LexiconError(path, "YAML", " ".join(str(error).split())) from error
    try:
        replies = _Replies.model_validate(raw if raw is not None else {})
    except ValidationError as error:
        first = error.errors()[0]
        raise LexiconError(path, ".".join(map(str, first["loc"])), first["msg"]) from error
    return _lexicon(path, replies)


def _lexicon(path: Path, replies: _Replies) -> Lexicon:
    traits = _traits(path, replies)
    phrases = tuple(_phrases(path, replies))
    common = _common_words(path.parent / COMMON_WORDS)
    lexicon = Lexicon(path.parent.name, phrases, dict(replies.words), traits, dict(replies.languages), common)
    _check_patterns(path, lexicon)
    return lexicon


def _common_words(path: Path) -> frozenset[str]:
    """A language may have such a list: words separated by spaces and lines, `#` begins a comment."""
    if not path.exists():
        return frozenset()
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines for word in line.partition("#")[0].split())


def _check_patterns(path: Path, lexicon: Lexicon) -> None:
    normaliser = Normaliser(lexicon.traits.equal_letters)
    for name, entries in lexicon.classes.items():
        for entry in entries:
            _check(path, f"words.{name}", entry, lexicon, normaliser)
    for phrase in lexicon.phrases:
        key = phrase.cue.value if phrase.cue else f"symptoms.{phrase.code}.{phrase.aspect.value}"
        _check(path, key, phrase.pattern, lexicon, normaliser)


def _check(path: Path, key: str, pattern: str, lexicon: Lexicon, normaliser: Normaliser) -> None:
    if is_plain(pattern):
        return
    try:
        parse(pattern, normaliser)
    except PatternError as error:
        raise LexiconError(path, key, f"{pattern!r} {error}") from error
    for name in re.findall(r"\{([^{}]*)\}", pattern):
        if key.startswith("words."):
            raise LexiconError(path, key, f"{pattern!r} uses a word class inside a word class")
        if name not in lexicon.classes:
            raise LexiconError(path, key, f"{pattern!r} names the word class {{{name}}}, which is not under `words`")


def _phrases(path: Path, replies: _Replies) -> list[Phrase]:
    found: list[Phrase] = []
    for code, symptom in replies.symptoms.items():
        if code not in CODES:
            raise LexiconError(path, f"symptoms.{code}", "is no symptom code (service/core/symptoms.py lists them)")
        for aspect in Aspect:
            found += [_symptom_phrase(entry, code, aspect) for entry in getattr(symptom, aspect.value)]
    for cue in Cue:
        if cue in (Cue.NUMBER, Cue.TENTHS):
            continue
        found += [Phrase(entry, cue) for entry in _under(replies, cue.value)]
    for cue, table in ((Cue.NUMBER, replies.numbers.words), (Cue.TENTHS, replies.numbers.tenths)):
        found += [Phrase(entry, cue, value=value) for value, entries in table.items() for entry in entries]
    return found


def _symptom_phrase(entry: str, code: str, aspect: Aspect) -> Phrase:
    pattern, *gloss = _GLOSS.split(entry, maxsplit=1)
    said = gloss[0] if gloss else code.replace("_", " ")
    return Phrase(pattern, None, code, aspect, said)


def _under(replies: _Replies, key: str) -> tuple[str, ...]:
    value: object = replies
    for name in key.split("."):
        value = getattr(value, f"{name}_" if name in ("or", "and", "if") else name)
    return value if isinstance(value, tuple) else ()


def _traits(path: Path, replies: _Replies) -> Traits:
    spelling = replies.spelling
    return Traits(
        accents_matter=spelling.accents_matter,
        prefixes=spelling.prefixes,
        denying_affixes=tuple(_pair(path, "denying_affixes", entry, "...") for entry in spelling.denying_affixes),
        tens_and_units_add=replies.numbers.tens_and_units_add,
        thirty_is_dropped=replies.numbers.thirty_is_dropped,
        respelt=tuple(_pair(path, "respelt", entry, "=") for entry in spelling.respelt),
        equal_letters=tuple(spelling.equal_letters.split()),
    )


def _pair(path: Path, key: str, entry: str, sign: str) -> tuple[str, str]:
    left, found, right = entry.partition(sign)
    if not found:
        raise LexiconError(path, f"spelling.{key}", f"{entry!r} must have {sign!r} between its two parts")
    return left.strip(), right.strip()
