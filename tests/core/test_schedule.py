"""Time done right: the rules of `service.core.schedule` hold in every zone, across every change of the clocks."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core.content_model import Who
from service.core.plan import CheckInPlan, Phase, QuietHours
from service.core.protocol import Protocol
from service.core.schedule import day_number, end_of_quiet, instant, next_slot, slots

ZONES = sorted(
    zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/"))
)
PATIENT = frozenset({Who.PATIENT})

days = st.dates(date(2024, 1, 1), date(2040, 12, 31))
times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
zones = st.sampled_from(ZONES).map(ZoneInfo)
instants = st.integers(0, 16 * 365 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def protocol(*phases: Phase) -> Protocol:
    return Protocol.model_construct(
        id="test", version=1, review="test", phases=phases, quiet_hours=QuietHours(), rules=()
    )


def phase(first: int, last: int, *plans: CheckInPlan) -> Phase:
    return Phase(id=f"from-{first}", name="", days=(first, last), column="c", silence="s", checkins=plans)


TWICE_DAILY = protocol(
    phase(
        0,
        14,
        CheckInPlan(id="morning", at=time(8), every_days=1, ask=("q",)),
        CheckInPlan(id="evening", at=time(20), every_days=1, ask=("q",)),
    )
)


@given(days, times, zones)
def test_a_wall_time_that_exists_is_kept_and_one_in_a_gap_moves_to_the_first_instant_after_it(
    day: date, at: time, zone: ZoneInfo
) -> None:
    local = instant(day, at, zone).astimezone(zone)
    if local.date() == day and local.time() == at:
        return
    just_before = instant(day, at, zone) - timedelta(seconds=1)
    assert just_before.astimezone(zone).replace(tzinfo=None) < datetime.combine(day, at)
    assert local.replace(tzinfo=None) > datetime.combine(day, at)
    assert just_before.astimezone(zone).utcoffset() != local.utcoffset(), "moved although the clocks did not change"


@given(days, times, zones)
def test_a_wall_time_that_exists_twice_is_its_first_occurrence(day: date, at: time, zone: ZoneInfo) -> None:
    chosen = instant(day, at, zone)
    earlier = chosen - timedelta(hours=1)
    assert earlier.astimezone(zone).replace(tzinfo=None) != chosen.astimezone(zone).replace(tzinfo=None)


@given(days, st.sampled_from([time(8), time(20)]), zones, st.integers(1, 400))
def test_slots_come_in_order_once_and_at_the_local_time(day: date, at: time, zone: ZoneInfo, hours: int) -> None:
    infused_at = instant(day, at, zone) + timedelta(minutes=hours)
    found = list(slots(TWICE_DAILY, infused_at, zone, infused_at, PATIENT))
    assert all(one.at < other.at for one, other in pairwise(found))
    assert len({slot.key for slot in found}) == len(found)
    assert all(slot.at > infused_at for slot in found), "nothing is due before the infusion"
    assert len(found) in (28, 29, 30)


@given(days, zones, st.integers(0, 20 * 24))
def test_the_next_slot_is_the_first_of_those_that_follow(day: date, zone: ZoneInfo, hours: int) -> None:
    infused_at = instant(day, time(11), zone)
    after = infused_at + timedelta(hours=hours)
    expected = [slot for slot in slots(TWICE_DAILY, infused_at, zone, infused_at, PATIENT) if slot.at > after]
    assert next_slot(TWICE_DAILY, infused_at, zone, after, PATIENT) == next(iter(expected), None)


def test_in_new_york_the_morning_check_stays_at_eight_when_the_clocks_go_back() -> None:
    zone = ZoneInfo("America/New_York")
    infused_at = datetime(2026, 10, 31, 15, tzinfo=UTC)
    found = islice(slots(TWICE_DAILY, infused_at, zone, infused_at, PATIENT), 4)
    assert [slot.at.astimezone(zone).strftime("%d %H:%M") for slot in found] == [
        "31 20:00",
        "01 08:00",
        "01 20:00",
        "02 08:00",
    ]
    evening, morning = islice(slots(TWICE_DAILY, infused_at, zone, infused_at, PATIENT), 2)
    assert morning.at - evening.at == timedelta(hours=13), "that night has one hour more"


def test_a_time_in_the_spring_gap_is_due_when_the_gap_ends() -> None:
    zone = ZoneInfo("Europe/Berlin")
    assert instant(date(2027, 3, 28), time(2, 30), zone) == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)


def test_a_day_that_a_country_skipped_is_due_when_the_next_begins() -> None:
    assert instant(date(2011, 12, 30), time(8), ZoneInfo("Pacific/Apia")) == datetime(2011, 12, 30, 10, tzinfo=UTC)


def test_month_anniversaries_fall_on_the_last_day_of_shorter_months() -> None:
    plan = CheckInPlan(id="monthly", at=time(9), months=(1, 6, 12), ask=("q",))
    zone = ZoneInfo("Asia/Seoul")
    infused_at = datetime(2026, 8, 31, 3, tzinfo=UTC)
    found = list(slots(protocol(phase(0, 400, plan)), infused_at, zone, infused_at, PATIENT))
    assert [slot.day.isoformat() for slot in found] == ["2026-09-30", "2027-02-28", "2027-08-31"]


def test_a_caregivers_slots_are_only_for_those_who_have_one() -> None:
    plan = CheckInPlan(id="helper", at=time(20), who=Who.CAREGIVER, every_days=1, ask=("q",))
    zone, infused_at = ZoneInfo("UTC"), datetime(2026, 1, 1, tzinfo=UTC)
    both = frozenset({Who.PATIENT, Who.CAREGIVER})
    assert next_slot(protocol(phase(0, 3, plan)), infused_at, zone, infused_at, PATIENT) is None
    assert next_slot(protocol(phase(0, 3, plan)), infused_at, zone, infused_at, both) is not None


@given(instants, zones)
def test_quiet_hours_end_at_eight_local_and_never_hold_a_text_for_longer_than_a_night(
    now: datetime, zone: ZoneInfo
) -> None:
    allowed = end_of_quiet(now, zone, QuietHours())
    local = allowed.astimezone(zone).time()
    assert time(8) <= local < time(21)
    assert timedelta() <= allowed - now <= timedelta(hours=12, minutes=30)


@pytest.mark.parametrize(("zone", "expected"), [("Pacific/Auckland", 1), ("America/Los_Angeles", 0)])
def test_days_are_counted_on_the_patients_calendar(zone: str, expected: int) -> None:
    infused_at = datetime(2026, 6, 1, 9, tzinfo=UTC)
    assert day_number(datetime(2026, 6, 1, 13, tzinfo=UTC), infused_at, ZoneInfo(zone)) == expected
