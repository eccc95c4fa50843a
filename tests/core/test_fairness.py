"""Whether a language falls behind: said when it does, and not for a handful of replies."""

import pytest

from service.core.fairness import falls_behind


@pytest.mark.parametrize(
    ("good", "of", "others_good", "others_of", "behind"),
    [
        (60, 100, 900, 1000, True),
        (89, 100, 900, 1000, False),
        (95, 100, 900, 1000, False),
        (3, 10, 900, 1000, False),
        (60, 100, 9, 10, False),
        (0, 0, 0, 0, False),
        (100, 100, 1000, 1000, False),
        (850, 1000, 9000, 10000, False),
        (0, 100, 1000, 1000, True),
    ],
)
def test_only_a_difference_that_is_large_and_no_accident_counts(
    good: int, of: int, others_good: int, others_of: int, behind: bool
) -> None:
    assert falls_behind(good, of, others_good, others_of) is behind
