"""A Twilio that misbehaves at random and tells the phones what has reached them."""

import random
import threading
from collections.abc import Callable
from datetime import datetime

from tests.fake_twilio import FakeTwilio, Fault, drop, nonsense, server_error, too_many_requests
from tests.fake_twilio.faults import Script
from tests.fake_twilio.records import Message

FAULTS = (
    too_many_requests(retry_after=1),
    server_error(accepted=True),
    server_error(accepted=False, status=503, code=None),
    drop(accepted=True),
    drop(accepted=False),
    nonsense(accepted=True),
)
FAULT_CHANCE = 0.06


class RandomFaults(Script):
    """A fault now and then, until it is calmed."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance
        self._guard = threading.Lock()
        self.calm = False
        self.answers_lost: set[str] = set()
        """Numbers to which a text was accepted without anybody being told."""

    def take(self, method: str, number: str) -> Fault | None:
        with self._guard:
            if self.calm or method != "POST" or self._chance.random() > FAULT_CHANCE:
                return super().take(method, number)
            fault = self._chance.choice(FAULTS)
            if fault.accepted:
                self.answers_lost.add(number)
            return fault


class Carrier(FakeTwilio):
    """`arrived` is called with every text that was accepted, on the thread of its request."""

    def __init__(
        self,
        *,
        inbound_url: str,
        public_urls: dict[str, str],
        now: Callable[[], datetime],
        chance: random.Random,
        arrived: Callable[[str, str, str], None],
    ) -> None:
        super().__init__(
            inbound_url=inbound_url, public_urls=public_urls, now=now, auto_deliver=True, webhook_timeout=10
        )
        self.faults = RandomFaults(chance)
        self.script = self.faults
        self._arrived = arrived

    def accept(self, message: Message) -> None:
        super().accept(message)
        sent = message.as_sent()
        self._arrived(sent.to, sent.our_id, sent.body)
