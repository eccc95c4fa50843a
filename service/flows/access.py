"""Who may do what. Roles belong to a site: nobody has any power over another site's patients."""

from dataclasses import dataclass
from enum import StrEnum

from service.errors import NotFound
from service.flows.services import Services
from service.store import patients, sites, staff
from service.store.alerts import Alert
from service.store.patients import Enrolment
from service.store.sites import Site
from service.store.staff import Role
from service.store.uow import UnitOfWork


class May(StrEnum):
    """LOOK: at patients and alerts. TREAT: take and resolve alerts, write to patients. ENROL: also erase. RUN: shifts,
    policies, calendars. TRANSLATE: the languages page. COUNT: the quality page. AUDIT: the audit trail."""

    LOOK = "look"
    TREAT = "treat"
    ENROL = "enrol"
    ERASE = "erase"
    RUN = "run"
    TRANSLATE = "translate"
    COUNT = "count"
    AUDIT = "audit"


POWERS: dict[Role, frozenset[May]] = {
    Role.COORDINATOR: frozenset({May.LOOK, May.TREAT, May.ENROL, May.TRANSLATE, May.COUNT}),
    Role.CLINICIAN: frozenset({May.LOOK, May.TREAT, May.ENROL, May.TRANSLATE, May.COUNT}),
    Role.TRANSLATOR: frozenset({May.TRANSLATE}),
    Role.AUDITOR: frozenset({May.LOOK, May.COUNT, May.AUDIT}),
    Role.ADMIN: frozenset(May),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody signed in, at one of their sites."""

    staff_id: int
    site_id: int
    name: str
    role: Role

    def may(self, what: May) -> bool:
        return what in POWERS[self.role]

    @property
    def key(self) -> str:
        """As the audit trail calls them."""
        return f"staff:{self.staff_id}"


@dataclass(frozen=True, slots=True)
class Membership:
    """A site that an account serves."""

    actor: Actor
    site_name: str


def memberships(services: Services, account_id: int) -> list[Membership]:
    """The sites that an account serves, with its role at each."""
    with services.read_work() as work:
        rows = staff.of_account(work.session, account_id)
        names = {site.id: site.name for site in sites.every(work.session)} if rows else {}
    return [
        Membership(Actor(person.id, person.site_id, person.name, Role(person.role)), names[person.site_id])
        for person in rows
    ]


def own_enrolment(work: UnitOfWork, actor: Actor, enrolment_id: int) -> Enrolment:
    """Raises NotFound, the same whether it is not there or belongs to another site."""
    enrolment = work.session.get(Enrolment, enrolment_id)
    if enrolment is None or enrolment.site_id != actor.site_id:
        raise NotFound("there is no such patient")
    return enrolment


def own_enrolment_of_case(work: UnitOfWork, actor: Actor, case_number: str) -> Enrolment:
    """The latest enrolment of a case number at the actor's site. Raises NotFound."""
    enrolment = patients.enrolment_of_case(work.session, actor.site_id, case_number)
    if enrolment is None:
        raise NotFound("there is no such patient")
    return enrolment


def own_alert(work: UnitOfWork, actor: Actor, alert_id: int) -> Alert:
    """Raises NotFound, the same whether it is not there or belongs to another site."""
    alert = work.session.get(Alert, alert_id)
    if alert is None or alert.site_id != actor.site_id:
        raise NotFound("there is no such alert")
    return alert


def own_site(work: UnitOfWork, actor: Actor) -> Site:
    return sites.get(work.session, actor.site_id)
