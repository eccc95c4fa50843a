"""What every command that works on the database begins with."""

from dataclasses import dataclass

from sqlalchemy import Engine

from service.app import build_engine, build_services
from service.clock import Clock, SystemClock
from service.errors import ConfigurationError
from service.flows.services import Services
from service.readers import ReaderOnFirstUse, build_reader
from service.settings import Settings, read_settings
from service.store import schema


@dataclass(frozen=True, slots=True)
class Program:
    """What a command works with."""

    settings: Settings
    engine: Engine
    services: Services
    clock: Clock


def start(*, reads: bool = False) -> Program:
    """Read the settings and wire everything. Raises ConfigurationError when the database is not migrated.

    `reads`: load the reader of replies now, so that a wrong locale file stops the start and not the first patient.
    """
    settings = read_settings()
    reader = build_reader() if reads else ReaderOnFirstUse()
    engine, vault = build_engine(settings)
    if not schema.is_current(engine):
        raise ConfigurationError("the database is not at this version's schema; run `aftercell migrate`")
    return Program(settings, engine, build_services(settings, engine, vault, reader), SystemClock())
