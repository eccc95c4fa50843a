"""Alerts: raised with the reading that calls for them, paged until someone acknowledges, closed with an outcome."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from service.content.render import Value
from service.core.escalation import first_page_at
from service.core.page_reply import outcome_in, without_name
from service.core.protocol import Protocol
from service.core.rules import EscalationPolicy
from service.core.triage import Facts, judge
from service.core.urgency import Level, Urgency, worst
from service.flows.case import Case, kept_protocol_version
from service.flows.services import Services
from service.flows.texting import Line, moment, text_staff
from service.store import alerts, rota, sites, staff
from service.store.alerts import Alert, AlertState, Reason
from service.store.messages import Message, Purpose
from service.store.rota import SitePolicy
from service.store.sites import Site
from service.store.uow import UnitOfWork

log = structlog.get_logger()

CODE_DIGITS = 4
NO_CASE = "-"


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason for an alert: a rule that fired, or a rung of the silence ladder."""

    rule_id: str
    says: str
    urgency: Urgency


def causes_of_event(case: Case, code: str, urgency: Urgency | None = None) -> list[Cause]:
    """What the protocol's table says of something the service noticed. `urgency` replaces the table's, where a silence
    ladder names its own."""
    verdict = judge(case.protocol, case.phase.column, Facts.event(code))
    return [Cause(rule.id, rule.says, urgency or rule.urgency(case.phase.column)) for rule in verdict.fired]


def raise_event(
    case: Case,
    code: str,
    *,
    urgency: Urgency | None = None,
    message_id: int | None = None,
    checkin_id: int | None = None,
) -> Alert | None:
    """Raise or extend the patient's alert for something the service noticed."""
    return raise_alert(case, causes_of_event(case, code, urgency), message_id=message_id, checkin_id=checkin_id)


def raise_alert(
    case: Case, causes: Sequence[Cause], *, message_id: int | None = None, checkin_id: int | None = None
) -> Alert | None:
    """Raise the patient's alert, or extend the one that is not resolved. None when no cause is more than OK.

    A cause that is new to the alert, or worse than it, pages again also after an acknowledgement; one that is known
    is only put on its record.
    """
    causes = [cause for cause in causes if cause.urgency.level > Level.OK]
    if not causes:
        return None
    alert = alerts.unresolved_of(case.work.session, case.site.id, case.subject)
    if alert is None:
        alert = _open(
            case.work,
            case.site,
            case.protocol,
            causes,
            case.now,
            subject=case.subject,
            case_number=case.enrolment.patient.case_number,
            enrolment_id=case.enrolment.id,
        )
    else:
        _extend(case.work, case.site, alert, causes, case.now)
    _put_on_record(case.work, alert, causes, case.now, message_id, checkin_id)
    return alert


def raise_without_patient(
    work: UnitOfWork,
    site: Site,
    protocol: Protocol,
    causes: Sequence[Cause],
    subject: str,
    message_id: int | None,
    now: datetime,
) -> Alert:
    """An alert about a phone that belongs to nobody we know."""
    alert = alerts.unresolved_of(work.session, site.id, subject)
    if alert is None:
        alert = _open(work, site, protocol, causes, now, subject=subject, case_number=NO_CASE, enrolment_id=None)
    else:
        _extend(work, site, alert, causes, now)
    _put_on_record(work, alert, causes, now, message_id, None)
    return alert


def _open(
    work: UnitOfWork,
    site: Site,
    protocol: Protocol,
    causes: Sequence[Cause],
    now: datetime,
    *,
    subject: str,
    case_number: str,
    enrolment_id: int | None,
) -> Alert:
    urgency = worst([cause.urgency for cause in causes])
    alert = Alert(
        site_id=site.id,
        subject=subject,
        case_number=case_number,
        code=_new_code(work),
        protocol_id=protocol.id,
        protocol_version=protocol.version,
        level=urgency.level.word,
        minutes=urgency.minutes,
        opened_at=now,
        raised_at=now,
        next_page_at=first_page_at(urgency, now, ZoneInfo(site.timezone)),
        enrolment_id=enrolment_id,
    )
    work.session.add(alert)
    work.flush()
    work.record(now, "service", "alert opened", f"alert:{alert.id}", level=alert.level)
    return alert


def _extend(work: UnitOfWork, site: Site, alert: Alert, causes: Sequence[Cause], now: datetime) -> None:
    known = {reason.rule_id for reason in alert.reasons}
    urgency = worst([cause.urgency for cause in causes])
    current = Urgency(Level[alert.level.upper()], alert.minutes)
    worse = urgency.worse_than(current)
    if not worse and all(cause.rule_id in known for cause in causes):
        return
    if worse:
        alert.level, alert.minutes = urgency.level.word, urgency.minutes
    if worse or alert.state == AlertState.ACKNOWLEDGED:
        page_from_the_start(alert, first_page_at(urgency, now, ZoneInfo(site.timezone)), now, "page_again")
        work.record(now, "service", "alert raised again", f"alert:{alert.id}", level=alert.level)


def page_from_the_start(alert: Alert, first: datetime, now: datetime, page_text: str) -> None:
    """Begin the escalation policy anew at `first`, with this text."""
    alert.page_text = page_text if alert.pages else alert.page_text
    alert.state = AlertState.OPEN
    alert.raised_at = now
    alert.step = 0
    alert.next_page_at = first
    alert.acknowledged_at = alert.acknowledged_by = alert.acknowledgement_expires_at = None


def _put_on_record(
    work: UnitOfWork,
    alert: Alert,
    causes: Sequence[Cause],
    now: datetime,
    message_id: int | None,
    checkin_id: int | None,
) -> None:
    for cause in causes:
        work.session.add(
            Reason(
                alert_id=alert.id,
                rule_id=cause.rule_id,
                says=cause.says,
                level=cause.urgency.level.word,
                minutes=cause.urgency.minutes,
                at=now,
                message_id=message_id,
                checkin_id=checkin_id,
            )
        )
    work.flush()
    work.session.expire(alert, ["reasons"])


def _new_code(work: UnitOfWork) -> str:
    """A number that no unresolved alert has, so that a reply can mean one alert only."""
    taken = alerts.codes_in_use(work.session)
    while True:
        code = "".join(secrets.choice("123456789") for _ in range(CODE_DIGITS))
        if code not in taken:
            return code


def policy_of(work: UnitOfWork, alert: Alert, own: Mapping[str, SitePolicy] | None = None) -> EscalationPolicy:
    """Whom to page: what the site has made its own, else what the protocol says. `own`: the site's, where known."""
    mine = (rota.policies_of(work.session, alert.site_id) if own is None else own).get(alert.level)
    if mine is not None:
        return EscalationPolicy.model_validate_json(mine.body)
    protocol = kept_protocol_version(work, alert.protocol_id, alert.protocol_version)
    return protocol.escalation[alert.level]


def acknowledge(work: UnitOfWork, services: Services, alert: Alert, staff_id: int, now: datetime) -> bool:
    """Take an open alert. False when somebody else was first: nothing is changed."""
    if alert.state != AlertState.OPEN:
        return False
    policy = policy_of(work, alert)
    alert.state = AlertState.ACKNOWLEDGED
    alert.acknowledged_at = now
    alert.acknowledged_by = staff_id
    alert.acknowledgement_expires_at = now + timedelta(minutes=policy.acknowledgement_minutes)
    alert.next_page_at = None
    for page in alert.pages:
        if page.staff_id == staff_id:
            page.acknowledged_at = page.acknowledged_at or now
    work.record(now, f"staff:{staff_id}", "alert acknowledged", f"alert:{alert.id}")
    return True


def resolve(work: UnitOfWork, services: Services, alert: Alert, staff_id: int, outcome: str, now: datetime) -> bool:
    """Close an alert with what was done. False when it is resolved already."""
    if alert.state == AlertState.RESOLVED:
        return False
    if alert.state == AlertState.OPEN:
        acknowledge(work, services, alert, staff_id, now)
    alert.state = AlertState.RESOLVED
    alert.resolved_at = now
    alert.resolved_by = staff_id
    alert.outcome = outcome
    alert.next_page_at = alert.acknowledgement_expires_at = None
    work.record(now, f"staff:{staff_id}", "alert resolved", f"alert:{alert.id}")
    return True


def hear_staff(
    work: UnitOfWork, services: Services, message: Message, people: Sequence[staff.StaffMember], now: datetime
) -> None:
    """A staff phone texted: an acknowledgement by code (or case number), or an outcome. Always answered."""
    found = _alert_meant(work, message.body, [person.id for person in people])
    if found is None:
        _answer(work, services, people[0], Line("page_unknown_code"), now)
        return
    alert, rest = found
    # What is said about a patient belongs to the patient's record, and goes with it.
    message.enrolment_id = alert.enrolment_id
    person = next(person for person in people if person.site_id == alert.site_id)
    site = sites.get(work.session, alert.site_id)
    outcome = outcome_in(rest, services.catalog.done_words)
    if outcome is not None:
        resolve(work, services, alert, person.id, outcome, now)
        _answer(work, services, person, Line("page_recorded", {"CASE": alert.case_number}), now)
        return
    if not acknowledge(work, services, alert, person.id, now) and alert.acknowledged_by != person.id:
        _answer(work, services, person, Line("page_already_taken", {"CASE": alert.case_number}), now)
        return
    expires = alert.acknowledgement_expires_at or now
    values: dict[str, Value] = {
        "CASE": alert.case_number,
        "CODE": alert.code,
        "TIME": moment(expires, now, site.timezone),
    }
    _answer(work, services, person, Line("page_acknowledged", values), now)


def names_an_alert(work: UnitOfWork, body: str, people: Sequence[staff.StaffMember]) -> bool:
    """True when the text holds the code or case of an alert that one of these people was paged for."""
    return _alert_meant(work, body, [person.id for person in people]) is not None


def _alert_meant(work: UnitOfWork, body: str, staff_ids: list[int]) -> tuple[Alert, str] | None:
    """The alert whose code (or case number) the text holds, and what the text says besides."""
    for alert in alerts.paged_to(work.session, staff_ids):
        for name in (alert.code, alert.case_number):
            rest = without_name(body, name) if name != NO_CASE else None
            if rest is not None:
                return alert, rest
    return None


def _answer(work: UnitOfWork, services: Services, person: staff.StaffMember, line: Line, now: datetime) -> None:
    site = sites.get(work.session, person.site_id)
    text_staff(work, services, site, person, line, Purpose.PAGE_REPLY, now)
