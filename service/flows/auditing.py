"""The audit trail for those who may read it: of their own site."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from service.flows.access import Actor, own_enrolment_of_case
from service.flows.services import Services
from service.store import audit, sites, staff
from service.store.alerts import Alert
from service.store.messages import Message

PAGE = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """`who` by name where it was a person; `at` in the site's zone."""

    seq: int
    at: datetime
    who: str
    action: str
    subject: str
    detail: str


def trail(
    services: Services, actor: Actor, now: datetime, *, case_number: str = "", before: int | None = None
) -> tuple[list[Entry], int | None]:
    """What the site's staff did, latest first; with a case number, everything about that patient, by whomever.

    The look itself is put on record. Raises NotFound for an unknown case.
    """
    with services.work() as work:
        site = sites.get(work.session, actor.site_id)
        people = {f"staff:{person.id}": person for person in staff.of_site(work.session, site.id)}
        if case_number.strip():
            enrolment = own_enrolment_of_case(work, actor, case_number.strip().upper())
            alerts = work.session.scalars(select(Alert.id).where(Alert.enrolment_id == enrolment.id))
            texts = work.session.scalars(select(Message.id).where(Message.enrolment_id == enrolment.id))
            subjects = [f"enrolment:{enrolment.id}", *(f"alert:{one}" for one in alerts)]
            subjects += [f"message:{one}" for one in texts]
            actors: list[str] = []
        else:
            actors = [*people, *(f"account:{person.account_id}" for person in people.values())]
            subjects = [f"site:{site.id}", *people]
        rows = audit.entries(work.session, actors=actors, subjects=subjects, before=before, limit=PAGE)
        zone = ZoneInfo(site.timezone)
        found = [
            Entry(
                row.seq,
                row.at.astimezone(zone),
                people[row.actor].name if row.actor in people else row.actor,
                row.action,
                row.subject,
                row.detail if row.detail != "{}" else "",
            )
            for row in rows
        ]
        work.record(now, actor.key, "audit trail viewed", f"site:{site.id}")
        work.commit()
    return found, found[-1].seq if len(found) == PAGE else None
