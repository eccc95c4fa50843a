"""The account behind the fake: what the REST side reads and writes."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypedDict

from service.core.sms import segments
from tests.fake_twilio.faults import Script
from tests.fake_twilio.records import ApiError, Call, Message


def utc_now() -> datetime:
    return datetime.now(UTC)


class AccountOptions(TypedDict, total=False):
    """What `Account` can be made with."""

    inbound_url: str
    fallback_url: str
    account_sid: str
    auth_token: str
    api_key: str
    api_secret: str
    messaging_service_sid: str
    service_number: str
    alert_number: str
    latency: float
    opt_out_in_callback: bool
    now: Callable[[], datetime]


@dataclass(slots=True)
class Limit:
    """A sender's rate and queue. `backlog`: segments that wait at `at`; `longest`: the most there ever were."""

    rate: float
    queue: int
    at: datetime
    backlog: float = 0.0
    longest: float = 0.0

    def takes(self, parts: int, now: datetime) -> bool:
        self.backlog = max(0.0, self.backlog - self.rate * (now - self.at).total_seconds())
        self.at = now
        if self.backlog + parts > self.queue:
            return False
        self.backlog += parts
        self.longest = max(self.longest, self.backlog)
        return True


class Account:
    """Credentials, senders, configuration, messages and opt-out list of one Twilio account. Guarded by `lock`."""

    def __init__(
        self,
        *,
        inbound_url: str = "",
        fallback_url: str = "",
        account_sid: str = "AC" + "a" * 32,
        auth_token: str = "fake-auth-token",
        api_key: str = "SK" + "a" * 32,
        api_secret: str = "fake-api-secret",
        messaging_service_sid: str = "MG" + "a" * 32,
        service_number: str = "+15005550100",
        alert_number: str = "+15005550199",
        latency: float = 0.0,
        opt_out_in_callback: bool = False,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.account_sid = account_sid
        self.logins = frozenset({(account_sid, auth_token), (api_key, api_secret)})
        self.auth_token = auth_token
        self.api_key = api_key
        self.api_secret = api_secret
        self.messaging_service_sid = messaging_service_sid
        self.service_number = service_number
        self.alert_number = alert_number
        self.inbound_url = inbound_url
        self.fallback_url = fallback_url
        self.latency = latency
        self.opt_out_in_callback = opt_out_in_callback
        self.now = now
        self.service: dict[str, object] = {
            "sid": messaging_service_sid,
            "account_sid": account_sid,
            "inbound_request_url": inbound_url or None,
            "inbound_method": "POST",
            "fallback_url": fallback_url or None,
            "use_inbound_webhook_on_number": False,
        }
        self.numbers: dict[str, str] = {service_number: inbound_url, alert_number: inbound_url}
        self.script = Script()
        self.messages: dict[str, Message] = {}
        self.calls: list[Call] = []
        self.requests: list[tuple[str, str]] = []
        self.opted_out: set[tuple[str, str]] = set()
        self.lock = threading.RLock()
        self.released = threading.Event()
        self._grew = threading.Condition(self.lock)
        self.limits: dict[str, Limit] = {}
        self._plans: dict[str, list[tuple[str, int | None]]] = {}

    def limit(self, sender: str, segments_per_second: float, queue: int = 36_000) -> None:
        """Let a sender (a number, or the service's SID) send so fast, and queue so many segments, and no more."""
        self.limits[sender] = Limit(segments_per_second, queue, self.now())

    def longest_wait(self, sender: str) -> float:
        """Seconds that the last text of the fullest moment so far had to wait in this sender's queue."""
        with self.lock:
            return self.limits[sender].longest / self.limits[sender].rate

    def meter(self, message: Message) -> None:
        """Queue a text at its sender. Over the limit it is refused, or, with a service, fails afterwards."""
        with self.lock:
            limit = self.limits.get(message.sender)
            if limit is None or limit.takes(segments(message.body).parts, self.now()):
                return
        if message.service_sid is None:
            raise ApiError(400, 21611, "This 'From' number has exceeded the maximum number of queued messages")
        message.steps = [("failed", 30001)]

    def accept(self, message: Message) -> None:
        """Take a text in, with the statuses that it will go through."""
        with self._grew:
            if not message.steps:
                message.steps = list(self._plans.get(message.to, [("sent", None), ("delivered", None)]))
            self.messages[message.sid] = message
            self._grew.notify_all()
