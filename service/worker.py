"""The worker: APScheduler as a ticker that does what is due in the database. It holds no business state: killed at any
moment, it is replaced by the next one without loss."""

import os
import signal
import socket
from datetime import timedelta
from threading import Event
from types import FrameType

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from service.clock import Clock
from service.errors import StoreUnavailable
from service.flows import upkeep
from service.flows.services import Services

log = structlog.get_logger()

TICK = timedelta(seconds=1)
# A tick that is late because the host was busy must still run: the default of one second would drop it.
MISFIRE_GRACE_SECONDS = 3600


class Worker:
    """Ticks until it is stopped; a stop lets the tick that runs finish what it sends."""

    def __init__(self, services: Services, clock: Clock) -> None:
        self._services = services
        self._clock = clock
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self._scheduler.add_job(
            self._tick,
            "interval",
            seconds=TICK.total_seconds(),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=MISFIRE_GRACE_SECONDS,
        )

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        """Wait for the running tick, start no further one."""
        self._scheduler.shutdown(wait=True)

    def _tick(self) -> None:
        try:
            upkeep.beat(self._services, self._name, self._clock.now())
            counts = upkeep.tick(self._services, self._clock.now())
        except StoreUnavailable as error:
            # The next tick tries again; /health/ready tells the outside meanwhile.
            log.error("tick failed", action="tick", reason=str(error))
            return
        if any(counts.values()):
            log.info("tick", action="tick", **counts)


def run(services: Services, clock: Clock) -> None:
    """Tick until SIGTERM or SIGINT."""
    stopping = Event()

    def stop(_: int, __: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    worker = Worker(services, clock)
    worker.start()
    log.info("worker started", action="worker")
    stopping.wait()
    worker.stop()
    log.info("worker stopped", action="worker")
