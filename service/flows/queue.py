"""The alert queue and one alert, as the care team sees them: what waits, since when, who was told, who is told next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import selectinload

from service.core.escalation import Colleague, page_now
from service.core.schedule import day_number
from service.core.urgency import Level
from service.flows.access import Actor, own_alert
from service.flows.alerts import policy_of
from service.flows.services import Services
from service.flows.taking import seen_of
from service.store import sites, staff
from service.store.alerts import UNRESOLVED, Alert, AlertState, Page
from service.store.messages import Message
from service.store.patients import Contact, ContactKind, Enrolment
from service.store.rota import SitePolicy, policies_of
from service.store.staff import StaffMember
from service.store.uow import UnitOfWork

MOST_SHOWN = 100
LAST_TOLD, MOST_TOLD = 3, 100
"""How many notifications of an alert are shown in a list, and on its own page."""

_URGENCY: ColumnElement[int] = case({level.word: int(level) for level in Level}, value=Alert.level, else_=0)


@dataclass(frozen=True, slots=True)
class Told:
    """One notification of one member of staff."""

    name: str
    channel: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Why:
    """One reason, with the words that gave it where a text did."""

    says: str
    level: str
    at: datetime
    words: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """One alert. Instants are in the site's zone. `due_at`: by when the patient must have been reached. `next_names`:
    who is paged at `next_page_at` unless somebody takes it before. `seen`: changes with whatever a decision about the
    alert would depend on. `phone`: the patient's, to call; "" where nobody is known."""

    id: int
    level: str
    minutes: int
    state: str
    case_number: str
    enrolment_id: int | None
    language: str
    day: int | None
    phone: str
    reasons: tuple[Why, ...]
    opened_at: datetime
    raised_at: datetime
    due_at: datetime
    next_page_at: datetime | None
    next_names: tuple[str, ...]
    told: tuple[Told, ...]
    taken_by: str | None
    taken_by_id: int | None
    taken_at: datetime | None
    expires_at: datetime | None
    assigned_to: str | None
    resolved_by: str | None = None
    resolved_at: datetime | None = None
    outcome: str | None = None
    outcome_kind: str | None = None
    seen: str = ""

    @property
    def is_open(self) -> bool:
        return self.state == AlertState.OPEN


@dataclass(frozen=True, slots=True)
class Queue:
    """`hidden`: how many more wait than are shown."""

    alerts: tuple[Waiting, ...]
    hidden: int
    zone: str
    now: datetime
    on_call: tuple[str, ...]


def queue(services: Services, actor: Actor, now: datetime) -> Queue:
    """All unresolved alerts of the actor's site, most urgent first; of one level those that nobody has taken before
    the others, and the longest waiting first. The number of queries does not grow with the alerts."""
    with services.read_work() as work:
        site = sites.get(work.session, actor.site_id)
        unresolved = (Alert.site_id == site.id, Alert.state.in_(UNRESOLVED))
        total = work.session.scalar(select(func.count()).select_from(Alert).where(*unresolved)) or 0
        found = work.session.scalars(
            select(Alert)
            .where(*unresolved)
            .order_by(_URGENCY.desc(), (Alert.state == AlertState.OPEN).desc(), Alert.raised_at, Alert.id)
            .limit(MOST_SHOWN)
            .options(selectinload(Alert.reasons))
        ).all()
        people = {person.id: person for person in staff.of_site(work.session, site.id)}
        on_call = staff.on_call_ids(work.session, site.id, now)
        shown = _waiting(work, found, people, on_call, ZoneInfo(site.timezone), now, words=False)
    names = tuple(people[one].name for one in sorted(on_call) if one in people)
    zone = ZoneInfo(site.timezone)
    return Queue(tuple(shown), total - len(shown), site.timezone, now.astimezone(zone), names)


def one_alert(services: Services, actor: Actor, alert_id: int, now: datetime) -> Waiting:
    """An alert with the words that raised it, resolved or not. The look is audited. Raises NotFound."""
    with services.work() as work:
        alert = own_alert(work, actor, alert_id)
        site = sites.get(work.session, actor.site_id)
        people = {person.id: person for person in staff.of_site(work.session, site.id)}
        on_call = staff.on_call_ids(work.session, site.id, now)
        (found,) = _waiting(work, [alert], people, on_call, ZoneInfo(site.timezone), now, words=True)
        work.record(now, actor.key, "alert viewed", f"alert:{alert.id}")
        work.commit()
    return found


def alerts_of(work: UnitOfWork, actor: Actor, enrolment_id: int, now: datetime, limit: int) -> list[Waiting]:
    """The latest alerts of one patient, newest first."""
    site = sites.get(work.session, actor.site_id)
    found = work.session.scalars(
        select(Alert)
        .where(Alert.enrolment_id == enrolment_id, Alert.site_id == site.id)
        .order_by(Alert.id.desc())
        .limit(limit)
        .options(selectinload(Alert.reasons))
    ).all()
    people = {person.id: person for person in staff.of_site(work.session, site.id)}
    on_call = staff.on_call_ids(work.session, site.id, now)
    return _waiting(work, found, people, on_call, ZoneInfo(site.timezone), now, words=False)


def note_look(services: Services, actor: Actor, subject: str, now: datetime) -> None:
    """Put on record that the queue, with what it says of patients, was shown."""
    with services.work() as work:
        work.record(now, actor.key, "queue viewed", subject)
        work.commit()


def _told(
    work: UnitOfWork, found: Sequence[Alert], people: Mapping[int, StaffMember], zone: ZoneInfo, most: int
) -> dict[int, list[Told]]:
    """The latest notifications of each alert, oldest first. Only what is shown is read: an alert that nobody takes
    gathers hundreds in a night."""
    age = func.row_number().over(partition_by=Page.alert_id, order_by=Page.id.desc()).label("age")
    latest = select(Page.id, age).where(Page.alert_id.in_([alert.id for alert in found])).subquery()
    rows = work.session.execute(
        select(Page.alert_id, Page.staff_id, Page.channel, Page.at, Page.acknowledged_at, Message.state)
        .join(latest, latest.c.id == Page.id)
        .join(Message, Message.id == Page.message_id)
        .where(latest.c.age <= most)
        .order_by(Page.id)
    )
    told: dict[int, list[Told]] = {}
    for alert_id, staff_id, channel, at, acknowledged_at, state in rows:
        name = people[staff_id].name if staff_id in people else "?"
        one = Told(name, channel, "acknowledged" if acknowledged_at else state, at.astimezone(zone))
        told.setdefault(alert_id, []).append(one)
    return told


def _waiting(
    work: UnitOfWork,
    found: Sequence[Alert],
    people: Mapping[int, StaffMember],
    on_call: frozenset[int],
    zone: ZoneInfo,
    now: datetime,
    *,
    words: bool,
) -> list[Waiting]:
    enrolled = _enrolled(work, found)
    said = _said(work, found) if words else {}
    told = _told(work, found, people, zone, MOST_TOLD if words else LAST_TOLD)
    rota = [
        Colleague(person.id, person.role, person.id in on_call)
        for person in people.values()
        if person.role in staff.PAGED
    ]
    policies = policies_of(work.session, found[0].site_id) if found else {}
    return [_one(work, alert, people, rota, policies, enrolled, said, told, zone, now) for alert in found]


def _enrolled(work: UnitOfWork, found: Iterable[Alert]) -> dict[int, tuple[Enrolment, Contact]]:
    ids = {alert.enrolment_id for alert in found if alert.enrolment_id}
    rows = work.session.execute(
        select(Enrolment, Contact)
        .join(Contact, Contact.patient_id == Enrolment.patient_id)
        .where(Enrolment.id.in_(ids), Contact.kind == ContactKind.PATIENT)
    )
    return {enrolment.id: (enrolment, contact) for enrolment, contact in rows}


def _said(work: UnitOfWork, found: Iterable[Alert]) -> dict[int, Message]:
    ids = {reason.message_id for alert in found for reason in alert.reasons if reason.message_id}
    return {message.id: message for message in work.session.scalars(select(Message).where(Message.id.in_(ids)))}


def _one(
    work: UnitOfWork,
    alert: Alert,
    people: Mapping[int, StaffMember],
    rota: Sequence[Colleague],
    policies: Mapping[str, SitePolicy],
    enrolled: Mapping[int, tuple[Enrolment, Contact]],
    said: Mapping[int, Message],
    told: Mapping[int, Sequence[Told]],
    zone: ZoneInfo,
    now: datetime,
) -> Waiting:
    def there(moment: datetime | None) -> datetime | None:
        return moment.astimezone(zone) if moment else None

    def name(staff_id: int | None) -> str | None:
        return people[staff_id].name if staff_id is not None and staff_id in people else None

    enrolment, contact = enrolled.get(alert.enrolment_id or 0, (None, None))
    call = page_now(policy_of(work, alert, policies), alert.step, now, rota) if alert.state == AlertState.OPEN else None
    # What can wait for the morning is counted from its first page.
    begins = alert.raised_at if alert.id in told else max(alert.raised_at, alert.next_page_at or alert.raised_at)
    return Waiting(
        id=alert.id,
        level=alert.level,
        minutes=alert.minutes,
        state=alert.state,
        case_number=alert.case_number,
        enrolment_id=alert.enrolment_id,
        language=contact.language if contact else "",
        day=day_number(now, enrolment.infused_at, ZoneInfo(enrolment.timezone)) if enrolment else None,
        phone=contact.phone if contact else "",
        reasons=tuple(_reasons(alert, said, zone)),
        opened_at=alert.opened_at.astimezone(zone),
        raised_at=alert.raised_at.astimezone(zone),
        due_at=(begins + timedelta(minutes=alert.minutes)).astimezone(zone),
        next_page_at=there(alert.next_page_at),
        next_names=tuple(people[one].name for one in call.staff_ids) if call else (),
        told=tuple(told.get(alert.id, ())),
        taken_by=name(alert.acknowledged_by),
        taken_by_id=alert.acknowledged_by,
        taken_at=there(alert.acknowledged_at),
        expires_at=there(alert.acknowledgement_expires_at),
        assigned_to=name(alert.assigned_to),
        resolved_by=name(alert.resolved_by),
        resolved_at=there(alert.resolved_at),
        outcome=alert.outcome,
        outcome_kind=alert.outcome_kind,
        seen=seen_of(alert),
    )


def _reasons(alert: Alert, said: Mapping[int, Message], zone: ZoneInfo) -> Iterable[Why]:
    """Each reason once for each text that gave it."""
    known = set()
    for reason in alert.reasons:
        message = said.get(reason.message_id or 0)
        key = (reason.rule_id, message.id if message else None)
        if key not in known:
            known.add(key)
            words = message.body if message else None
            yield Why(
                reason.says, reason.level, reason.at.astimezone(zone), words, message.language if message else None
            )


def colleagues(services: Services, actor: Actor) -> list[Actor]:
    """Who may take an alert at the actor's site."""
    with services.read_work() as work:
        people = staff.of_site(work.session, actor.site_id)
    return [
        Actor(person.id, person.site_id, person.name, staff.Role(person.role))
        for person in people
        if person.role in staff.PAGED
    ]
