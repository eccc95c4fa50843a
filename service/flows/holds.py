"""Holds: when the provider refuses the account or a sender, everybody stops sending that way, administrators are
told once, pages go another way at once, and one message at a time tries whether it works again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from service.core.delivery import REMEDIES, Accepted, Outcome, Unknown
from service.core.retries import HOLD_FOR, Hold
from service.flows import losses, operators
from service.flows.routes import ACCOUNT, Route, hold_scope, is_held, route_of
from service.flows.running import BATCH, Tally, each
from service.flows.services import Services
from service.store import messages, sending
from service.store.messages import Message
from service.store.uow import UnitOfWork

log = structlog.get_logger()

# Longer than a call to the gateway takes: until its outcome is known no other worker tries.
PROBE_FOR = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Gate:
    """What may go out now. `closed`: scopes on hold. `probing`: scopes of which one message may try."""

    closed: frozenset[str] = frozenset()
    probing: frozenset[str] = frozenset()

    def is_open(self, route: Route) -> bool:
        return not is_held(route, self.closed)

    def is_probed_by(self, route: Route) -> bool:
        return is_held(route, self.probing)


def gate(work: UnitOfWork, now: datetime) -> Gate:
    """What may go out now. A hold whose time has come is locked here until the transaction ends."""
    rows = sending.holds(work.session)
    if not rows:
        return Gate()
    probing = {row.scope for row in sending.holds_to_probe(work.session, now)}
    return Gate(frozenset({row.scope for row in rows} - probing), frozenset(probing))


def note_probes(work: UnitOfWork, routes: Iterable[Route], now: datetime) -> None:
    """These routes are being tried: nobody else does until the outcome is known, or the worker must be dead."""
    tried = set(routes)
    for row in sending.holds(work.session):
        if any(is_held(route, {row.scope}) for route in tried):
            row.until = now + PROBE_FOR


def begin(work: UnitOfWork, services: Services, message: Message, decision: Hold, now: datetime) -> None:
    """Stop all that goes out by the same account or sender. A page does not wait for it to reopen."""
    scope = hold_scope(route_of(services, message), decision.scope)
    is_new = sending.hold(work.session, scope, decision.cause, now, decision.until)
    if is_new:
        log.critical("sending is on hold", action="hold", scope=scope, cause=decision.cause, reason=decision.reason)
        operators.tell(
            work,
            services,
            f"hold:{scope}",
            f"aftercell cannot send: {scope} on hold",
            f"The provider refuses to send ({decision.reason}). Held: {scope}. Pages go another way where there is "
            "one; one message a minute tries whether it works again. Until then patients do not get our texts.",
            now,
        )
    losses.page_by_other_channel(work, services, message, now)


def settle_probe(work: UnitOfWork, route: Route, outcome: Outcome, now: datetime) -> None:
    """What the one message that was let through found out."""
    scopes = {ACCOUNT, route.value} if route is not Route.EMAIL else {route.value}
    if _shows_that_it_works(outcome):
        for scope in sending.lift(work.session, scopes):
            log.warning("sending again", action="hold", scope=scope)
            operators.settled(work, f"hold:{scope}")
        return
    for row in sending.holds(work.session):
        if row.scope in scopes:
            row.until = now + HOLD_FOR


def _shows_that_it_works(outcome: Outcome) -> bool:
    """An answer about the message itself, even a refusal, means that account and sender are fine again."""
    if isinstance(outcome, Accepted):
        return True
    return not isinstance(outcome, Unknown) and outcome.code is not None and REMEDIES[outcome.cause].hold is None


def divert_pages(services: Services, now: datetime) -> Tally:
    """Send pages that wait behind a hold another way as well, once each."""
    with services.read_work() as work:
        closed = {row.scope for row in sending.holds(work.session)}
        if not closed:
            return Tally()
        waiting = messages.queued_pages(work.session, BATCH)
        held = [message.id for message in waiting if is_held(route_of(services, message), closed)]
    return each("divert page", held, lambda message_id: _divert(services, message_id, now))


def _divert(services: Services, message_id: int, now: datetime) -> bool:
    with services.work() as work:
        message = work.session.get_one(Message, message_id)
        diverted = losses.page_by_other_channel(work, services, message, now)
        work.commit()
        return diverted
