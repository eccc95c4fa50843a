"""The worker: APScheduler as a ticker that does what is due in the database. It holds no business state: killed at any
moment, it is replaced by the next one without loss.

Its duties run in lanes beside each other, so that a thousand check-ins to open, or a provider that does not answer,
keep no page waiting. Every lane looks once a second, and at once when the bell rings.
"""

import os
import signal
import socket
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Event, Thread
from types import FrameType

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from service.clock import Clock
from service.errors import AftercellError
from service.flows import (
    catch_up,
    checking,
    checkins,
    delivery,
    handing_over,
    holds,
    inbound,
    paging,
    quality,
    rota,
    upkeep,
)
from service.flows.dispatch import Dispatcher
from service.flows.running import Tally, where
from service.flows.services import Services
from service.store.bell import Bell

log = structlog.get_logger()

TICK = timedelta(seconds=1)
BEAT = timedelta(seconds=5)
# A lane that has not finished a duty for so long is stuck, and the worker as good as dead.
STUCK_AFTER_SECONDS = 50.0
# A tick that is late because the host was busy must still run: the default of one second would drop it.
MISFIRE_GRACE_SECONDS = 3600

Duty = Callable[[Services, datetime], Tally]
Stopping = Callable[[], bool]

PAGING: Sequence[Duty] = (inbound.retry_unhandled, paging.page_due, holds.divert_pages)
SCHEDULE: Sequence[Duty] = (
    checkins.open_due,
    checkins.act_on_silence,
    delivery.rescue_stranded,
    delivery.expire_overdue,
)
# Whoever is asked here may take their time; nothing else waits for it.
ASKING: Sequence[Duty] = (handing_over.take_kept, delivery.look_up)
WATCHING: Sequence[Duty] = (
    checking.watch_configuration,
    rota.read_calendars,
    rota.watch_cover,
    quality.watch_languages,
)


class Lane:
    """A thread that does its duties whenever it is woken, until nothing more comes of them."""

    def __init__(self, name: str, stopping: Event, do: Callable[[Stopping], int]) -> None:
        """`do` is one round; it says how much was done, and asks now and then whether to stop."""
        self.name = name
        self._do = do
        self._stopping = stopping
        self._woken = Event()
        self._alive_at = time.monotonic()
        self._thread = Thread(target=self._run, name=name)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """There may be something to do. Never waits."""
        self._woken.set()

    def join(self) -> None:
        """Wait until it has stopped; it must have been told to."""
        self.wake()
        self._thread.join()

    @property
    def is_stuck(self) -> bool:
        return time.monotonic() - self._alive_at > STUCK_AFTER_SECONDS

    def _run(self) -> None:
        while not self._must_stop():
            self._woken.wait()
            self._woken.clear()
            while not self._must_stop() and self._round() > 0:
                # There may be more than one batch of it.
                continue

    def _round(self) -> int:
        try:
            return self._do(self._must_stop)
        except AftercellError as error:
            # The next tick tries again; /health/ready tells the outside meanwhile.
            log.error("duty failed", action=self.name, error=type(error).__name__, reason=str(error))
        except Exception as error:  # noqa: BLE001
            # A bug in one round must not end all further ones.
            log.error("duty crashed", action=self.name, error=type(error).__name__, trace=where(error))
        return 0

    def _must_stop(self) -> bool:
        self._alive_at = time.monotonic()
        return self._stopping.is_set()


class Worker:
    """Works until it is stopped; a stop lets it finish what it is sending. Once only."""

    def __init__(self, services: Services, clock: Clock, bell: Bell | None = None) -> None:
        self._services = services
        self._clock = clock
        self._bell = bell
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._stopping = Event()
        self._dispatcher = Dispatcher(services, clock.now)
        self._vital = (
            self._lane("paging", PAGING),
            self._lane("schedule", SCHEDULE),
            Lane("sending", self._stopping, lambda stopping: self._dispatcher.drain(stopping).done),
        )
        # A provider that does not answer is no reason to call the worker dead.
        asking = (self._lane("asking", (*ASKING, self._catch_up)), self._lane("watching", WATCHING))
        self._lanes = (*self._vital, *asking)
        self._has_caught_up = False
        self._ear = Thread(target=self._listen, name="ear")
        self._ticker = BackgroundScheduler(timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1})

    def start(self) -> None:
        for job, every in ((self._tick, TICK), (self._beat, BEAT)):
            self._ticker.add_job(
                job, "interval", seconds=every.total_seconds(), misfire_grace_time=MISFIRE_GRACE_SECONDS
            )
        self._beat()
        for lane in self._lanes:
            lane.start()
        self._ear.start()
        self._ticker.start()

    def stop(self) -> None:
        """Wait for what is being done, begin nothing."""
        self._stopping.set()
        self._ticker.shutdown(wait=True)
        for lane in self._lanes:
            lane.join()
        self._ear.join()
        self._dispatcher.close()

    def _lane(self, name: str, duties: Sequence[Duty]) -> Lane:
        def do(stopping: Stopping) -> int:
            done = 0
            for duty in duties:
                if stopping():
                    break
                done += duty(self._services, self._clock.now()).done
            return done

        return Lane(name, self._stopping, do)

    def _catch_up(self, services: Services, now: datetime) -> Tally:
        """At once when we start, since nobody knows what was missed before; then every few minutes."""
        tally = catch_up.catch_up(services, now, at_once=not self._has_caught_up)
        self._has_caught_up = True
        return tally

    def _tick(self) -> None:
        for lane in self._lanes:
            lane.wake()

    def _listen(self) -> None:
        if self._bell is not None:
            self._bell.listen(self._heard, self._stopping)

    def _heard(self) -> None:
        """There is new work. Called from wherever the bell was rung: it must not wait."""
        self._dispatcher.poke()
        for lane in self._vital:
            lane.wake()

    def _beat(self) -> None:
        stuck = [lane.name for lane in self._vital if lane.is_stuck]
        if stuck:
            log.critical("the worker is stuck", action="beat", lanes=stuck)
            return
        try:
            upkeep.beat(self._services, self._name, self._clock.now())
        except AftercellError as error:
            log.error("no sign of life", action="beat", error=type(error).__name__, reason=str(error))


def run(services: Services, clock: Clock, bell: Bell | None = None) -> None:
    """Work until SIGTERM or SIGINT."""
    asked_to_stop = Event()

    def stop(_: int, __: FrameType | None) -> None:
        asked_to_stop.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    worker = Worker(services, clock, bell)
    worker.start()
    log.info("worker started", action="worker")
    asked_to_stop.wait()
    worker.stop()
    log.info("worker stopped", action="worker")
