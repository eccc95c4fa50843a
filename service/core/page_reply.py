"""What staff text back to a page: the code of an alert, then DONE in their language and what was done."""

import re
import unicodedata
from collections.abc import Iterable

_BETWEEN = frozenset({"Zs", "Cc", "Cf", "Po", "Pd"})
"""Categories of what may stand between code, word and outcome: spaces, full stops, commas, colons, dashes."""


def without_name(text: str, name: str) -> str | None:
    """What a text says besides the code or case number `name`; None when it does not hold it.

    Digits of any script and width count; letters of other scripts may be written right beside it ("1234완료"). A code
    inside a longer number, such as a phone's, is none.
    """
    if name.isdigit():
        pattern = rf"(?<!\d)(?<!\d-){re.escape(name)}(?!\d)(?!-\d)"
    else:
        pattern = rf"(?<![A-Z0-9]){re.escape(name)}(?![A-Z0-9])"
    found = re.search(pattern, _typed(text), re.IGNORECASE)
    if found is None:
        return None
    return f"{text[: found.start()].rstrip(' #')} {_trimmed(text[found.end() :])}".strip()


def outcome_in(rest: str, done_words: Iterable[str]) -> str | None:
    """What was done, when the text begins with DONE in any language and says something after it.

    `done_words` are case-folded. In scripts without spaces the outcome may follow the word at once.
    """
    said = _trimmed(rest)
    for word in sorted(done_words, key=len, reverse=True):
        if said[: len(word)].casefold() != word or _goes_on(word, said[len(word) : len(word) + 1]):
            continue
        return _trimmed(said[len(word) :]) or None
    return None


def _typed(text: str) -> str:
    """Letter for letter, digits and full-width letters as plain ones; as long as the text."""
    return "".join(_plain_sign(sign) for sign in text)


def _plain_sign(sign: str) -> str:
    digit = unicodedata.digit(sign, None) if unicodedata.category(sign) == "Nd" else None
    folded = unicodedata.normalize("NFKC", sign)
    return str(digit) if digit is not None else folded if len(folded) == 1 else sign


def _trimmed(text: str) -> str:
    start = next((at for at, sign in enumerate(text) if unicodedata.category(sign) not in _BETWEEN), len(text))
    return text[start:].rstrip()


def _goes_on(word: str, after: str) -> bool:
    """Whether a letter makes a longer word of it: "done" in "donegal", but not 完了 in 完了熱."""
    unspaced = unicodedata.name(word[-1], "").startswith(("CJK", "HIRAGANA", "KATAKANA", "HANGUL"))
    return after.isalnum() and not unspaced
