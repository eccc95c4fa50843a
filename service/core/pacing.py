"""How fast a sender may send: a token bucket counted in segments, since that is what carriers count."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

BURST_SECONDS = 2.0
"""How much of an unused rate is kept: enough that a worker that looks once a second loses nothing of it."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """`rate` in segments per second, above 0. `tokens`: segments that may go out at `at`; negative when in debt."""

    rate: float
    tokens: float
    at: datetime

    def refilled(self, now: datetime) -> Self:
        """The bucket at `now`. Clocks of several hosts differ a little: time never runs backwards here."""
        seconds = max(0.0, (now - self.at).total_seconds())
        full = max(1.0, self.rate * BURST_SECONDS)
        return replace(self, tokens=min(full, self.tokens + seconds * self.rate), at=max(self.at, now))

    @property
    def may_send(self) -> bool:
        """A text of any length may go while the bucket is not empty; what it owes is waited for afterwards, so that
        the rate holds on average and a long text is never stuck."""
        return self.tokens >= 1.0

    def spent(self, segments: int) -> Self:
        return replace(self, tokens=self.tokens - segments)
