"""A gateway whose outcomes the test chooses, one after the other, and which remembers what really left."""

from collections import Counter, deque
from collections.abc import Callable, Collection
from datetime import datetime
from enum import StrEnum
from itertools import count
from threading import Lock

from service.core.delivery import Accepted, Cause, Outcome, Permanent, Receipt, State, Transient, Unknown
from service.gateways.base import OutboundText
from service.gateways.simulated import SimulatedGateway


class Fate(StrEnum):
    """How one attempt ends. LOST_ANSWER: taken, but nobody is told. DEATH: the process dies in the call, before or
    after the text has left."""

    TAKEN = "taken"
    BUSY = "busy"
    REFUSED = "refused"
    LOST_ANSWER = "lost answer"
    LOST_REQUEST = "lost request"
    DEATH_BEFORE = "death before"
    DEATH_AFTER = "death after"


class Death(BaseException):
    """No handler for errors may stop it, as none stops SIGKILL."""


class DiceGateway(SimulatedGateway):
    """`taken`: how often each of our message ids left."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self.fates: deque[Fate] = deque()
        self.taken: Counter[str] = Counter()
        self._listed: list[tuple[str, str, str, datetime]] = []
        self._now = now
        self._numbers = count(1)
        self._lock = Lock()

    def send(self, text: OutboundText) -> Outcome:
        with self._lock:
            fate = self.fates.popleft() if self.fates else Fate.TAKEN
            match fate:
                case Fate.TAKEN:
                    return Accepted(self._take(text))
                case Fate.BUSY:
                    return Transient(20429, "busy")
                case Fate.REFUSED:
                    return Permanent(21211, "no such number", Cause.INVALID_ADDRESS)
                case Fate.LOST_ANSWER:
                    self._take(text)
                    return Unknown("no answer")
                case Fate.LOST_REQUEST:
                    return Unknown("no answer")
                case Fate.DEATH_BEFORE:
                    raise Death
                case Fate.DEATH_AFTER:
                    self._take(text)
                    raise Death

    def _take(self, text: OutboundText) -> str:
        provider_id = f"SM{next(self._numbers)}"
        self.taken[text.message_id] += 1
        self._listed.append((provider_id, text.to, text.body, self._now()))
        return provider_id

    def ids_of(self, phone: str) -> list[str]:
        """The provider ids of all that was taken for this phone."""
        return [provider_id for provider_id, to, _, _ in self._listed if to == phone]

    def find(self, to: str, body: str, since: datetime, known_ids: Collection[str] = ()) -> Receipt | None:
        for provider_id, number, text, at in reversed(self._listed):
            if (number, text) == (to, body) and at >= since and provider_id not in known_ids:
                return Receipt(provider_id, State.ACCEPTED)
        return None

    def fetch_status(self, provider_id: str) -> Receipt | None:
        return Receipt(provider_id, State.ACCEPTED)
