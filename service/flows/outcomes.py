"""What an attempt, or news of one, does to a message: the moves of its state and what must follow from each."""

import random
from datetime import datetime

import structlog

from service.core import retries, twilio_codes
from service.core.delivery import (
    ARRIVED,
    FINAL,
    OWN_MOVES,
    Accepted,
    Cause,
    Lane,
    Outcome,
    State,
    Unknown,
    receive,
    states_before,
)
from service.core.delivery import Receipt as ProviderReceipt
from service.core.retries import Await, Decision, GiveUp, Hold, LookUp, Retry
from service.flows import holds, losses
from service.flows.calling import CHANNEL as CALL
from service.flows.services import Services
from service.store import messages
from service.store.messages import Acceptance, Attempt, Message
from service.store.uow import UnitOfWork

log = structlog.get_logger()

# Of these the provider can be asked again; a mail server cannot.
TRACEABLE = frozenset({"sms", CALL})


def record_outcome(services: Services, message_id: int, attempt_id: int, outcome: Outcome, now: datetime) -> bool:
    """Write down how an attempt ended and what follows from it. A receipt that came first is not overwritten."""
    with services.work() as work:
        message = messages.for_update(work.session, message_id)
        attempt = work.session.get_one(Attempt, attempt_id, populate_existing=True)
        if message is None:
            return False
        record(work, services, message, attempt, outcome, now)
        work.commit()
    return True


def record(
    work: UnitOfWork, services: Services, message: Message, attempt: Attempt, outcome: Outcome, now: datetime
) -> None:
    """`record_outcome` within a transaction that holds the message."""
    given_up = attempt.ended_at is not None
    if given_up and not isinstance(outcome, Accepted):
        # Taken for dead and dealt with: only that it was accepted after all is still news.
        return
    attempt.ended_at = now
    attempt.outcome = type(outcome).__name__.lower()
    if isinstance(outcome, Accepted):
        attempt.provider_id = outcome.provider_id
        message.provider_id = message.provider_id or outcome.provider_id
    elif not isinstance(outcome, Unknown):
        attempt.code = message.error_code = str(outcome.code) if outcome.code is not None else None
    follow(work, services, message, decide(message, outcome, now), now)


def acceptance(message: Message, attempt_id: int, outcome: Accepted, now: datetime) -> Acceptance:
    """What `record` would write down of the smoothest of outcomes, to be written together with others."""
    decision = decide(message, outcome, now)
    is_watched = isinstance(decision, Await) and outcome.state not in FINAL and message.channel in TRACEABLE
    look_at = decision.look_at if isinstance(decision, Await) and is_watched else None
    return Acceptance(message.id, attempt_id, outcome.provider_id, outcome.state, look_at)


def decide(message: Message, outcome: Outcome, now: datetime) -> Decision:
    return retries.decide(
        outcome,
        attempts=message.attempts,
        is_page=message.lane == Lane.PAGE,
        is_call=message.channel == CALL,
        now=now,
        expires_at=message.expires_at or now,
        jitter=random.random(),
    )


def follow(work: UnitOfWork, services: Services, message: Message, decision: Decision, now: datetime) -> None:
    match decision:
        case Await(state=state, look_at=look_at):
            # A receipt that overtook this answer has moved the message further already, and stays.
            if move(message, state, states_before(state)) and state not in FINAL and message.channel in TRACEABLE:
                message.look_at = look_at
        case Retry(at=at):
            _queue_again(message, at)
        case Hold(until=at):
            _queue_again(message, at)
            holds.begin(work, services, message, decision, now)
        case LookUp(at=at):
            if move(message, State.UNKNOWN):
                message.look_at = at
        case GiveUp(state=state, cause=cause, reason=reason):
            if move(message, state):
                log.warning("message lost", action="send", message=message.id, cause=cause, reason=reason)
                losses.lost(work, services, message, cause, now)


def _queue_again(message: Message, at: datetime) -> None:
    if move(message, State.QUEUED):
        message.due_at = at
        message.provider_id = None


def move(message: Message, to: State, allowed: frozenset[State] | None = None) -> bool:
    """Take a move, one of our own unless told otherwise, if the message is still where that is allowed from.

    The caller holds the row's lock and has read it since, so that what is looked at here is what is there.
    """
    if message.state not in (allowed or OWN_MOVES[to]):
        return False
    message.state = to
    message.lease_until = message.look_at = None
    return True


def apply_receipt(
    work: UnitOfWork, services: Services, message: Message, found: ProviderReceipt, now: datetime
) -> None:
    """News from the provider, in whatever order it comes: it moves the message only forward."""
    attempts = messages.attempts_of(work.session, message.id)
    earlier = {attempt.provider_id for attempt in attempts[:-1] if attempt.provider_id}
    state = receive(State(message.state), message.provider_id, found, earlier)
    if state is None:
        return
    message.state = state
    message.provider_id = message.provider_id or found.provider_id
    message.lease_until = None
    if found.code is not None:
        message.error_code = str(found.code)
    if state in ARRIVED:
        message.look_at = None
    elif state in FINAL:
        message.look_at = None
        _after_failure(work, services, message, found.code, now)


def _after_failure(work: UnitOfWork, services: Services, message: Message, code: int | None, now: datetime) -> None:
    """The carrier could not deliver it: try again where the code says that this helps, else somebody is told."""
    decision = decide(message, twilio_codes.outcome_of_code(code), now)
    if isinstance(decision, Retry) and message.channel == "sms":
        # Not one of OWN_MOVES: only a failed receipt brings a message back to the queue.
        message.state = State.QUEUED
        message.due_at = decision.at
        message.provider_id = None
        return
    if isinstance(decision, Hold):
        holds.begin(work, services, message, decision, now)
    cause = decision.cause if isinstance(decision, GiveUp | Hold) else Cause.UNLISTED
    losses.lost(work, services, message, cause, now)
