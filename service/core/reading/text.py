"""From what was typed to words that can be compared, never losing where in the original they stood.

Letters are folded the same way in patients' texts and in lexicons: compatibility forms, case, digits of every script,
Arabic letter forms, kana width, letter pairs that a lexicon declares equal (traditional and simplified Chinese).
Scripts written without spaces, and Korean, whose spacing people ignore, give one token per character.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import NamedTuple

_CLUSTER = re.compile(
    "[\u1100-\u115f\ua960-\ua97f][\u1160-\u11a7][\u11a8-\u11ff]?"
    "|.[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe00-\ufe0f\ufe20-\ufe2f\uff9e\uff9f]*",
    re.DOTALL,
)
_ASCII_TOKEN = re.compile(r"[a-z]+|[0-9]+")

# Compatibility normalisation would turn these into letters or lose them.
_KEPT = {
    "℃": "c", "℉": "f", "º": "°", "˚": "°", "½": "½", "’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "′": "'",
    "＇": "'", "ʿ": "'", "ʾ": "'",
    "٫": ".", "٬": ",", "،": ",", "、": ",", "。": ".", "؟": "?", "؛": ";", "…": "…", "·": "·", "・": "·", "•": "·",
    "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "〜": "", "～": "", "ー": "", "ｰ": "", "ـ": "",
    "¿": "¿", "¡": "¡",
}  # fmt: skip
_PLAIN = {"đ": "d", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d", "ħ": "h"}
_ARABIC = str.maketrans(
    {"ى": "ي", "ی": "ي", "ې": "ي", "ک": "ك", "ڪ": "ك", "ة": "ه", "ۀ": "ه", "ە": "ه", "ھ": "ه", "ہ": "ه", "ٱ": "ا"}
)

# (first, last) of the scripts that are written without spaces between words, plus Hangul.
_UNSPACED = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1100, 0x11FF), (0x1780, 0x17FF), (0x2E80, 0x2FDF), (0x3005, 0x3007),
    (0x3041, 0x30FF), (0x3130, 0x318F), (0x31F0, 0x31FF), (0x3400, 0x9FFF), (0xA960, 0xA97F), (0xAC00, 0xD7FF),
    (0xF900, 0xFAFF), (0x20000, 0x3FFFF),
)  # fmt: skip
_HANGUL = ((0x1100, 0x11FF), (0x3130, 0x318F), (0xA960, 0xA97F), (0xAC00, 0xD7FF))


class Kind(StrEnum):
    WORD = "word"
    CHAR = "char"
    NUMBER = "number"
    SYMBOL = "symbol"


class Break(IntEnum):
    """How far a token stands from the one before it."""

    NONE = 0
    SPACE = 1
    COMMA = 2
    STOP = 3


class Token(NamedTuple):
    """`plain` has lost its accents, `exact` has kept them; `start` and `end` index the original text."""

    plain: str
    exact: str
    kind: Kind
    start: int
    end: int
    before: str
    gap: Break
    shouted: bool = False

    @property
    def glued(self) -> bool:
        """Written together with the token before it, or with only an apostrophe or hyphen between them."""
        return self.gap is Break.NONE and self.start > 0 and self.kind is not Kind.SYMBOL


def _within(char: str, ranges: Sequence[tuple[int, int]]) -> bool:
    point = ord(char)
    return any(first <= point <= last for first, last in ranges)


@lru_cache(maxsize=16384)
def _kind_of(char: str) -> Kind | None:
    category = unicodedata.category(char)
    if category == "Nd":
        return Kind.NUMBER
    if _within(char, _UNSPACED) and category[0] in "LMN":
        return Kind.CHAR
    if category[0] == "L" or category == "Mn" or category == "Mc":
        return Kind.WORD
    if category in ("So", "No", "Sk") and char != "°":
        return Kind.SYMBOL
    return None


@lru_cache(maxsize=16384)
def _is_hangul(char: str) -> bool:
    return _within(char, _HANGUL)


def _without_marks(exact: str) -> str:
    if "\u3041" <= exact[0] <= "\u30ff" or _is_hangul(exact[0]):
        return exact
    stripped = "".join(c for c in unicodedata.normalize("NFKD", exact) if unicodedata.category(c) != "Mn")
    return "".join(_PLAIN.get(c, c) for c in stripped) or exact


def _katakana_to_hiragana(char: str) -> str:
    return chr(ord(char) - 0x60) if "\u30a1" <= char <= "\u30f6" else char


class Normaliser:
    """Turns text into tokens. `equal_letters` are pairs such as "這这": the first is read as the second."""

    def __init__(self, equal_letters: Iterable[str] = ()) -> None:
        self._equal = {pair[0]: pair[1:] for pair in equal_letters}
        self._folded: dict[str, tuple[str, str]] = {}

    def tokens(self, text: str) -> tuple[Token, ...]:
        """The words, characters, numbers and symbols of the text, in order."""
        return tuple(self._ascii_tokens(text)) if text.isascii() else tuple(self._unicode_tokens(text))

    def words(self, text: str) -> tuple[str, ...]:
        """Only the plain forms, for lexicons."""
        return tuple(token.plain for token in self.tokens(text))

    def _fold(self, cluster: str) -> tuple[str, str]:
        known = self._folded.get(cluster)
        if known is None:
            known = self._fold_new(cluster)
            if len(self._folded) < 50_000:
                self._folded[cluster] = known
        return known

    def _fold_new(self, cluster: str) -> tuple[str, str]:
        base = cluster[0]
        if "\U0001f3fb" <= base <= "\U0001f3ff":
            return ("", "")  # skin tones
        if base in _KEPT:
            return (_KEPT[base], _KEPT[base])
        exact = unicodedata.normalize("NFKC", cluster).casefold().translate(_ARABIC)
        if unicodedata.category(base) in ("So", "No") and len(exact) > 1:
            return (base, base)  # the sign "No." is no "no", a quarter no 14
        exact = unicodedata.normalize("NFC", exact)
        exact = "".join(
            self._fold_letter(char)
            for char in exact
            if unicodedata.category(char) not in ("Cf", "Mn", "Me", "Cc", "Cs") or char in "\n\t\r"
        )
        return (exact, _without_marks(exact)) if exact else ("", "")

    def _fold_letter(self, char: str) -> str:
        if unicodedata.category(char) == "Nd" and not char.isascii():
            return str(unicodedata.digit(char))
        char = _katakana_to_hiragana(char)
        return self._equal.get(char, char)

    def _ascii_tokens(self, text: str) -> Iterable[Token]:
        lowered = text.lower()
        previous = 0
        for match in _ASCII_TOKEN.finditer(lowered):
            start, end = match.span()
            word = match.group()
            before = lowered[previous:start].replace("`", "'")
            kind = Kind.NUMBER if word[0].isdigit() else Kind.WORD
            shouted = kind is Kind.WORD and text[start:end].isupper()
            yield Token(word, word, kind, start, end, before, _gap(before, start == 0, kind), shouted)
            previous = end

    def _unicode_tokens(self, text: str) -> Iterable[Token]:
        before: list[str] = []
        run: list[tuple[str, str]] = []
        run_kind: Kind | None = None
        run_start = position = 0
        last = ""
        sign = False
        for match in _CLUSTER.finditer(text):
            cluster = match.group()
            exact, plain = self._fold(cluster)
            start, position = position, match.end()
            if not exact:
                continue
            kind = _kind_of(exact[0])
            by_itself = sign or _is_sign(cluster) or kind in (Kind.CHAR, Kind.SYMBOL)
            sign = _is_sign(cluster)
            if run and (kind is not run_kind or by_itself):
                yield _token(run, run_kind or Kind.WORD, text, run_start, start, "".join(before), last)
                last = run[-1][0][-1]
                before, run = [], []
            if kind is None:
                before.append(exact)
                continue
            if not run:
                run_start, run_kind = start, kind
            run.append((exact, plain))
        if run:
            yield _token(run, run_kind or Kind.WORD, text, run_start, position, "".join(before), last)


def _is_sign(cluster: str) -> bool:
    """A number in a circle or on a key: "①③" and "1️⃣3️⃣" are 1 and 3, not 13."""
    return "\u20e3" in cluster or "\u2460" <= cluster[0] <= "\u24ff" or "\u2776" <= cluster[0] <= "\u2793"


def _token(run: list[tuple[str, str]], kind: Kind, text: str, start: int, end: int, before: str, last: str) -> Token:
    exact = "".join(pair[0] for pair in run)
    plain = "".join(pair[1] for pair in run)
    gap = _gap(before, start == 0, kind)
    spaced_script = gap is Break.SPACE and kind is Kind.CHAR and last and _kind_of(last) is Kind.CHAR
    if kind is Kind.SYMBOL or (spaced_script and not (_is_hangul(exact[0]) or _is_hangul(last))):
        gap = max(gap, Break.COMMA)  # a space between Chinese characters, or an emoji, is that language's comma
    return Token(plain, exact, kind, start, end, before, gap, kind is Kind.WORD and text[start:end].strip().isupper())


def _gap(before: str, at_start: bool, kind: Kind) -> Break:
    if kind is Kind.NUMBER and before in (".", ",", "'"):
        return Break.NONE
    return _break_of(before, at_start)


@lru_cache(maxsize=4096)
def _break_of(before: str, at_start: bool) -> Break:
    if at_start:
        return Break.NONE
    mark = before.strip(" \t\u00a0\u3000")
    if not mark:
        return Break.SPACE if before else Break.NONE
    if "\n" in before or "\r" in before or any(c in mark for c in "!?;") or ("." in mark and ".." not in mark):
        return Break.STOP
    if mark in ("'", "-") and before == mark:
        return Break.NONE
    if mark in ("'", "-", "/", "*", '"', "°", "_", "+", "&"):
        return Break.SPACE if mark != "-" or before == mark else Break.COMMA
    return Break.COMMA


def collapsed(word: str) -> tuple[str, ...]:
    """Forms of a word with drawn-out letters: "feverrrr" gives "feverr" and "fever"."""
    twice = re.sub(r"(.)\1{2,}", r"\1\1", word)
    once = re.sub(r"(.)\1+", r"\1", word)
    return tuple(dict.fromkeys(form for form in (twice, once) if form != word))
