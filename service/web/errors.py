"""The one place where errors become HTTP. No answer holds a detail: an error page may be seen by anyone."""

from http import HTTPStatus

import structlog
from flask import Flask, Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from service.errors import AftercellError, BadInput, Conflict, NotFound, StoreUnavailable
from service.flows.running import where
from service.web.i18n import N_, _

log = structlog.get_logger()

STATUS: dict[type[AftercellError], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    BadInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    Conflict: HTTPStatus.CONFLICT,
    StoreUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

SENTENCES = {
    HTTPStatus.BAD_REQUEST: N_("The request is incomplete, or the page it came from is too old. Load that page again."),
    HTTPStatus.FORBIDDEN: N_("This is not allowed."),
    HTTPStatus.NOT_FOUND: N_("There is nothing here."),
    HTTPStatus.METHOD_NOT_ALLOWED: N_("This address does not take that kind of request."),
    HTTPStatus.CONFLICT: N_("Someone else was first. Nothing was changed; load the page again."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: N_("That is too large."),
    HTTPStatus.TOO_MANY_REQUESTS: N_("Too many tries. Wait a few minutes."),
    HTTPStatus.UNPROCESSABLE_ENTITY: N_("Something that was entered cannot be used."),
    HTTPStatus.SERVICE_UNAVAILABLE: N_("The database cannot be reached. Nothing was changed; try again in a moment."),
}
UNEXPECTED = N_("Something went wrong on our side. It was logged, and nothing was changed.")

# Of these answers a program reads the body, never a person.
MACHINE_PATHS = ("/hooks/", "/health/", "/metrics")
PASSED_ON = ("Allow", "Retry-After")


def register(app: Flask) -> None:
    """Answer every error of this application by the tables above."""
    app.register_error_handler(Exception, _answer)


def _answer(error: Exception) -> Response | HTTPException:
    if isinstance(error, HTTPException):
        if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
            return error
        return _respond(error.code, {name: error.get_response().headers.get(name) for name in PASSED_ON})
    status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), None)
    if status is None or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # Only the frames: the message of an exception can quote what a patient typed.
        rule = request.url_rule.rule if request.url_rule else None
        log.error("request failed", action="http", rule=rule, error=type(error).__name__, trace=where(error))
    if status is None:
        return _respond(HTTPStatus.INTERNAL_SERVER_ERROR, {})
    retry_after = "5" if status is HTTPStatus.SERVICE_UNAVAILABLE else None
    return _respond(status, {"Retry-After": retry_after}, field=error.field if isinstance(error, BadInput) else None)


def _respond(status: int, headers: dict[str, str | None], field: str | None = None) -> Response:
    sentence = next((text for code, text in SENTENCES.items() if code == status), UNEXPECTED)
    if _reads_json():
        problem = {"error": sentence} if field is None else {"error": sentence, "field": field}
        response = make_response(jsonify(problem), status)
    else:
        page = render_template("error.html", status=status, sentence=_(sentence), field=field)
        response = make_response(page, status)
    response.headers.update({name: value for name, value in headers.items() if value is not None})
    return response


def _reads_json() -> bool:
    if request.path.startswith(MACHINE_PATHS):
        return True
    accepted = request.accept_mimetypes
    return accepted["text/html"] <= accepted["application/json"]
