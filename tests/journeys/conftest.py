"""Every story is told on both databases, on PostgreSQL by `make test-slow`."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from service.store.base import Vault
from tests.journeys.story import Story, telling

HERE = Path(__file__).parent
STORIES_OF_WEEKS = {"test_first_month", "test_after_alarm", "test_quiet_fortnight"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`make test-slow` tells the stories of weeks, and all of them on PostgreSQL: ten minutes by themselves."""
    for item in items:
        if item.path.is_relative_to(HERE) and ("postgresql" in item.nodeid or item.path.stem in STORIES_OF_WEEKS):
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def story(engine: Engine, vault: Vault) -> Iterator[Story]:
    with telling(engine, vault) as story:
        yield story
