"""A sender keeps its rate on average, whatever the lengths of the texts and however often one looks."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.core.pacing import BURST_SECONDS, Bucket

START = datetime(2027, 3, 2, tzinfo=UTC)


def test_a_long_text_may_go_and_is_waited_for_afterwards() -> None:
    bucket = Bucket(rate=1, tokens=1, at=START).spent(10)
    assert not bucket.refilled(START + timedelta(seconds=9)).may_send
    assert bucket.refilled(START + timedelta(seconds=10)).may_send


def test_a_slow_sender_can_send_at_all() -> None:
    assert Bucket(rate=0.1, tokens=0, at=START).refilled(START + timedelta(seconds=10)).may_send


def test_a_clock_that_steps_back_gives_nothing_away() -> None:
    bucket = Bucket(rate=5, tokens=0, at=START).refilled(START - timedelta(hours=1))
    assert (bucket.tokens, bucket.at) == (0, START)


@given(
    rate=st.floats(0.5, 100),
    steps=st.lists(st.tuples(st.floats(0, 30), st.integers(1, 10)), max_size=200),
)
def test_over_any_time_no_more_goes_out_than_the_rate_allows(rate: float, steps: list[tuple[float, int]]) -> None:
    bucket, now, sent, longest = Bucket(rate, 0, START), START, 0, 0
    for wait, segments in steps:
        now += timedelta(seconds=wait)
        bucket = bucket.refilled(now)
        if bucket.may_send:
            bucket, sent, longest = bucket.spent(segments), sent + segments, max(longest, segments)
    allowed = rate * ((now - START).total_seconds() + BURST_SECONDS) + longest
    assert sent <= max(allowed, 1 + longest) + 1e-6
