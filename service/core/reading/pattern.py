"""The little grammar in which a lexicon's phrases are written (documented for translators in locales/README.md).

word      that word            stem*  words that begin so     *end  *mid*  words that end so, that contain it
a|b       either               {name} any entry of the word class `name`
[a|b]     may be left out      ..     up to three other words may stand here
A & B     both, in either order, a few words apart (also A & B & C)
^ at the start: only where a clause begins      $ at the end: only where a clause ends
"""

import itertools
import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from service.core.reading.text import Kind, Normaliser, Token

_PLAIN_WORDS = re.compile(r"[^\W_]+(?:[ '’-][^\W_]+)*")


def is_plain(pattern: str) -> bool:
    """True for a phrase of words without any sign of the grammar: nothing in it can be wrong."""
    return _PLAIN_WORDS.fullmatch(pattern) is not None


class PatternError(ValueError):
    """A pattern that cannot be read; the message says why."""


class AtomKind(StrEnum):
    WORD = "word"
    STEM = "stem"
    END = "end"
    MID = "mid"
    CLASS = "class"


_KINDS = {(False, True): AtomKind.STEM, (True, False): AtomKind.END, (True, True): AtomKind.MID}


class Atom(NamedTuple):
    """One thing that a token (or a few glued tokens) can be. `exact` keeps the accents."""

    kind: AtomKind
    text: str
    exact: str = ""


class Element(NamedTuple):
    """Any one of `choices`. `after_gap`: other words may stand before it. `tight`: it follows with nothing between."""

    choices: tuple[Atom, ...]
    after_gap: bool = False
    tight: bool = False


class Sequence(NamedTuple):
    elements: tuple[Element, ...]
    at_start: bool = False
    at_end: bool = False


def parse(pattern: str, normaliser: Normaliser) -> tuple[Sequence, ...]:
    """The sequences that a pattern stands for. Raises PatternError."""
    plain = _plain(pattern, normaliser) if is_plain(pattern) else None
    if plain is not None:
        return plain
    body = pattern.strip()
    at_start, at_end = body.startswith("^"), body.endswith("$")
    body = body.removeprefix("^").removesuffix("$").strip()
    if not body:
        raise PatternError("is empty")
    sides = [side.strip() for side in body.split("&")]
    if not all(sides):
        raise PatternError("has nothing on one side of &")
    if len(sides) > 3:
        raise PatternError("has more than three parts joined by &")
    orders = itertools.permutations(sides) if len(sides) > 1 else iter([tuple(sides)])
    return tuple(
        Sequence(elements, at_start, at_end)
        for order in orders
        for elements in _variants(" .. ".join(order), normaliser)
    )


def _plain(pattern: str, normaliser: Normaliser) -> tuple[Sequence, ...] | None:
    """The short way for a phrase without signs, as most are; None where a word has several forms."""
    elements: tuple[Element, ...] = ()
    for part in pattern.split():
        options = _part(part, False, normaliser)
        if len(options) > 1:
            return None
        elements += options[0]
    return (Sequence(elements),)


def _variants(body: str, normaliser: Normaliser) -> list[tuple[Element, ...]]:
    variants: list[tuple[Element, ...]] = [()]
    gap = False
    for part in body.split():
        if part == "..":
            gap = True
            continue
        optional = part.startswith("[") and part.endswith("]")
        options = _part(part[1:-1] if optional else part, gap, normaliser)
        extended = [variant + option for variant in variants for option in options]
        variants = extended + variants if optional else extended
        gap = gap and optional
    variants = [variant for variant in variants if variant]
    if not variants:
        raise PatternError("has no word that must be there")
    return [_first_without_gap(variant) for variant in variants]


def _first_without_gap(elements: tuple[Element, ...]) -> tuple[Element, ...]:
    return (Element(elements[0].choices), *elements[1:])


@lru_cache(maxsize=200_000)
def _part(part: str, gap: bool, normaliser: Normaliser) -> tuple[tuple[Element, ...], ...]:
    """A part is one element, or several where a word is several tokens (characters, or pieces around an apostrophe)."""
    single: list[Atom] = []
    options: list[tuple[Element, ...]] = []
    for choice in part.split("|"):
        if choice.startswith("{"):
            if not choice.endswith("}"):
                raise PatternError(f"has an open brace in {choice!r}")
            single.append(Atom(AtomKind.CLASS, choice[1:-1]))
            continue
        atoms, spelled_out = _word(choice, normaliser)
        single += atoms
        options += [_chain(pieces, gap) for pieces in spelled_out]
    if single:
        options.append((Element(tuple(single), gap),))
    return tuple(options)


def _chain(tokens: tuple[Token, ...], gap: bool) -> tuple[Element, ...]:
    return tuple(
        Element(
            (Atom(AtomKind.WORD, token.plain, token.exact),), gap and place == 0, place > 0 and token.kind is Kind.CHAR
        )
        for place, token in enumerate(tokens)
    )


def _word(choice: str, normaliser: Normaliser) -> tuple[list[Atom], list[tuple[Token, ...]]]:
    """The one-token forms of a written word, and its forms of several tokens."""
    bare = choice.strip("*")
    kind = AtomKind.WORD if bare == choice else _KINDS[choice.startswith("*"), choice.endswith("*")]
    if bare.isascii() and bare.isalpha() and bare.islower():  # most words: there is nothing to normalise
        return [Atom(kind, bare, bare)], []
    tokens = normaliser.tokens(bare)
    if not tokens:
        raise PatternError(f"has no letters in {choice!r}")
    if len(tokens) == 1:
        return [Atom(kind, tokens[0].plain, tokens[0].exact)], []
    if any(token.kind is Kind.CHAR for token in tokens):
        return [], [tokens]
    joined = Atom(kind, "".join(t.plain for t in tokens), "".join(t.exact for t in tokens))
    apart = [tokens] if kind is AtomKind.WORD and all(token.kind is Kind.WORD for token in tokens) else []
    return [joined], apart
