"""Plan + infusion day + zone -> the UTC instants at which check-ins are due.

The rules of time, each property-tested for every zone:
- A day is a calendar day in the patient's zone; day 0 is the local date of the infusion.
- A local time that does not exist (clocks go forward) is due at the first instant after the gap.
- A local time that exists twice (clocks go back) is due at its first occurrence, once.
- Nothing is due before the infusion on day 0, nor before the patient's consent.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.core.content_model import Who
from service.core.flags import applies
from service.core.plan import CheckInPlan, Phase, QuietHours
from service.core.protocol import Protocol


@dataclass(frozen=True, slots=True)
class Slot:
    """One due moment. `key` is unique per enrolment and says the local day and time, so a repeat is recognised."""

    at: datetime
    phase: Phase
    plan: CheckInPlan
    day: date

    @property
    def key(self) -> str:
        return f"{self.plan.id}@{self.day.isoformat()}"


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a local wall time; see the rules of time above."""
    local = datetime.combine(day, at, tzinfo=zone).replace(fold=0)
    back = local.astimezone(UTC).astimezone(zone)
    if back.replace(tzinfo=None) == local.replace(tzinfo=None):
        return local.astimezone(UTC)
    # In a gap: fold=1 reads the offset after the change and lands before it, fold=0 the other way round.
    return _first_instant_after_gap(local.replace(fold=1).astimezone(UTC), local.astimezone(UTC), zone)


def _first_instant_after_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Bisect to the second between an instant before the change and one after it."""
    old_offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before).total_seconds() // 2)
        if middle.astimezone(zone).utcoffset() == old_offset:
            before = middle
        else:
            after = middle
    return after


def day_number(now: datetime, infused_at: datetime, zone: ZoneInfo) -> int:
    """Days since infusion on the patient's calendar; negative before it."""
    return (now.astimezone(zone).date() - infused_at.astimezone(zone).date()).days


NO_FLAGS: frozenset[str] = frozenset()


def slots(
    protocol: Protocol,
    infused_at: datetime,
    zone: ZoneInfo,
    after: datetime,
    respondents: frozenset[Who],
    flags: frozenset[str] = NO_FLAGS,
) -> Iterator[Slot]:
    """All slots later than `after`, in order, for those who can be asked. Lazy: fifteen years are not built at once."""
    infusion_day = infused_at.astimezone(zone).date()
    first_day = (after.astimezone(zone).date() - infusion_day).days
    for phase in protocol.phases:
        if phase.days[1] < first_day - 1:
            continue
        found = [
            Slot(at, phase, plan, day)
            for plan in (*phase.checkins, *protocol.reminders)
            if plan.who in respondents and applies(plan, flags)
            for day, at in _instants(plan, phase, infused_at, zone, protocol.quiet_hours, first_day - 1)
        ]
        for slot in sorted(found, key=lambda slot: (slot.at, slot.plan.id)):
            before_infusion = infusion_day == slot.day and slot.at <= infused_at
            if slot.at > after and not before_infusion:
                yield slot


def _instants(
    plan: CheckInPlan, phase: Phase, infused_at: datetime, zone: ZoneInfo, quiet: QuietHours, from_day: int
) -> Iterator[tuple[date, datetime]]:
    """The days of a plan within a phase, from `from_day` on, and when it is due on each."""
    infusion_day = infused_at.astimezone(zone).date()
    if plan.hours_after_infusion is not None:
        if phase.days[0] <= 0 <= phase.days[1]:
            at = infused_at + timedelta(hours=plan.hours_after_infusion)
            yield infusion_day, min(at, instant(infusion_day, quiet.start, zone) - timedelta(minutes=30))
        return
    for day in _days_of(plan, phase, infusion_day, from_day):
        yield day, instant(day, plan.at, zone)


def _days_of(plan: CheckInPlan, phase: Phase, infusion_day: date, from_day: int) -> Iterator[date]:
    if plan.every_days is not None:
        start = phase.days[0] + plan.offset_days
        missed = max(0, -(-(from_day - start) // plan.every_days))
        for number in range(start + missed * plan.every_days, phase.days[1] + 1, plan.every_days):
            yield infusion_day + timedelta(days=number)
        return
    first, last = (infusion_day + timedelta(days=number) for number in phase.days)
    for months in plan.months:
        anniversary = _months_later(infusion_day, months)
        if first <= anniversary <= last:
            yield anniversary


def _months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    following = first.replace(day=28) + timedelta(days=4)
    last = following - timedelta(days=following.day)
    return first.replace(day=min(day.day, last.day))


def next_slot(
    protocol: Protocol,
    infused_at: datetime,
    zone: ZoneInfo,
    after: datetime,
    respondents: frozenset[Who],
    flags: frozenset[str] = NO_FLAGS,
) -> Slot | None:
    """The first slot later than `after`; None when the protocol has run its course."""
    return next(slots(protocol, infused_at, zone, after, respondents, flags), None)


def end_of_quiet(now: datetime, zone: ZoneInfo, quiet: QuietHours) -> datetime:
    """`now` when scheduled texts may go out, else the local end of the quiet hours."""
    local = now.astimezone(zone)
    if not quiet.hold(local.time()):
        return now
    day = local.date() if local.time() < quiet.end else local.date() + timedelta(days=1)
    return instant(day, quiet.end, zone)
