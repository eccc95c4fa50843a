"""The reader of replies with all languages, as long as a process lives."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from service.content.lexicons import load_lexicons
from service.core.reading.model import Context, Reading
from service.core.reading.reader import Reader

ROOT = Path(__file__).parents[1]


def build_reader() -> Reader:
    """Needs no settings and no database: it serves `aftercell read` as well."""
    with _for_life():
        return Reader(load_lexicons(ROOT / "locales"))


@contextmanager
def _for_life() -> Iterator[None]:
    """What is made here lives as long as the process. Python's collector would walk its half a million objects over
    and over while they are made, which takes as long as making them, and at every full collection afterwards."""
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


class ReaderOnFirstUse:
    """For commands, most of which read no reply and should not wait for sixteen languages to be loaded."""

    @cached_property
    def _reader(self) -> Reader:
        return build_reader()

    def read(self, text: str, *, language: str, context: Context) -> Reading:
        return self._reader.read(text, language=language, context=context)
