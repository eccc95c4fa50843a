"""What can go wrong with one request, and when it is to go wrong."""

import threading
from collections import defaultdict, deque
from dataclasses import dataclass
from enum import StrEnum


class Manner(StrEnum):
    ANSWER = "answer"
    HANG = "hang"
    DROP = "drop"
    NONSENSE = "nonsense"


@dataclass(frozen=True, slots=True)
class Fault:
    """`accepted`: the message is taken before things go wrong, so it will be delivered although nobody was told."""

    manner: Manner
    accepted: bool = False
    status: int = 400
    code: int | None = None
    retry_after: int | None = None


def too_many_requests(retry_after: int | None = None) -> Fault:
    return Fault(Manner.ANSWER, status=429, code=20429, retry_after=retry_after)


def server_error(*, accepted: bool = False, status: int = 500, code: int | None = 20500) -> Fault:
    return Fault(Manner.ANSWER, accepted, status, code)


def refused(code: int | None, status: int = 400) -> Fault:
    return Fault(Manner.ANSWER, status=status, code=code)


def hang(*, accepted: bool = False) -> Fault:
    """No answer until `FakeTwilio.release`."""
    return Fault(Manner.HANG, accepted)


def drop(*, accepted: bool = False) -> Fault:
    """The connection is closed without an answer."""
    return Fault(Manner.DROP, accepted)


def nonsense(*, accepted: bool = False) -> Fault:
    """201 and a page of HTML."""
    return Fault(Manner.NONSENSE, accepted)


class Script:
    """Which fault meets which request: those queued for the next requests first, then those of the number."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._always: dict[str, Fault] = {}

    def next(self, fault: Fault, count: int, method: str) -> None:
        with self._lock:
            self._next[method].extend([fault] * count)

    def always(self, number: str, fault: Fault | None) -> None:
        with self._lock:
            if fault is None:
                self._always.pop(number, None)
            else:
                self._always[number] = fault

    def take(self, method: str, number: str) -> Fault | None:
        with self._lock:
            if self._next[method]:
                return self._next[method].popleft()
            return self._always.get(number) if method == "POST" else None

    def clear(self) -> None:
        with self._lock:
            self._next.clear()
            self._always.clear()
