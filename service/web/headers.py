"""Headers that keep a browser from doing more for a page than the page needs."""

from flask import Flask, Response, request
from flask_talisman import Talisman

from service.settings import Settings

CONTENT_SECURITY_POLICY = {
    "default-src": "'self'",
    # The style sheet draws arrows and ticks from data.
    "img-src": "'self' data:",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}


def register(app: Flask, settings: Settings) -> None:
    """Set them on every response of this application, errors too."""
    behind_tls = settings.public_url.startswith("https://")
    Talisman(
        app,
        # Load balancers and carriers' webhooks come by plain HTTP from a proxy that ends TLS.
        force_https=False,
        strict_transport_security=behind_tls,
        strict_transport_security_include_subdomains=False,
        session_cookie_secure=behind_tls,
        session_cookie_samesite="Lax",
        content_security_policy=CONTENT_SECURITY_POLICY,
        frame_options="DENY",
        # Not `no-referrer`: behind TLS the check against forged forms needs to see which of our pages sent them.
        referrer_policy="same-origin",
    )
    app.after_request(_harden)


def _harden(response: Response) -> Response:
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if request.endpoint != "static":
        # Pages hold what patients wrote; no cache may keep them.
        response.headers["Cache-Control"] = "no-store"
    return response
