"""The console with simulated phones, on SQLite: the flows underneath are tested on both databases."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine

from service.flows import inbound
from service.gateways.base import InboundText
from service.store.base import Vault
from service.web import build_web
from tests.web.staff_browser import hash_quickly
from tests.world import World, make_world


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    hash_quickly(monkeypatch)


@pytest.fixture
def database_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copyfile(migrated_sqlite, tmp_path / 'aftercell.db')}"


@pytest.fixture
def world(engine: Engine, vault: Vault) -> World:
    return make_world(engine, vault)


@pytest.fixture
def app(world: World) -> Flask:
    return build_web(world.settings, world.engine, world.services, world.clock)


Hear = Callable[[str, str], int]


@pytest.fixture
def hear(world: World) -> Hear:
    """A text from a phone, dealt with; gives its id."""

    def text(phone: str, body: str) -> int:
        sid = f"SM{phone}{world.now.isoformat()}{body}"[:64]
        received = inbound.receive(world.services, InboundText(sid, phone, body), world.now)
        assert inbound.process(world.services, received.message_id, world.now)
        return received.message_id

    return text
