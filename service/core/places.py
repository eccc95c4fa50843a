"""City and hospital in an answer to the self-test: which words name a place, and how many are those of the baseline.

No list of places is needed: whoever could say where they were before the infusion is asked for the same words again.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from rapidfuzz.distance import Levenshtein

from service.core.content_model import Strict
from service.core.plain import plain

_ONE_SLIP_FROM = 7
"""Letters of a name in which one may be mistyped. Shorter names of other towns differ by one: Jeonju and Jinju."""

_TWO_NAMES_IN_ONE = 4
"""Signs, in scripts without spaces, from which a run holds city and hospital: 北京协和."""


class PlaceWords(Strict):
    """How a language speaks of places, in its locale.yaml.

    `beside`: words that stand beside a place and name none (hospital, city, "I am in"); where words are not spaced
    they are cut out wherever they stand. `beginnings` and `endings` are written together with a name and taken off.
    `shortest`: letters of the shortest name; in scripts without spaces it is two signs.
    """

    beside: tuple[str, ...] = ()
    beginnings: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    shortest: int = 4


def is_unspaced(sign: str) -> bool:
    """A sign of a script that is written without spaces between words."""
    return unicodedata.name(sign, "").startswith(("CJK", "HIRAGANA", "KATAKANA"))


def named_places(text: str, dates: Iterable[str], words: PlaceWords) -> tuple[str, ...]:
    """The words of an answer that name a place. `dates`: years and months, which are asked for in the same text."""
    left = plain(text)
    known = {plain(date) for date in dates}
    beside = {plain(word) for word in words.beside}
    for cut in sorted((word for word in known | beside if is_cut_anywhere(word)), key=len, reverse=True):
        left = re.sub(bounded(cut), " ", left)
    found: list[str] = []
    for word in re.findall(r"[^\W\d_]+", left):
        bare = _bare(word, words)
        if {word, bare} & (known | beside) or len(bare) < (2 if is_unspaced(bare[-1:] or " ") else words.shortest):
            continue
        found.append(bare)
    return tuple(dict.fromkeys(found))


def is_cut_anywhere(word: str) -> bool:
    """True for what is no single word of letters: signs without spaces, several words, digits with a sign (3월)."""
    return not word.isdigit() and (any(is_unspaced(sign) for sign in word) or not word.isalpha())


def bounded(word: str, joined: str = "") -> str:
    """A pattern for a word that ends where it ends: "1월" is not in "11월", "mai" not in "mainz". `joined`: a pattern
    of what may be written together with it in front."""
    if any(is_unspaced(sign) for sign in word) or "HANGUL" in unicodedata.name(word[-1:] or " ", ""):
        return rf"(?<!\d){re.escape(word)}" + (r"(?!\d)" if word[-1:].isdigit() else "")
    return rf"(?<!\w)(?:{joined})?{re.escape(word)}(?!\w)"


def _bare(word: str, words: PlaceWords) -> str:
    """A word without what its language writes together with it, however much of it: 서울대병원이에요 is 서울대."""
    for beginning in sorted(map(plain, words.beginnings), key=len, reverse=True):
        if word.startswith(beginning) and len(word) - len(beginning) >= words.shortest:
            word = word.removeprefix(beginning)
            break
    endings = sorted(map(plain, words.endings), key=len, reverse=True)
    while word:
        ending = next((ending for ending in endings if ending and word.endswith(ending)), None)
        if ending is None:
            break
        word = word.removesuffix(ending)
    return word


def place_points(given: Sequence[str], known: Sequence[str]) -> int:
    """Of city and hospital: both (2), one or none. Before the infusion nothing is known, and what is given counts."""
    if not known:
        return min(2, sum(2 if _holds_two(place) else 1 for place in given))
    met = len(_different([place for place in known if _is_met(place, given)]))
    wanted = min(2, len(_different(known)))
    return 2 if met >= wanted else min(1, met + int(any(_shares(place, given) for place in known)))


def _holds_two(place: str) -> bool:
    return is_unspaced(place[0]) and len(place) >= _TWO_NAMES_IN_ONE


def _different(places: Iterable[str]) -> list[str]:
    """Places without other forms of the same: of 聖路加 and 聖路加国際 the longer."""
    kept: list[str] = []
    for place in sorted(places, key=len, reverse=True):
        if not _is_met(place, kept):
            kept.append(place)
    return kept


def _is_met(place: str, given: Sequence[str]) -> bool:
    """Whether a place was named: the same word, or, without spaces, at least half of its pairs of signs."""
    if is_unspaced(place[0]):
        pairs = _pairs([place])
        return len(pairs & _pairs(given)) * 2 >= len(pairs)
    slips = 1 if len(place) >= _ONE_SLIP_FROM else 0
    return any(Levenshtein.distance(place, word, score_cutoff=slips) <= slips for word in given)


def _shares(place: str, given: Sequence[str]) -> bool:
    return is_unspaced(place[0]) and bool(_pairs([place]) & _pairs(given))


def _pairs(places: Iterable[str]) -> set[str]:
    return {place[at : at + 2] for place in places for at in range(len(place) - 1)}
