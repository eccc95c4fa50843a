"""The stage of every benchmark: a PostgreSQL that really syncs its commits, and a clinic on it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cryptography.fernet import Fernet
from sqlalchemy import Engine

from service.app import build_engine, build_services
from service.core.schedule import instant
from service.flows import enrolment, upkeep
from service.flows.enrolment import Enrol
from service.flows.services import Services
from service.readers import build_reader
from service.settings import Settings, read_settings
from service.store import schema
from tests.daytime import zone_where_it_is
from tests.postgres_process import DURABLE, PostgresProcess

SHARED_BUFFERS = "shared_buffers=512MB"
NURSE = "+12125550111"
# In this hour the morning's check-in is asked; nobody's silence has lasted long yet.
HOUR = 8


@dataclass(frozen=True, slots=True)
class Stage:
    """An empty clinic. `variables` configure processes that work on the same database."""

    variables: dict[str, str]
    settings: Settings
    engine: Engine
    services: Services
    site_id: int
    zone: str

    def enrol(self, phone: str, now: datetime, *, language: str = "en") -> int:
        """A patient who was infused two days before `now` and consented on paper. Returns the enrolment's id."""
        request = Enrol(
            site_id=self.site_id,
            phone=phone,
            language=language,
            timezone=self.zone,
            infused_at=now - timedelta(days=2),
            consented_at=now,
        )
        return enrolment.enrol(self.services, request, now).enrolment_id

    def ask(self, phones: Sequence[str], *, languages: Sequence[str] = ("en",)) -> None:
        """Patients who were asked this morning's first question and have not answered. Languages take turns."""
        now = datetime.now(UTC)
        asked_at = instant(now.astimezone(ZoneInfo(self.zone)).date(), time(8), ZoneInfo(self.zone))
        for number, phone in enumerate(phones):
            self.enrol(phone, asked_at - timedelta(hours=1), language=languages[number % len(languages)])
        counts = upkeep.tick(self.services, asked_at)
        assert counts["messages_sent"] == len(phones), counts


@contextmanager
def stage(**variables: str) -> Iterator[Stage]:
    """Up until the block ends. Other settings than a development process with simulated phones has: `variables`."""
    with PostgresProcess((*DURABLE, SHARED_BUFFERS)) as server:
        chosen = {
            "env": "development",
            "gateway": "simulated",
            "database_url": server.url.render_as_string(hide_password=False),
            "secret_key": "a secret key for benchmarks",
            "data_keys": Fernet.generate_key().decode(),
            "public_url": "http://127.0.0.1:8000",
        } | variables
        settings = read_settings(**chosen)
        engine, vault = build_engine(settings)
        try:
            schema.upgrade(engine)
            services = build_services(settings, engine, vault, build_reader())
            zone = zone_where_it_is(HOUR, datetime.now(UTC))
            yield Stage(chosen, settings, engine, services, _clinic(services, zone), zone)
        finally:
            engine.dispose()


def _clinic(services: Services, zone: str) -> int:
    now = datetime.now(UTC) - timedelta(days=1)
    site_id = enrolment.add_site(
        services,
        name="Riverside Clinic",
        timezone=zone,
        emergency_number="911",
        phone="+12125550100",
        language="en",
        now=now,
    )
    enrolment.add_staff(
        services,
        site_id=site_id,
        name="Nora Quinn",
        phone=NURSE,
        email="nora@example.org",
        role="coordinator",
        on_call=True,
        now=now,
    )
    return site_id
