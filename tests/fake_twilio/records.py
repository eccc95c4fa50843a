"""What the fake remembers, and how Twilio would show it in JSON."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import parse_qs, urlsplit

FINAL_STATUSES = frozenset({"delivered", "undelivered", "failed", "read", "canceled", "received"})


def new_sid(prefix: str) -> str:
    return prefix + secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Sent:
    """A text that Twilio accepted. `our_id` is the last part of the callback's path: the sender's own message id."""

    to: str
    from_: str | None
    body: str
    sid: str
    our_id: str
    at: datetime


@dataclass(slots=True)
class Call:
    """A call that Twilio was asked to make. `twiml` is what it says first, or the URL where that is fetched."""

    to: str
    from_: str
    twiml: str
    sid: str
    at: datetime
    status_url: str = ""
    status: str = "queued"


@dataclass(slots=True)
class Message:
    """One row of Twilio's message list. `steps` are the statuses still to come, each with its error code."""

    sid: str
    account_sid: str
    to: str
    from_: str | None
    body: str
    status: str
    direction: str
    created_at: datetime
    service_sid: str | None = None
    callback_url: str = ""
    validity: int = 36_000
    num_media: int = 0
    sent_at: datetime | None = None
    error_code: int | None = None
    steps: list[tuple[str, int | None]] = field(default_factory=list)

    @property
    def sender(self) -> str:
        """Whose opt-out list applies: the service's, or else the number's."""
        return self.service_sid or self.from_ or ""

    def as_sent(self) -> Sent:
        our_id = urlsplit(self.callback_url).path.rpartition("/")[2]
        return Sent(self.to, self.from_, self.body, self.sid, our_id, self.created_at)

    def as_json(self) -> dict[str, object]:
        uri = f"/2010-04-01/Accounts/{self.account_sid}/Messages/{self.sid}"
        return {
            "account_sid": self.account_sid,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": _rfc2822(self.created_at),
            "date_sent": _rfc2822(self.sent_at),
            "date_updated": _rfc2822(self.sent_at or self.created_at),
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": None,
            "from": self.from_,
            "messaging_service_sid": self.service_sid,
            "num_media": str(self.num_media),
            # Twilio only knows once a service has picked a sender.
            "num_segments": "0" if self.service_sid and self.status == "accepted" else "1",
            "price": None,
            "price_unit": None,
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.to,
            "uri": f"{uri}.json",
        }

    def callback_params(self, status: str, code: int | None) -> dict[str, str]:
        """The form of a status callback. ErrorCode comes with failures only."""
        params = {
            "AccountSid": self.account_sid,
            "ApiVersion": "2010-04-01",
            "From": self.from_ or "",
            "MessageSid": self.sid,
            "MessageStatus": status,
            "SmsSid": self.sid,
            "SmsStatus": status,
            "To": self.to,
        }
        if self.service_sid:
            params["MessagingServiceSid"] = self.service_sid
        if code is not None:
            params["ErrorCode"] = str(code)
        if status == "delivered":
            params["RawDlrDoneDate"] = f"{self.created_at:%y%m%d%H%M}"
        return params


class ApiError(Exception):
    """An answer of 4xx or 5xx. `retry_after` in seconds becomes a header."""

    def __init__(self, status: int, code: int | None, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after

    def as_json(self) -> dict[str, object]:
        more_info = f"https://www.twilio.com/docs/errors/{self.code}"
        body: dict[str, object] = {"message": self.message, "more_info": more_info, "status": self.status}
        return body if self.code is None else {"code": self.code, **body}


def parse_form(body: bytes) -> dict[str, str]:
    """A form as Twilio reads it; of a repeated name the last counts."""
    fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, strict_parsing=bool(body))
    return {name: values[-1] for name, values in fields.items()}


def _rfc2822(at: datetime | None) -> str | None:
    return format_datetime(at) if at else None
