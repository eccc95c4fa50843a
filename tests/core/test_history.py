"""What earlier check-ins said is remembered for as long as it matters, and no longer."""

from datetime import UTC, datetime, timedelta

import pytest

from service.core.content_model import Who
from service.core.history import History
from service.core.reading.model import Finding, Severity, Status, When

NOW = datetime(2027, 3, 4, 13, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
REMEMBERED = {"antipyretic_taken": 6, "steroid_or_tocilizumab": 336}


def taking(*minutes: int) -> History:
    history = History()
    for took in minutes:
        history = history.with_latency(took * MINUTE)
    return history


def test_the_own_temperature_is_the_median_of_those_before_the_infusion() -> None:
    history = History()
    for degrees in (36.2, 36.4, 38.9):
        history = history.with_temperature(degrees, NOW, baseline=True)
    assert history.with_temperature(39.5, NOW, baseline=False).own_temperature == 36.4
    assert History().own_temperature is None


def test_temperatures_of_the_last_three_days_are_kept_with_their_times() -> None:
    history = History().with_temperature(37.9, NOW - 4 * DAY, baseline=False)
    history = history.with_temperature(36.6, NOW - DAY, baseline=False).with_temperature(37.0, NOW, baseline=False)
    assert [(one.at, one.value) for one in history.temperatures] == [(NOW - DAY, 36.6), (NOW, 37.0)]


@pytest.mark.parametrize(
    ("latencies", "slow"),
    [
        ((2, 3, 2, 4, 3, 45, 50), True),
        ((2, 3, 2, 4, 3, 45, 5), False),
        ((2, 3, 2, 4, 3, 20, 25), False),
        ((20, 25, 20, 25, 20, 45, 50), False),
        ((45, 50), False),
        ((2, 3, 2, 4, 45, 50), False),
    ],
)
def test_slow_is_twice_in_a_row_over_half_an_hour_and_thrice_the_usual(latencies: tuple[int, ...], slow: bool) -> None:
    assert taking(*latencies).is_slow is slow


def test_pills_count_for_six_hours_and_a_steroid_for_a_fortnight() -> None:
    pills = (Finding("antipyretic_taken", Status.PRESENT), Finding("steroid_or_tocilizumab", Status.PRESENT))
    history = History().with_words(Who.PATIENT, pills, REMEMBERED, NOW)
    assert history.still(REMEMBERED, NOW + 6 * HOUR) == {"antipyretic_taken", "steroid_or_tocilizumab"}
    assert history.still(REMEMBERED, NOW + 7 * HOUR) == {"steroid_or_tocilizumab"}
    assert history.still(REMEMBERED, NOW + 15 * DAY) == frozenset()


def test_a_denied_or_past_pill_is_not_remembered() -> None:
    no = Finding("antipyretic_taken", Status.ABSENT)
    past = Finding("antipyretic_taken", Status.PRESENT, when=When.PAST)
    history = History().with_words(Who.PATIENT, (no, past), REMEMBERED, NOW)
    assert history.still(REMEMBERED, NOW) == frozenset()


def test_the_caregivers_word_counts_beside_the_patients_for_half_a_day() -> None:
    confused = Finding("confusion", Status.PRESENT, Severity.SEVERE)
    history = History().with_words(Who.CAREGIVER, (confused,), {}, NOW)
    assert history.word_of_another(Who.PATIENT, NOW + 12 * HOUR) == (confused,)
    assert history.word_of_another(Who.PATIENT, NOW + 13 * HOUR) == ()
    assert history.word_of_another(Who.CAREGIVER, NOW) == (), "nobody is another to themselves"


def test_saying_nothing_takes_nothing_back() -> None:
    confused = Finding("confusion", Status.PRESENT)
    history = History().with_words(Who.CAREGIVER, (confused,), {}, NOW)
    history = history.with_words(Who.CAREGIVER, (), {}, NOW + HOUR)
    assert history.word_of_another(Who.PATIENT, NOW + 2 * HOUR) == (confused,)


def test_the_record_survives_its_storage() -> None:
    history = taking(3, 4).with_temperature(36.5, NOW, baseline=True).with_pressure(118, baseline=True)
    history = history.with_own_test({"naming": 3}, ["boston"])
    history = history.with_words(Who.PATIENT, (Finding("antipyretic_taken", Status.PRESENT),), REMEMBERED, NOW)
    assert History.from_json(history.to_json()) == history
    assert History.from_json(None) == History()
