"""For load balancers and monitoring: is the process alive, can it serve, and how is the whole doing."""

from http import HTTPStatus

from flask import Blueprint, Response, jsonify, make_response
from prometheus_client import CONTENT_TYPE_LATEST

from service.errors import StoreUnavailable
from service.flows import overview
from service.store import schema
from service.web.context import context

health = Blueprint("health", __name__)


@health.get("/health/live")
def live() -> Response:
    """The process answers; says nothing of the database, so that an outage there does not restart us."""
    return jsonify(live=True)


@health.get("/health/ready")
def ready() -> Response:
    """200 when texts can be received: the database answers and has this version's schema.

    `heartbeat_age_seconds` is that of the latest worker's sign of life, null when there never was one.
    """
    here = context()
    try:
        if not schema.is_current(here.engine):
            return _not_ready(database="reachable", schema="outdated")
        age = overview.heartbeat_age(here.services, here.clock.now())
    except StoreUnavailable:
        return _not_ready(database="unreachable", schema="unknown")
    seconds = None if age is None else age.total_seconds()
    return jsonify(ready=True, database="reachable", schema="current", heartbeat_age_seconds=seconds)


def _not_ready(**found: str) -> Response:
    return make_response(jsonify(ready=False, heartbeat_age_seconds=None, **found), HTTPStatus.SERVICE_UNAVAILABLE)


@health.get("/metrics")
def metrics() -> Response:
    """For Prometheus."""
    return Response(context().metrics.exposition(), content_type=CONTENT_TYPE_LATEST)
