"""What Twilio does to a text before we get it, whether it calls us or we ask: undone, or made plain."""

import base64
import binascii
import re
import unicodedata

# What Twilio takes for STOP where no Advanced Opt-Out is set up: the whole body, in any case.
DEFAULT_STOP_WORDS = frozenset("STOP STOPALL UNSUBSCRIBE CANCEL END QUIT".split())

SHORTEST_ENCODED = 60
BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")


def default_opt_out(body: str) -> str | None:
    """STOP when Twilio takes this for a stop word, and so has answered it and blocks our texts from then on."""
    return "STOP" if body.strip().upper() in DEFAULT_STOP_WORDS else None


def decode_possible_base64(body: str) -> str:
    """Undo what some carriers do to a long text: it arrives as an MMS whose body is base64.

    Nothing that a person types is changed: only 60 characters and more of nothing but base64 are tried, and only what
    comes out as text in UTF-8 is taken.
    """
    packed = body.replace("\r", "").replace("\n", "").strip()
    if len(packed) < SHORTEST_ENCODED or len(packed) % 4 or not BASE64.fullmatch(packed):
        return body
    try:
        decoded = base64.b64decode(packed, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return body
    return decoded if all(_is_text(char) for char in decoded) else body


def _is_text(char: str) -> bool:
    return char in "\r\n\t" or unicodedata.category(char) not in ("Cc", "Co", "Cn")
