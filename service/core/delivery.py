"""A message's way out: its states, the moves allowed between them, and the outcomes that an attempt can have.

Two kinds of move exist. *Receipts* (callbacks, polls) repeat, overtake one another and come late, so they may only
raise a message's rank; any order of the same receipts ends in the same state. *Our own* moves (claim, queue again,
withdraw) are listed in `OWN_MOVES`. Both are meant for the WHERE of an UPDATE: zero rows is an answer, not an error.
What to do about an outcome is decided in `service.core.retries`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, StrEnum


class Lane(IntEnum):
    """Priority of an outbound message: the lowest number is sent first."""

    PAGE = 0
    SAFETY = 1
    REPLY = 2
    CHECKIN = 3


class State(StrEnum):
    """Where an outbound message is, in order of rank.

    ACCEPTED: the provider has it. SENT: a carrier has it, often the last word. FAILED never left; UNDELIVERED left
    and was refused; EXPIRED outlived its use before it could be sent.
    """

    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    SENT = "sent"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    FAILED = "failed"
    UNDELIVERED = "undelivered"
    DELIVERED = "delivered"
    READ = "read"


RANK: Mapping[State, int] = {state: rank for rank, state in enumerate(State)}

ARRIVED = frozenset({State.DELIVERED, State.READ})
LOST = frozenset({State.EXPIRED, State.CANCELLED, State.FAILED, State.UNDELIVERED})
FINAL = ARRIVED | LOST

OWN_MOVES: Mapping[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.SENDING, State.UNKNOWN, State.FAILED, State.UNDELIVERED}),
    State.SENDING: frozenset({State.QUEUED}),
    State.UNKNOWN: frozenset({State.SENDING}),
    State.FAILED: frozenset({State.QUEUED, State.SENDING, State.UNKNOWN}),
    State.EXPIRED: frozenset({State.QUEUED, State.SENDING, State.UNKNOWN}),
    State.CANCELLED: frozenset({State.QUEUED}),
}
"""Target state -> the states that we may move to it from. News from the provider, an `Accepted` among it, follows
`states_before` instead."""


def states_before(reported: State) -> frozenset[State]:
    """The states that a receipt saying `reported` may replace: those of lower rank."""
    return frozenset(state for state in State if RANK[state] < RANK[reported])


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the provider says of one attempt. `state` is None for a status word that we do not know."""

    provider_id: str
    state: State | None
    code: int | None = None


def receive(state: State, provider_id: str | None, receipt: Receipt, earlier_ids: Collection[str] = ()) -> State | None:
    """The state a message takes by a receipt, or None when the receipt changes nothing.

    `provider_id` is that of the live attempt, None while it is not known (a callback may overtake the answer to the
    POST). `earlier_ids` belong to attempts already given up: of these only an arrival still counts, since it makes
    the repeat unnecessary.
    """
    reported = receipt.state
    if reported is None or state not in states_before(reported):
        return None
    is_earlier = receipt.provider_id in earlier_ids or provider_id not in (None, receipt.provider_id)
    if is_earlier and reported not in ARRIVED:
        return None
    return reported


class Cause(StrEnum):
    """Why a message did not go through, in terms of what someone must do about it."""

    OFFLINE = "offline"
    CONGESTED = "congested"
    QUOTA = "quota"
    LOOP = "loop"
    CREDENTIALS = "credentials"
    SENDER = "sender"
    ROUTE = "route"
    OPTED_OUT = "opted_out"
    INVALID_ADDRESS = "invalid_address"
    UNREACHABLE = "unreachable"
    BLOCKED = "blocked"
    PAUSED = "paused"
    UNCLEAR = "unclear"
    UNCONFIRMED = "unconfirmed"
    EXPIRED = "expired"
    MISSING_PART = "missing_part"
    WRONG_CHANNEL = "wrong_channel"
    PROGRAM_ERROR = "program_error"
    UNLISTED = "unlisted"


class Tell(StrEnum):
    """Who has to know. STAFF look after the patient, OPERATORS after the service."""

    STAFF = "staff"
    OPERATORS = "operators"


class Scope(StrEnum):
    """How much of the queue is held: all of it, or what goes out by the same sender."""

    ACCOUNT = "account"
    SENDER = "sender"


@dataclass(frozen=True, slots=True)
class Remedy:
    """What a cause calls for. `delays` are the waits before each repeat; `endless` repeats until it expires."""

    tell: frozenset[Tell]
    delays: tuple[timedelta, ...] = ()
    endless: bool = False
    hold: Scope | None = None


_STAFF = frozenset({Tell.STAFF})
_OPERATORS = frozenset({Tell.OPERATORS})
_BOTH = _STAFF | _OPERATORS

REMEDIES: Mapping[Cause, Remedy] = {
    Cause.OFFLINE: Remedy(_BOTH, endless=True),
    Cause.CONGESTED: Remedy(_BOTH, endless=True),
    Cause.QUOTA: Remedy(_BOTH),
    # The provider lifts its loop guard after 30 s; a second hit means that we really are in a loop.
    Cause.LOOP: Remedy(_BOTH, delays=(timedelta(seconds=40),)),
    Cause.CREDENTIALS: Remedy(_OPERATORS, hold=Scope.ACCOUNT),
    Cause.SENDER: Remedy(_OPERATORS, hold=Scope.SENDER),
    Cause.ROUTE: Remedy(_BOTH),
    Cause.OPTED_OUT: Remedy(_STAFF),
    Cause.INVALID_ADDRESS: Remedy(_STAFF),
    Cause.UNREACHABLE: Remedy(_STAFF, delays=(timedelta(minutes=2), timedelta(minutes=10))),
    Cause.BLOCKED: Remedy(_BOTH),
    # Fraud protection blocks a destination for 15 to 30 minutes.
    Cause.PAUSED: Remedy(_BOTH, delays=(timedelta(minutes=31),)),
    Cause.UNCLEAR: Remedy(_STAFF, delays=(timedelta(minutes=1),)),
    Cause.UNCONFIRMED: Remedy(_STAFF),
    Cause.EXPIRED: Remedy(_STAFF),
    Cause.MISSING_PART: Remedy(_STAFF),
    Cause.WRONG_CHANNEL: Remedy(_BOTH),
    Cause.PROGRAM_ERROR: Remedy(_BOTH),
    Cause.UNLISTED: Remedy(_BOTH),
}


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has the message. `state` is ACCEPTED, or further along if it already knew more."""

    provider_id: str
    state: State = State.ACCEPTED


@dataclass(frozen=True, slots=True)
class Transient:
    """Certainly not delivered; worth another try. `reason` is fit for logs: no number, no body."""

    code: int | None
    reason: str
    retry_after: timedelta | None = None
    cause: Cause = Cause.CONGESTED


@dataclass(frozen=True, slots=True)
class Permanent:
    """Certainly not delivered, and the same attempt will not fare better until someone acts on `cause`."""

    code: int | None
    reason: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class Unknown:
    """The attempt may or may not have reached the provider."""

    reason: str


Outcome = Accepted | Transient | Permanent | Unknown
