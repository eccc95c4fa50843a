"""What Twilio's status words and error codes mean to us.

Twilio asks not to program against error codes, since they may change: a code that is not listed here becomes
Cause.UNLISTED, which tells people, and never a crash. Sources: Twilio's error pages and OpenAPI description.
"""

from collections.abc import Mapping
from types import MappingProxyType

from service.core.delivery import REMEDIES, Cause, Outcome, Permanent, Receipt, State, Transient, Unknown

STATES: Mapping[str, State] = MappingProxyType(
    {
        "accepted": State.ACCEPTED,
        "scheduled": State.ACCEPTED,
        "queued": State.ACCEPTED,
        "sending": State.ACCEPTED,
        "sent": State.SENT,
        "delivered": State.DELIVERED,
        "partially_delivered": State.SENT,
        "read": State.READ,
        "undelivered": State.UNDELIVERED,
        "failed": State.FAILED,
        "canceled": State.CANCELLED,
    }
)

CALL_STATES: Mapping[str, State] = MappingProxyType(
    {
        "queued": State.ACCEPTED,
        "initiated": State.ACCEPTED,
        "ringing": State.ACCEPTED,
        "in-progress": State.SENT,
        "answered": State.SENT,
        "completed": State.DELIVERED,
        "busy": State.UNDELIVERED,
        "no-answer": State.UNDELIVERED,
        "failed": State.UNDELIVERED,
        "canceled": State.UNDELIVERED,
    }
)

CODES: Mapping[int, tuple[Cause, str]] = MappingProxyType(
    {
        14107: (Cause.LOOP, "too many replies to one number in 30 seconds"),
        20003: (Cause.CREDENTIALS, "the credentials were refused"),
        20403: (Cause.CREDENTIALS, "the credentials may not do this"),
        20404: (Cause.CREDENTIALS, "the account or the messaging service does not exist"),
        20429: (Cause.CONGESTED, "too many requests at once"),
        21211: (Cause.INVALID_ADDRESS, "the number is not valid"),
        21212: (Cause.SENDER, "the sender's number is not valid"),
        21268: (Cause.INVALID_ADDRESS, "the number cannot be texted"),
        21408: (Cause.ROUTE, "texts to this country are not permitted for the account"),
        21602: (Cause.PROGRAM_ERROR, "the text is empty"),
        21603: (Cause.SENDER, "no sender was given"),
        21606: (Cause.SENDER, "the sender cannot send texts"),
        21608: (Cause.ROUTE, "a trial account may text verified numbers only"),
        21610: (Cause.OPTED_OUT, "the recipient has opted out"),
        21611: (Cause.CONGESTED, "the sender's queue is full"),
        21612: (Cause.ROUTE, "no route from this sender to this number"),
        21614: (Cause.INVALID_ADDRESS, "not a mobile number"),
        21617: (Cause.PROGRAM_ERROR, "the text is longer than 1600 characters"),
        21635: (Cause.INVALID_ADDRESS, "a landline"),
        21656: (Cause.PROGRAM_ERROR, "the template variables are wrong"),
        21703: (Cause.SENDER, "the messaging service has no sender"),
        21705: (Cause.SENDER, "the messaging service does not exist"),
        30001: (Cause.CONGESTED, "the sender's queue overflowed"),
        30002: (Cause.CREDENTIALS, "the account is suspended"),
        30003: (Cause.UNREACHABLE, "the phone is off or out of reach"),
        30004: (Cause.BLOCKED, "blocked by the recipient or the carrier"),
        30005: (Cause.INVALID_ADDRESS, "the number does not exist"),
        30006: (Cause.INVALID_ADDRESS, "a landline or an unreachable carrier"),
        30007: (Cause.BLOCKED, "filtered by the carrier"),
        30008: (Cause.UNCLEAR, "not delivered, and the carrier does not say why"),
        30009: (Cause.MISSING_PART, "part of a long text never arrived"),
        30017: (Cause.CONGESTED, "the carrier is congested"),
        30022: (Cause.CONGESTED, "the sender's rate limit was exceeded"),
        30023: (Cause.QUOTA, "the sender's limit for the day is used up"),
        30024: (Cause.SENDER, "the sender is not provisioned at the carrier"),
        30032: (Cause.SENDER, "the toll-free sender is not verified"),
        30033: (Cause.SENDER, "the sender's campaign is suspended"),
        30034: (Cause.SENDER, "the sender is not registered"),
        30035: (Cause.SENDER, "the sender's registration is pending"),
        30036: (Cause.EXPIRED, "it waited in the provider's queue beyond its validity"),
        30410: (Cause.UNCONFIRMED, "the carrier timed out; it may have been delivered"),
        30450: (Cause.PAUSED, "held back by fraud protection"),
        63003: (Cause.WRONG_CHANNEL, "not reachable on this channel"),
        63016: (Cause.WRONG_CHANNEL, "outside the channel's window for free text"),
        63018: (Cause.CONGESTED, "the channel's rate limit was exceeded"),
        63024: (Cause.WRONG_CHANNEL, "not reachable on this channel"),
        63028: (Cause.PROGRAM_ERROR, "the template variables are wrong"),
        63032: (Cause.WRONG_CHANNEL, "the channel cannot reach this recipient"),
        63036: (Cause.WRONG_CHANNEL, "the channel cannot reach this phone"),
    }
)


def receipt(provider_id: str, status: str, code: int | None = None) -> Receipt:
    """A callback or a polled message in our terms. An unknown status word gives a receipt that changes nothing."""
    return Receipt(provider_id, STATES.get(status.strip().lower()), code)


def call_receipt(provider_id: str, status: str) -> Receipt:
    """What became of a call, in our terms. DELIVERED means that it was answered and is over, by whomever."""
    return Receipt(provider_id, CALL_STATES.get(status.strip().lower()))


def read_code(text: str | None) -> int | None:
    """The ErrorCode of a callback, which may be missing, empty or not a number; 0 means none."""
    text = (text or "").strip()
    return int(text) or None if text.isascii() and text.isdecimal() else None


def lacks_part(code: int | None) -> bool:
    """Whether an inbound text with this code is not all that was written."""
    return CODES.get(code or 0, (None,))[0] is Cause.MISSING_PART


def outcome_of_code(code: int | None) -> Outcome:
    """What a refusal with this code amounts to, be it in the answer to a POST or in a later receipt."""
    if code is not None and 20500 <= code < 20600:
        return Unknown(f"Twilio {code}: the provider failed while it handled the request")
    cause, meaning = CODES.get(code or 0, (Cause.UNLISTED, "not a listed error"))
    reason = f"Twilio {code}: {meaning}" if code else "refused without an error code"
    remedy = REMEDIES[cause]
    if remedy.endless or remedy.delays:
        return Transient(code, reason, cause=cause)
    return Permanent(code, reason, cause)
