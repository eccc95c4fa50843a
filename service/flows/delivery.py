"""Learning what became of messages that were handed over, and giving up those that no longer help.

A worker that dies leaves messages `sending` until their lease runs out. What is known of them then is an open attempt:
nobody knows whether it went. A patient is texted once, so it is looked up; a page is sent again, because silence costs
more than a duplicate.
"""

from datetime import datetime

from service.core import retries, twilio_codes
from service.core.delivery import FINAL, Cause, Lane, State, Unknown
from service.core.delivery import Receipt as ProviderReceipt
from service.core.retries import GiveUp, LookUp, Retry
from service.flows import losses, outcomes
from service.flows.answering import judged
from service.flows.calling import CHANNEL as CALL
from service.flows.running import BATCH, Tally, each
from service.flows.services import Services
from service.gateways.base import GatewayUnavailable
from service.store import alerts, messages
from service.store.alerts import Alert
from service.store.messages import Attempt, Message, Receipt
from service.store.uow import UnitOfWork

# Each may take as long as the provider lets us wait, and a worker that is told to stop waits for the batch.
LOOKS = 20


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
        attempt = messages.attempts_of(work.session, message_id)[-1]
        outcomes.record(work, services, message, attempt, Unknown("the worker stopped while it was sending"), now)
        work.commit()
        return True


def expire_overdue(services: Services, now: datetime) -> Tally:
    """Give up what could not be sent while it was of use, be it for a hold or a queue too long; and say so."""
    with services.read_work() as work:
        ids = messages.overdue(work.session, now, BATCH)
    return each("expire", ids, lambda message_id: _expire(services, message_id, now))


def _expire(services: Services, message_id: int, now: datetime) -> bool:
    with services.work() as work:
        message = messages.for_update(work.session, message_id)
        if message is None or message.state != State.QUEUED:
            return False
        if message.expires_at is None or message.expires_at > now:
            return False
        outcomes.move(message, State.EXPIRED)
        losses.lost(work, services, message, Cause.EXPIRED, now)
        work.commit()
        return True


def look_up(services: Services, now: datetime) -> Tally:
    """Ask the provider about messages of unknown outcome, and about those whose final state has not come."""
    with services.read_work() as work:
        ids = messages.due_for_look(work.session, now, LOOKS)
    return each("look up", ids, lambda message_id: _look(services, message_id, now), stop_at=GatewayUnavailable)


def _look(services: Services, message_id: int, now: datetime) -> bool:
    with services.read_work() as work:
        message = work.session.get_one(Message, message_id)
        attempt = messages.attempts_of(work.session, message_id)[-1]
        known = messages.provider_ids_to(work.session, message.phone_index, attempt.started_at)
    if message.look_at is None:
        return False
    try:
        found = _ask(services, message, attempt, known)
    except GatewayUnavailable:
        if not _is_call_of_unknown_fate(message):
            raise
        # To be called twice is better than not to be called.
        found = None
    with services.work() as work:
        current = messages.for_update(work.session, message_id)
        if current is None or current.look_at is None:
            return False
        if found is not None:
            current.provider_id = current.provider_id or found.provider_id
            outcomes.apply_receipt(work, services, current, _judged(work, current, found), now)
        _look_again(work, services, current, attempt, now)
        work.commit()
        return True


def _ask(services: Services, message: Message, attempt: Attempt, known: frozenset[str]) -> ProviderReceipt | None:
    if message.channel == CALL:
        if services.voice is None:
            return None
        if message.state == State.UNKNOWN:
            return services.voice.find_call(message.phone, attempt.started_at, known)
        return services.voice.fetch_call(message.provider_id or "")
    if message.state == State.UNKNOWN:
        return services.gateway.find(message.phone, message.body, attempt.started_at, known)
    return services.gateway.fetch_status(message.provider_id or "")


def _is_call_of_unknown_fate(message: Message) -> bool:
    return message.channel == CALL and message.state == State.UNKNOWN


def _judged(work: UnitOfWork, message: Message, found: ProviderReceipt) -> ProviderReceipt:
    if message.channel != CALL:
        return found
    page = alerts.page_of_message(work.session, message.id)
    return judged(found, work.session.get_one(Alert, page.alert_id)) if page else found


def _look_again(work: UnitOfWork, services: Services, message: Message, attempt: Attempt, now: datetime) -> None:
    if message.state == State.UNKNOWN:
        is_safety = message.lane == Lane.SAFETY
        decision = retries.not_found(
            unknown_since=attempt.started_at, is_safety=is_safety, now=now, is_call=_is_call_of_unknown_fate(message)
        )
        _not_found(work, services, message, decision, now)
    elif message.state not in FINAL and message.state != State.QUEUED:
        is_page = message.lane == Lane.PAGE
        message.look_at = retries.next_look(is_page=is_page, accepted_at=attempt.started_at, now=now)


def _not_found(
    work: UnitOfWork, services: Services, message: Message, decision: LookUp | Retry | GiveUp, now: datetime
) -> None:
    match decision:
        case LookUp(at=at):
            message.look_at = at
        case Retry(at=at):
            # Only here is a text of unknown outcome queued again, so it is no entry of OWN_MOVES.
            message.state, message.due_at, message.look_at = State.QUEUED, at, None
            if message.lane != Lane.PAGE:
                losses.lost(work, services, message, Cause.UNCONFIRMED, now)
        case GiveUp():
            outcomes.follow(work, services, message, decision, now)


def hear_receipt(services: Services, message_id: int, provider_id: str, status: str, code: str, now: datetime) -> bool:
    """A status callback. Kept as it came, once; moves the message only forward. False when we know no such message."""
    with services.work() as work:
        message = messages.for_update(work.session, message_id)
        if message is None:
            return False
        if not messages.receipt_known(work.session, message_id, provider_id, status, code):
            work.session.add(Receipt(message_id=message_id, provider_id=provider_id, status=status, code=code, at=now))
            parsed = twilio_codes.receipt(provider_id, status, twilio_codes.read_code(code))
            outcomes.apply_receipt(work, services, message, parsed, now)
        work.commit()
        return True
