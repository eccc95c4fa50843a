"""The composition root: settings -> engine, catalog, reader, gateways -> Services -> Flask app."""

from pathlib import Path

from flask import Flask
from sqlalchemy import Engine

from service.clock import Clock, SystemClock
from service.content.catalog import load_catalog
from service.flows.routes import Route
from service.flows.services import ReplyReader, Services
from service.gateways.base import MessageGateway, VoiceGateway
from service.gateways.calendars import CalendarFetcher
from service.gateways.email import SmtpPager
from service.gateways.simulated import SimulatedGateway
from service.gateways.spool import Spool, SpooledTexts
from service.gateways.twilio import TwilioGateway
from service.gateways.twilio_client import Clients, Login
from service.gateways.twilio_voice import TwilioVoice
from service.readers import ROOT, build_reader
from service.settings import Gateway, Settings, read_settings
from service.store.base import Vault, make_engine
from service.store.uow import UnitOfWork
from service.web import build_web
from service.web.context import EXTENSION, WebContext
from service.web.watchman import set_watch


def build_engine(settings: Settings) -> tuple[Engine, Vault]:
    keys = [key.get_secret_value() for key in settings.data_keys]
    vault = Vault(keys, settings.secret_key.get_secret_value())
    return make_engine(settings.database_url.get_secret_value(), vault), vault


def build_gateway(settings: Settings) -> MessageGateway:
    if settings.gateway is Gateway.SIMULATED:
        return SimulatedGateway()
    return TwilioGateway(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_tokens[0].get_secret_value(),
        api_key=settings.twilio_api_key,
        api_secret=settings.twilio_api_secret.get_secret_value(),
        messaging_service_sid=settings.twilio_messaging_service_sid,
        alert_from=settings.twilio_alert_from or None,
        api_base=settings.twilio_api_base or None,
    )


def build_voice(settings: Settings) -> VoiceGateway | None:
    """None where there is no number to call from."""
    if settings.gateway is not Gateway.TWILIO or not settings.twilio_voice_from:
        return None
    login = Login(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_tokens[0].get_secret_value(),
        api_key=settings.twilio_api_key,
        api_secret=settings.twilio_api_secret.get_secret_value(),
    )
    return TwilioVoice(Clients(login, api_base=settings.twilio_api_base or None), settings.twilio_voice_from)


def build_services(settings: Settings, engine: Engine, vault: Vault, reader: ReplyReader) -> Services:
    """Wire everything. Raises ContentError or ConfigurationError: then nothing starts."""
    smtp_url = settings.smtp_url.get_secret_value()
    return Services(
        work=lambda: UnitOfWork(engine, vault),
        read_work=lambda: UnitOfWork(engine, vault, read_only=True),
        catalog=load_catalog(ROOT),
        reader=reader,
        gateway=build_gateway(settings),
        email=SmtpPager(smtp_url) if smtp_url else None,
        public_url=settings.public_url,
        production=settings.production,
        voice=build_voice(settings),
        rates=_rates(settings),
        in_flight=settings.sends_in_flight,
        fetch=CalendarFetcher(inside=not settings.production),
        kept=build_kept(settings, settings.spool_folder) if settings.spool_folder else None,
    )


def build_kept(settings: Settings, folder: Path) -> SpooledTexts:
    """What the fallback keeps in that folder. Raises ConfigurationError."""
    keys = [key.get_secret_value() for key in settings.data_keys]
    return SpooledTexts(Spool(folder, keys), carrier_answers_stop=settings.gateway is Gateway.TWILIO)


def _rates(settings: Settings) -> dict[str, float]:
    """Simulated phones take any number of texts at once."""
    if settings.gateway is Gateway.SIMULATED:
        return {}
    rates = {Route.TEXTS: settings.text_segments_per_second, Route.PAGES: settings.page_segments_per_second}
    return {route.value: rate for route, rate in rates.items() if rate}


def create_app() -> Flask:
    """The web application as gunicorn runs it, configured by the environment alone. It may be made before the process
    is forked; `go_live` is for each process that serves it."""
    settings = read_settings()
    engine, vault = build_engine(settings)
    clock: Clock = SystemClock()
    return build_web(settings, engine, build_services(settings, engine, vault, build_reader()), clock)


def go_live(app: Flask) -> None:
    """Start what a fork does not take along."""
    here: WebContext = app.extensions[EXTENSION]
    set_watch(here.services, here.clock)
