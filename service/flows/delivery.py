"""Handing queued messages to the gateway and learning what became of them.

An attempt is written down and committed before the gateway is called, and no transaction is open during the call. A
worker that dies leaves messages `sending` until their lease runs out. Those without an open attempt were never handed
over and go back to the queue; of one with an open attempt nobody knows whether it went: a patient is texted once, so it
is looked up; a page is sent again, because silence costs more than a duplicate.
"""

import random
from datetime import datetime, timedelta

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
from service.flows import losses
from service.flows.running import BATCH, Tally, each
from service.flows.services import Services
from service.gateways.base import OutboundText
from service.store import alerts, messages
from service.store.messages import Attempt, Message, Purpose, Receipt
from service.store.patients import Contact
from service.store.uow import UnitOfWork

log = structlog.get_logger()

# Longer than any gateway time-out, so that a lease that ran out means a dead worker and not a slow call.
LEASE = timedelta(seconds=90)
# What someone who opted out may still get: the confirmation itself, and the answer to their own cry for help.
AFTER_OPT_OUT = frozenset({Purpose.OPT_OUT, Purpose.SAFETY})
STATUS_PATH = "/hooks/twilio/status"


def send_due(services: Services, now: datetime, limit: int = BATCH) -> Tally:
    """Send what is queued and due, most important lane first."""
    with services.work() as work:
        ids = [message.id for message in messages.claim_for_sending(work.session, now, now + LEASE, limit)]
        work.commit()
    return each("send", ids, lambda message_id: _send(services, message_id, now))


def _send(services: Services, message_id: int, now: datetime) -> bool:
    message = _begin_attempt(services, message_id, now)
    if message is None:
        return False
    outcome = _hand_over(services, message, now)
    record_outcome(services, message_id, outcome, now)
    return isinstance(outcome, Accepted)


def _begin_attempt(services: Services, message_id: int, now: datetime) -> Message | None:
    """Put on record that the gateway is about to be called. None when the message is not to be sent after all."""
    with services.work() as work:
        message = messages.for_update(work.session, message_id)
        if message is None or message.state != State.SENDING:
            return None
        withheld = _withheld(work, message, now)
        if withheld is None:
            message.attempts += 1
            work.session.add(Attempt(message_id=message.id, started_at=now))
        else:
            _move(work, message, withheld)
            if withheld is State.EXPIRED:
                losses.lost(work, services, message, Cause.EXPIRED, now)
        work.commit()
    return message if withheld is None else None


def _withheld(work: UnitOfWork, message: Message, now: datetime) -> State | None:
    """Why not to send after all: too late to be of use, its reader has opted out since it was written, or it is a page
    that somebody has answered for meanwhile and that would only wake a person for nothing."""
    if message.expires_at is not None and message.expires_at <= now:
        return State.EXPIRED
    if message.contact_id is not None and message.purpose not in AFTER_OPT_OUT:
        contact = work.session.get_one(Contact, message.contact_id)
        if contact.opted_out_at is not None:
            return State.CANCELLED
    if message.purpose == Purpose.PAGE and alerts.answered_for(work.session, message.id):
        return State.CANCELLED
    return None


def _hand_over(services: Services, message: Message, now: datetime) -> Outcome:
    if message.channel == "email":
        if services.email is None:
            raise AssertionError("an e-mail was queued although no SMTP server is configured")
        subject, _, body = message.body.partition("\n")
        return services.email.send(message.phone, subject, body)
    expires_at = message.expires_at or now
    return services.gateway.send(
        OutboundText(
            message_id=str(message.id),
            to=message.phone,
            body=message.body,
            is_page=message.lane == Lane.PAGE,
            validity_seconds=retries.validity_seconds(now, expires_at),
            status_callback=f"{services.public_url}{STATUS_PATH}/{message.id}",
        )
    )


def record_outcome(services: Services, message_id: int, outcome: Outcome, now: datetime) -> None:
    """Write down how an attempt ended and what follows from it. A receipt that came first is not overwritten."""
    with services.work() as work:
        message = messages.for_update(work.session, message_id)
        if message is None:
            return
        attempt = messages.attempts_of(work.session, message_id)[-1]
        attempt.ended_at = now
        attempt.outcome = type(outcome).__name__.lower()
        if isinstance(outcome, Accepted):
            attempt.provider_id = outcome.provider_id
            message.provider_id = message.provider_id or outcome.provider_id
        elif not isinstance(outcome, Unknown):
            attempt.code = message.error_code = str(outcome.code) if outcome.code is not None else None
        _follow(work, services, message, _decision(message, outcome, now), now)
        work.commit()


def _decision(message: Message, outcome: Outcome, now: datetime) -> Decision:
    return retries.decide(
        outcome,
        attempts=message.attempts,
        is_page=message.lane == Lane.PAGE,
        now=now,
        expires_at=message.expires_at or now,
        jitter=random.random(),
    )


def _follow(work: UnitOfWork, services: Services, message: Message, decision: Decision, now: datetime) -> None:
    match decision:
        case Await(state=state, look_at=look_at):
            # A receipt that overtook this answer has moved the message further already, and stays.
            if _move(work, message, state, states_before(state)) and state not in FINAL:
                message.look_at = look_at
        case Retry(at=at) | Hold(until=at):
            if _move(work, message, State.QUEUED):
                message.due_at = at
                message.provider_id = None
            if isinstance(decision, Hold):
                log.error("sending is on hold", action="send", scope=decision.scope, cause=decision.cause)
                losses.page_by_other_channel(work, services, message, now)
        case LookUp(at=at):
            if _move(work, message, State.UNKNOWN):
                message.look_at = at
        case GiveUp(state=state, cause=cause, reason=reason):
            if _move(work, message, state):
                log.warning("message lost", action="send", message=message.id, cause=cause, reason=reason)
                losses.lost(work, services, message, cause, now)


def _move(work: UnitOfWork, message: Message, to: State, allowed: frozenset[State] | None = None) -> bool:
    """Take a move, one of our own unless told otherwise, if the message is still where that is allowed from."""
    work.flush()
    moved = messages.move(work.session, message.id, allowed or OWN_MOVES[to], to)
    work.session.refresh(message)
    if moved:
        message.lease_until = message.look_at = None
    return moved


def rescue_stranded(services: Services, now: datetime) -> Tally:
    """Take up what a dead worker was sending: its outcome is unknown."""
    with services.read_work() as work:
        ids = messages.stranded(work.session, now, BATCH)
    return each("rescue", ids, lambda message_id: _rescue(services, message_id, now))


def _rescue(services: Services, message_id: int, now: datetime) -> bool:
    with services.work() as work:
        message = messages.for_update(work.session, message_id)
        if message is None or message.state != State.SENDING or message.lease_until is None:
            return False
        if message.lease_until > now:
            return False
        attempts = messages.attempts_of(work.session, message_id)
        handed_over = bool(attempts) and attempts[-1].ended_at is None
        if not handed_over:
            _move(work, message, State.QUEUED)
        work.commit()
    if handed_over:
        record_outcome(services, message_id, Unknown("the worker stopped while it was sending"), now)
    return True


def look_up(services: Services, now: datetime) -> Tally:
    """Ask the provider about texts of unknown outcome, and about those whose final state has not come."""
    with services.read_work() as work:
        ids = messages.due_for_look(work.session, now, BATCH)
    return each("look up", ids, lambda message_id: _look(services, message_id, now))


def _look(services: Services, message_id: int, now: datetime) -> bool:
    with services.read_work() as work:
        message = work.session.get_one(Message, message_id)
        attempts = messages.attempts_of(work.session, message_id)
        known = messages.provider_ids_to(work.session, message.phone_index, attempts[-1].started_at)
    if message.look_at is None:
        return False
    unknown = message.state == State.UNKNOWN
    if unknown:
        found = services.gateway.find(message.phone, message.body, attempts[-1].started_at, known)
    else:
        found = services.gateway.fetch_status(message.provider_id or "")
    with services.work() as work:
        current = messages.for_update(work.session, message_id)
        if current is None or current.look_at is None:
            return False
        if found is not None:
            current.provider_id = current.provider_id or found.provider_id
            _apply(work, services, current, found, now)
        if current.state == State.UNKNOWN:
            since = attempts[-1].started_at
            decision = retries.not_found(unknown_since=since, is_safety=current.lane == Lane.SAFETY, now=now)
            _look_again(work, services, current, decision, now)
        elif current.state not in FINAL:
            accepted_at = attempts[-1].started_at
            is_page = current.lane == Lane.PAGE
            current.look_at = retries.next_look(is_page=is_page, accepted_at=accepted_at, now=now)
        work.commit()
        return True


def _look_again(
    work: UnitOfWork, services: Services, message: Message, decision: LookUp | Retry | GiveUp, now: datetime
) -> None:
    match decision:
        case LookUp(at=at):
            message.look_at = at
        case Retry(at=at):
            # Only here is a text of unknown outcome queued again, so it is no entry of OWN_MOVES.
            message.state, message.due_at, message.look_at = State.QUEUED, at, None
            losses.lost(work, services, message, Cause.UNCONFIRMED, now)
        case GiveUp():
            _follow(work, services, message, decision, now)


def hear_receipt(services: Services, message_id: int, provider_id: str, status: str, code: str, now: datetime) -> bool:
    """A status callback. Kept as it came, once; moves the message only forward. False when we know no such message."""
    with services.work() as work:
        message = messages.for_update(work.session, message_id)
        if message is None:
            return False
        if not messages.receipt_known(work.session, message_id, provider_id, status, code):
            work.session.add(Receipt(message_id=message_id, provider_id=provider_id, status=status, code=code, at=now))
            parsed = twilio_codes.receipt(provider_id, status, twilio_codes.read_code(code))
            _apply(work, services, message, parsed, now)
        work.commit()
        return True


def _apply(work: UnitOfWork, services: Services, message: Message, found: ProviderReceipt, now: datetime) -> None:
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
    decision = _decision(message, twilio_codes.outcome_of_code(code), now)
    if isinstance(decision, Retry):
        # Not one of OWN_MOVES: only a failed receipt brings a message back to the queue.
        message.state = State.QUEUED
        message.due_at = decision.at
        message.provider_id = None
    else:
        cause = decision.cause if isinstance(decision, GiveUp | Hold) else Cause.UNLISTED
        losses.lost(work, services, message, cause, now)
