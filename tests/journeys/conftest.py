"""Every story is told on both databases, on PostgreSQL by `make test-slow`."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from service.store.base import Vault
from tests.journeys.story import Story, telling

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On PostgreSQL the stories take ten minutes by themselves: `make test-slow` tells them."""
    for item in items:
        if item.path.is_relative_to(HERE) and "postgresql" in item.nodeid:
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def story(engine: Engine, vault: Vault) -> Iterator[Story]:
    with telling(engine, vault) as story:
        yield story
