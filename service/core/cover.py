"""When somebody is on call, and when nobody is. Pure: spans in, gaps out."""

from collections.abc import Iterable
from datetime import datetime

Span = tuple[datetime, datetime | None]
"""From, and until; without an end, for good."""


def gaps(shifts: Iterable[Span], start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """The stretches between `start` and `end` in which no shift runs, in order."""
    found: list[tuple[datetime, datetime]] = []
    covered = start
    for begins, ends in sorted(shifts, key=lambda span: span[0]):
        if covered >= end:
            break
        if begins > covered:
            found.append((covered, min(begins, end)))
        covered = max(covered, end if ends is None else ends)
    if covered < end:
        found.append((covered, end))
    return found
