"""The patients' phones: each sends its dialogue's next text when everything before it has been answered, and the
carrier brings it again until it is taken, at times once more than needed. The nurse's phone answers every page."""

import heapq
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from tests.chaos.carrier import Carrier
from tests.chaos.dialogues import Dialogue, Expected
from tests.fake_twilio.records import new_sid

CODE = re.compile(r"\b[1-9]{4}\b")
DUPLICATE_CHANCE = 0.2
FORGET_CHANCE = 0.7
AT_ONCE = 8


@dataclass(slots=True)
class Conversation:
    """One patient's side. `sids` are those of the texts sent so far."""

    dialogue: Dialogue
    expected: Expected
    seen: set[str] = field(default_factory=set)
    sids: list[str] = field(default_factory=list)

    @property
    def next_body(self) -> str | None:
        turn = len(self.sids)
        if turn == len(self.dialogue.bodies) or len(self.seen) < self.expected.after[turn]:
            return None
        return self.dialogue.bodies[turn]

    @property
    def finished(self) -> bool:
        return len(self.sids) == len(self.dialogue.bodies)


class Phones:
    """All phones of one run. Times are real seconds."""

    def __init__(
        self,
        conversations: Mapping[str, Conversation],
        nurse: str,
        chance: random.Random,
        is_stored: Callable[[str], bool],
    ) -> None:
        self.conversations = conversations
        self.carrier: Carrier | None = None
        self.answers: Counter[int] = Counter()
        """What the webhook answered, for the report of a failure; 0 is a broken connection."""
        self._nurse = nurse
        self._is_stored = is_stored
        self._answered: set[str] = set()
        self._chance = chance
        self._lock = threading.Lock()
        self._errands: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = 0
        self._running = 0
        self._closed = threading.Event()
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self, within: float) -> None:
        """Whoever texts out of the blue does so within so many seconds."""
        self._thread.start()
        for number, conversation in self.conversations.items():
            if not conversation.dialogue.asked:
                self._later(self._chance.uniform(0, within), partial(self._speak, number))

    def close(self) -> None:
        self._closed.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._pool.shutdown()

    @property
    def busy(self) -> bool:
        """Whether a text is on its way or about to be sent."""
        with self._lock:
            return bool(self._errands) or self._running > 0

    def arrived(self, number: str, our_id: str, body: str) -> None:
        """A text has come."""
        if number == self._nurse:
            self._answer_page(body)
        elif number in self.conversations:
            conversation = self.conversations[number]
            if body not in conversation.expected.bodies:
                # A question that only comes with time, and is left open. While a text that should have come before it
                # is still being looked for, it must not be taken for that one.
                return
            with self._lock:
                conversation.seen.add(our_id)
            self._later(self._chance.uniform(0.1, 2), partial(self._speak, number))

    def _answer_page(self, body: str) -> None:
        code = CODE.search(body)
        with self._lock:
            if code is None or code[0] in self._answered:
                return
            self._answered.add(code[0])
        sid = new_sid("SM")
        self._later(self._chance.uniform(0.5, 3), partial(self._send, self._nurse, f"{code[0]} done called them", sid))

    def _speak(self, number: str) -> None:
        with self._lock:
            conversation = self.conversations[number]
            body = conversation.next_body
            if body is None:
                return
            sid = new_sid("SM")
            conversation.sids.append(sid)
        self._send(number, body, sid)

    def _send(self, number: str, body: str, sid: str) -> None:
        assert self.carrier is not None
        answer = self.carrier.text(number, body, sid=sid)
        self.answers[answer.status] += 1
        if not answer.ok:
            # Repeats, the fallback and the later look at the provider's list all come to this: it is brought again.
            # At times it is not, although the answer was lost: then what was stored must be acted on by itself.
            if self._chance.random() < FORGET_CHANCE and self._is_stored(sid):
                return
            self._later(self._chance.uniform(0.3, 1.5), partial(self._send, number, body, sid))
        elif self._chance.random() < DUPLICATE_CHANCE:
            self._later(self._chance.uniform(0, 3), partial(self._send, number, body, sid))

    def _later(self, seconds: float, errand: Callable[[], None]) -> None:
        with self._lock:
            self._numbers += 1
            heapq.heappush(self._errands, (time.monotonic() + seconds, self._numbers, errand))

    def _run(self) -> None:
        while not self._closed.wait(0.02):
            with self._lock:
                due = []
                while self._errands and self._errands[0][0] <= time.monotonic():
                    due.append(heapq.heappop(self._errands)[2])
                self._running += len(due)
            for errand in due:
                self._pool.submit(self._do, errand)

    def _do(self, errand: Callable[[], None]) -> None:
        try:
            errand()
        finally:
            with self._lock:
                self._running -= 1
