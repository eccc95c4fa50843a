"""What aftercell's webhook is measured against: a Flask route that checks the signature and commits one INSERT."""

import os

from flask import Flask, Response, abort, request
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from twilio.request_validator import RequestValidator

from benchmarks.caller import PATH

TABLE = "CREATE TABLE bare (sid text PRIMARY KEY, phone text NOT NULL, body text NOT NULL, at timestamptz NOT NULL)"
_INSERT = text("INSERT INTO bare (sid, phone, body, at) VALUES (:sid, :phone, :body, now())")


def create_app() -> Flask:
    """Configured by the same variables as aftercell."""
    app = Flask(__name__)
    validator = RequestValidator(os.environ["AFTERCELL_TWILIO_AUTH_TOKENS"])
    url = os.environ["AFTERCELL_PUBLIC_URL"] + PATH
    database = make_url(os.environ["AFTERCELL_DATABASE_URL"]).set(drivername="postgresql+psycopg")
    engine = create_engine(database, pool_size=16)

    @app.post(PATH)
    def message() -> Response:
        form = request.form
        if not validator.validate(url, form, request.headers.get("X-Twilio-Signature", "")):
            abort(403)
        with engine.begin() as connection:
            connection.execute(_INSERT, {"sid": form["MessageSid"], "phone": form["From"], "body": form["Body"]})
        return Response("<Response/>", mimetype="text/xml")

    @app.get("/health/live")
    def live() -> str:
        return "yes"

    return app
