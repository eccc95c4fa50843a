"""Calling the application as Twilio does: signed, once, and again only as the URL's connection overrides allow."""

import base64
import hashlib
import hmac
import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit


@dataclass(frozen=True, slots=True)
class Answer:
    """What the application answered; status 0 when no connection could be made or it broke off."""

    status: int
    body: str = ""
    content_type: str = ""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


def sign(token: str, url: str, params: Mapping[str, str]) -> str:
    """X-Twilio-Signature of a form POST."""
    signed = url + "".join(name + params[name] for name in sorted(params))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


class Webhooks:
    """`public_urls` maps the address that the application is known by to the one where it listens."""

    def __init__(self, token: str, public_urls: Mapping[str, str], timeout: float) -> None:
        self.token = token
        self._public_urls = dict(public_urls)
        self._timeout = timeout

    def route(self, public: str, actual: str) -> None:
        """Call `actual` for `public` from now on."""
        self._public_urls = self._public_urls | {public: actual}

    def post(self, url: str, params: Mapping[str, str], fallback_url: str = "") -> Answer:
        """Call `url`, then `fallback_url` if that failed, and return the last answer."""
        address, _, fragment = url.partition("#")
        overrides = parse_qs(fragment)
        repeats = int(overrides.get("rc", ["1"])[0])
        reasons = set(overrides.get("rp", ["ct"])[0].split(","))
        answer = self._once(address, params)
        while repeats and _is_repeated(answer, reasons):
            repeats -= 1
            answer = self._once(address, params)
        if not answer.ok and fallback_url:
            error = "11205" if answer.status == 0 else "11217"
            return self._once(fallback_url, {**params, "ErrorCode": error, "ErrorUrl": address})
        return answer

    def _once(self, url: str, params: Mapping[str, str]) -> Answer:
        actual = urlsplit(self._actual(url))
        kind = http.client.HTTPSConnection if actual.scheme == "https" else http.client.HTTPConnection
        connection = kind(actual.netloc, timeout=self._timeout)
        target = actual.path + (f"?{actual.query}" if actual.query else "")
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": sign(self.token, url, params),
            "User-Agent": "TwilioProxy/1.1",
        }
        try:
            connection.request("POST", target, urlencode(params), headers)
            response = connection.getresponse()
            return Answer(response.status, response.read().decode("utf-8"), response.headers.get("Content-Type", ""))
        except (OSError, http.client.HTTPException):
            return Answer(0)
        finally:
            connection.close()

    def _actual(self, url: str) -> str:
        for public, actual in self._public_urls.items():
            if url.startswith(public):
                return actual + url[len(public) :]
        return url


def _is_repeated(answer: Answer, reasons: set[str]) -> bool:
    if answer.ok:
        return False
    kind = "ct" if answer.status == 0 else f"{answer.status // 100}xx"
    return bool(reasons & {"all", kind})
