"""From the form of Twilio's webhook to the text it carries. Pure; parameters that we do not know are no fault."""

import re
from collections.abc import Mapping

from service.gateways.base import InboundText
from service.gateways.twilio_texts import decode_possible_base64, default_opt_out

OPT_OUT_TYPES = frozenset({"STOP", "START", "HELP"})

# As long as the column that holds it; Twilio's own have 34 characters.
PROVIDER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def provider_id(form: Mapping[str, str]) -> str | None:
    """The message's id at Twilio; None when it is missing or cannot be one."""
    given = form.get("MessageSid") or form.get("SmsMessageSid") or form.get("SmsSid") or ""
    return given if PROVIDER_ID.fullmatch(given) else None


def call_id(form: Mapping[str, str]) -> str | None:
    """The call's id at Twilio; None when it is missing or cannot be one."""
    given = form.get("CallSid", "")
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
    return default_opt_out(body) if carrier_answers_stop else None


def _count(given: str) -> int:
    return min(int(given), 99) if re.fullmatch(r"[0-9]{1,4}", given) else 0
