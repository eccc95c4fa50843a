"""Calling our webhooks as Twilio does: over a real socket, signed by Twilio's own SDK."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

TOKEN = "first-token"
NEXT_TOKEN = "second-token"
PUBLIC_URL = "https://sms.example.org"
MESSAGE = "/hooks/twilio/message"
_sids = count(1)


def text_form(phone: str, body: str, **more: str) -> dict[str, str]:
    """What Twilio sends for a text; every call is another text."""
    sid = f"SM{next(_sids):032d}"
    return {
        "MessageSid": sid,
        "SmsSid": sid,
        "SmsMessageSid": sid,
        "AccountSid": "AC00000000000000000000000000000000",
        "MessagingServiceSid": "MG00000000000000000000000000000000",
        "From": phone,
        "To": "+15005550006",
        "Body": body,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
        "FromCountry": "US",
        **more,
    }


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Twilio:
    """Calls the application that listens on `port` and believes to be at PUBLIC_URL."""

    port: int

    def post(
        self,
        path: str,
        form: Mapping[str, str],
        *,
        token: str = TOKEN,
        signed_form: Mapping[str, str] | None = None,
        signed_path: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """POST `form`. `signed_form` and `signed_path` sign something else; `headers` replace the signature."""
        url = PUBLIC_URL + (signed_path or path)
        signature = RequestValidator(token).compute_signature(url, dict(signed_form or form))
        sent = {"X-Twilio-Signature": signature} if headers is None else dict(headers)
        sent["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        return self.request("POST", path, urlencode(form), sent)

    def text(self, phone: str, body: str, **more: str) -> Answer:
        return self.post(MESSAGE, text_form(phone, body, **more))

    def receipt(self, message_id: int | str, sid: str, status: str, **more: str) -> Answer:
        return self.post(f"/hooks/twilio/status/{message_id}", {"MessageSid": sid, "MessageStatus": status, **more})

    def request(
        self, method: str, path: str, body: str, headers: Mapping[str, str], *, chunked: bool = False
    ) -> Answer:
        """Anything at all."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            content = iter([body.encode()]) if chunked else body.encode()
            connection.request(method, path, content, dict(headers), encode_chunked=chunked)
            response = connection.getresponse()
            return Answer(response.status, response.read().decode(), dict(response.headers))
        finally:
            connection.close()
