"""How long a nurse waits: from the patient's webhook to the page on the wire, while 20,000 routine texts wait."""

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.caller import call, text_request
from benchmarks.carrier import Carrier, carrier, twilio_settings
from benchmarks.dispatch import LATENCY, wait_for_workers
from benchmarks.inbound import GUNICORN
from benchmarks.measuring import Figure, median
from benchmarks.stage import NURSE, stage
from benchmarks.waiting import queue, write_pattern
from tests.processes import Deployment, free_port, wait_until_it_answers

NAME = "page"
CRY = "I fainted"
PAUSE_SECONDS = 0.5


def run(*, quick: bool) -> Iterator[Figure]:
    waiting, cries = (500, 5) if quick else (20_000, 20)
    with tempfile.TemporaryDirectory() as name, carrier(LATENCY, Path(name)) as twilio, stage() as here:
        folder = Path(name)
        pattern = write_pattern(here)
        phones = [f"+1212777{number:04d}" for number in range(2 * cries)]
        for phone in phones:
            here.enrol(phone, datetime.now(UTC))
        variables = here.variables | twilio_settings(twilio.base_url)
        with Deployment(variables, folder) as deployment:
            port = free_port()
            gunicorn = (sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", *GUNICORN)
            deployment.start("wsgi:create_app()", program=gunicorn)
            deployment.start("worker")
            wait_until_it_answers(f"http://127.0.0.1:{port}/health/live")
            wait_for_workers(here, 1)
            idle = _latencies(twilio, variables, port, phones[:cries], folder)
            queue(here, pattern, waiting)
            twilio.wait_for(2 * cries + 50, timeout=60)
            busy = _latencies(twilio, variables, port, phones[cries:], folder)
            left = waiting - sum(arrival.to != NURSE for arrival in twilio.arrivals())
    yield Figure(NAME, "webhook to page, nothing else to do, median", median(idle), "s")
    yield Figure(NAME, f"webhook to page, {waiting:,} routine texts wait, median", median(busy), "s")
    yield Figure(NAME, f"webhook to page, {waiting:,} routine texts wait, longest", max(busy), "s")
    yield Figure(NAME, "routine texts that still waited at the end", left, "texts")


def _latencies(
    twilio: Carrier, variables: dict[str, str], port: int, phones: Sequence[str], folder: Path
) -> list[float]:
    """One patient after the other; each waits for the page of the one before."""
    found = []
    for phone in phones:
        before = _pages(twilio)
        request = text_request(variables["twilio_auth_tokens"], variables["public_url"], phone, CRY)
        answered = call(port, [request], at_once=1, folder=folder)
        found.append(_next_page_at(twilio, before) - answered.began)
        time.sleep(PAUSE_SECONDS)
    return found


def _pages(twilio: Carrier) -> int:
    return sum(arrival.to == NURSE for arrival in twilio.arrivals())


def _next_page_at(twilio: Carrier, before: int) -> float:
    deadline = time.monotonic() + 120
    while True:
        pages = [arrival.at for arrival in twilio.arrivals() if arrival.to == NURSE]
        if len(pages) > before:
            return pages[before]
        if time.monotonic() > deadline:
            raise TimeoutError("no page within two minutes")
        time.sleep(0.02)
