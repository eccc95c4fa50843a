"""How fast texts leave, against what the provider's latency and the number in flight allow."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.carrier import Carrier, carrier, twilio_settings
from benchmarks.measuring import Figure
from benchmarks.stage import Stage, stage
from benchmarks.waiting import queue, write_pattern
from service.store.workers import Heartbeat
from tests.processes import Deployment

NAME = "dispatch"
WANTED = 0.9
LATENCY = 0.1
IN_FLIGHT = 32
START_SECONDS = 120


def run(*, quick: bool) -> Iterator[Figure]:
    count = 300 if quick else 4_000
    for workers in (1, 2):
        rate = _rate(workers, count)
        allowed = workers * IN_FLIGHT / LATENCY
        name = f"{workers} worker{'s' if workers > 1 else ''}, {IN_FLIGHT} in flight each, {LATENCY * 1000:.0f} ms"
        yield Figure(NAME, name, rate, "texts/s")
        target = f"at least {WANTED}" if workers == 1 else ""
        met = rate / allowed >= WANTED if workers == 1 else None
        yield Figure(NAME, f"{workers} to what latency allows ({allowed:.0f}/s)", rate / allowed, "x", target, met)


def _rate(workers: int, count: int) -> float:
    with tempfile.TemporaryDirectory() as name, carrier(LATENCY, Path(name)) as twilio, stage() as here:
        pattern = write_pattern(here)
        variables = here.variables | twilio_settings(twilio.base_url) | {"sends_in_flight": str(IN_FLIGHT)}
        with Deployment(variables, Path(name)) as deployment:
            for _ in range(workers):
                deployment.start("worker")
            wait_for_workers(here, workers)
            queue(here, pattern, count)
            return _measure(twilio, count)


def _measure(twilio: Carrier, count: int) -> float:
    """Between the first and the last arrival, so that neither start nor end of the run counts."""
    arrivals = twilio.wait_for(count, timeout=600)
    assert len(arrivals) == count, "a text went out twice"
    return (count - 1) / (arrivals[-1].at - arrivals[0].at)


def wait_for_workers(here: Stage, count: int) -> None:
    """Return when so many workers have given a sign of life."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        with here.services.read_work() as work:
            if (work.session.scalar(select(func.count()).select_from(Heartbeat)) or 0) >= count:
                return
        if time.monotonic() > deadline:
            raise TimeoutError(f"{count} workers did not start within {START_SECONDS} s")
        time.sleep(0.1)
