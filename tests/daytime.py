"""Where in the world it is day: for tests and benchmarks on the real clock, which run at any hour."""

from datetime import datetime


def zone_where_it_is(hour: int, now: datetime) -> str:
    """A zone in which clocks show `hour` and some minutes at this moment."""
    ahead = (hour - now.hour + 11) % 24 - 11
    # POSIX counts westwards: GMT-2 is two hours ahead.
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/UTC"
