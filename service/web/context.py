"""What every view is given: settings, engine, services, clock, metrics and when this process started, wired once by
`build_web`."""

from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import Engine

from service.clock import Clock
from service.flows.services import Services
from service.settings import Settings
from service.web.metrics import Metrics

EXTENSION = "aftercell"


@dataclass(frozen=True, slots=True)
class Demo:
    """What the front page of the demo gives away: who may sign in, with which password."""

    people: tuple[tuple[str, str, str], ...]
    password: str


@dataclass(frozen=True, slots=True)
class WebContext:
    settings: Settings
    engine: Engine
    services: Services
    clock: Clock
    metrics: Metrics
    up_since: datetime
    demo: Demo | None = None


def context() -> WebContext:
    """That of the application that handles this request."""
    found: WebContext = current_app.extensions[EXTENSION]
    return found
