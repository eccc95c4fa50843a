"""A Twilio in a process of its own that takes as long as the real one, and notes when each text reached it."""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.fake_twilio import FakeTwilio
from tests.fake_twilio.records import Message
from tests.processes import Deployment, free_port, wait_until_it_listens


class NotingTwilio(FakeTwilio):
    """One line for each text: the machine's monotonic clock, and the number it went to."""

    def accept(self, message: Message) -> None:
        super().accept(message)
        sys.stdout.write(f"{time.monotonic()} {message.to}\n")
        sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class Arrival:
    at: float
    to: str


@dataclass(frozen=True, slots=True)
class Carrier:
    """`base_url` is what aftercell is told to send to."""

    base_url: str
    log: Path

    def arrivals(self) -> list[Arrival]:
        """All texts so far, in order. `at` is in seconds of `time.monotonic`."""
        pairs = [line.split() for line in self.log.read_text().splitlines(keepends=True) if line.endswith("\n")]
        return [Arrival(float(at), to) for at, to in pairs]

    def wait_for(self, count: int, timeout: float) -> list[Arrival]:
        """Raises TimeoutError, saying how many there were."""
        deadline = time.monotonic() + timeout
        while len(found := self.arrivals()) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(found)} of {count} texts after {timeout:.0f} s")
            time.sleep(0.2)
        return found


@contextmanager
def carrier(latency: float, folder: Path) -> Iterator[Carrier]:
    """Up until the block ends. `latency` in seconds."""
    port = free_port()
    with Deployment({}, folder) as deployment:
        program = (sys.executable, "-m", "benchmarks.carrier")
        deployment.start(f"--port {port} --latency {latency}", program=program)
        url = f"http://127.0.0.1:{port}"
        wait_until_it_listens(port)
        yield Carrier(url, deployment.log_of("--port"))


def twilio_settings(base_url: str = "") -> dict[str, str]:
    """What aftercell must be told to use it, or to believe in a Twilio that is never called."""
    return {
        "gateway": "twilio",
        "twilio_account_sid": "AC" + "a" * 32,
        "twilio_auth_tokens": "fake-auth-token",
        "twilio_messaging_service_sid": "MG" + "a" * 32,
        "twilio_alert_from": "+15005550199",
        "public_url": "https://sms.example.org",
        # Nothing holds it back but itself.
        "text_segments_per_second": "0",
        "page_segments_per_second": "0",
        **({"twilio_api_base": base_url} if base_url else {}),
    }


def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--latency", type=float, required=True)
    wanted = parser.parse_args()
    with NotingTwilio(port=wanted.port, latency=wanted.latency):
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    _main()
