"""A webhook from the socket to its committed effect, against a bare Flask route on the same gunicorn and PostgreSQL.

What aftercell does meanwhile: verify, store, commit; lock the patient, read the text with every lexicon, judge, raise
the alert, move the conversation on, write the next question encrypted, commit.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import func, select, text

from benchmarks import bare
from benchmarks.caller import Calls, call, text_request
from benchmarks.carrier import twilio_settings
from benchmarks.measuring import Figure, median, percentile
from benchmarks.stage import Stage, stage
from service.store.messages import Direction, Handling, Message
from tests.processes import Deployment, free_port, wait_until_it_answers

NAME = "inbound"
WANTED = 0.5
AT_ONCE = 16
ROUNDS = 3
# A morning's check-in as most answer it, and what one in twenty answers.
REPLIES = ("37.1", "no", "no")
CONCERNING = ("38.9", "no", "no")
GUNICORN = ("--config", "gunicorn.conf.py", "--log-level", "warning")
TWILIO = twilio_settings()


def run(*, quick: bool) -> Iterator[Figure]:
    patients = 30 if quick else 300
    with tempfile.TemporaryDirectory() as name, stage() as here:
        folder = Path(name)
        with here.engine.begin() as connection:
            connection.execute(text(bare.TABLE))
        with Deployment(here.variables | TWILIO, folder) as deployment:
            ports = {app: _serve(deployment, app) for app in ("wsgi:create_app()", "benchmarks.bare:create_app()")}
            ours, theirs = ports.values()
            measured: dict[int, list[Calls]] = {ours: [], theirs: []}
            for round_ in range(ROUNDS):
                phones = [f"+1212{round_}{number:06d}" for number in range(patients)]
                here.ask(phones)
                for port, calls in measured.items():
                    calls.append(_all_replies(port, phones, folder))
                _all_are_handled(here, len(phones) * len(REPLIES) * (round_ + 1))
    yield from _figures(measured[ours], measured[theirs])


def _figures(ours: list[Calls], theirs: list[Calls]) -> Iterator[Figure]:
    speed = {name: median([calls.per_second for calls in all_]) for name, all_ in (("us", ours), ("bare", theirs))}
    yield Figure(NAME, "aftercell", speed["us"], "texts/s")
    yield Figure(NAME, "bare Flask route, one INSERT", speed["bare"], "texts/s")
    latencies = [latency * 1000 for calls in ours for latency in calls.latencies]
    yield Figure(NAME, f"aftercell's answer, median, {AT_ONCE} at once", median(latencies), "ms")
    yield Figure(NAME, f"aftercell's answer, 99th percentile, {AT_ONCE} at once", percentile(latencies, 99), "ms")
    ratio = speed["us"] / speed["bare"]
    yield Figure(NAME, "aftercell to bare", ratio, "x", f"at least {WANTED}", ratio >= WANTED)


def _serve(deployment: Deployment, app: str) -> int:
    port = free_port()
    gunicorn = (sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", *GUNICORN)
    deployment.start(app, program=gunicorn)
    wait_until_it_answers(f"http://127.0.0.1:{port}/health/live")
    return port


def _all_replies(port: int, phones: Sequence[str], folder: Path) -> Calls:
    """Every patient's first reply, then every second one, then every third: each answers what was asked."""
    requests = [
        text_request(
            TWILIO["twilio_auth_tokens"],
            TWILIO["public_url"],
            phone,
            (CONCERNING if number % 20 == 0 else REPLIES)[turn],
        )
        for turn in range(len(REPLIES))
        for number, phone in enumerate(phones)
    ]
    return call(port, requests, at_once=AT_ONCE, folder=folder)


def _all_are_handled(here: Stage, expected: int) -> None:
    """A fast answer that leaves the work undone would be no answer."""
    handled = select(func.count()).where(Message.direction == Direction.INBOUND, Message.state == Handling.HANDLED)
    with here.services.read_work() as work:
        assert work.session.scalar(handled) == expected
