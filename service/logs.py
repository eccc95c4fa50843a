"""Structured logs on stderr, one JSON object a line. Phones and bodies never reach a line: whatever looks like a phone
is masked on the way out, and keys that name personal data are dropped."""

import logging
import re
import sys
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

PHONE = re.compile(r"\+?\d[\d\s().-]{7,}\d")
PERSONAL = frozenset({"phone", "body", "name", "email", "to", "from_", "text", "number"})


def keep_private(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Last processor before rendering: a mistake at a call site must not become a leak."""
    for key in list(event):
        if key in PERSONAL:
            event[key] = "[private]"
        elif isinstance(event[key], str) and key != "timestamp":
            event[key] = PHONE.sub("[number]", event[key])
    return event


def configure(stream: TextIO | None = None) -> None:
    """Set up structlog; the standard library's loggers (werkzeug, apscheduler, alembic) join the same stream: stderr,
    unless another is given."""
    stream = stream or sys.stderr
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        keep_private,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    # Its INFO lines carry `To=+1...` in list URLs.
    logging.getLogger("twilio.http_client").setLevel(logging.WARNING)
