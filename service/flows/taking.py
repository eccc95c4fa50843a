"""What the care team does with an alert in the console: take it, hand it to a colleague, close it with an outcome.

Every decision carries what its maker had seen; when that is no longer how things stand nothing is changed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum

from service.core.escalation import Colleague, page_now
from service.errors import BadInput, Conflict
from service.flows import alerts
from service.flows.access import Actor, own_alert
from service.flows.paging import record_page
from service.flows.services import Services
from service.flows.texting import Line, text_staff
from service.store import alerts as alert_store
from service.store import sites, staff
from service.store.alerts import Alert, AlertState
from service.store.messages import Purpose
from service.store.staff import PAGED, StaffMember
from service.store.uow import UnitOfWork

LONGEST_OUTCOME = 2000


class Outcome(StrEnum):
    """What came of an alert, in words that can be counted."""

    REACHED_ADVISED = "reached_advised"
    REACHED_COMES_IN = "reached_comes_in"
    EMERGENCY_CALLED = "emergency_called"
    REACHED_FINE = "reached_fine"
    MISREAD = "misread"
    TECHNICAL = "technical"
    NOT_REACHED = "not_reached"
    OTHER = "other"


LED_TO_ACTION = frozenset({Outcome.REACHED_ADVISED, Outcome.REACHED_COMES_IN, Outcome.EMERGENCY_CALLED})
"""Outcomes of alerts that were worth waking somebody for."""


def take(services: Services, actor: Actor, alert_id: int, now: datetime) -> None:
    """Acknowledge. Raises Conflict that says who was first."""
    with _held(services, actor, alert_id) as (work, alert):
        if alert.acknowledged_by == actor.staff_id and alert.state == AlertState.ACKNOWLEDGED:
            return
        if not alerts.acknowledge(work, services, alert, actor.staff_id, now):
            raise Conflict(_who_was_first(work, alert))
        work.commit()


def close(services: Services, actor: Actor, alert_id: int, kind: str, note: str, raised_at: str, now: datetime) -> None:
    """Resolve with an outcome. `raised_at`: `Waiting.seen` of the page that the decision was made on.

    Raises BadInput, and Conflict when the alert is closed already or has been raised again since.
    """
    if kind not in list(Outcome):
        raise BadInput("kind", "choose what came of it")
    note = note.strip()
    if kind in (Outcome.OTHER, Outcome.NOT_REACHED) and not note:
        raise BadInput("note", "say in a few words what was done")
    if len(note) > LONGEST_OUTCOME:
        raise BadInput("note", f"is too long; {LONGEST_OUTCOME} characters at most")
    with _held(services, actor, alert_id) as (work, alert):
        if alert.state == AlertState.RESOLVED:
            raise Conflict(_who_was_first(work, alert))
        if seen_of(alert) != raised_at:
            raise Conflict("something new was found since you opened this page")
        alert.outcome_kind = kind
        alerts.resolve(work, services, alert, actor.staff_id, note or kind.replace("_", " "), now)
        work.commit()


def seen_of(alert: Alert) -> str:
    """Changes with whatever a decision about the alert would depend on."""
    told = {(reason.rule_id, reason.message_id) for reason in alert.reasons}
    return f"{alert.raised_at.timestamp():.0f}.{len(told)}.{alert.level}"


def hand_over(services: Services, actor: Actor, alert_id: int, staff_id: int, now: datetime) -> None:
    """Ask a colleague to take the alert: they are paged at once. It counts as taken only when they take it; until then
    the policy goes on from its first step. Raises BadInput, Conflict when it is closed."""
    with _held(services, actor, alert_id) as (work, alert):
        person = work.session.get(StaffMember, staff_id)
        if person is None or person.site_id != actor.site_id or person.role not in PAGED:
            raise BadInput("colleague", "is nobody of this site who answers for patients")
        if alert.state == AlertState.RESOLVED:
            raise Conflict(_who_was_first(work, alert))
        if staff_id == actor.staff_id and alert.state == AlertState.OPEN:
            alerts.acknowledge(work, services, alert, staff_id, now)
        else:
            _page(work, services, alert, person, now)
            alert.state = AlertState.OPEN
            alert.acknowledged_at = alert.acknowledged_by = alert.acknowledgement_expires_at = None
            alert.step, alert.next_page_at = 0, now + _first_wait(work, alert, now)
        alert.assigned_to = staff_id
        work.record(now, actor.key, "alert handed over", f"alert:{alert.id}", to=f"staff:{staff_id}")
        work.commit()


@contextmanager
def _held(services: Services, actor: Actor, alert_id: int) -> Iterator[tuple[UnitOfWork, Alert]]:
    """The actor's own alert, locked. Raises NotFound."""
    with services.work() as work:
        own_alert(work, actor, alert_id)
        alert = alert_store.for_update(work.session, alert_id)
        if alert is None:
            raise AssertionError("alerts are never deleted")
        yield work, alert


def _who_was_first(work: UnitOfWork, alert: Alert) -> str:
    person = work.session.get(StaffMember, alert.resolved_by or alert.acknowledged_by or 0)
    at = alert.resolved_at or alert.acknowledged_at
    name = person.name if person else "somebody"
    zone = sites.zone_of(work.session, alert.site_id)
    clock = f" at {at.astimezone(zone):%H:%M}" if at else ""
    return f"{name} was first{clock}"


def _page(work: UnitOfWork, services: Services, alert: Alert, person: StaffMember, now: datetime) -> None:
    site = sites.get(work.session, alert.site_id)
    left = alert.raised_at + timedelta(minutes=alert.minutes) - now
    minutes = max(1, round(left.total_seconds() / 60))
    line = Line("page", {"CASE": alert.case_number, "CODE": alert.code, "MINUTES": minutes})
    message = text_staff(work, services, site, person, line, Purpose.PAGE, now)
    record_page(work, alert, message, person.id, alert.step, now)


def _first_wait(work: UnitOfWork, alert: Alert, now: datetime) -> timedelta:
    """How long the policy gives the first person."""
    rota = [Colleague(person.id, person.role, False) for person in staff.answering(work.session, alert.site_id)]
    return page_now(alerts.policy_of(work, alert), 0, now, rota).next_at - now
