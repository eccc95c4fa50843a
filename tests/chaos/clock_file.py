"""A clock that a test shares with the processes it has started: the machine's time plus an offset in a file.

All of them see a move at once, as when the clock of a host is set forward while it works.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

VARIABLE = "CHAOS_CLOCK_FILE"


@dataclass(frozen=True, slots=True)
class ClockFile:
    path: Path

    @classmethod
    def of_environment(cls) -> Self:
        return cls(Path(os.environ[VARIABLE]))

    def now(self, *_: object) -> datetime:
        """Takes the clock that it stands in for, and has no use for it."""
        return datetime.now(UTC) + timedelta(seconds=float(self.path.read_text()))

    def set(self, moment: datetime) -> None:
        """Whole or not at all: a reader must never find half a number."""
        half = self.path.with_suffix(".half")
        half.write_text(str((moment - datetime.now(UTC)).total_seconds()))
        half.replace(self.path)

    def advance(self, by: timedelta) -> None:
        self.set(self.now() + by)
