"""Calls a webhook as fast as it answers, over connections that stay open, from a process of its own.

Requests are made and signed beforehand; while the clock runs, a caller only writes and reads bytes.
"""

import base64
import hashlib
import hmac
import pickle
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import quote_plus

PATH = "/hooks/twilio/message"
_sids = count(1)


def text_request(token: str, public_url: str, phone: str, body: str) -> bytes:
    """The bytes of one signed webhook, the form that Twilio sends."""
    sid = f"SM{next(_sids):032x}"
    form = {
        "AccountSid": "AC" + "a" * 32,
        "ApiVersion": "2010-04-01",
        "Body": body,
        "From": phone,
        "FromCity": "",
        "FromCountry": "US",
        "FromState": "",
        "FromZip": "",
        "MessageSid": sid,
        "MessagingServiceSid": "MG" + "a" * 32,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "SmsStatus": "received",
        "To": "+15005550100",
        "ToCountry": "US",
    }
    signed = public_url + PATH + "".join(name + form[name] for name in sorted(form))
    signature = base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()
    content = "&".join(f"{name}={quote_plus(value)}" for name, value in form.items()).encode()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {signature}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


@dataclass(frozen=True, slots=True)
class Calls:
    """`seconds` for all of them together, and how long each took. `began`: by the machine's monotonic clock."""

    began: float
    seconds: float
    latencies: list[float]

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds


def call(port: int, requests: Sequence[bytes], *, at_once: int, folder: Path) -> Calls:
    """Send all, `at_once` at a time, from another process. Raises RuntimeError when one is not answered with 200."""
    work = folder / "requests"
    work.write_bytes(pickle.dumps((port, list(requests), at_once)))
    done = subprocess.run([sys.executable, "-m", "benchmarks.caller", work], capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    return Calls(*pickle.loads(done.stdout))


def _main(work: Path) -> None:
    port, requests, at_once = pickle.loads(work.read_bytes())
    waiting = iter(requests)
    lock = threading.Lock()
    latencies: list[float] = []
    failures: list[bytes] = []

    def caller() -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while True:
                with lock:
                    request = next(waiting, None)
                if request is None:
                    return
                start = time.perf_counter()
                connection.sendall(request)
                answer = _read_answer(connection)
                latencies.append(time.perf_counter() - start)
                if not answer.startswith(b"HTTP/1.1 200"):
                    failures.append(answer)

    threads = [threading.Thread(target=caller) for _ in range(at_once)]
    began, start = time.monotonic(), time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - start
    if failures or len(latencies) != len(requests):
        sys.exit(f"{len(failures)} of {len(requests)} were not taken, {len(latencies)} answered: {failures[:1]}")
    sys.stdout.buffer.write(pickle.dumps((began, seconds, latencies)))


def _read_answer(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += _more(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
    )
    while len(body) < length:
        body += _more(connection)
    return head


def _more(connection: socket.socket) -> bytes:
    received = connection.recv(65536)
    if not received:
        raise ConnectionError("the connection was closed in the middle of an answer")
    return received


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
