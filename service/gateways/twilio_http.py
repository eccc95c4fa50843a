"""The one way out to Twilio: an explicit timeout, no repeats, and a base URL that tests and demos can move."""

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response

from service.errors import ConfigurationError

_HOSTS = frozenset({"api.twilio.com", "messaging.twilio.com"})


class Transport:
    """HTTP client for one SDK client, so for one thread. `timeout` is in seconds.

    With an `api_base` every request goes there and none to the internet: proxies from the environment are not used,
    and a Twilio host that we did not expect is an error.
    """

    def __init__(self, timeout: float, api_base: str | None = None) -> None:
        # The SDK waits for ever by default.
        self._inner = TwilioHttpClient(timeout=timeout)
        self._base = _checked(api_base) if api_base else None
        if self._base:
            self._inner.session.trust_env = False
        self.retry_after: timedelta | None = None
        """What the last answer's Retry-After asked for, if it did."""

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """One HTTP request; raises what `requests` raises."""
        self.retry_after = None
        response = self._inner.request(method, self._rehost(url), params, data, headers, auth, timeout, allow_redirects)
        self.retry_after = _seconds(response.headers.get("Retry-After"))
        return response

    def _rehost(self, url: str) -> str:
        if self._base is None:
            return url
        parts = urlsplit(url)
        if parts.netloc not in _HOSTS:
            raise ConfigurationError(f"AFTERCELL_TWILIO_API_BASE is set, so {parts.netloc} is out of bounds.")
        return f"{self._base}{parts.path}" + (f"?{parts.query}" if parts.query else "")


def _checked(api_base: str) -> str:
    parts = urlsplit(api_base)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise ConfigurationError("AFTERCELL_TWILIO_API_BASE must be a plain URL such as http://127.0.0.1:4010")
    return api_base.rstrip("/")


def _seconds(header: str | None) -> timedelta | None:
    return timedelta(seconds=int(header)) if header and header.isascii() and header.isdecimal() else None
