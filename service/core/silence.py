"""The ladder for missed replies: silence is itself a finding, so every rung has a time and the last one is a human."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.core.plan import SilenceLadder, SilenceStep
from service.core.urgency import Level


@dataclass(frozen=True, slots=True)
class NextRung:
    """`step` is the rung's number, `at` when it is due. `step` past the end: nothing more, the check-in ends."""

    step: int
    at: datetime


def minutes_until(step: SilenceStep, ladder: SilenceLadder, last_level: Level) -> float:
    """Minutes after asking, halved when the latest level was worrying (clinical content, missed check-in table)."""
    if ladder.halve_from is not None and last_level >= Level[ladder.halve_from.upper()]:
        return step.after_minutes / 2
    return step.after_minutes


def rung(ladder: SilenceLadder, step: int, asked_at: datetime, last_level: Level) -> NextRung | None:
    """When rung `step` is due for a question asked at `asked_at`; None when the ladder has no such rung."""
    if step >= len(ladder.steps):
        return None
    return NextRung(step, asked_at + timedelta(minutes=minutes_until(ladder.steps[step], ladder, last_level)))
