"""The fallback that Twilio calls while we cannot be reached, on another host with nothing but a folder.

It verifies, writes the raw form down and answers. It reads nothing, so that it cannot fail at reading; the files are
handed over to the service when it is back.
"""

import structlog
from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import BadRequest, Forbidden, ServiceUnavailable

from service import logs
from service.gateways.signature import verify
from service.gateways.spool import Spool
from service.gateways.twilio_form import provider_id
from service.settings import SpoolSettings, read_spool_settings
from service.web.wire import MAX_BODY, NO_REPLY, SIGNATURE, raw_target

log = structlog.get_logger()


def build_app(settings: SpoolSettings) -> Flask:
    """One route, at the same path as the one it stands in for."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    spool = open_spool(settings)
    tokens = [token.get_secret_value() for token in settings.twilio_auth_tokens]

    @app.post("/hooks/twilio/message")
    def message() -> Response:
        header = request.headers.get(SIGNATURE)
        pairs = list(request.form.items(multi=True))
        if not verify(tokens, settings.public_url, raw_target(request), pairs, header):
            log.warning("webhook refused", action="spool", signed=header is not None)
            raise Forbidden
        name = provider_id(request.form)
        if name is None:
            raise BadRequest
        try:
            spool.put(name, request.form.to_dict())
        except OSError as error:
            log.critical("a text could not be spooled", action="spool", error=type(error).__name__)
            raise ServiceUnavailable from error
        return Response(NO_REPLY, mimetype="text/xml")

    @app.get("/health/live")
    def live() -> Response:
        return jsonify(live=True, waiting=len(spool.files()))

    return app


def open_spool(settings: SpoolSettings) -> Spool:
    """The folder, made if it is not there. Raises ConfigurationError."""
    return Spool(settings.spool_folder, [key.get_secret_value() for key in settings.data_keys])


def create_app() -> Flask:
    """As gunicorn runs it, configured by the environment alone."""
    logs.configure()
    return build_app(read_spool_settings())
