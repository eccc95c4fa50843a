"""Choosing what goes out next: important lanes first, one text at a time to each phone, no faster than the sender may,
nothing that is on hold, and nothing that has become pointless since it was written."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.core import sms
from service.core.delivery import State
from service.core.pacing import Bucket
from service.flows import calling, holds
from service.flows.holds import Gate
from service.flows.outcomes import move
from service.flows.routes import Route, page_route, route_of
from service.flows.services import Services
from service.store import alerts, messages, patients, sending
from service.store.messages import Message, Purpose
from service.store.uow import UnitOfWork

# Longer than any call to the gateway, so that a lease that ran out means a dead worker and not a slow call.
LEASE = timedelta(seconds=60)
# What someone who opted out may still get: the confirmation itself, and the answer to their own cry for help.
AFTER_OPT_OUT = frozenset({Purpose.OPT_OUT, Purpose.SAFETY})
CHANNEL_ROUTES = {"email": Route.EMAIL, calling.CHANNEL: Route.VOICE}


@dataclass(frozen=True, slots=True)
class Room:
    """How many may be claimed of each."""

    pages: int
    texts: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message with an open attempt, to be handed over now. `is_probe`: it finds out whether a hold can end."""

    message: Message
    attempt_id: int
    route: Route
    at: datetime
    is_probe: bool = False
    token: str = ""


def claim(services: Services, now: datetime, room: Room) -> list[Claimed]:
    """Take what may go now and write down that it is about to; in one transaction, over when this returns."""
    with services.work() as work:
        gate = holds.gate(work, now)
        pages = _pages(work, services, gate, now, room.pages)
        texts = _texts(work, services, gate, now, room.texts, spoken_for=pages)
        chosen = _paced(work, services, [*pages, *texts], now)
        probes = _probed(services, gate, chosen)
        if probes:
            holds.note_probes(work, probes, now)
        attempts = messages.begin_attempts(work.session, chosen, now, now + LEASE)
        calls = [message.id for message in chosen if message.channel == calling.CHANNEL]
        tokens = alerts.tokens_of(work.session, calls) if calls else {}
        work.commit()
    return [
        Claimed(
            message,
            attempt.id,
            route := route_of(services, message),
            now,
            is_probe=gate.is_probed_by(route),
            token=tokens.get(message.id, ""),
        )
        for message, attempt in zip(chosen, attempts, strict=True)
    ]


def claim_these(services: Services, message_ids: Sequence[int], now: datetime) -> list[Claimed]:
    """Take these messages, those of them that nobody has taken yet."""
    with services.work() as work:
        found = [message for one in message_ids if (message := messages.for_update(work.session, one)) is not None]
        chosen = [message for message in found if message.state == State.QUEUED]
        attempts = messages.begin_attempts(work.session, chosen, now, now + LEASE)
        work.commit()
    return [
        Claimed(message, attempt.id, route_of(services, message), now)
        for message, attempt in zip(chosen, attempts, strict=True)
    ]


def _pages(work: UnitOfWork, services: Services, gate: Gate, now: datetime, limit: int) -> list[Message]:
    routes = {**CHANNEL_ROUTES, "sms": page_route(services)}
    channels = [channel for channel, route in routes.items() if gate.is_open(route)]
    found = messages.pages_to_send(work.session, now, channels, limit) if channels else []
    if not found:
        return []
    answered = alerts.answered(work.session, [page.id for page in found])
    # Somebody has taken the alert meanwhile: this page would only wake a person for nothing.
    return _one_probe(services, gate, _without(found, answered))


def _texts(
    work: UnitOfWork, services: Services, gate: Gate, now: datetime, limit: int, *, spoken_for: Collection[Message]
) -> list[Message]:
    if not gate.is_open(Route.TEXTS):
        return []
    if gate.is_probed_by(Route.TEXTS):
        limit = 0 if any(gate.is_probed_by(route_of(services, page)) for page in spoken_for) else min(limit, 1)
    found = messages.texts_to_send(work.session, now, limit)
    readers = {text.contact_id for text in found if text.contact_id and text.purpose not in AFTER_OPT_OUT}
    gone = patients.opted_out(work.session, readers) if readers else frozenset()
    return _without(found, {text.id for text in found if text.contact_id in gone and text.purpose not in AFTER_OPT_OUT})


def _without(found: Iterable[Message], pointless: Collection[int]) -> list[Message]:
    """Those that still have a point; the others are cancelled."""
    kept = []
    for message in found:
        if message.id in pointless:
            move(message, State.CANCELLED)
        else:
            kept.append(message)
    return kept


def _one_probe(services: Services, gate: Gate, found: Iterable[Message]) -> list[Message]:
    """Of what is on probation only the first."""
    kept, probing = [], False
    for message in found:
        on_probation = gate.is_probed_by(route_of(services, message))
        if not (on_probation and probing):
            kept.append(message)
        probing = probing or on_probation
    return kept


def _probed(services: Services, gate: Gate, chosen: Iterable[Message]) -> set[Route]:
    return {route for message in chosen if gate.is_probed_by(route := route_of(services, message))}


def _paced(work: UnitOfWork, services: Services, wanted: list[Message], now: datetime) -> list[Message]:
    """Those that their senders may send by now. The first of a sender that must wait keeps the rest waiting too."""
    routes = Counter(route_of(services, message) for message in wanted)
    buckets = {
        route: _bucket(work, services, route, now)
        for route in (Route.PAGES, Route.TEXTS)
        if routes[route] and services.rates.get(route)
    }
    chosen = []
    for message in wanted:
        route = route_of(services, message)
        bucket = buckets.get(route)
        if bucket is not None:
            # Where pages share the patients' sender they do not wait their turn behind check-ins: they run into debt.
            if not bucket.may_send and not (route is Route.TEXTS and message.purpose == Purpose.PAGE):
                continue
            buckets[route] = bucket.spent(sms.segments(message.body).parts)
        chosen.append(message)
    for route, bucket in buckets.items():
        row = sending.sender(work.session, route.value, now)
        row.tokens, row.refilled_at = bucket.tokens, bucket.at
    return chosen


def _bucket(work: UnitOfWork, services: Services, route: Route, now: datetime) -> Bucket:
    row = sending.sender(work.session, route.value, now)
    return Bucket(services.rates[route], row.tokens, row.refilled_at).refilled(now)
