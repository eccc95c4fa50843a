"""Where nobody is on call. A gap that is overlooked is a night without an answer."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.core.cover import Span, gaps

START = datetime(2027, 3, 1, tzinfo=UTC)
END = START + timedelta(days=2)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def test_without_shifts_all_is_a_gap() -> None:
    assert gaps([], START, END) == [(START, END)]


def test_shifts_that_meet_leave_none_and_those_that_do_not_leave_one() -> None:
    assert gaps([(at(0), at(12)), (at(12), at(48))], START, END) == []
    assert gaps([(at(20), at(48)), (at(-5), at(12))], START, END) == [(at(12), at(20))]


def test_a_shift_inside_another_hides_nothing() -> None:
    assert gaps([(at(0), at(40)), (at(1), at(2)), (at(41), None)], START, END) == [(at(40), at(41))]


spans = st.tuples(st.integers(-10, 60), st.integers(1, 30) | st.none()).map(
    lambda pair: (at(pair[0]), None if pair[1] is None else at(pair[0] + pair[1]))
)


@given(st.lists(spans, max_size=8), st.integers(0, 47))
def test_at_every_hour_there_is_either_a_shift_or_a_gap(shifts: list[Span], hour: int) -> None:
    moment = at(hour + 0.5)
    covered = any(start <= moment and (end is None or moment < end) for start, end in shifts)
    in_gap = any(start <= moment < end for start, end in gaps(shifts, START, END))
    assert covered is not in_gap
