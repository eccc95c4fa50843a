"""Two web and two worker processes on one PostgreSQL, as a hospital runs them: killed and stopped, they lose nothing
and double nothing."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine

from service.clock import SystemClock
from service.core.delivery import State
from service.store import workers
from service.store.base import Vault, make_engine
from tests.databases import PostgresServer
from tests.fake_twilio import FakeTwilio
from tests.flows.outbox import queue_text, states
from tests.processes import Deployment, Process, free_port, wait_until_it_answers
from tests.world import StillClock, World, make_world

PUBLIC_URL = "https://sms.example.org"
SECRET = "a secret key for tests"
SOON = 60


def until(true: Callable[[], bool]) -> None:
    """Wait for processes that work by themselves."""
    deadline = time.monotonic() + SOON
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@dataclass
class Hospital:
    world: World
    fake: FakeTwilio
    deployment: Deployment
    ports: tuple[int, int]

    def web(self, port: int) -> Process:
        self.deployment.environment["AFTERCELL_PORT"] = str(port)
        process = self.deployment.start("web")
        wait_until_it_answers(f"http://127.0.0.1:{port}/health/ready")
        return process

    def use(self, port: int) -> None:
        """Have the carrier call this web process from now on: a load balancer that has noticed."""
        self.fake.route(PUBLIC_URL, f"http://127.0.0.1:{port}")

    def states_of(self, ids: list[int]) -> set[str]:
        return set(states(self.world, *ids))


@pytest.fixture
def hospital(postgres: PostgresServer, tmp_path: Path) -> Iterator[Hospital]:
    url, key, ports = postgres.migrated(), Fernet.generate_key().decode(), (free_port(), free_port())
    with ExitStack() as stack:
        stack.callback(postgres.drop, url)
        engine: Engine = make_engine(url, Vault([key], SECRET))
        stack.callback(engine.dispose)
        world = make_world(engine, Vault([key], SECRET), clock=StillClock(SystemClock().now()))
        fake = stack.enter_context(
            FakeTwilio(
                inbound_url=f"{PUBLIC_URL}/hooks/twilio/message#rc=2&rp=all",
                public_urls={PUBLIC_URL: f"http://127.0.0.1:{ports[0]}"},
                auto_deliver=True,
            )
        )
        settings = {
            "env": "development",
            "database_url": url,
            "secret_key": SECRET,
            "data_keys": key,
            "public_url": PUBLIC_URL,
            "twilio_account_sid": fake.account_sid,
            "twilio_auth_tokens": fake.auth_token,
            "twilio_messaging_service_sid": fake.messaging_service_sid,
            "twilio_alert_from": fake.alert_number,
            "twilio_api_base": fake.base_url,
            "text_segments_per_second": "0",
            "sends_in_flight": "4",
        }
        deployment = stack.enter_context(Deployment(settings, tmp_path))
        yield Hospital(world, fake, deployment, ports)


@pytest.mark.postgres
def test_two_web_and_two_worker_processes_killed_and_stopped(hospital: Hospital) -> None:
    world, fake = hospital.world, hospital.fake
    nurse = world.add_staff()
    first, second = world.enrol(), world.enrol()
    webs = [hospital.web(port) for port in hospital.ports]
    workers_ = [hospital.deployment.start("worker") for _ in range(2)]

    assert fake.text(first.phone, "38.9").ok
    until(lambda: any(first.case in body for body in fake.sent_to(nurse.phone)))
    assert len(fake.sent_to(nurse.phone)) == 1

    # One of each dies without a word.
    workers_[0].kill()
    webs[0].kill()
    hospital.use(hospital.ports[1])
    assert fake.text(second.phone, "38.9").ok
    until(lambda: any(second.case in body for body in fake.sent_to(nurse.phone)))

    # The other is asked to stop while it sends: it ends what it has begun and begins nothing.
    fake.latency = 0.3
    sent = len(fake.sent)
    ids = [queue_text(world) for _ in range(40)]
    fake.wait_for_sent(sent + 4, SOON)
    workers_[1].stop()
    assert State.QUEUED in hospital.states_of(ids)
    assert State.SENDING not in hospital.states_of(ids), "what was begun is on record as ended"

    # Whoever comes next does the rest.
    fake.latency = 0.0
    hospital.deployment.start("worker")
    until(lambda: State.QUEUED not in hospital.states_of(ids))
    numbers = [text.to for text in fake.sent if text.to not in (nurse.phone, first.phone, second.phone)]
    assert len(numbers) == len(set(numbers)) == 40
    with world.services.read_work() as work:
        assert workers.latest_beat(work.session) is not None
