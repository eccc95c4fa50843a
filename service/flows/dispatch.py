"""Handing queued messages to the gateway, many at once.

One thread talks to the database: it claims what may go, writes down that an attempt begins, and commits; only then a
thread of the pool calls the gateway, with no transaction open. What the calls brought is written down in batches. A
worker that dies between the two leaves an open attempt behind, of which nobody knows whether it went.

Texts to patients never take more than `in_flight` slots; pages have PAGE_SLOTS of their own beside them, so that no
number of slow check-ins keeps a page from going out. A few texts are claimed ahead, so that no slot stands empty while
the database is asked for the next.
"""

import queue
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from service.core import retries
from service.core.delivery import Accepted, Lane, Outcome, Unknown
from service.errors import StoreUnavailable
from service.flows import calling, claiming, holds, outcomes
from service.flows.claiming import Claimed, Room
from service.flows.routes import Route
from service.flows.running import Tally, each, where
from service.flows.services import Services
from service.gateways.base import OutboundText
from service.store import messages

log = structlog.get_logger()

PAGE_SLOTS = 8
# One text is claimed ahead for so many slots. Not more: what a worker that dies has claimed counts as of unknown fate.
SLOTS_FOR_ONE_AHEAD = 4
STATUS_PATH = "/hooks/twilio/status"
# How long to wait for a call to end before looking whether a page has come meanwhile.
PATIENCE = timedelta(milliseconds=250)

Now = Callable[[], datetime]


@dataclass(frozen=True, slots=True, eq=False)
class Landed:
    """A call that has ended."""

    claimed: Claimed
    outcome: Outcome

    @property
    def is_smooth(self) -> bool:
        """Nothing needs to follow but a note of it."""
        return isinstance(self.outcome, Accepted) and not self.claimed.is_probe


class Dispatcher:
    """Sends what is due. Lives as long as its worker, so that connections to the provider are kept.

    Not for several threads at once, except `poke`.
    """

    def __init__(self, services: Services, now: Now) -> None:
        self._services = services
        self._now = now
        self._pools = _pools(services.in_flight)
        self._ahead = services.in_flight // SLOTS_FOR_ONE_AHEAD if self._pools else 0
        self._arrivals: queue.SimpleQueue[Landed | None] = queue.SimpleQueue()
        self._landed: list[Landed] = []
        self._flying = {Lane.PAGE: 0, Lane.CHECKIN: 0}

    def close(self) -> None:
        for pool in self._pools.values():
            pool.shutdown()

    def poke(self) -> None:
        """Something was queued: look at once."""
        self._arrivals.put(None)

    def drain(self, stopping: Callable[[], bool] = lambda: False) -> Tally:
        """Send until nothing more is due. Once `stopping`, nothing is begun, and what is on its way is awaited.

        Raises StoreUnavailable, after every call has ended; what they brought is kept and written down next time.
        """
        tally, outage = Tally(), False
        while True:
            begun, landed = 0, len(self._landed)
            try:
                # Trouble first, since it may forbid the next call; the rest only after the free slots are in use again.
                self._record_troubles(tally)
                if not outage and not stopping():
                    begun = self._launch()
                self._record_smooth(tally)
            except StoreUnavailable:
                outage = True
            # What has just been written down may have been in the way of something else.
            if begun == 0 and not self._in_the_air and (outage or landed == 0):
                break
            self._await_arrivals()
        if outage:
            raise StoreUnavailable("the database went away while texts were being sent")
        return tally

    @property
    def _in_the_air(self) -> int:
        return sum(self._flying.values())

    def _launch(self) -> int:
        in_flight = self._services.in_flight
        pages = (PAGE_SLOTS if self._pools else in_flight) - self._flying[Lane.PAGE]
        texts = in_flight + self._ahead - self._flying[Lane.CHECKIN]
        if pages <= 0 and texts <= 0:
            return 0
        claimed = claiming.claim(self._services, self._now(), Room(pages=pages, texts=texts))
        for one in claimed:
            self._flying[_kind(one)] += 1
            if self._pools:
                self._pools[_kind(one)].submit(self._call, one)
            else:
                self._call(one)
        return len(claimed)

    def _call(self, claimed: Claimed) -> None:
        """In a thread of the pool. Whatever happens there must arrive."""
        outcome: Outcome = Unknown("the gateway crashed")
        try:
            outcome = _hand_over(self._services, claimed)
        except Exception as error:  # noqa: BLE001
            # Nobody knows how far it came.
            log.error("gateway crashed", action="send", error=type(error).__name__, trace=where(error))
        finally:
            self._arrivals.put(Landed(claimed, outcome))

    def _await_arrivals(self) -> None:
        """Until a call has ended, or was poked, or for a moment; then whatever else has arrived."""
        timeout = PATIENCE.total_seconds() if self._in_the_air else 0
        try:
            self._take(self._arrivals.get(timeout=timeout))
            while True:
                self._take(self._arrivals.get_nowait())
        except queue.Empty:
            return

    def _take(self, arrival: Landed | None) -> None:
        if arrival is not None:
            self._flying[_kind(arrival.claimed)] -= 1
            self._landed.append(arrival)

    def _record_troubles(self, tally: Tally) -> None:
        self._record_each(tally, [one for one in self._landed if not one.is_smooth])

    def _record_smooth(self, tally: Tally) -> None:
        smooth = list(self._landed)
        if len(smooth) > 1 and self._record_together(smooth):
            self._landed.clear()
            tally.done += len(smooth)
        else:
            self._record_each(tally, smooth)

    def _record_each(self, tally: Tally, landed: Sequence[Landed]) -> None:
        """Raises StoreUnavailable; what is not written down by then is still there."""
        for one in landed:
            recorded = each("record outcome", [one], self._record_one)
            tally.done += recorded.done if isinstance(one.outcome, Accepted) else 0
            tally.failed += recorded.failed
            self._landed.remove(one)

    def _record_together(self, landed: Sequence[Landed]) -> bool:
        """False when that failed: then each must be tried by itself."""
        now = self._now()
        accepted = [
            outcomes.acceptance(one.claimed.message, one.claimed.attempt_id, one.outcome, now)
            for one in landed
            if isinstance(one.outcome, Accepted)
        ]
        try:
            with self._services.work() as work:
                messages.accept(work.session, accepted, now)
                work.commit()
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001
            # One row that cannot be written must not take the others with it.
            log.error("recording together failed", action="send", error=type(error).__name__, trace=where(error))
            return False
        return True

    def _record_one(self, landed: Landed) -> bool:
        claimed, now = landed.claimed, self._now()
        if claimed.is_probe:
            with self._services.work() as work:
                holds.settle_probe(work, claimed.route, landed.outcome, now)
                work.commit()
        return outcomes.record_outcome(self._services, claimed.message.id, claimed.attempt_id, landed.outcome, now)


def send_due(services: Services, now: datetime) -> Tally:
    """Send what is due at `now`, most important lane first; returns when all of it has been handed over."""
    dispatcher = Dispatcher(services, lambda: now)
    try:
        return dispatcher.drain()
    finally:
        dispatcher.close()


def send_these(services: Services, message_ids: Sequence[int], now: datetime) -> None:
    """Send a few messages here and now, whatever waits before them and whether or not a worker runs."""
    for claimed in claiming.claim_these(services, message_ids, now):
        outcome = _hand_over(services, claimed)
        outcomes.record_outcome(services, claimed.message.id, claimed.attempt_id, outcome, now)


def _pools(in_flight: int) -> dict[Lane, ThreadPoolExecutor]:
    """None: one after the other, in the calling thread."""
    if in_flight == 1:
        return {}
    return {
        Lane.PAGE: ThreadPoolExecutor(PAGE_SLOTS, "page"),
        Lane.CHECKIN: ThreadPoolExecutor(in_flight, "text"),
    }


def _kind(claimed: Claimed) -> Lane:
    return Lane.PAGE if claimed.message.lane == Lane.PAGE else Lane.CHECKIN


def _hand_over(services: Services, claimed: Claimed) -> Outcome:
    message = claimed.message
    if claimed.route is Route.EMAIL:
        if services.email is None:
            raise AssertionError("an e-mail was queued although no SMTP server is configured")
        subject, _, body = message.body.partition("\n")
        return services.email.send(message.phone, subject, body)
    if claimed.route is Route.VOICE:
        if services.voice is None:
            raise AssertionError("a call was queued although no number to call from is configured")
        return services.voice.call(calling.outbound(services, message, claimed.token))
    return services.gateway.send(
        OutboundText(
            message_id=str(message.id),
            to=message.phone,
            body=message.body,
            is_page=message.lane == Lane.PAGE,
            validity_seconds=retries.validity_seconds(claimed.at, message.expires_at or claimed.at),
            status_callback=f"{services.public_url}{STATUS_PATH}/{message.id}",
        )
    )
