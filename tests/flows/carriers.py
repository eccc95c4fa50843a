"""Gateways that do what a test says, and remember what they were given."""

import threading
from collections.abc import Callable, Collection
from datetime import datetime

from service.core.delivery import Accepted, Outcome, State
from service.gateways.base import OutboundCall, OutboundText
from service.gateways.simulated import SimulatedGateway

Behaviour = Callable[[OutboundText], Outcome | None]


class Carrier(SimulatedGateway):
    """Delivers every text, unless `behave` says otherwise or takes its time."""

    def __init__(self, behave: Behaviour = lambda text: None, *, pages_have_own_sender: bool = True) -> None:
        super().__init__()
        self.behave = behave
        self.pages_have_own_sender = pages_have_own_sender
        self._lock = threading.Lock()
        self._tried: list[OutboundText] = []

    @property
    def tried(self) -> list[str]:
        """The numbers that were tried, in the order in which the calls began."""
        with self._lock:
            return [text.to for text in self._tried]

    @property
    def bodies(self) -> list[str]:
        with self._lock:
            return [text.body for text in self._tried]

    def send(self, text: OutboundText) -> Outcome:
        with self._lock:
            self._tried.append(text)
        return self.behave(text) or super().send(text)


class Mailbox:
    """An e-mail server that takes everything."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str, str]] = []

    def send(self, to: str, subject: str, body: str) -> Outcome:
        self.mails.append((to, subject, body))
        return Accepted(f"mail{len(self.mails)}", State.SENT)

    def subjects_to(self, to: str) -> list[str]:
        return [subject for receiver, subject, _ in self.mails if receiver == to]


class Switchboard:
    """Calls that ring; what becomes of them the test says."""

    def __init__(self) -> None:
        self.calls: list[OutboundCall] = []

    def call(self, call: OutboundCall) -> Outcome:
        self.calls.append(call)
        return Accepted(f"CA{len(self.calls)}")

    def find_call(self, to: str, since: datetime, known_ids: Collection[str] = ()) -> None:
        return None

    def fetch_call(self, provider_id: str) -> None:
        return None
