"""A fresh world on a real SQLite file for every run of a state machine."""

import shutil
import tempfile
from functools import cache
from pathlib import Path

from cryptography.fernet import Fernet

from service.gateways.base import MessageGateway
from service.store import schema
from service.store.base import Vault, make_engine
from tests.world import START, StillClock, World, make_world

VAULT = Vault([Fernet.generate_key().decode()], "a secret key for tests")


@cache
def _migrated() -> Path:
    """Migrated once, then copied."""
    path = Path(tempfile.mkdtemp(prefix="aftercell-stateful-")) / "migrated.db"
    engine = make_engine(f"sqlite:///{path}", VAULT)
    schema.upgrade(engine)
    engine.dispose()
    return path


class TemporaryWorld:
    """`world` until `close`."""

    def __init__(self, clock: StillClock | None = None, gateway: MessageGateway | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="aftercell-stateful-")
        path = Path(self._folder.name) / "aftercell.db"
        shutil.copyfile(_migrated(), path)
        engine = make_engine(f"sqlite:///{path}", VAULT)
        self.world: World = make_world(engine, VAULT, clock=clock or StillClock(START), gateway=gateway)

    def close(self) -> None:
        self.world.engine.dispose()
        self._folder.cleanup()
