"""Everything that is needed to break: a PostgreSQL, a carrier, phones, and aftercell's web and worker processes."""

import random
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from cryptography.fernet import Fernet
from sqlalchemy import Engine, func, or_, select
from sqlalchemy.engine import URL

from service.core.delivery import State
from service.errors import StoreUnavailable
from service.store import messages, schema
from service.store.alerts import Alert, AlertState
from service.store.base import Vault, make_engine
from service.store.checkins import CheckIn, CheckInState
from service.store.messages import Handling, Message
from service.store.patients import Enrolment, EnrolmentState
from tests.chaos import clock_file
from tests.chaos.carrier import Carrier
from tests.chaos.clock_file import ClockFile
from tests.chaos.dialogues import Dialogue, Expected, enrol_all
from tests.chaos.nursery import Nursery
from tests.chaos.phones import Conversation, Phones
from tests.postgres_process import SURVIVES_A_KILL, PostgresProcess
from tests.processes import Deployment, free_port, wait_until_it_answers, wait_until_it_listens
from tests.world import START, StillClock, World, make_world

SECRET = "a secret key for tests"
PUBLIC_URL = "https://sms.example.org"
# Eight in the morning in New York, when the first check-in of the day falls due.
MORNING = START.replace(hour=13)
# Seconds without anything to do, and between two looks.
QUIET_FOR, LOOK_EVERY = 0.3, 0.2


@dataclass(frozen=True, slots=True)
class Hospital:
    """`world` looks at the same database, from the test's own process."""

    server: PostgresProcess
    nursery: Nursery
    carrier: Carrier
    phones: Phones
    world: World
    clock: ClockFile
    port: int

    def wait_until_ready(self) -> None:
        wait_until_it_answers(f"http://127.0.0.1:{self.port}/health/live")

    def wait_until_quiet(self, timeout: float) -> None:
        """Return when nobody has anything to do at this hour. Raises TimeoutError, saying who has."""
        deadline = time.monotonic() + timeout
        quiet_since = None
        while quiet_since is None or time.monotonic() - quiet_since < QUIET_FOR:
            waiting = self._waiting()
            quiet_since = None if waiting else quiet_since or time.monotonic()
            if time.monotonic() > deadline:
                answers = dict(self.phones.answers)
                raise TimeoutError(f"still to do after {timeout:.0f} s: {waiting}; webhooks answered {answers}")
            time.sleep(LOOK_EVERY)

    def _waiting(self) -> dict[str, int]:
        try:
            found = _due(self.world, self.clock)
        except StoreUnavailable:
            return {"database": 1}
        if self.phones.busy:
            found["phones"] = 1
        return {name: count for name, count in found.items() if count}


def _due(world: World, clock: ClockFile) -> dict[str, int]:
    now = clock.now()
    counts = {
        "inbound": select(func.count()).where(Message.state == Handling.RECEIVED),
        "outbound": select(func.count()).where(
            or_(
                (Message.state == State.QUEUED) & (Message.due_at <= now),
                (Message.state == State.SENDING) & (Message.lease_until <= now),
                Message.look_at <= now,
            )
        ),
        "check-ins": select(func.count()).where(CheckIn.state == CheckInState.OPEN, CheckIn.next_action_at <= now),
        "enrolments": select(func.count()).where(
            Enrolment.state == EnrolmentState.ACTIVE, Enrolment.next_checkin_at <= now
        ),
        "alerts": select(func.count()).where(Alert.state == AlertState.OPEN, Alert.next_page_at <= now),
    }
    with world.services.read_work() as work:
        return {name: work.session.scalar(query) or 0 for name, query in counts.items()}


@contextmanager
def hospital(
    dialogues: list[Dialogue], expected: Mapping[Dialogue, Expected], chance: random.Random, folder: Path
) -> Iterator[Hospital]:
    """A patient for each of `dialogues`, at eight in the morning; no process of ours runs yet."""
    with ExitStack() as stack:
        server = stack.enter_context(PostgresProcess(SURVIVES_A_KILL))
        key = Fernet.generate_key().decode()
        vault = Vault([key], SECRET)
        engine = make_engine(server.url.render_as_string(hide_password=False), vault)
        stack.callback(engine.dispose)
        schema.upgrade(engine)
        world = _world(engine, vault)
        nurse = world.add_staff().phone
        numbers = enrol_all(world, dialogues, MORNING)
        clock = ClockFile(folder / "clock")
        clock.set(MORNING)
        conversations = {
            number: Conversation(dialogue, expected[dialogue])
            for number, dialogue in zip(numbers, dialogues, strict=True)
        }
        phones = Phones(conversations, nurse, chance, partial(_is_stored, world))
        port = free_port()
        carrier = Carrier(
            inbound_url=f"{PUBLIC_URL}/hooks/twilio/message#rc=2&rp=all",
            public_urls={PUBLIC_URL: f"http://127.0.0.1:{port}"},
            now=clock.now,
            chance=chance,
            arrived=phones.arrived,
        )
        phones.carrier = stack.enter_context(carrier)
        stack.callback(phones.close)
        deployment = stack.enter_context(Deployment(_settings(server.url, key, carrier, port), folder))
        deployment.environment[clock_file.VARIABLE] = str(clock.path)
        yield Hospital(server, _nursery(deployment, folder), carrier, phones, world, clock, port)


def _nursery(deployment: Deployment, folder: Path) -> Nursery:
    port = free_port()
    process = deployment.start(f"tests.chaos.nursery {port}", program=(sys.executable, "-m"))
    wait_until_it_listens(port)
    return Nursery(process, port, folder)


def _is_stored(world: World, sid: str) -> bool:
    try:
        with world.services.read_work() as work:
            return messages.by_provider_id(work.session, sid) is not None
    except StoreUnavailable:
        return False


def _world(engine: Engine, vault: Vault) -> World:
    return make_world(engine, vault, clock=StillClock(MORNING - timedelta(hours=2)))


def _settings(database: URL, key: str, carrier: Carrier, port: int) -> dict[str, str]:
    return {
        "env": "development",
        "database_url": database.render_as_string(hide_password=False),
        "secret_key": SECRET,
        "data_keys": key,
        "public_url": PUBLIC_URL,
        "port": str(port),
        "twilio_account_sid": carrier.account_sid,
        "twilio_auth_tokens": carrier.auth_token,
        "twilio_api_key": carrier.api_key,
        "twilio_api_secret": carrier.api_secret,
        "twilio_messaging_service_sid": carrier.messaging_service_sid,
        "twilio_alert_from": carrier.alert_number,
        "twilio_api_base": carrier.base_url,
        # The pace of senders is kept elsewhere; here it would only take time (see tests/flows/test_pacing.py).
        "text_segments_per_second": "0",
        "page_segments_per_second": "0",
    }
