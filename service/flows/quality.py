"""How well a site answers: who is reached, how fast alerts are taken, what came of them, and whom the service fails."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median

from sqlalchemy import func, select

from service.core.delivery import LOST
from service.core.fairness import falls_behind
from service.core.twilio_codes import CODES
from service.errors import BadInput
from service.flows import operators
from service.flows.access import Actor
from service.flows.running import Tally
from service.flows.services import Services
from service.flows.taking import LED_TO_ACTION
from service.store import sites, upkeep
from service.store.alerts import Alert, Reason
from service.store.checkins import CheckIn, CheckInKind, CheckInState
from service.store.messages import Direction, Message
from service.store.patients import Contact, Enrolment
from service.store.uow import UnitOfWork

WEEKS = (4, 12, 52)
BETWEEN = "-"
"""The phase of what belongs to no check-in."""

GROUPS = ("language", "phase", "week")
WATCH = "watch languages"
WATCHED_EVERY = timedelta(days=1)
WATCHED_WEEKS = 4


@dataclass(slots=True)
class Figures:
    """Counts of one group. Spans are in minutes."""

    group: str
    checkins: int = 0
    answered: int = 0
    texts: int = 0
    unclear: int = 0
    alerts: int = 0
    resolved: int = 0
    led_to_action: int = 0
    to_take: list[float] = field(default_factory=list)
    to_resolve: list[float] = field(default_factory=list)
    behind: bool = False

    @property
    def answer_rate(self) -> float | None:
        return self.answered / self.checkins if self.checkins else None

    @property
    def unclear_rate(self) -> float | None:
        return self.unclear / self.texts if self.texts else None

    @property
    def alerts_per_100(self) -> float | None:
        return 100 * self.alerts / self.checkins if self.checkins else None

    @property
    def action_rate(self) -> float | None:
        return self.led_to_action / self.resolved if self.resolved else None

    @property
    def minutes_to_take(self) -> float | None:
        return median(self.to_take) if self.to_take else None

    @property
    def minutes_to_resolve(self) -> float | None:
        return median(self.to_resolve) if self.to_resolve else None


@dataclass(frozen=True, slots=True)
class Lost:
    """Texts that did not arrive, by the carrier's code."""

    code: str
    says: str
    number: int


@dataclass(frozen=True, slots=True)
class Quality:
    weeks: int
    by: str
    total: Figures
    groups: tuple[Figures, ...]
    lost: tuple[Lost, ...]
    sent: int


@dataclass(frozen=True, slots=True)
class _Counted:
    """A number of like things, with what they can be grouped by."""

    language: str
    phase: str
    day: date
    state: str
    number: int


def figures(services: Services, actor: Actor, by: str, weeks: int, now: datetime) -> Quality:
    """The actor's site over the last weeks. Raises BadInput for another grouping or span than are offered."""
    if by not in GROUPS:
        raise BadInput("by", f"must be one of {', '.join(GROUPS)}")
    if weeks not in WEEKS:
        raise BadInput("weeks", f"must be one of {', '.join(map(str, WEEKS))}")
    with services.read_work() as work:
        groups = _groups(work, actor.site_id, by, now - timedelta(weeks=weeks))
        lost, sent = _lost(work, actor.site_id, now - timedelta(weeks=weeks))
    total = _total(groups)
    if by == "language":
        _mark_behind(groups, total)
    return Quality(weeks, by, total, tuple(groups), lost, sent)


def _groups(work: UnitOfWork, site_id: int, by: str, since: datetime) -> list[Figures]:
    found: dict[str, Figures] = {}

    def group(language: str, phase: str, day: date) -> Figures:
        key = {"language": language, "phase": phase, "week": f"{day.isocalendar()[0]}-W{day.isocalendar()[1]:02d}"}[by]
        return found.setdefault(key, Figures(key))

    for row in _checkins(work, site_id, since):
        figure = group(row.language, row.phase, row.day)
        figure.checkins += row.number
        figure.answered += row.number if row.state == CheckInState.ANSWERED else 0
    for row in _texts(work, site_id, since):
        figure = group(row.language, row.phase, row.day)
        figure.texts += row.number
        figure.unclear += row.number if row.state == "unclear" else 0
    _count_alerts(work, site_id, since, group)
    return sorted(found.values(), key=lambda figure: figure.group)


def _checkins(work: UnitOfWork, site_id: int, since: datetime) -> Iterable[_Counted]:
    day = func.date(CheckIn.scheduled_at)
    rows = work.session.execute(
        select(Contact.language, CheckIn.phase_id, day, CheckIn.state, func.count())
        .join(Contact, Contact.id == CheckIn.contact_id)
        .join(Enrolment, Enrolment.id == CheckIn.enrolment_id)
        .where(
            Enrolment.site_id == site_id,
            CheckIn.scheduled_at >= since,
            CheckIn.kind == CheckInKind.SCHEDULED,
            CheckIn.state != CheckInState.OPEN,
        )
        .group_by(Contact.language, CheckIn.phase_id, day, CheckIn.state)
    )
    for language, phase, on, state, number in rows:
        yield _Counted(language, phase, _day(on), state, number)


def _texts(work: UnitOfWork, site_id: int, since: datetime) -> Iterable[_Counted]:
    day = func.date(Message.created_at)
    rows = work.session.execute(
        select(Message.language, CheckIn.phase_id, day, Message.unclear, func.count())
        .outerjoin(CheckIn, CheckIn.id == Message.checkin_id)
        .where(
            Message.site_id == site_id,
            Message.created_at >= since,
            Message.direction == Direction.INBOUND,
            Message.contact_id.is_not(None),
            Message.unclear.is_not(None),
        )
        .group_by(Message.language, CheckIn.phase_id, day, Message.unclear)
    )
    for language, phase, on, unclear, number in rows:
        yield _Counted(language or "?", phase or BETWEEN, _day(on), "unclear" if unclear else "clear", number)


def _count_alerts(work: UnitOfWork, site_id: int, since: datetime, group: Callable[[str, str, date], Figures]) -> None:
    phase = (
        select(CheckIn.phase_id)
        .join(Reason, Reason.checkin_id == CheckIn.id)
        .where(Reason.alert_id == Alert.id)
        .order_by(Reason.id)
        .limit(1)
        .scalar_subquery()
    )
    rows = work.session.execute(
        select(
            Contact.language,
            phase,
            Alert.opened_at,
            Alert.raised_at,
            Alert.acknowledged_at,
            Alert.resolved_at,
            Alert.outcome_kind,
        )
        .join(Enrolment, Enrolment.id == Alert.enrolment_id)
        .join(Contact, Contact.patient_id == Enrolment.patient_id)
        .where(Alert.site_id == site_id, Alert.opened_at >= since, Contact.kind == "patient")
    )
    for language, phase_id, opened_at, raised_at, acknowledged_at, resolved_at, outcome_kind in rows:
        figure = group(language, phase_id or BETWEEN, opened_at.date())
        figure.alerts += 1
        if acknowledged_at is not None:
            figure.to_take.append((acknowledged_at - raised_at).total_seconds() / 60)
        if resolved_at is not None:
            figure.resolved += 1
            figure.to_resolve.append((resolved_at - opened_at).total_seconds() / 60)
            figure.led_to_action += outcome_kind in LED_TO_ACTION


def _day(given: str | date) -> date:
    """SQLite gives a day as text."""
    return date.fromisoformat(given) if isinstance(given, str) else given


def _lost(work: UnitOfWork, site_id: int, since: datetime) -> tuple[tuple[Lost, ...], int]:
    rows = work.session.execute(
        select(Message.state, Message.error_code, func.count())
        .where(Message.site_id == site_id, Message.created_at >= since, Message.direction == Direction.OUTBOUND)
        .group_by(Message.state, Message.error_code)
    )
    sent, lost = 0, Counter[str]()
    for state, code, number in rows:
        sent += number
        if state in LOST:
            lost[code or state] += number
    return tuple(Lost(code, _says(code), number) for code, number in lost.most_common()), sent


def _says(code: str) -> str:
    known = CODES.get(int(code)) if code.isdecimal() else None
    return known[0].value.replace("_", " ") if known else code


def _total(groups: Sequence[Figures]) -> Figures:
    total = Figures("")
    for one in groups:
        for name in ("checkins", "answered", "texts", "unclear", "alerts", "resolved", "led_to_action"):
            setattr(total, name, getattr(total, name) + getattr(one, name))
        total.to_take += one.to_take
        total.to_resolve += one.to_resolve
    return total


def _mark_behind(groups: Sequence[Figures], total: Figures) -> None:
    for one in groups:
        one.behind = falls_behind(
            one.answered, one.checkins, total.answered - one.answered, total.checkins - one.checkins
        ) or falls_behind(
            one.texts - one.unclear,
            one.texts,
            total.texts - total.unclear - one.texts + one.unclear,
            total.texts - one.texts,
        )


def watch_languages(services: Services, now: datetime) -> Tally:
    """A duty of the worker: administrators are told when the patients of one language answer less, or are understood
    less, than all others."""
    with services.read_work() as work:
        known = work.session.get(upkeep.Duty, WATCH)
        if known is not None and known.due_at > now:
            return Tally()
    with services.work() as work:
        if upkeep.claim_duty(work.session, WATCH, now, WATCHED_EVERY) is None:
            return Tally()
        for site in sites.every(work.session):
            groups = _groups(work, site.id, "language", now - timedelta(weeks=WATCHED_WEEKS))
            _mark_behind(groups, _total(groups))
            for one in groups:
                alarm = f"behind:{site.id}:{one.group}"
                if not one.behind:
                    operators.settled(work, alarm)
                    continue
                name = services.catalog.language(one.group).name
                subject = f"aftercell: patients texted in {name} answer less, or are understood less, than others"
                body = f"At {site.name}, over {WATCHED_WEEKS} weeks. See {services.public_url}/quality"
                operators.tell(work, services, alarm, subject, body, now)
        work.commit()
    return Tally()
