"""Fetches calendars from addresses that administrators entered."""

import ipaddress
import socket
import urllib.error
import urllib.request
from email.message import Message
from http.client import HTTPException
from typing import IO
from urllib.parse import urlsplit

from service.errors import BadInput

MOST_BYTES = 1_000_000
TIMEOUT_SECONDS = 15.0


class CalendarFetcher:
    """`inside`: also from this host and its network, for development; elsewhere that would let an administrator of one
    hospital look around in the network of whoever runs the service."""

    def __init__(self, *, inside: bool) -> None:
        self._inside = inside
        self._opener = urllib.request.build_opener(_NoRedirects)

    def __call__(self, url: str) -> bytes:
        """The calendar. Raises BadInput that says why not."""
        parts = urlsplit(url)
        if parts.scheme != "https" and not (self._inside and parts.scheme == "http"):
            raise BadInput("url", "must begin with https://")
        if not parts.hostname:
            raise BadInput("url", "names no host")
        if not self._inside and not _is_public(parts.hostname, parts.port or 443):
            raise BadInput("url", "leads to no public host")
        try:
            with self._opener.open(url, timeout=TIMEOUT_SECONDS) as answer:
                content: bytes = answer.read(MOST_BYTES + 1)
        except urllib.error.HTTPError as problem:
            problem.close()
            raise BadInput("url", f"answers {problem.code}") from None
        except (OSError, HTTPException, ValueError):
            raise BadInput("url", "cannot be reached") from None
        if len(content) > MOST_BYTES:
            raise BadInput("url", f"gives more than {MOST_BYTES // 1000} kB")
        return content


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect could lead where the first address must not."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        return None


def _is_public(host: str, port: int) -> bool:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return bool(found) and all(ipaddress.ip_address(entry[4][0]).is_global for entry in found)
