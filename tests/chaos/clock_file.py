"""A clock that a test shares with the processes it has started: the machine's time plus an offset in a file.

All of them see a move at once, as when the clock of a host is set forward while it works.
"""

import mmap
import os
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

VARIABLE = "CHAOS_CLOCK_FILE"
# Seconds. Eight bytes at the beginning of a page, which no processor writes by halves.
OFFSET = struct.Struct("d")


class ClockFile:
    """Asked some thousand times a second, so it reads the file by a mapping that processes share."""

    def __init__(self, path: Path) -> None:
        """Makes the file, with the machine's own time, if it is not there."""
        self.path = path
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            if os.fstat(file.fileno()).st_size == 0:
                file.write(OFFSET.pack(0.0))
                file.flush()
            self._shared = mmap.mmap(file.fileno(), OFFSET.size)

    @classmethod
    def of_environment(cls) -> Self:
        return cls(Path(os.environ[VARIABLE]))

    def now(self, *_: object) -> datetime:
        """Takes the clock that it stands in for, and has no use for it."""
        return datetime.now(UTC) + timedelta(seconds=OFFSET.unpack_from(self._shared)[0])

    def set(self, moment: datetime) -> None:
        OFFSET.pack_into(self._shared, 0, (moment - datetime.now(UTC)).total_seconds())

    def advance(self, by: timedelta) -> None:
        self.set(self.now() + by)
