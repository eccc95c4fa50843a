"""Writing outbound texts: from a text id to a queued message in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from service.content.render import Moment, Value
from service.core import retries
from service.core.delivery import Lane, State
from service.flows.case import Case
from service.flows.services import Services
from service.store.messages import Direction, Message, Purpose
from service.store.patients import Contact
from service.store.sites import Site
from service.store.staff import StaffMember
from service.store.uow import UnitOfWork

LANES = {
    Purpose.PAGE: Lane.PAGE,
    Purpose.PAGE_REPLY: Lane.PAGE,
    Purpose.SAFETY: Lane.SAFETY,
    Purpose.WELFARE: Lane.SAFETY,
    Purpose.OPT_OUT: Lane.REPLY,
    Purpose.CONSENT: Lane.REPLY,
    Purpose.REPLY: Lane.REPLY,
    Purpose.REMINDER: Lane.CHECKIN,
    Purpose.CHECKIN: Lane.CHECKIN,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence from messages/texts.yaml with its values. A text may be made of several lines."""

    text_id: str
    values: Mapping[str, Value] = field(default_factory=dict)


def site_values(site: Site) -> dict[str, Value]:
    """The numbers that every safety text carries; set per place, never hard-coded. Where a site names no crisis
    line, {CRISIS} is the emergency number: the one that surely answers day and night."""
    return {
        "EMERG": site.emergency_number,
        "TEAM": site.phone,
        "CLINIC": site.name,
        "CRISIS": site.crisis_line or site.emergency_number,
    }


def moment(at: datetime, now: datetime, zone: str) -> Moment:
    """An instant as the reader's clock and calendar say it."""
    there = ZoneInfo(zone)
    return Moment(at.astimezone(there), now.astimezone(there).date())


def text_contact(
    case: Case, contact: Contact, lines: Sequence[Line], purpose: Purpose, checkin_id: int | None = None
) -> Message:
    """Queue one text to a patient or caregiver, in their language; a fallback language is recorded, never silent."""
    message = _write(case.services, case.site, contact, contact.language, lines, purpose, case.now)
    message.contact_id, message.enrolment_id, message.checkin_id = contact.id, case.enrolment.id, checkin_id
    case.work.session.add(message)
    return message


def text_staff(
    work: UnitOfWork, services: Services, site: Site, person: StaffMember, line: Line, purpose: Purpose, now: datetime
) -> Message:
    """Queue one text to a staff member, in the site's language. It holds a case number at most."""
    message = _write(services, site, person, site.language, (line,), purpose, now)
    message.staff_id = person.id
    work.session.add(message)
    return message


def email_staff(
    work: UnitOfWork, services: Services, site: Site, person: StaffMember, lines: Sequence[Line], now: datetime
) -> Message:
    """Queue one e-mail to a staff member; its first line is the subject."""
    message = _write(services, site, person, site.language, lines, Purpose.PAGE, now)
    message.staff_id, message.channel, message.phone = person.id, "email", person.email
    message.phone_index = work.phone_index(person.email)
    work.session.add(message)
    return message


def text_stranger(work: UnitOfWork, services: Services, site: Site, to: Message, line: Line, now: datetime) -> Message:
    """Answer a phone that belongs to nobody we know, in the site's language."""
    message = _write(services, site, to, site.language, (line,), Purpose.REPLY, now)
    work.session.add(message)
    return message


class Addressee(Protocol):
    """Whoever has a phone: a contact, a staff member, the sender of a text."""

    @property
    def phone(self) -> str: ...

    @property
    def phone_index(self) -> str: ...


def _write(
    services: Services,
    site: Site,
    to: Addressee,
    language: str,
    lines: Sequence[Line],
    purpose: Purpose,
    now: datetime,
) -> Message:
    values = site_values(site)
    rendered = [services.catalog.render(line.text_id, language, {**values, **line.values}) for line in lines]
    return Message(
        direction=Direction.OUTBOUND,
        phone=to.phone,
        phone_index=to.phone_index,
        body="\n".join(part.text for part in rendered),
        purpose=purpose,
        state=State.QUEUED,
        lane=LANES[purpose],
        created_at=now,
        due_at=now,
        expires_at=retries.expires_at(LANES[purpose], now),
        language=rendered[0].language,
        text_id="+".join(line.text_id for line in lines),
        catalog_version=rendered[0].version,
        fallback=any(part.fallback for part in rendered),
        site_id=site.id,
    )
