"""What `aftercell show` prints: plain rows, newest last. Looking is audited like everything else."""

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from service.flows.services import Services
from service.store import sites
from service.store.alerts import Alert, Page
from service.store.checkins import CheckIn
from service.store.messages import Message
from service.store.patients import Contact, Enrolment
from service.store.uow import UnitOfWork

Row = dict[str, object]


def show(services: Services, what: str, now: datetime) -> list[Row]:
    """Rows of `what`, one of LISTINGS."""
    with services.work() as work:
        rows = list(LISTINGS[what](work))
        work.record(now, "operator", f"{what} listed", what, rows=len(rows))
        work.commit()
    return rows


def sites_of(services: Services) -> list[Row]:
    """The sites; nothing about patients."""
    with services.read_work() as work:
        return [
            {"id": site.id, "name": site.name, "timezone": site.timezone, "language": site.language}
            for site in sites.every(work.session)
        ]


def _alerts(work: UnitOfWork) -> Iterator[Row]:
    query = select(Alert).options(selectinload(Alert.reasons), selectinload(Alert.pages).selectinload(Page.message))
    for alert in work.session.scalars(query.order_by(Alert.id)):
        yield {
            "id": alert.id,
            "enrolment": alert.enrolment_id,
            "level": alert.level,
            "minutes": alert.minutes,
            "reasons": [f"{reason.rule_id}: {reason.says}" for reason in alert.reasons],
            "state": alert.state,
            "case": alert.case_number,
            "opened_at": _iso(alert.opened_at),
            "next_page_at": _iso(alert.next_page_at),
            "acknowledged_at": _iso(alert.acknowledged_at),
            "acknowledged_by": alert.acknowledged_by,
            "resolved_at": _iso(alert.resolved_at),
            "outcome": alert.outcome,
            "pages": [
                {"staff": page.staff_id, "channel": page.channel, "state": page_state(page), "at": _iso(page.at)}
                for page in alert.pages
            ],
        }


def page_state(page: Page) -> str:
    """`acknowledged`, or how far the message itself has come."""
    return "acknowledged" if page.acknowledged_at else page.message.state


def _messages(work: UnitOfWork) -> Iterator[Row]:
    kinds = {contact.id: contact.kind for contact in work.session.scalars(select(Contact))}
    for message in work.session.scalars(select(Message).order_by(Message.id)):
        yield {
            "id": message.id,
            "direction": message.direction,
            "contact": message.contact_id,
            "role": kinds.get(message.contact_id or 0, "staff" if message.staff_id else None),
            "staff": message.staff_id,
            "channel": message.channel,
            "phone": message.phone,
            "language": message.language,
            "body": message.body,
            "state": message.state,
            "provider_id": message.provider_id,
            "checkin": message.checkin_id,
            "enrolment": message.enrolment_id,
            "purpose": message.purpose,
            "text": message.text_id,
            "catalog_version": message.catalog_version,
            "fallback": message.fallback,
            "level": message.level,
            "error_code": message.error_code,
            "created_at": _iso(message.created_at),
        }


def _checkins(work: UnitOfWork) -> Iterator[Row]:
    for checkin in work.session.scalars(select(CheckIn).order_by(CheckIn.id)):
        yield {
            "id": checkin.id,
            "enrolment": checkin.enrolment_id,
            "contact": checkin.contact_id,
            "slot": checkin.slot,
            "kind": checkin.kind,
            "phase": checkin.phase_id,
            "state": checkin.state,
            "level": checkin.level,
            "covers_from": _iso(checkin.covers_from),
            "scheduled_at": _iso(checkin.scheduled_at),
            "opened_at": _iso(checkin.opened_at),
            "next_action_at": _iso(checkin.next_action_at),
            "closed_at": _iso(checkin.closed_at),
        }


def _enrolments(work: UnitOfWork) -> Iterator[Row]:
    for enrolment in work.session.scalars(select(Enrolment).options(selectinload(Enrolment.patient))):
        yield {
            "id": enrolment.id,
            "site": enrolment.site_id,
            "patient": enrolment.patient_id,
            "case": enrolment.patient.case_number,
            "protocol": enrolment.protocol_id,
            "version": enrolment.protocol_version,
            "timezone": enrolment.timezone,
            "infused_at": _iso(enrolment.infused_at),
            "state": enrolment.state,
            "began_at": _iso(enrolment.began_at),
            "next_checkin_at": _iso(enrolment.next_checkin_at),
            "last_level": enrolment.last_level,
        }


LISTINGS: dict[str, Callable[[UnitOfWork], Iterator[Row]]] = {
    "alerts": _alerts,
    "messages": _messages,
    "checkins": _checkins,
    "enrolments": _enrolments,
}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
