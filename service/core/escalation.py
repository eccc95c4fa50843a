"""Policy + rota + alert state -> whom to page next, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.core.rules import EscalationPolicy, Whom
from service.core.schedule import instant
from service.core.urgency import Urgency

WORKING_HOURS = (time(8), time(17))
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Colleague:
    """A staff member as the policy sees them."""

    id: int
    role: str
    on_call: bool


@dataclass(frozen=True, slots=True)
class Call:
    """Page these now, and `ring` their phones too if asked to; the next step is due at `next_at`."""

    staff_ids: tuple[int, ...]
    next_step: int
    next_at: datetime
    ring: bool = False


def first_page_at(urgency: Urgency, now: datetime, zone: ZoneInfo) -> datetime:
    """Now, except for what can wait for the next working day (`R1d`), in the site's zone."""
    if not urgency.waits_for_working_hours:
        return now
    local = now.astimezone(zone)
    opens, closes = WORKING_HOURS
    if local.weekday() < SATURDAY and opens <= local.time() < closes:
        return now
    day = local.date() if local.time() < opens else local.date() + timedelta(days=1)
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return instant(day, opens, zone)


def page_now(policy: EscalationPolicy, step: int, now: datetime, rota: Sequence[Colleague]) -> Call:
    """Whom step `step` pages. Past the last step the last one repeats, for ever: someone must answer.

    A step that finds nobody (no one on call, no clinician) takes the next wider circle at once, because waiting for
    a person who does not exist is silence.
    """
    last = len(policy.steps) - 1
    current = policy.steps[min(step, last)]
    wait = policy.then_every_minutes if step >= last else policy.steps[step + 1].after_minutes - current.after_minutes
    return Call(_people(current.page, rota), step + 1, now + timedelta(minutes=wait), ring=current.call)


def _people(whom: Whom, rota: Sequence[Colleague]) -> tuple[int, ...]:
    on_call = tuple(person.id for person in rota if person.on_call)
    clinicians = tuple(person.id for person in rota if person.role == "clinician")
    everyone = tuple(person.id for person in rota)
    match whom:
        case Whom.ON_CALL:
            return on_call or clinicians or everyone
        case Whom.CLINICIANS:
            return clinicians or everyone
        case Whom.EVERYONE:
            return everyone
