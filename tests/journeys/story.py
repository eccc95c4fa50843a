"""Patients' stories, told over real sockets: phones -> a Twilio of our own -> our web server -> a real database, and
back through the worker's duties. Time stands still until the story moves it.

    maria.texts("38,9")
    story.a_moment_later()
    maria.gets("A3")            # the text ids of messages/texts.yaml, in order
    nurse.gets("page")
    story.nobody_else_gets_anything()
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from service.core.schedule import instant
from service.flows import listing
from service.flows.ledger import ledger
from service.flows.listing import Row
from service.gateways.twilio import TwilioGateway
from service.store.base import Vault
from service.store.messages import Message
from service.web import build_web
from tests.fake_twilio import Answer, FakeTwilio, Sent
from tests.serving import listening, port_of, serving
from tests.world import START, ZONE, StillClock, World, make_world

PUBLIC_URL = "https://sms.example.org"


@dataclass
class Phone:
    """A phone in somebody's hand. It remembers which texts its owner has looked at."""

    story: "Story"
    number: str
    zone: str = ZONE
    seen: int = 0

    def texts(self, body: str, *, sid: str | None = None, media: int = 0) -> Answer:
        """Send a text; returns what our webhook answered."""
        return self.story.fake.text(self.number, body, sid=sid, media=media)

    def gets(self, *text_ids: str) -> str:
        """Exactly these texts have come since the last look, in this order. Returns the last one's body."""
        new = self.unread()
        assert [self.story.text_id(sent.our_id) for sent in new] == list(text_ids), [sent.body for sent in new]
        self.seen += len(new)
        return new[-1].body if new else ""

    def gets_nothing(self) -> None:
        self.gets()

    def unread(self) -> list[Sent]:
        return [sent for sent in self.story.fake.sent if sent.to == self.number][self.seen :]


@dataclass
class Story:
    """One site, its people, and what happens to them. `here` is where our web server really listens; local times are
    those of `zone`."""

    world: World
    fake: FakeTwilio
    here: str
    zone: str = ZONE
    phones: list[Phone] = field(default_factory=list)

    # --- people

    def staff(self, role: str = "coordinator", *, on_call: bool = True) -> Phone:
        return self.phone(self.world.add_staff(role, on_call=on_call).phone)

    def patient(self, language: str = "en", *, days_ago: float = 2, consented: bool = True) -> Phone:
        return self.phone(self.world.enrol(language, days_ago=days_ago, consented=consented, timezone=self.zone).phone)

    def patient_and_caregiver(self, language: str, caregiver: str, *, days_ago: float = 2) -> tuple[Phone, Phone]:
        enrolled = self.world.enrol(language, days_ago=days_ago, caregiver=caregiver, timezone=self.zone)
        return self.phone(enrolled.phone), self.phone(enrolled.caregiver)

    def stranger(self) -> Phone:
        return self.phone(self.world.phone())

    def phone(self, number: str) -> Phone:
        self.phones.append(Phone(self, number, self.zone))
        return self.phones[-1]

    # --- time

    def a_moment_later(self) -> None:
        """The worker's next tick."""
        self.world.clock.jump_to(self.world.now + timedelta(seconds=1))
        self.world.tick()

    def after(self, *, minutes: float = 0, hours: float = 0) -> None:
        """Time passes, with a worker that ticks whenever something is due."""
        self.world.advance(timedelta(minutes=minutes, hours=hours))

    def at(self, clock_time: str, *, days_later: int = 0) -> None:
        """The next time that local clocks show this, `days_later` days on; the worker ticks meanwhile."""
        self.world.advance_to(self._next(clock_time, days_later))

    def outage_until(self, clock_time: str, *, days_later: int = 0) -> None:
        """Nothing of ours runs until then; then one tick."""
        self.world.clock.jump_to(self._next(clock_time, days_later))
        self.world.tick()

    def _next(self, clock_time: str, days_later: int) -> datetime:
        zone = ZoneInfo(self.zone)
        local = self.world.now.astimezone(zone)
        wanted = datetime.strptime(clock_time, "%H:%M").replace(tzinfo=zone).timetz().replace(tzinfo=None)
        day = local.date() + timedelta(days=days_later + (wanted <= local.time()))
        return instant(day, wanted, zone)

    # --- what can be seen

    def text_id(self, message_id: str | None) -> str | None:
        with self.world.services.read_work() as work:
            return work.session.get_one(Message, int(message_id or 0)).text_id

    def nobody_else_gets_anything(self) -> None:
        """Nothing unread is left on any phone, and no text went to a number outside the story."""
        for phone in self.phones:
            phone.gets_nothing()
        strangers = {sent.to for sent in self.fake.sent} - {phone.number for phone in self.phones}
        assert not strangers, "a text went to a phone that is not part of the story"

    def rows(self, what: str) -> list[Row]:
        return listing.show(self.world.services, what, self.world.now)

    def alerts(self) -> list[Row]:
        return self.rows("alerts")

    def the_alert(self) -> Row:
        (alert,) = self.alerts()
        return alert

    def page_code(self) -> str:
        """The code in the latest page."""
        page = [sent.body for sent in self.fake.sent if self.text_id(sent.our_id) in ("page", "page_again")][-1]
        return next(
            word.strip(".") for word in page.split() if word.strip(".").isdecimal() and len(word.strip(".")) == 4
        )

    def has_no_orphans(self) -> None:
        """The first promise: every slot, alert and message is accounted for."""
        found = ledger(self.world.services, self.world.now)
        assert found.orphans == []


@contextmanager
def telling(engine: Engine, vault: Vault, *, start: datetime = START, zone: str = ZONE) -> Iterator[Story]:
    """A story's stage: our web server and Twilio listen on sockets of their own until the story ends."""
    clock = StillClock(start)
    with listening() as listener:
        here = f"http://127.0.0.1:{port_of(listener)}"
        hook = f"{PUBLIC_URL}/hooks/twilio/message"
        with FakeTwilio(inbound_url=hook, public_urls={PUBLIC_URL: here}, now=clock.now) as fake:
            world = _world(engine, vault, fake, clock)
            with serving(build_web(world.settings, engine, world.services, world.clock), listener):
                yield Story(world, fake, here, zone)


def _world(engine: Engine, vault: Vault, fake: FakeTwilio, clock: StillClock) -> World:
    gateway = TwilioGateway(
        account_sid=fake.account_sid,
        messaging_service_sid=fake.messaging_service_sid,
        api_key=fake.api_key,
        api_secret=fake.api_secret,
        api_base=fake.base_url,
    )
    return make_world(
        engine,
        vault,
        gateway=gateway,
        clock=clock,
        public_url=PUBLIC_URL,
        twilio_account_sid=fake.account_sid,
        twilio_messaging_service_sid=fake.messaging_service_sid,
        twilio_auth_tokens=(fake.auth_token,),
    )
