"""A small world for stories: a clinic, its staff and patients on a real database, and a clock that stands still.

world = make_world(engine, vault)
nurse = world.add_staff()
patient = world.enrol("en")
world.advance(timedelta(hours=10))
assert "health check" in world.texts_to(patient.phone)[-1]
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path

from cryptography.fernet import Fernet
from sqlalchemy import Engine, select

from service.clock import ShiftedClock
from service.content.catalog import Catalog, load_catalog
from service.content.lexicons import load_lexicons
from service.core.reading.reader import Reader
from service.flows import enrolment, upkeep
from service.flows.enrolment import DEFAULT_PROTOCOL, Enrol
from service.flows.services import Services
from service.gateways.base import MessageGateway, Pager, VoiceGateway
from service.gateways.simulated import SimulatedGateway
from service.settings import Settings, read_settings
from service.store.base import Vault
from service.store.messages import Direction, Message
from service.store.uow import UnitOfWork
from service.web.simulator.time_machine import travel

ROOT = Path(__file__).parents[1]
ZONE = "America/New_York"
# Tuesday, 10:00 in New York: no quiet hours, and between a morning's and an evening's check-in.
START = datetime(2027, 3, 2, 15, 0, tzinfo=UTC)


@cache
def the_catalog() -> Catalog:
    """Loaded once per run: it never changes."""
    return load_catalog(ROOT)


@cache
def the_reader() -> Reader:
    """Loaded once per run: it never changes."""
    return Reader(load_lexicons(ROOT / "locales"))


class StillClock(ShiftedClock):
    """Stands still until it is moved, so that a story happens at the same instants on every run."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self._now = now

    def now(self) -> datetime:
        return self._now

    def jump_to(self, moment: datetime) -> None:
        self._now = max(self._now, moment)


@dataclass(frozen=True, slots=True)
class Person:
    """A staff member."""

    id: int
    phone: str


@dataclass(frozen=True, slots=True)
class Enrolled:
    """An enrolled patient. `caregiver` is the other phone, "" without one."""

    id: int
    case: str
    phone: str
    caregiver: str = ""


@dataclass
class World:
    """One site, and what happens at it. `site_id` is that of the site that `make_world` added."""

    settings: Settings
    engine: Engine
    services: Services
    clock: StillClock
    site_id: int = 0
    _phones: "count[int]" = field(default_factory=lambda: count(101))

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def phone(self) -> str:
        """A number that nobody has yet."""
        return f"+1212555{next(self._phones):04d}"

    def add_site(self, *, timezone: str = ZONE, language: str = "en", emergency_number: str = "911") -> int:
        return enrolment.add_site(
            self.services,
            name="Riverside Clinic",
            timezone=timezone,
            emergency_number=emergency_number,
            phone=self.phone(),
            language=language,
            now=self.now,
        )

    def add_staff(self, role: str = "coordinator", *, on_call: bool = True, site_id: int | None = None) -> Person:
        """A nurse on call, unless told otherwise."""
        phone = self.phone()
        staff_id = enrolment.add_staff(
            self.services,
            site_id=site_id or self.site_id,
            name=f"{role.title()} {phone[-3:]}",
            phone=phone,
            email=f"{role}{phone[-3:]}@example.org",
            role=role,
            on_call=on_call,
            now=self.now,
        )
        return Person(staff_id, phone)

    def enrol(
        self,
        language: str = "en",
        *,
        days_ago: float = 2,
        caregiver: str | None = None,
        consented: bool = True,
        timezone: str = ZONE,
        protocol: str = DEFAULT_PROTOCOL,
        site_id: int | None = None,
    ) -> Enrolled:
        """A patient, infused `days_ago`; `caregiver` is the language of one. Not `consented`: asked by text."""
        phone = self.phone()
        caregiver_phone = self.phone() if caregiver else None
        done = enrolment.enrol(
            self.services,
            Enrol(
                site_id=site_id or self.site_id,
                phone=phone,
                language=language,
                timezone=timezone,
                infused_at=self.now - timedelta(days=days_ago),
                protocol=protocol,
                caregiver_phone=caregiver_phone,
                caregiver_language=caregiver,
                consented_at=self.now if consented else None,
            ),
            self.now,
        )
        return Enrolled(done.enrolment_id, done.case_number, phone, caregiver_phone or "")

    def tick(self) -> dict[str, int]:
        """One pass of all that is due now."""
        return upkeep.tick(self.services, self.now)

    def advance(self, by: timedelta) -> None:
        """Let time pass as it does: stopping wherever something falls due."""
        self.advance_to(self.now + by)

    def advance_to(self, moment: datetime) -> None:
        """`advance` until an instant."""
        travel(self.services, self.clock, moment)

    def pass_hours(self, hours: int) -> None:
        """Let time pass in steps of half an hour: days in which nobody answers hold a thousand events."""
        for _ in range(hours * 2):
            self.clock.jump_to(self.now + timedelta(minutes=30))
            self.tick()

    def texts_to(self, phone: str) -> list[str]:
        """The bodies of all texts to this phone that were handed to the gateway, oldest first."""
        return [message.body for message in self.messages_to(phone) if message.attempts]

    def messages_to(self, phone: str) -> list[Message]:
        """All texts written to this phone, sent or not, oldest first."""
        with self.services.read_work() as work:
            query = select(Message).where(
                Message.phone_index == work.phone_index(phone), Message.direction == Direction.OUTBOUND
            )
            return list(work.session.scalars(query.order_by(Message.id)))


def make_world(
    engine: Engine,
    vault: Vault,
    *,
    gateway: MessageGateway | None = None,
    email: Pager | None = None,
    voice: VoiceGateway | None = None,
    clock: StillClock | None = None,
    **settings: object,
) -> World:
    """A world with one site in New York and nobody in it yet, on a migrated database.

    `settings` override what a development process with simulated phones would have; tokens of Twilio's make it one
    that Twilio calls.
    """
    defaults: dict[str, object] = {
        "env": "development",
        "gateway": "twilio" if "twilio_auth_tokens" in settings else "simulated",
        "database_url": "sqlite:///not-used",
        "secret_key": "a secret key for tests",
        "data_keys": (Fernet.generate_key().decode(),),
        "public_url": "http://127.0.0.1:8000",
    }
    chosen = read_settings(**{**defaults, **settings})
    services = Services(
        work=lambda: UnitOfWork(engine, vault),
        read_work=lambda: UnitOfWork(engine, vault, read_only=True),
        catalog=the_catalog(),
        reader=the_reader(),
        gateway=gateway or SimulatedGateway(),
        email=email,
        public_url=chosen.public_url,
        production=chosen.production,
        voice=voice,
        # One after the other, so that a story is told in the same order on every run.
        in_flight=1,
    )
    world = World(chosen, engine, services, clock or StillClock(START))
    world.site_id = world.add_site()
    return world
