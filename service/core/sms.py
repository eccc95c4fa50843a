"""How a text travels as SMS: its encoding, how many parts it costs, and what characters it can carry.

Source: 3GPP TS 23.038 (GSM 7-bit default alphabet and its extension table) and TS 23.040 (6 octets of header in each
part of a longer text). Counts agree with Twilio's published segment calculator; national shift tables are not used.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

GSM_DEFAULT = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("\f^{}\\[~]|€")
"""Characters that cost two septets: an escape and a code."""

MAX_CHARACTERS = 1600
"""The longest text that the provider takes."""

_ZERO_WIDTH_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_REGIONAL_INDICATORS = range(0x1F1E6, 0x1F200)


class Encoding(StrEnum):
    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


_SINGLE = {Encoding.GSM7: 160, Encoding.UCS2: 70}
_PART = {Encoding.GSM7: 153, Encoding.UCS2: 67}


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text costs. `units` are septets in GSM-7 and UTF-16 code units in UCS-2; an empty text has no parts."""

    encoding: Encoding
    units: int
    parts: int


def segments(text: str) -> Segments:
    """The cost of `text`. No part ends inside an escape pair, a surrogate pair, or an emoji built of several."""
    is_gsm = GSM_DEFAULT.issuperset(set(text) - GSM_EXTENSION)
    encoding = Encoding.GSM7 if is_gsm else Encoding.UCS2
    sizes = [1 + (char in GSM_EXTENSION) for char in text] if is_gsm else [_utf16(one) for one in _clusters(text)]
    units = sum(sizes)
    if units <= _SINGLE[encoding]:
        return Segments(encoding, units, min(units, 1))
    return Segments(encoding, units, _parts_needed(sizes, _PART[encoding]))


def clean(text: str) -> str:
    """`text` without what SMS, the provider or a database cannot carry.

    Control characters and lone surrogates go (a lone surrogate cannot even be sent as UTF-8). Line ends become LF and
    a tab a space, since a tab would cost the whole text its GSM-7 encoding.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(char for char in text if char == "\n" or unicodedata.category(char) not in ("Cc", "Cs"))


def _parts_needed(sizes: list[int], room: int) -> int:
    parts, used = 1, 0
    for size in sizes:
        # Only a cluster longer than a whole part is ever torn apart.
        if used + size > room and size <= room:
            parts, used = parts + 1, 0
        used += size
        while used > room:
            parts, used = parts + 1, used - room
    return parts


def _utf16(text: str) -> int:
    return len(text) + sum(ord(char) > 0xFFFF for char in text)


def _clusters(text: str) -> Iterator[str]:
    """What a reader sees as one character: marks, skin tones, joined emoji and flags stay with what they belong to."""
    cluster = ""
    for char in text:
        if cluster and not _continues(cluster, char):
            yield cluster
            cluster = ""
        cluster += char
    if cluster:
        yield cluster


def _continues(cluster: str, char: str) -> bool:
    if char == _ZERO_WIDTH_JOINER or ord(char) in _SKIN_TONES or unicodedata.category(char) in ("Mn", "Me", "Mc"):
        return True
    if cluster[-1] == _ZERO_WIDTH_JOINER:
        return unicodedata.category(char) == "So"
    return len(cluster) == 1 and ord(cluster) in _REGIONAL_INDICATORS and ord(char) in _REGIONAL_INDICATORS
