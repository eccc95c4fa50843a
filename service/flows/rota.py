"""Who is on call now and next, where nobody is, and whom a site pages: seen, changed, and watched by the worker."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlalchemy import delete, select

from service.core.cover import gaps
from service.core.rules import EscalationPolicy, EscalationStep, Whom
from service.core.urgency import Level
from service.errors import BadInput, NotFound
from service.flows import calendars, operators
from service.flows.access import Actor
from service.flows.enrolment import DEFAULT_PROTOCOL
from service.flows.running import Tally
from service.flows.services import Services
from service.flows.texting import Line, text_staff
from service.store import patients, sites, staff, upkeep
from service.store import rota as store
from service.store.messages import Message, Purpose
from service.store.rota import Calendar, SitePolicy
from service.store.sites import Site
from service.store.staff import PAGED, Shift, StaffMember
from service.store.uow import UnitOfWork

AHEAD = timedelta(days=14)
READ_AHEAD = timedelta(days=60)
READ_EVERY = timedelta(hours=6)
WATCHED_EVERY = timedelta(minutes=15)
WATCH = "watch cover"
WARNED_AHEAD = timedelta(hours=24)
LEVELS = (Level.EMERGENCY.word, Level.URGENT.word, Level.REVIEW.word)
MOST_STEPS = 6


@dataclass(frozen=True, slots=True)
class OnDuty:
    """A shift. `ends_at` None: until somebody ends it. `source`: the calendar's name, "" for one entered by hand."""

    id: int
    name: str
    starts_at: datetime
    ends_at: datetime | None
    source: str


@dataclass(frozen=True, slots=True)
class Source:
    """A calendar that shifts are read from. `from_url`: it is fetched again by itself."""

    id: int
    name: str
    read_at: datetime
    from_url: bool
    problem: str | None


@dataclass(frozen=True, slots=True)
class Policy:
    """Whom to page for a level. `own`: the site's, not the protocol's."""

    level: str
    policy: EscalationPolicy
    own: bool


@dataclass(frozen=True, slots=True)
class Drill:
    """A test page and how far it has come."""

    name: str
    at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Rota:
    """All on the page, in the site's zone."""

    zone: str
    now: datetime
    on: tuple[OnDuty, ...]
    coming: tuple[OnDuty, ...]
    gaps: tuple[tuple[datetime, datetime], ...]
    sources: tuple[Source, ...]
    policies: tuple[Policy, ...]
    drills: tuple[Drill, ...]


def rota(services: Services, actor: Actor, now: datetime) -> Rota:
    """The actor's site."""
    with services.read_work() as work:
        site = sites.get(work.session, actor.site_id)
        zone = ZoneInfo(site.timezone)
        people = {person.id: person.name for person in staff.of_site(work.session, site.id)}
        known = store.calendars_of(work.session, site.id)
        names = {calendar.id: calendar.name for calendar in known}
        shifts = staff.shifts_between(work.session, site.id, now, now + AHEAD)
        seen = [
            OnDuty(
                shift.id,
                people[shift.staff_id],
                shift.starts_at.astimezone(zone),
                shift.ends_at.astimezone(zone) if shift.ends_at else None,
                names.get(shift.calendar_id or 0, ""),
            )
            for shift in shifts
        ]
        spans = [(shift.starts_at, shift.ends_at) for shift in shifts]
        drills = _drills(work, people, zone)
        policies = _policies(work, services, site.id)
    return Rota(
        zone=site.timezone,
        now=now.astimezone(zone),
        on=tuple(one for one in seen if one.starts_at <= now),
        coming=tuple(one for one in seen if one.starts_at > now),
        gaps=tuple((start.astimezone(zone), end.astimezone(zone)) for start, end in gaps(spans, now, now + AHEAD)),
        sources=tuple(
            Source(one.id, one.name, one.read_at.astimezone(zone), one.source is not None, one.problem) for one in known
        ),
        policies=policies,
        drills=drills,
    )


def _policies(work: UnitOfWork, services: Services, site_id: int) -> tuple[Policy, ...]:
    own = store.policies_of(work.session, site_id)
    protocol = services.catalog.protocol(DEFAULT_PROTOCOL)
    return tuple(
        Policy(level, parsed(own[level]) if level in own else protocol.escalation[level], level in own)
        for level in LEVELS
    )


def parsed(policy: SitePolicy) -> EscalationPolicy:
    return EscalationPolicy.model_validate_json(policy.body)


def _drills(work: UnitOfWork, people: Mapping[int, str], zone: ZoneInfo) -> tuple[Drill, ...]:
    rows = work.session.scalars(
        select(Message)
        .where(Message.staff_id.in_(people), Message.text_id == "page_test")
        .order_by(Message.id.desc())
        .limit(5)
    )
    return tuple(Drill(people[row.staff_id or 0], row.created_at.astimezone(zone), row.state) for row in rows)


def add_shift(
    services: Services, actor: Actor, staff_id: int, starts_at: datetime, ends_at: datetime | None, now: datetime
) -> None:
    """By hand. Raises BadInput."""
    if ends_at is not None and ends_at <= starts_at:
        raise BadInput("ends_at", "must come after the beginning")
    if ends_at is not None and ends_at <= now:
        raise BadInput("ends_at", "lies in the past")
    with services.work() as work:
        person = _colleague(work, actor, staff_id)
        work.session.add(Shift(staff_id=person.id, starts_at=starts_at, ends_at=ends_at))
        work.record(now, actor.key, "shift added", f"staff:{person.id}")
        work.commit()


def end_shift(services: Services, actor: Actor, shift_id: int, now: datetime) -> None:
    """A shift that runs ends now; one that lies ahead is taken out. Raises NotFound."""
    with services.work() as work:
        shift = work.session.get(Shift, shift_id)
        person = work.session.get(StaffMember, shift.staff_id) if shift else None
        if shift is None or person is None or person.site_id != actor.site_id:
            raise NotFound("there is no such shift")
        if shift.starts_at > now:
            work.session.delete(shift)
        elif shift.ends_at is None or shift.ends_at > now:
            shift.ends_at = now
        work.record(now, actor.key, "shift ended", f"staff:{person.id}")
        work.commit()


def _colleague(work: UnitOfWork, actor: Actor, staff_id: int) -> StaffMember:
    person = work.session.get(StaffMember, staff_id)
    if person is None or person.site_id != actor.site_id or person.role not in PAGED:
        raise BadInput("colleague", "is nobody of this site who answers for patients")
    return person


@dataclass(frozen=True, slots=True)
class Added:
    """What came of a calendar: how many shifts, and names that nobody at the site has."""

    shifts: int
    strangers: tuple[str, ...]


def add_calendar(
    services: Services, actor: Actor, name: str, content: bytes, source: str | None, now: datetime
) -> Added:
    """Shifts from an iCalendar file, or from an address (`source`) that is read again every few hours.

    Raises BadInput for a file that cannot be used; then nothing is changed.
    """
    with services.work() as work:
        site = sites.get(work.session, actor.site_id)
        calendar = Calendar(
            site_id=site.id,
            name=name.strip()[:120] or "iCalendar",
            body="",
            read_at=now,
            read_until=now,
            source=source,
        )
        work.session.add(calendar)
        work.flush()
        added = _take(work, site, calendar, content, now)
        work.record(now, actor.key, "calendar added", f"site:{site.id}", shifts=added.shifts)
        work.commit()
        return added


def remove_calendar(services: Services, actor: Actor, calendar_id: int, now: datetime) -> None:
    """With all its shifts. Raises NotFound."""
    with services.work() as work:
        calendar = work.session.get(Calendar, calendar_id)
        if calendar is None or calendar.site_id != actor.site_id:
            raise NotFound("there is no such calendar")
        work.session.execute(delete(Shift).where(Shift.calendar_id == calendar_id))
        work.session.delete(calendar)
        work.record(now, actor.key, "calendar removed", f"site:{actor.site_id}")
        work.commit()


def _take(work: UnitOfWork, site: Site, calendar: Calendar, content: bytes, now: datetime) -> Added:
    """The calendar's shifts anew, from now on; what is over stays as it was. Raises BadInput."""
    people = staff.answering(work.session, site.id)
    until = now + READ_AHEAD
    found = calendars.read(content, people, ZoneInfo(site.timezone), now, until)
    work.session.execute(delete(Shift).where(Shift.calendar_id == calendar.id, Shift.ends_at > now))
    for duty in found.duties:
        work.session.add(
            Shift(staff_id=duty.staff_id, starts_at=duty.starts_at, ends_at=duty.ends_at, calendar_id=calendar.id)
        )
    calendar.body, calendar.read_at, calendar.read_until = content.decode("utf-8-sig"), now, until
    calendar.problem = None
    return Added(len(found.duties), found.strangers)


def read_calendars(services: Services, now: datetime) -> Tally:
    """A duty of the worker: every few hours read each calendar anew, so that shifts are known two months ahead.

    One that cannot be fetched or read keeps its shifts, and says why.
    """
    tally = Tally()
    with services.read_work() as work:
        due = [calendar.id for calendar in store.calendars_to_read(work.session, now - READ_EVERY)]
    for calendar_id in due:
        tally.done += _read_again(services, calendar_id, now)
    return tally


def _read_again(services: Services, calendar_id: int, now: datetime) -> bool:
    with services.read_work() as work:
        calendar = work.session.get(Calendar, calendar_id)
        if calendar is None:
            return False
        content, source = calendar.body.encode(), calendar.source
    problem = None
    try:
        if source is not None and services.fetch is not None:
            # No transaction is open while somebody else's server takes its time.
            content = services.fetch(source)
    except BadInput as unreachable:
        problem = unreachable.message
    with services.work() as work:
        calendar = work.session.get(Calendar, calendar_id)
        if calendar is None:
            return False
        try:
            _take(work, sites.get(work.session, calendar.site_id), calendar, content, now)
        except BadInput as unreadable:
            problem = unreadable.message
        calendar.read_at = now
        calendar.problem = problem[:300] if problem else None
        work.commit()
    return True


def watch_cover(services: Services, now: datetime) -> Tally:
    """A duty of the worker: administrators are told when nobody is on call at some time of the next day at a site that
    follows patients, and told again when it happens anew."""
    with services.read_work() as work:
        known = work.session.get(upkeep.Duty, WATCH)
        if known is not None and known.due_at > now:
            return Tally()
    with services.work() as work:
        if upkeep.claim_duty(work.session, WATCH, now, WATCHED_EVERY) is None:
            return Tally()
        for site in sites.every(work.session):
            _watch(work, services, site, now)
        work.commit()
    return Tally()


def _watch(work: UnitOfWork, services: Services, site: Site, now: datetime) -> None:
    alarm = f"cover:{site.id}"
    shifts = staff.shifts_between(work.session, site.id, now, now + WARNED_AHEAD)
    found = gaps([(shift.starts_at, shift.ends_at) for shift in shifts], now, now + WARNED_AHEAD)
    if not found or not patients.any_followed(work.session, site.id):
        operators.settled(work, alarm)
        return
    start, end = (moment.astimezone(ZoneInfo(site.timezone)) for moment in found[0])
    subject = f"aftercell: nobody is on call at {site.name} from {start:%a %d %b %H:%M} to {end:%a %d %b %H:%M}"
    body = (
        "Alerts in that time page every clinician at once, and then everybody. Add a shift on the page On call of the "
        f"console: {services.public_url}/on-call"
    )
    operators.tell(work, services, alarm, subject, body, now, also_by_text=True)


def change_policy(
    services: Services,
    actor: Actor,
    level: str,
    steps: list[tuple[int, str, bool]],
    then_every_minutes: int,
    acknowledgement_minutes: int,
    now: datetime,
) -> None:
    """Whom this site pages for a level; (minutes, whom, whether phones ring). Raises NotFound, BadInput."""
    if level not in LEVELS:
        raise NotFound("there is no such level")
    if len(steps) > MOST_STEPS:
        raise BadInput("steps", f"may be {MOST_STEPS} at most")
    try:
        policy = EscalationPolicy(
            steps=tuple(
                EscalationStep(after_minutes=minutes, page=Whom(whom), call=ring) for minutes, whom, ring in steps
            ),
            then_every_minutes=then_every_minutes,
            acknowledgement_minutes=acknowledgement_minutes,
        )
    except (ValidationError, ValueError) as problem:
        raise BadInput("steps", _first(problem)) from None
    with services.work() as work:
        known = store.policy_of(work.session, actor.site_id, level)
        if known is None:
            known = SitePolicy(site_id=actor.site_id, level=level, body="", changed_at=now, changed_by=actor.staff_id)
            work.session.add(known)
        known.body, known.changed_at, known.changed_by = policy.model_dump_json(), now, actor.staff_id
        work.record(now, actor.key, "policy changed", f"site:{actor.site_id}", level=level)
        work.commit()


def _first(problem: ValidationError | ValueError) -> str:
    if isinstance(problem, ValidationError):
        return problem.errors()[0]["msg"].removeprefix("Value error, ")
    return str(problem)


def restore_policy(services: Services, actor: Actor, level: str, now: datetime) -> None:
    """Back to what the protocol says. Raises NotFound."""
    with services.work() as work:
        known = store.policy_of(work.session, actor.site_id, level)
        if known is None:
            raise NotFound("the policy is the protocol's already")
        work.session.delete(known)
        work.record(now, actor.key, "policy restored", f"site:{actor.site_id}", level=level)
        work.commit()


def drill(services: Services, actor: Actor, staff_id: int, now: datetime) -> None:
    """Page somebody without any patient, to see that it reaches them. Raises BadInput."""
    with services.work() as work:
        person = _colleague(work, actor, staff_id)
        site = sites.get(work.session, actor.site_id)
        text_staff(work, services, site, person, Line("page_test"), Purpose.PAGE_REPLY, now)
        work.record(now, actor.key, "test page sent", f"staff:{person.id}")
        work.commit()
