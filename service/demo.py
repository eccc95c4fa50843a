"""`aftercell demo`: web and worker in one process on a fresh SQLite file, three patients, and phones in the browser.

It starts anew each time, with keys of its own, so that a story can be played again from the beginning.
"""

import secrets
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import click
from cryptography.fernet import Fernet
from werkzeug.serving import make_server

from service.app import build_engine, build_services
from service.clock import ShiftedClock
from service.core.schedule import instant
from service.flows import accounts, enrolment
from service.flows.enrolment import Enrol
from service.flows.services import Services
from service.readers import ROOT, build_reader
from service.settings import Settings, read_port, read_settings
from service.store import schema
from service.store.bell import bell_of
from service.web import build_web
from service.web.context import Demo
from service.worker import Worker

ZONE = "America/New_York"
DATABASE = ROOT / "var" / "demo.db"
PASSWORD = "night of fever"
STAFF = (
    ("Nora Quinn", "+12125550111", "nora@example.org", "coordinator", True),
    ("Dr Amir Hadi", "+12125550112", "amir@example.org", "clinician", False),
    ("Lee Park", "+12125550113", "lee@example.org", "admin", False),
    ("Ana Sol", "+12125550114", "ana@example.org", "translator", False),
    ("Max Iver", "+12125550115", "max@example.org", "auditor", False),
)
PEOPLE_TO_BE = tuple((name, email, role) for name, _, email, role, _ in STAFF)


def run() -> None:
    """Serve until interrupted."""
    settings = _settings()
    _start_afresh()
    engine, vault = build_engine(settings)
    schema.upgrade(engine)
    services = build_services(settings, engine, vault, build_reader())
    clock = ShiftedClock()
    seed(services, clock.now())
    app = build_web(settings, engine, services, clock, Demo(PEOPLE_TO_BE, PASSWORD))
    server = make_server("127.0.0.1", settings.port, app, threaded=True)
    worker = Worker(services, clock, bell_of(engine))
    worker.start()
    click.echo(f"aftercell demo: open http://127.0.0.1:{settings.port}/ (stop with Ctrl-C)")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        click.echo("stopping")
    finally:
        worker.stop()
        server.server_close()
        engine.dispose()


def _settings() -> Settings:
    """Everything is fixed but the port, which may be taken."""
    port = read_port()
    return read_settings(
        env="development",
        gateway="simulated",
        database_url=f"sqlite:///{DATABASE}",
        secret_key=secrets.token_urlsafe(32),
        data_keys=(Fernet.generate_key().decode(),),
        public_url=f"http://127.0.0.1:{port}",
        port=port,
    )


def _start_afresh() -> None:
    DATABASE.parent.mkdir(exist_ok=True)
    for suffix in ("", "-wal", "-shm"):
        DATABASE.with_name(DATABASE.name + suffix).unlink(missing_ok=True)


def seed(services: Services, now: datetime) -> None:
    """A site in New York, a nurse on call, a doctor behind her, others who look on, and three patients of some days."""
    site_id = enrolment.add_site(
        services,
        name="Riverside Clinic",
        timezone=ZONE,
        emergency_number="911",
        crisis_line="988",
        phone="+12125550100",
        language="en",
        now=now,
    )
    for name, phone, email, role, on_call in STAFF:
        staff_id = enrolment.add_staff(
            services, site_id=site_id, name=name, phone=phone, email=email, role=role, on_call=on_call, now=now
        )
        accounts.set_password(services, staff_id, PASSWORD, now)
    patients = (
        ("+12125550121", "en", 2, None, None),
        ("+12125550122", "es", 4, None, None),
        ("+12125550123", "ar", 6, "+12125550133", "ar"),
    )
    for phone, language, days_ago, caregiver, caregiver_language in patients:
        day = now.astimezone(ZoneInfo(ZONE)).date() - timedelta(days=days_ago)
        enrolment.enrol(
            services,
            Enrol(
                site_id=site_id,
                phone=phone,
                language=language,
                timezone=ZONE,
                infused_at=instant(day, datetime.min.time().replace(hour=11), ZoneInfo(ZONE)),
                caregiver_phone=caregiver,
                caregiver_language=caregiver_language,
                consented_at=None if language == "en" else now,
            ),
            now,
        )
