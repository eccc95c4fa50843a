"""The fake as a test holds it: its server, its faults, its receipts, and the phones at the other end."""

import queue
import random
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Self, Unpack
from xml.etree import ElementTree

from tests.fake_twilio.account import Account, AccountOptions
from tests.fake_twilio.api import Api
from tests.fake_twilio.faults import Fault
from tests.fake_twilio.records import FINAL_STATUSES, Call, Message, Sent, new_sid
from tests.fake_twilio.server import Server
from tests.fake_twilio.webhooks import Answer, Webhooks

STOP_WORDS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
START_WORDS = frozenset({"start", "yes", "unstop"})
HELP_WORDS = frozenset({"help", "info"})


class FakeTwilio(Account):
    """See the package's docstring. Options not named here are those of `Account`. Safe to use from many threads."""

    def __init__(
        self,
        *,
        public_urls: Mapping[str, str] | None = None,
        port: int = 0,
        auto_deliver: bool = False,
        advanced_opt_out: bool = False,
        webhook_timeout: float = 15.0,
        **account: Unpack[AccountOptions],
    ) -> None:
        super().__init__(**account)
        self.advanced_opt_out = advanced_opt_out
        self.auto_replies: list[tuple[str, str]] = []
        self.callbacks: list[tuple[str, str, Answer]] = []
        self._webhooks = Webhooks(self.auth_token, public_urls or {}, webhook_timeout)
        self._server = Server(port, Api(self).respond, self.released)
        self._accepted: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._deliverer = threading.Thread(target=self._deliver_as_accepted, daemon=True) if auto_deliver else None

    # Life

    def start(self) -> Self:
        self._server.start()
        if self._deliverer:
            self._deliverer.start()
        return self

    def close(self) -> None:
        self.release()
        self._accepted.put(None)
        if self._deliverer:
            self._deliverer.join()
        self._server.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def base_url(self) -> str:
        return self._server.base_url

    # What was sent

    @property
    def sent(self) -> list[Sent]:
        """Every text that was accepted, in order; refused ones are not among them."""
        with self.lock:
            return [one.as_sent() for one in self.messages.values() if one.direction == "outbound-api"]

    def sent_to(self, number: str) -> list[str]:
        """The bodies that were accepted for one phone, in order."""
        return [one.body for one in self.sent if one.to == number]

    def wait_for_sent(self, count: int, timeout: float = 10.0) -> list[Sent]:
        """Block until `count` texts were accepted. Raises TimeoutError, saying how many there were."""
        with self._grew:
            if not self._grew.wait_for(lambda: len(self.sent) >= count, timeout):
                raise TimeoutError(f"{len(self.sent)} of {count} texts after {timeout} s")
            return self.sent

    def accept(self, message: Message) -> None:
        """See `Account.accept`; with `auto_deliver` its callbacks start at once."""
        super().accept(message)
        self._accepted.put(message.sid)

    # Faults

    def next(self, fault: Fault, count: int = 1, method: str = "POST") -> None:
        """The next `count` sends (or lookups, with method GET) meet `fault`."""
        self.script.next(fault, count, method)

    def always(self, number: str, fault: Fault | None) -> None:
        """Every send to `number` meets `fault`, until None takes it back."""
        self.script.always(number, fault)

    def release(self) -> None:
        """Let go of the requests that hang: their connections are closed."""
        self.released.set()

    def plan(self, number: str, *steps: str | tuple[str, int]) -> None:
        """The statuses that texts to `number` accepted from now on will go through; none means no callback, ever."""
        self._plans[number] = [(step, None) if isinstance(step, str) else step for step in steps]

    def route(self, public_url: str, actual: str) -> None:
        """From now on call the application at another address: another of its processes."""
        self._webhooks.route(public_url, actual)

    # Receipts

    def deliver_all(
        self, *, copies: int = 1, backwards: bool = False, shuffle: random.Random | None = None
    ) -> list[Answer]:
        """Send every callback that is due, and return what the application answered to each.

        `copies` repeats each one, `backwards` sends the last status first, `shuffle` mixes them over all messages.
        """
        with self.lock:
            due = [(one, step) for one in self.messages.values() for step in self._take_steps(one)]
        due = [pair for pair in due for _ in range(copies)]
        if backwards:
            due.reverse()
        if shuffle:
            shuffle.shuffle(due)
        return [self._call_back(message, status, code) for message, (status, code) in due]

    def callback(self, sid: str, status: str, code: int | None = None) -> Answer:
        """Send one callback by hand; the message's own record does not change."""
        return self._call_back(self.messages[sid], status, code)

    def _take_steps(self, message: Message) -> list[tuple[str, int | None]]:
        steps, message.steps = message.steps, []
        for status, code in steps:
            if message.status not in FINAL_STATUSES or status == "read":
                message.status, message.error_code = status, code
        if steps:
            message.from_ = message.from_ or self.service_number
            message.sent_at = self.now()
        return steps

    def _call_back(self, message: Message, status: str, code: int | None) -> Answer:
        if not message.callback_url:
            return Answer(0)
        answer = self._webhooks.post(message.callback_url, message.callback_params(status, code))
        with self.lock:
            self.callbacks.append((message.sid, status, answer))
        return answer

    def _deliver_as_accepted(self) -> None:
        while (sid := self._accepted.get()) is not None:
            with self.lock:
                message = self.messages[sid]
                steps = self._take_steps(message)
            for status, code in steps:
                self._call_back(message, status, code)

    # Calls

    def pick_up(self, call: Call, *keys: str) -> list[str]:
        """Somebody answers and presses these keys, one at each question ("" waits in silence), then hangs up.

        Returns all that the phone said. Voicemail is a pick-up without keys.
        """
        self._ring(call, "in-progress")
        said: list[str] = []
        pressed = list(keys)
        twiml: str | None = call.twiml
        while twiml is not None:
            twiml = self._play(call, twiml, pressed, said)
        self.hang_up(call)
        return said

    def hang_up(self, call: Call, status: str = "completed") -> Answer:
        """The call is over: completed, busy, no-answer, failed or canceled."""
        return self._ring(call, status)

    def _play(self, call: Call, twiml: str, pressed: list[str], said: list[str]) -> str | None:
        """Play one document; the next one, when a key leads to it."""
        for verb in ElementTree.fromstring(twiml):
            said.extend(part.text or "" for part in verb.iter("Say"))
            key = pressed.pop(0) if verb.tag == "Gather" and pressed else ""
            if key:
                params = {"CallSid": call.sid, "CallStatus": "in-progress", "Digits": key, "To": call.to}
                answer = self._webhooks.post(verb.attrib["action"], params)
                return answer.body if answer.ok else None
        return None

    def _ring(self, call: Call, status: str) -> Answer:
        call.status = status
        if not call.status_url:
            return Answer(0)
        params = {"CallSid": call.sid, "CallStatus": status, "To": call.to, "From": call.from_}
        return self._webhooks.post(call.status_url, {**params, "CallbackSource": "call-progress-events"})

    # Phones

    def text(
        self,
        from_: str,
        body: str,
        to: str | None = None,
        *,
        media: int = 0,
        opt_out_type: str | None = None,
        sid: str | None = None,
        error_code: int | None = None,
        **more: str,
    ) -> Answer:
        """A phone texts `to` (the service's number). Returns what the webhook answered, after Twilio's own repeats.

        The same `sid` twice is the same message delivered twice. `error_code` (30009: a part is missing) shows in
        Twilio's list only. `more` adds or replaces parameters.
        """
        to = to or self.service_number
        service_sid = self.messaging_service_sid if to == self.service_number else None
        now = self.now()
        message = Message(
            sid or new_sid("SM"), self.account_sid, to, from_, body, "received", "inbound", now,
            service_sid=service_sid, num_media=media, sent_at=now, error_code=error_code,
        )  # fmt: skip
        with self.lock:
            self.messages.setdefault(message.sid, message)
            keyword = self._obey_keyword(message.sender if service_sid else to, from_, body)
        params = _inbound_params(message)
        if opt_out_type or (keyword and self.advanced_opt_out):
            params["OptOutType"] = opt_out_type or keyword
        return self._webhooks.post(self.inbound_url, params | more, self.fallback_url)

    def _obey_keyword(self, sender: str, number: str, body: str) -> str:
        word = body.strip().lower()
        if word in STOP_WORDS:
            self.opted_out.add((sender, number))
            self.auto_replies.append((number, "You have successfully been unsubscribed. Reply START to resubscribe."))
            return "STOP"
        if word in START_WORDS and (word != "yes" or (sender, number) in self.opted_out):
            self.opted_out.discard((sender, number))
            self.auto_replies.append((number, "You have successfully been re-subscribed."))
            return "START"
        if word in HELP_WORDS:
            self.auto_replies.append((number, "Reply STOP to unsubscribe."))
            return "HELP"
        return ""


def _inbound_params(message: Message) -> dict[str, str]:
    """The form of an inbound webhook, with the deprecated twins and the geography that Twilio guesses."""
    params = {
        "AccountSid": message.account_sid,
        "ApiVersion": "2010-04-01",
        "Body": message.body,
        "From": message.from_ or "",
        "FromCity": "",
        "FromCountry": "US",
        "FromState": "",
        "FromZip": "",
        "MessageSid": message.sid,
        "NumMedia": str(message.num_media),
        "NumSegments": "1",
        "SmsMessageSid": message.sid,
        "SmsSid": message.sid,
        "SmsStatus": "received",
        "To": message.to,
        "ToCountry": "US",
    }
    if message.service_sid:
        params["MessagingServiceSid"] = message.service_sid
    for number in range(message.num_media):
        params[f"MediaUrl{number}"] = f"https://api.twilio.com/media/{message.sid}/{number}"
        params[f"MediaContentType{number}"] = "image/jpeg"
    return params
