"""Headers that keep a browser from doing more for a page than the page needs."""

from flask import Flask, Response, request

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)


def register(app: Flask) -> None:
    """Set them on every response of this application, errors too."""
    app.after_request(_harden)


def _harden(response: Response) -> Response:
    headers = response.headers
    headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    # Not `no-referrer`: behind TLS the check against forged forms needs to see which of our pages sent them.
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if request.endpoint != "static":
        # Pages hold what patients wrote; no cache may keep them.
        headers["Cache-Control"] = "no-store"
    return response
