"""How much of a text some part of the reader explains, and whether what is left looks like word salad."""

from collections.abc import Sequence

from service.core.reading.lexicon import Cue
from service.core.reading.matcher import Match, Matcher
from service.core.reading.numbers import Number
from service.core.reading.scene import Scene
from service.core.reading.text import Kind, Token

_MEANS_NOTHING = frozenset(
    {
        Cue.SMALL,
        Cue.FILLER,
        Cue.NUMBER,
        Cue.AND,
        Cue.OR,
        Cue.ME,
        Cue.NUMBER_AND,
        Cue.PAST,
        Cue.NOW,
        Cue.THINGS,
        Cue.DENY_BEFORE,
        Cue.DENY_EITHER,
        Cue.WITHOUT,
        Cue.NO,
        Cue.YES,
        Cue.IF,
        Cue.IF_ASKING,
        Cue.LATER,
        Cue.KIN,
        Cue.TENTHS,
        Cue.CLOCK,
        Cue.OVER_PRESSURE,
        Cue.POINT,
        Cue.CONTRAST,
        Cue.SINCE,
        Cue.SAYS,
        Cue.HALF,
        Cue.CORRECTION,
        Cue.ONLY,
        Cue.DENY_AFTER,
        Cue.MANY,
        Cue.UNSURE,
        Cue.HEDGE,
    }
)
_FEWEST_WORDS = 5
_FEWEST_CHARACTERS = 10
_UNKNOWN_SHARE = 0.4
_NOISE_SHARE = 0.2


def understood_share(matches: Sequence[Match], numbers: Sequence[Number], tokens: Sequence[Token]) -> float:
    """The share of the words that a phrase or number explains, weighed by kind; 1.0 for a text without words."""
    explained = explained_places(matches, numbers)
    total = known = 0
    for place, token in enumerate(tokens):
        weight = 0 if token.kind is Kind.SYMBOL else 1 if token.kind is Kind.CHAR else 2
        total += weight
        known += weight if place in explained else 0
    return known / total if total else 1.0


def explained_places(matches: Sequence[Match], numbers: Sequence[Number]) -> set[int]:
    """The tokens that a phrase or a number explains."""
    places = {place for match in matches for place in match.tokens}
    return places | {place for number in numbers for place in range(number.first, number.last + 1)}


def is_garbled(scene: Scene, matches: Sequence[Match], numbers: Sequence[Number], matcher: Matcher) -> bool:
    """True when a text of some length says nothing that the reader knows and has the marks of noise or word salad."""
    tokens = scene.tokens
    words = [place for place, token in enumerate(tokens) if token.kind in (Kind.WORD, Kind.CHAR)]
    unspaced = sum(tokens[place].kind is Kind.CHAR for place in words) * 2 > len(words)
    if len(words) < (_FEWEST_CHARACTERS if unspaced else _FEWEST_WORDS) or scene.symptoms or _means_something(scene):
        return False
    explained = explained_places(matches, numbers)
    unknown = sum(place not in explained for place in words)
    misspelt = sum(place in explained and not matcher.knows(tokens[place]) for place in words)
    repeated = sum(_repeats(place, tokens) for place in words)
    if unknown + misspelt >= _UNKNOWN_SHARE * len(words):
        return True
    noise = unknown + misspelt + repeated
    return repeated > 0 and (noise >= _NOISE_SHARE * len(words) or len(words) > _FEWEST_WORDS + 3)


def _means_something(scene: Scene) -> bool:
    return any(cues for kind, cues in scene.cues.items() if kind not in _MEANS_NOTHING)


def _repeats(place: int, tokens: Sequence[Token]) -> bool:
    return place > 0 and tokens[place].kind is Kind.WORD and tokens[place].plain == tokens[place - 1].plain
