"""The account behind the fake: what the REST side reads and writes."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypedDict

from tests.fake_twilio.faults import Script
from tests.fake_twilio.records import Call, Message


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
        self._plans: dict[str, list[tuple[str, int | None]]] = {}

    def accept(self, message: Message) -> None:
        """Take a text in, with the statuses that it will go through."""
        with self._grew:
            if not message.steps:
                message.steps = list(self._plans.get(message.to, [("sent", None), ("delivered", None)]))
            self.messages[message.sid] = message
            self._grew.notify_all()
