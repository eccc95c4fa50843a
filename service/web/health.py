"""For load balancers and monitoring: is the process alive, can it serve, and how is the whole doing."""

from datetime import timedelta
from http import HTTPStatus

from flask import Blueprint, Response, jsonify, make_response
from prometheus_client import CONTENT_TYPE_LATEST

from service.errors import StoreUnavailable
from service.flows import watch
from service.store import schema
from service.web.context import context

health = Blueprint("health", __name__)


@health.get("/health/live")
def live() -> Response:
    """The process answers; says nothing of the database, so that an outage there does not restart us."""
    return jsonify(live=True)


@health.get("/health/ready")
def ready() -> Response:
    """200 when all is well: the database answers, has this version's schema, a worker lives, and nothing due is late.

    For monitoring. Traffic must not depend on it: texts are received and stored also while no worker runs.
    `heartbeat_age_seconds` is that of the latest worker's sign of life, null when there never was one.
    """
    here = context()
    try:
        if not schema.is_current(here.engine):
            return _answer(["schema outdated"], database="reachable", schema="outdated")
        found = watch.condition(here.services, here.clock.now(), here.up_since)
    except StoreUnavailable:
        return _answer(["database unreachable"], database="unreachable", schema="unknown")
    return _answer(list(found.problems), found.heartbeat_age, database="reachable", schema="current")


def _answer(problems: list[str], heartbeat_age: timedelta | None = None, **found: str) -> Response:
    seconds = None if heartbeat_age is None else heartbeat_age.total_seconds()
    body = jsonify(ready=not problems, problems=problems, heartbeat_age_seconds=seconds, **found)
    return make_response(body, HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK)


@health.get("/metrics")
def metrics() -> Response:
    """For Prometheus."""
    return Response(context().metrics.exposition(), content_type=CONTENT_TYPE_LATEST)
