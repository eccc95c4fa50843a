"""Whether one group of patients is served worse than the others. Pure: counts in, a judgement out."""

from math import sqrt

ENOUGH = 20
"""With fewer check-ins a rate says nothing."""

WORTH_ACTING = 0.10
"""A difference of rates that somebody should look into; a proposal, for a clinician to set."""

_TWO_SIDED_95 = 1.96


def falls_behind(good: int, of: int, others_good: int, others_of: int) -> bool:
    """Whether a group's rate lies below that of all others by more than chance explains and enough to matter."""
    if of < ENOUGH or others_of < ENOUGH:
        return False
    rate, others = good / of, others_good / others_of
    together = (good + others_good) / (of + others_of)
    spread = sqrt(together * (1 - together) * (1 / of + 1 / others_of))
    return others - rate >= WORTH_ACTING and spread > 0 and (others - rate) / spread > _TWO_SIDED_95
