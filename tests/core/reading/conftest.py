from pathlib import Path

import pytest

from service.content.lexicons import load_lexicons
from service.core.reading.lexicon import Lexicon
from service.core.reading.reader import Reader

LOCALES = Path(__file__).parents[3] / "locales"


@pytest.fixture(scope="session")
def lexicons() -> tuple[Lexicon, ...]:
    return load_lexicons(LOCALES)


@pytest.fixture(scope="session")
def reader(lexicons: tuple[Lexicon, ...]) -> Reader:
    return Reader(lexicons)
