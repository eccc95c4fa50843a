"""Blood pressure as patients type it: two numbers such as 118/74."""

import re
import unicodedata

_PAIR = re.compile(r"(?<!\d)(\d{2,3})\s*(?:/|\\|:|,|-|\s|over)\s*(\d{2,3})(?!\d)", re.IGNORECASE)
_LOWEST, _HIGHEST = 50, 280


def read_systolic(text: str) -> int | None:
    """The upper value in mmHg, or None when the text holds no two numbers that can be a blood pressure."""
    plain = "".join(str(unicodedata.digit(sign, sign)) for sign in unicodedata.normalize("NFKC", text))
    for pair in _PAIR.finditer(plain):
        upper, lower = int(pair[1]), int(pair[2])
        if _LOWEST <= upper <= _HIGHEST and lower < upper:
            return upper
    return None
