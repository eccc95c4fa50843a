"""What every webhook of Twilio has in common on the wire."""

from flask import Request

NO_REPLY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
SIGNATURE = "X-Twilio-Signature"
# Twilio's own limit for a webhook is the same.
MAX_BODY = 64 * 1024


def raw_target(request: Request) -> str:
    """The request target byte for byte, which Flask's decoded URL is not."""
    given: str | None = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI")
    if given:
        return given
    query = request.query_string.decode("latin-1")
    return request.path + (f"?{query}" if query else "")
