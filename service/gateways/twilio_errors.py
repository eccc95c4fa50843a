"""What an exception of the SDK says about the attempt: not sent, refused, or nobody knows.

Measured with twilio 9.13.0 against a local server. The SDK raises the same `requests.ConnectionError` for a refused
connection, where nothing was sent, and for one dropped after the request, where the text may be on its way.
"""

import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.base.version import Version
from twilio.http.response import Response
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from service.core.delivery import Cause, Outcome, Permanent, Transient, Unknown
from service.core.twilio_codes import CODES, outcome_of_code, read_code

_BEFORE_SENDING = (NewConnectionError, ConnectTimeoutError, ssl.SSLCertVerificationError)


def outcome_of(error: Exception, retry_after: timedelta | None = None) -> Outcome:
    """The outcome that `error`, raised by one request, amounts to. Its reason holds no number and no body."""
    if isinstance(error, TwilioRestException | TwilioServiceException):
        return _refused(int(error.status), read_code(str(error.code)), retry_after)
    if isinstance(error, TwilioException) and error.args and isinstance(error.args[-1], Response):
        # For lists the SDK raises its bare base class, with the answer as an argument.
        return outcome_of(Version.exception("GET", "", error.args[-1], ""), retry_after)
    if any(isinstance(one, _BEFORE_SENDING) for one in _chain(error)):
        return Transient(None, "no connection to Twilio", cause=Cause.OFFLINE)
    if isinstance(error, requests.Timeout):
        return Unknown("Twilio did not answer in time")
    if isinstance(error, requests.RequestException):
        return Unknown("the connection to Twilio broke off")
    return Unknown(f"the answer was not readable ({type(error).__name__})")


def _refused(status: int, code: int | None, retry_after: timedelta | None) -> Outcome:
    if status == 429:
        return Transient(code, "Twilio 429: too many requests at once", retry_after)
    if status == 408 or not 400 <= status < 500:
        return Unknown(f"Twilio answered HTTP {status}")
    if code not in CODES and status in (401, 403, 404):
        return Permanent(code, f"Twilio refused the account or its credentials (HTTP {status})", Cause.CREDENTIALS)
    outcome = outcome_of_code(code)
    return replace(outcome, retry_after=retry_after) if isinstance(outcome, Transient) else outcome


def _chain(error: BaseException) -> Iterator[BaseException]:
    """`error` and what it was raised for: requests and urllib3 pass the original on as an argument or a reason."""
    yield error
    inner = [getattr(error, "reason", None), *error.args[:1]]
    for one in inner:
        if isinstance(one, BaseException):
            yield from _chain(one)
