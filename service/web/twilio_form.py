"""From the form of Twilio's webhook to the text it carries. Pure; parameters that we do not know are no fault."""

import base64
import binascii
import re
import unicodedata
from collections.abc import Mapping

from service.flows.inbound import InboundText

# What Twilio takes for STOP where no Advanced Opt-Out is set up: the whole body, in any case.
DEFAULT_STOP_WORDS = frozenset("STOP STOPALL UNSUBSCRIBE CANCEL END QUIT".split())
OPT_OUT_TYPES = frozenset({"STOP", "START", "HELP"})

# As long as the column that holds it; Twilio's own have 34 characters.
PROVIDER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

SHORTEST_ENCODED = 60
BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")


def provider_id(form: Mapping[str, str]) -> str | None:
    """The message's id at Twilio; None when it is missing or cannot be one."""
    given = form.get("MessageSid") or form.get("SmsMessageSid") or form.get("SmsSid") or ""
    return given if PROVIDER_ID.fullmatch(given) else None


def inbound_text(form: Mapping[str, str], *, carrier_answers_stop: bool) -> InboundText | None:
    """The text; None without id or sender. The sender is taken as it is: not every channel has phone numbers.

    `carrier_answers_stop`: the carrier itself answers a bare stop word and blocks our texts from then on.
    """
    sid, sender = provider_id(form), form.get("From", "")
    if sid is None or not sender:
        return None
    body = decode_possible_base64(form.get("Body", ""))
    return InboundText(
        provider_id=sid,
        phone=sender,
        body=body,
        media=_count(form.get("NumMedia", "")),
        carrier_opt_out=_opt_out(form.get("OptOutType", ""), body, carrier_answers_stop),
    )


def _opt_out(kind: str, body: str, carrier_answers_stop: bool) -> str | None:
    if kind.upper() in OPT_OUT_TYPES:
        return kind.upper()
    return "STOP" if carrier_answers_stop and body.strip().upper() in DEFAULT_STOP_WORDS else None


def _count(given: str) -> int:
    return min(int(given), 99) if re.fullmatch(r"[0-9]{1,4}", given) else 0


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
