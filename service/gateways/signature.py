"""Whether a webhook really comes from Twilio.

The signature covers the URL exactly as Twilio called it, so the URL is built from the public base that the operator
configured and the raw request target that the server received: a proxy's Host header is never believed, and a
decoded and re-encoded path would not match.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from twilio.request_validator import RequestValidator

Form = Mapping[str, str | Sequence[str]] | Iterable[tuple[str, str]]


def verify(tokens: Sequence[str], public_url: str, raw_uri: str, form: Form, header: str | None) -> bool:
    """True when `header` signs this request with one of `tokens`. Never raises, whatever the request holds.

    `public_url` is scheme and host, with a path only where a proxy strips it; `raw_uri` is the request target as it
    came over the wire (RAW_URI). `form` may hold a name several times, as pairs or as a mapping to a list. Several
    tokens are accepted so that one can be rotated without refusing a patient's message.
    """
    try:
        params = _Params(form)
        urls = _spellings(public_url.rstrip("/") + raw_uri)
        given = (header or "").strip().encode()
        return any(_matches(token, url, params, given) for token in tokens if token for url in urls)
    except (ValueError, TypeError, UnicodeError):
        # Undecodable targets and odd parameters can only be forgeries: Twilio sends none.
        return False


class _Params(dict[str, list[str]]):
    """Form parameters by name, each with all its values, in the shape in which the SDK reads repeated names."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        for name, value in form.items() if isinstance(form, Mapping) else form:
            self.setdefault(name, []).extend([value] if isinstance(value, str) else value)

    def getlist(self, name: str) -> list[str]:
        return self[name]


def _matches(token: str, url: str, params: _Params, given: bytes) -> bool:
    expected = str(RequestValidator(token).compute_signature(url, params)).encode()
    return hmac.compare_digest(expected, given)


def _spellings(url: str) -> list[str]:
    """`url` as it is, and with its default port added or taken away: Twilio signs either."""
    parts = urlsplit(url)
    default = {"https": 443, "http": 80}.get(parts.scheme)
    if parts.port is None and default:
        return [url, url.replace(parts.netloc, f"{parts.netloc}:{default}", 1)]
    if parts.port == default:
        return [url, url.replace(parts.netloc, parts.netloc.removesuffix(f":{default}"), 1)]
    return [url]
