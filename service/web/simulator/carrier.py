"""The simulated carrier: hands a text to our own webhook as Twilio would, signed and over a real socket."""

import http.client
import secrets
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from service.core.sms import segments
from service.settings import Settings

PATH = "/hooks/twilio/message"
# As long as a carrier waits.
TIMEOUT_SECONDS = 15.0
OUR_NUMBER = "+15005550006"


def hand_over(settings: Settings, number: str, body: str) -> int | None:
    """The status that the webhook answered; None when it did not answer.

    Needs a server of several threads or processes: the request that we are in waits for this one.
    """
    form = {
        "MessageSid": f"SM{secrets.token_hex(16)}",
        "AccountSid": f"AC{'0' * 32}",
        "From": number,
        "To": OUR_NUMBER,
        "Body": body,
        "NumMedia": "0",
        "NumSegments": str(max(1, segments(body).parts)),
        "SmsStatus": "received",
    }
    signature = RequestValidator(settings.hook_tokens[0]).compute_signature(settings.public_url + PATH, form)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
    connection = http.client.HTTPConnection("127.0.0.1", settings.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", PATH, urlencode(form), headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
