"""A copy of the content that a test may spoil."""

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def content(tmp_path: Path) -> Path:
    for folder in ("messages", "locales"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path
