"""Every story is told on both databases."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from service.store.base import Vault
from tests.journeys.story import Story, telling


@pytest.fixture
def story(engine: Engine, vault: Vault) -> Iterator[Story]:
    with telling(engine, vault) as story:
        yield story
