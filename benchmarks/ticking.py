"""What a tick costs: 1,000 check-ins due among ever more patients. It must grow with what is due, not with who is
enrolled."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

from benchmarks.measuring import Figure, median, timed
from benchmarks.population import make_due, populate
from benchmarks.stage import Stage, stage
from service.flows import upkeep

NAME = "tick"
ALLOWED = 1.3


def run(*, quick: bool) -> Iterator[Figure]:
    """All sizes are there at once and take turns, so that a busy moment of the machine hits each alike."""
    sizes = (1_000, 10_000) if quick else (10_000, 100_000, 1_000_000)
    due = 100 if quick else 1_000
    busy, idle = defaultdict(list), defaultdict(list)
    with ExitStack() as stages:
        here = {size: stages.enter_context(stage()) for size in sizes}
        moments = {size: populate(here[size], size, datetime.now(UTC)) for size in sizes}
        for round_ in range(3):
            for size in sizes:
                make_due(here[size], due, round_, moments[size])
                busy[size].append(_tick(here[size], moments[size], due))
                idle[size].append(_tick(here[size], moments[size], 0))
    for size in sizes:
        yield Figure(NAME, f"{due:,} due among {size:,}", median(busy[size]), "s")
        yield Figure(NAME, f"nothing due among {size:,}", median(idle[size]) * 1000, "ms")
    ratio = median(busy[sizes[-1]]) / median(busy[sizes[0]])
    yield Figure(NAME, f"{sizes[-1]:,} to {sizes[0]:,} enrolled", ratio, "x", f"at most {ALLOWED}", ratio <= ALLOWED)


def _tick(here: Stage, moment: datetime, due: int) -> float:
    with timed() as watch:
        counts = upkeep.tick(here.services, moment)
    assert counts["checkins_opened"] == counts["messages_sent"] == due, counts
    return watch.seconds
