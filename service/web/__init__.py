"""The Flask application: Twilio's webhooks, health, the console, and phones to play on."""

import hashlib
import hmac

from flask import Flask
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import Engine

from service.clock import Clock
from service.flows.services import Services
from service.settings import Gateway, Settings
from service.web import console, errors, headers, i18n, sessions, signing_in
from service.web.context import EXTENSION, Demo, WebContext
from service.web.health import health
from service.web.home import home
from service.web.hooks import hooks
from service.web.metrics import Metrics
from service.web.simulator import simulator
from service.web.wire import MAX_BODY


def build_web(settings: Settings, engine: Engine, services: Services, clock: Clock, demo: Demo | None = None) -> Flask:
    """Wire the application. With the simulated gateway it has phones to play on."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=_session_key(settings),
        MAX_CONTENT_LENGTH=MAX_BODY,
        # A form is good for as long as the session: a queue may stand open all night.
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.extensions[EXTENSION] = WebContext(
        settings, engine, services, clock, Metrics(services, clock), up_since=clock.now(), demo=demo
    )
    app.jinja_env.globals["simulated"] = settings.gateway is Gateway.SIMULATED
    errors.register(app)
    headers.register(app, settings)
    i18n.register(app, services.catalog.root / "locales")
    sessions.register(app)
    forgery = CSRFProtect(app)
    # Twilio has no session; what it sends is signed.
    forgery.exempt(hooks)
    app.register_blueprint(hooks)
    app.register_blueprint(health)
    app.register_blueprint(home)
    signing_in.register(app)
    console.register(app)
    if settings.gateway is Gateway.SIMULATED:
        app.register_blueprint(simulator)
    return app


def _session_key(settings: Settings) -> bytes:
    """A key of its own: what signs cookies must not be what indexes phones."""
    return hmac.digest(settings.secret_key.get_secret_value().encode(), b"aftercell session cookies", hashlib.sha256)
