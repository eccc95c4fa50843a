"""Paging: at each step of its policy an alert goes to whoever is next, until somebody has acknowledged it."""

from datetime import datetime, timedelta

import structlog

from service.content.render import Value
from service.core.escalation import Colleague, page_now
from service.flows import calling
from service.flows.alerts import page_from_the_start, policy_of
from service.flows.running import BATCH, Tally, each
from service.flows.services import Services
from service.flows.texting import Line, text_staff
from service.store import alerts, sites, staff
from service.store.alerts import Alert, AlertState, Page
from service.store.messages import Message, Purpose
from service.store.sites import Site
from service.store.staff import StaffMember
from service.store.uow import UnitOfWork

log = structlog.get_logger()


def page_due(services: Services, now: datetime) -> Tally:
    """Page whoever the policy says is next for every alert that is due, and take back acknowledgements without
    outcome. A restart only delays this by one tick."""
    with services.read_work() as work:
        expired = alerts.expired_acknowledgements(work.session, now, BATCH)
    each("expire acknowledgement", expired, lambda alert_id: _expire(services, alert_id, now))
    with services.read_work() as work:
        due = alerts.due_for_page(work.session, now, BATCH)
    return each("page", due, lambda alert_id: _page(services, alert_id, now))


def _expire(services: Services, alert_id: int, now: datetime) -> bool:
    with services.work() as work:
        alert = alerts.for_update(work.session, alert_id)
        if alert is None or alert.state != AlertState.ACKNOWLEDGED:
            return False
        if alert.acknowledgement_expires_at is None or alert.acknowledgement_expires_at > now:
            return False
        work.record(now, "service", "acknowledgement expired", f"alert:{alert.id}", staff=alert.acknowledged_by)
        page_from_the_start(alert, now, now, "page_expired")
        work.commit()
        return True


def _page(services: Services, alert_id: int, now: datetime) -> bool:
    with services.work() as work:
        alert = alerts.for_update(work.session, alert_id)
        if alert is None or alert.state != AlertState.OPEN or alert.next_page_at is None or alert.next_page_at > now:
            return False
        on_call = staff.on_call_ids(work.session, alert.site_id, now)
        people = {person.id: person for person in staff.answering(work.session, alert.site_id)}
        rota = [Colleague(person.id, person.role, person.id in on_call) for person in people.values()]
        call = page_now(policy_of(work, alert), alert.step, now, rota)
        site = sites.get(work.session, alert.site_id)
        for staff_id in call.staff_ids:
            _text(work, services, site, alert, people[staff_id], now)
            if call.ring and services.voice is not None:
                message, token = calling.write(work, services, site, people[staff_id], now)
                record_page(work, alert, message, staff_id, alert.step, now, token)
        if not call.staff_ids:
            log.critical("nobody to page", action="page", alert=alert.id, site=alert.site_id)
        alert.step, alert.next_page_at, alert.page_text = call.next_step, call.next_at, "page_again"
        work.commit()
        return True


def _text(work: UnitOfWork, services: Services, site: Site, alert: Alert, person: StaffMember, now: datetime) -> None:
    values: dict[str, Value] = {"CASE": alert.case_number, "CODE": alert.code, "MINUTES": _minutes_left(alert, now)}
    message = text_staff(work, services, site, person, Line(alert.page_text, values), Purpose.PAGE, now)
    record_page(work, alert, message, person.id, alert.step, now)


def record_page(
    work: UnitOfWork,
    alert: Alert,
    message: Message,
    staff_id: int,
    step: int,
    now: datetime,
    token: str | None = None,
) -> None:
    """Put on record that this message pages that person for this alert."""
    message.enrolment_id = alert.enrolment_id
    work.flush()
    work.session.add(
        Page(
            alert_id=alert.id,
            staff_id=staff_id,
            message_id=message.id,
            channel=message.channel,
            step=step,
            at=now,
            token=token,
        )
    )


def _minutes_left(alert: Alert, now: datetime) -> int:
    due = alert.raised_at + timedelta(minutes=alert.minutes)
    return max(1, round((due - now).total_seconds() / 60))
