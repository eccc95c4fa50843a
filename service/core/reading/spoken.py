"""Which languages a text is written in, and so whose phrases count.

A short word means different things in different languages ("no" is "yes" in Polish, "da" is many things). The language
that explains most of the text owns its words; the enrolled language and English are favoured; any other language is
heard only where it says something that the owners do not explain.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from service.core.reading.lexicon import Cue
from service.core.reading.matcher import Match
from service.core.reading.text import Kind, Token

_EMPTY_WORDS = frozenset({Cue.FILLER, Cue.SMALL, Cue.NUMBER, Cue.TENTHS, Cue.NUMBER_AND})
_DISTINCT_LETTERS = 6
_DISTINCT_CHARACTERS = 2


def spoken_matches(
    matches: Sequence[Match], tokens: Sequence[Token], enrolled: int, english: int
) -> tuple[list[Match], list[int]]:
    """The matches that count, and the bits of the languages spoken, the chief one first."""
    by_language: dict[int, list[Match]] = defaultdict(list)
    for match in matches:
        by_language[match.language].append(match)
    masks = {language: _mask(found) for language, found in by_language.items()}
    order = _order(by_language, masks, tokens, enrolled, english)
    kept: list[Match] = []
    owned = 0
    for language in order:
        kept += [match for match in by_language[language] if _counts(match, owned)]
        owned |= masks[language]
    return kept, order


def _order(
    by_language: dict[int, list[Match]], masks: dict[int, int], tokens: Sequence[Token], enrolled: int, english: int
) -> list[int]:
    order: list[int] = []
    covered = 0
    while True:
        best, best_gain = 0, 0.0
        for language, mask in masks.items():
            if language in order:
                continue
            gain = _weight(mask & ~covered, tokens)
            if language == enrolled:
                gain = gain * 1.3 + 0.6 if gain else 0.0
            elif language == english:
                gain = gain * 1.1 + 0.1 if gain else 0.0
            if gain > best_gain and (
                not order or _says_more(by_language[language], covered, tokens, language in (enrolled, english))
            ):
                best, best_gain = language, gain
        if not best:
            return order
        order.append(best)
        covered |= masks[best]


def _says_more(found: Iterable[Match], covered: int, tokens: Sequence[Token], favoured: bool) -> bool:
    for match in found:
        if match.phrase.cue in _EMPTY_WORDS:
            continue
        alone = [place for place in match.tokens if not covered >> place & 1]
        if favoured and alone:
            return True
        if len(alone) * 2 > len(match.tokens) and _is_distinct(match, tokens):
            return True
    return False


def _is_distinct(match: Match, tokens: Sequence[Token]) -> bool:
    letters = sum(len(tokens[place].plain) for place in match.tokens)
    if tokens[match.first].kind is Kind.CHAR:
        return letters >= _DISTINCT_CHARACTERS
    return letters >= _DISTINCT_LETTERS or not tokens[match.first].plain.isascii()


def _counts(match: Match, owned: int) -> bool:
    """A phrase of a further language counts unless the owners already explain all of it."""
    return any(not owned >> place & 1 for place in match.tokens) or (len(match.tokens) > 2 and match.phrase.cue is None)


def _mask(found: Iterable[Match]) -> int:
    mask = 0
    for match in found:
        for place in match.tokens:
            mask |= 1 << place
    return mask


def _weight(mask: int, tokens: Sequence[Token]) -> float:
    return sum(len(token.plain) for place, token in enumerate(tokens) if mask >> place & 1)
