"""What to do after each attempt to send: wait for the receipt, try again, look it up, hold the queue, or give up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.core.delivery import (
    REMEDIES,
    Accepted,
    Cause,
    Lane,
    Outcome,
    Permanent,
    Scope,
    State,
    Tell,
    Transient,
    Unknown,
)


@dataclass(frozen=True, slots=True)
class Await:
    """The provider has it: set `state`, and poll at `look_at` unless a final receipt has come by then."""

    state: State
    look_at: datetime


@dataclass(frozen=True, slots=True)
class Retry:
    """Queue again for `at`. `may_duplicate` marks a page sent again because its outcome is unknown."""

    at: datetime
    cause: Cause
    reason: str
    may_duplicate: bool = False
    state: State = State.QUEUED


@dataclass(frozen=True, slots=True)
class LookUp:
    """Outcome unknown: leave it UNKNOWN, and at `at` ask the provider whether it has the message."""

    at: datetime
    reason: str
    state: State = State.UNKNOWN


@dataclass(frozen=True, slots=True)
class Hold:
    """Not this message's fault: queue it again and send nothing in `scope` before `until`, when one is tried anew.

    For a page the caller must use another channel at once.
    """

    scope: Scope
    until: datetime
    cause: Cause
    reason: str
    state: State = State.QUEUED


@dataclass(frozen=True, slots=True)
class GiveUp:
    """It will not get through (or, for UNCONFIRMED, nobody can tell). Someone must be told: see `tell`."""

    state: State
    cause: Cause
    reason: str

    @property
    def tell(self) -> frozenset[Tell]:
        """Who has to know. Never empty."""
        return REMEDIES[self.cause].tell


Decision = Await | Retry | LookUp | Hold | GiveUp

LIFETIMES: Mapping[Lane, timedelta] = {
    # By then the escalation policy has paged the next person; an older page would only confuse.
    Lane.PAGE: timedelta(minutes=10),
    Lane.SAFETY: timedelta(hours=4),
    Lane.REPLY: timedelta(hours=2),
    Lane.CHECKIN: timedelta(hours=4),
}
"""How long after it was queued a message is still of use."""

LOOKUP_AFTER = timedelta(seconds=60)
"""The provider itself gives up on a request after about 30 s, so a minute later its list tells the truth."""

LOOKUP_UNTIL = timedelta(minutes=5)
HOLD_FOR = timedelta(seconds=60)
PAGE_RESEND_AFTER = timedelta(seconds=15)
_PAGE_LOOKS = (timedelta(minutes=1), timedelta(minutes=5))
_LOOKS = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
_BACKOFF_FIRST = timedelta(seconds=2)
_BACKOFF_MOST = timedelta(minutes=5)
_BACKOFF_MOST_PAGE = timedelta(seconds=30)


def decide(
    outcome: Outcome,
    *,
    attempts: int,
    is_page: bool,
    now: datetime,
    expires_at: datetime,
    jitter: float,
    is_call: bool = False,
) -> Decision:
    """What to do after attempt number `attempts` (the first is 1) ended in `outcome`, or its receipt in a failure.

    `jitter` is a random number from 0 to 1 that spreads repeats out. A page is sent again when its outcome is unknown,
    because silence costs more than a duplicate; but where it is a call the provider is asked first, since a second
    call to somebody who is on the first finds the line busy. Any other text is only looked up, because a patient is
    texted once.
    """
    match outcome:
        case Accepted(state=state):
            return Await(state, now + (_PAGE_LOOKS if is_page else _LOOKS)[0])
        case Unknown(reason=reason):
            if not is_page or is_call:
                return LookUp(now + (PAGE_RESEND_AFTER if is_call else LOOKUP_AFTER), reason)
            at = now + max(PAGE_RESEND_AFTER, _backoff(attempts, is_page, jitter))
            return _retry_or_expire(at, Cause.UNCONFIRMED, reason, expires_at, may_duplicate=True)
        case Transient(cause=cause, reason=reason, retry_after=retry_after):
            return _try_again(cause, reason, retry_after, attempts, is_page, now, expires_at, jitter)
        case Permanent(cause=cause, reason=reason):
            return _try_again(cause, reason, None, attempts, is_page, now, expires_at, jitter)


def not_found(
    *, unknown_since: datetime, is_safety: bool, now: datetime, is_call: bool = False
) -> LookUp | Retry | GiveUp:
    """What to do when the provider's list does not hold a text of unknown outcome: look again, then tell staff.

    Advice to a patient in danger is sent once more as soon as the list does not hold it: it is the one text that must
    not be missing, and minutes count. So is a call.
    """
    if is_call or is_safety:
        return Retry(now, Cause.UNCONFIRMED, "the provider does not know of it", may_duplicate=True)
    if now - unknown_since < LOOKUP_UNTIL:
        return LookUp(now + LOOKUP_AFTER, "not found at the provider yet")
    return GiveUp(State.FAILED, Cause.UNCONFIRMED, "the provider never showed the message; it was not sent again")


def next_look(*, is_page: bool, accepted_at: datetime, now: datetime) -> datetime | None:
    """When to poll next for a final state that has not come; None when no more is to be expected."""
    looks = _PAGE_LOOKS if is_page else _LOOKS
    return next((accepted_at + wait for wait in looks if accepted_at + wait > now), None)


def expires_at(lane: Lane, queued_at: datetime) -> datetime:
    """When a message of this lane is no longer worth sending."""
    return queued_at + LIFETIMES[lane]


def validity_seconds(now: datetime, expires_at: datetime) -> int:
    """How long the provider may keep it in its own queue: what is left of its life, within 6 s and 10 h."""
    return max(6, min(36_000, int((expires_at - now).total_seconds())))


def _try_again(
    cause: Cause,
    reason: str,
    retry_after: timedelta | None,
    attempts: int,
    is_page: bool,
    now: datetime,
    expires_at: datetime,
    jitter: float,
) -> Decision:
    remedy = REMEDIES[cause]
    if remedy.hold is not None and now < expires_at:
        return Hold(remedy.hold, now + HOLD_FOR, cause, reason)
    wait = _backoff(attempts, is_page, jitter)
    if is_page and cause is Cause.UNCONFIRMED:
        return _retry_or_expire(now + wait, cause, reason, expires_at, may_duplicate=True)
    if not remedy.endless:
        if attempts > len(remedy.delays):
            return GiveUp(State.FAILED, cause, reason)
        wait = remedy.delays[attempts - 1]
    return _retry_or_expire(now + max(wait, retry_after or wait), cause, reason, expires_at)


def _retry_or_expire(
    at: datetime, cause: Cause, reason: str, expires_at: datetime, *, may_duplicate: bool = False
) -> Retry | GiveUp:
    if at >= expires_at:
        return GiveUp(State.EXPIRED, cause, reason)
    return Retry(at, cause, reason, may_duplicate)


def _backoff(attempts: int, is_page: bool, jitter: float) -> timedelta:
    """Doubles from 2 s to its limit; the upper half of each wait is random, so that workers do not march in step."""
    most = _BACKOFF_MOST_PAGE if is_page else _BACKOFF_MOST
    doublings: int = 2 ** min(attempts - 1, 10)
    return min(_BACKOFF_FIRST * doublings, most) * (0.5 + jitter / 2)
