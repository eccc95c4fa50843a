"""Reading on-call calendars: iCalendar with recurrences, exceptions and zones -> shifts of known people."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Event
from icalendar.prop import vDDDTypes

from service.core.schedule import instant
from service.errors import BadInput
from service.store.staff import StaffMember

MOST_BYTES = 1_000_000
MOST_SHIFTS = 3000
LONGEST_SHIFT = timedelta(days=35)
# Nobody's shift recurs within the hour; a rule that does is a mistake, or meant to keep the service busy.
TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})


@dataclass(frozen=True, slots=True)
class Duty:
    """One shift of one person."""

    staff_id: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Read:
    """`strangers`: names in the calendar that belong to nobody at the site, each once."""

    duties: tuple[Duty, ...]
    strangers: tuple[str, ...]


def read(content: bytes, people: Sequence[StaffMember], zone: ZoneInfo, start: datetime, end: datetime) -> Read:
    """The shifts between two instants. Times without a zone, and whole days, are on the site's clock.

    A shift is that of the attendee's address, or of the address or full name in the summary. Raises BadInput that says
    which entry cannot be used, and why.
    """
    calendar = _parse(content)
    for number, event in enumerate(calendar.events, 1):
        _check(number, event)
    by_name = _names(people)
    duties: list[Duty] = []
    strangers: dict[str, None] = {}
    for event in _occurrences(calendar, start, end):
        begins, ends = _at(event, "DTSTART", zone), _at(event, "DTEND", zone)
        whose = _whose(event, by_name)
        if whose is None:
            strangers[str(event.get("SUMMARY", "?"))[:80]] = None
        elif ends > max(begins, start):
            duties.append(Duty(whose, begins, ends))
        if len(duties) > MOST_SHIFTS:
            raise BadInput("calendar", f"holds more than {MOST_SHIFTS} shifts in these weeks")
    return Read(tuple(duties), tuple(strangers))


def _parse(content: bytes) -> Calendar:
    if len(content) > MOST_BYTES:
        raise BadInput("calendar", f"is larger than {MOST_BYTES // 1000} kB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise BadInput("calendar", f"is not UTF-8 (byte {problem.start})") from None
    if "BEGIN:VCALENDAR" not in text[:2000]:
        raise BadInput("calendar", "is no iCalendar: BEGIN:VCALENDAR is missing")
    try:
        found = Calendar.from_ical(text)
    except (ValueError, KeyError, IndexError) as problem:
        raise BadInput("calendar", f"cannot be read: {str(problem)[:120]}") from None
    if not isinstance(found, Calendar):
        raise BadInput("calendar", "is no iCalendar")
    return found


def _check(number: int, event: Event) -> None:
    name = f"entry {number} ({str(event.get('SUMMARY', 'without a title'))[:60]})"
    if "DTSTART" not in event:
        raise BadInput("calendar", f"{name} has no beginning")
    errors = [f"{place}: {problem}" for place, problem in event.errors]
    if errors:
        raise BadInput("calendar", f"{name}: {errors[0][:120]}")
    for rule in _rules(event):
        if set(rule.get("FREQ", ())) & TOO_OFTEN:
            raise BadInput("calendar", f"{name} recurs more often than daily")


def _rules(event: Event) -> list[Mapping[str, list[str]]]:
    given = event.get("RRULE")
    if given is None:
        return []
    return list(given) if isinstance(given, list) else [given]


def _occurrences(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Event]:
    try:
        yield from recurring_ical_events.of(calendar).between(start - LONGEST_SHIFT, end)
    except (ValueError, TypeError, KeyError, OverflowError, AttributeError) as problem:
        raise BadInput("calendar", f"has a recurrence that cannot be followed: {str(problem)[:120]}") from None


def _at(event: Event, name: str, zone: ZoneInfo) -> datetime:
    prop = event.get(name)
    given = prop.dt if isinstance(prop, vDDDTypes) else None
    if isinstance(given, datetime):
        return given.astimezone(UTC) if given.tzinfo else instant(given.date(), given.time(), zone)
    if isinstance(given, date):
        return instant(given, time(0), zone)
    raise BadInput("calendar", f"{name} of {str(event.get('SUMMARY', '?'))[:60]} is no date")


def _names(people: Sequence[StaffMember]) -> dict[str, int]:
    """By address and by name; a name that two people have tells nobody."""
    names = [person.name.casefold() for person in people]
    found = {person.name.casefold(): person.id for person in people if names.count(person.name.casefold()) == 1}
    return found | {person.email.casefold(): person.id for person in people}


def _whose(event: Event, by_name: Mapping[str, int]) -> int | None:
    attendees = event.get("ATTENDEE", [])
    for one in attendees if isinstance(attendees, list) else [attendees]:
        found = by_name.get(str(one).casefold().removeprefix("mailto:"))
        if found is not None:
            return found
    summary = str(event.get("SUMMARY", "")).casefold()
    if summary.strip() in by_name:
        return by_name[summary.strip()]
    named = {staff_id for name, staff_id in by_name.items() if name in summary}
    return named.pop() if len(named) == 1 else None
