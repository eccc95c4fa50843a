"""Blood pressure as patients type it in answer to a question: two numbers, in mmHg (118/74) or in cmHg (12 por 8)."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

_NUMBER = re.compile(r"\d+(?:[.,]\d(?!\d))?")
_DATE = re.compile(r"\d+[/.-]\d+[/.-]\d+")
_LONGEST_JOINER, _LONGEST_JOINER_CM = 16, 8
"""Letters between the two numbers: "sobre", "su", "auf", "na", "、下が"; more is another sentence. Fewer where small
numbers might count something."""

_UPPER, _LOWER = (50, 280), (20, 200)
_UPPER_CM, _LOWER_CM = (6, 28), (3, 20)
"""Least and most, in mmHg and in the centimetres of Brazil, France and others: what a cuff may show."""


def read_systolic(text: str) -> int | None:
    """The upper value in mmHg, or None when the text holds no two numbers that can be a blood pressure.

    Which word joins them does not matter, so no language has to be known; of several pairs the closest is meant.
    """
    plain = "".join(str(unicodedata.digit(sign, sign)) for sign in unicodedata.normalize("NFKC", text))
    found = sorted(_pairs(plain), key=lambda pair: (not pair[0], pair[1]))
    return found[0][2] if found else None


def _pairs(text: str) -> Iterator[tuple[bool, int, int]]:
    """Of each two numbers that may be a pressure: does a slash join them, how far apart are they, the upper one."""
    numbers = list(_NUMBER.finditer(text))
    for first, second in pairwise(numbers):
        joiner = text[first.end() : second.start()]
        if len(joiner) > _LONGEST_JOINER or re.search(r"[!?\n]", joiner):
            continue
        upper, lower = float(first[0].replace(",", ".")), float(second[0].replace(",", "."))
        slash = joiner.strip() in ("/", "\\")
        if lower < upper and _within(upper, _UPPER) and _within(lower, _LOWER):
            yield slash, len(joiner), round(upper)
        elif lower < upper and _within(upper, _UPPER_CM) and _within(lower, _LOWER_CM):
            clock_or_date = ":" in joiner or _DATE.match(text, first.start())
            if len(joiner) <= _LONGEST_JOINER_CM and not clock_or_date:
                yield slash, len(joiner), round(upper * 10)


def _within(value: float, bounds: tuple[int, int]) -> bool:
    return bounds[0] <= value <= bounds[1]
