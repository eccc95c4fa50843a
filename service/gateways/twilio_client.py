"""One signed-in SDK client for each thread: the SDK's is not proven thread-safe."""

import logging
import threading
from dataclasses import dataclass, field

import requests
from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from service.core.delivery import Accepted
from service.errors import ConfigurationError
from service.gateways.base import GatewayUnavailable
from service.gateways.twilio_errors import outcome_of
from service.gateways.twilio_http import Transport

# At INFO the SDK logs request URLs, and a lookup's URL holds the patient's number.
logging.getLogger("twilio.http_client").setLevel(logging.WARNING)

FAILURES = (TwilioException, requests.RequestException, ValueError, TypeError, AttributeError)
"""What the SDK raises; the last three when an answer is not what Twilio's API answers."""


@dataclass(frozen=True, slots=True)
class Login:
    """An account and how to sign in to it: an API key is preferred, without one the auth token.

    Raises ConfigurationError when there is neither.
    """

    account_sid: str
    auth_token: str | None = field(default=None, repr=False)
    api_key: str | None = None
    api_secret: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.auth_token and not (self.api_key and self.api_secret):
            raise ConfigurationError(
                "Set AFTERCELL_TWILIO_API_KEY and AFTERCELL_TWILIO_API_SECRET, or AFTERCELL_TWILIO_AUTH_TOKENS."
            )

    @property
    def pair(self) -> tuple[str | None, str | None]:
        if self.api_key and self.api_secret:
            return self.api_key, self.api_secret
        return self.account_sid, self.auth_token


class Clients:
    """`timeout` is in seconds. `api_base` replaces Twilio's host, in which case no request goes anywhere else."""

    def __init__(self, login: Login, *, api_base: str | None = None, timeout: float = 15.0) -> None:
        self._login = login
        self._api_base = api_base
        self._timeout = timeout
        self._of_thread = threading.local()

    def mine(self) -> tuple[Client, Transport]:
        """This thread's client, and the transport below it."""
        of_thread = self._of_thread
        if not hasattr(of_thread, "client"):
            of_thread.transport = Transport(self._timeout, self._api_base)
            of_thread.client = Client(
                *self._login.pair, account_sid=self._login.account_sid, http_client=of_thread.transport
            )
            # The SDK takes these from its own environment variables, which would change the host behind our back.
            of_thread.client.edge = of_thread.client.region = None
        return of_thread.client, of_thread.transport


def unavailable(error: Exception) -> GatewayUnavailable:
    """To be raised "from None": the cause's text holds the request's URL, and that holds the patient's number."""
    return GatewayUnavailable(f"Twilio could not be asked: {reason_of(error)}")


def reason_of(error: Exception) -> str:
    """What went wrong, without the provider's own words: they quote the patient's number."""
    outcome = outcome_of(error)
    return outcome.reason if not isinstance(outcome, Accepted) else ""
