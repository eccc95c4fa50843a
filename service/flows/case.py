"""One patient's enrolment, locked, in one transaction: what almost every use case works on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from service.core.content_model import Who
from service.core.history import History
from service.core.plan import Phase
from service.core.protocol import Protocol
from service.core.schedule import day_number
from service.core.urgency import Level
from service.errors import ContentError
from service.flows.services import Services
from service.store import patients, sites
from service.store.patients import Contact, ContactKind, Enrolment, ProtocolVersion
from service.store.sites import Site
from service.store.uow import UnitOfWork

# Clocks of several hosts differ a little; a clock that was a year ahead once must not stop a patient's time for a year.
TOLERATED_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Case:
    """`now` never runs backwards for a patient, whatever the host's clock does."""

    work: UnitOfWork
    services: Services
    site: Site
    enrolment: Enrolment
    protocol: Protocol
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.enrolment.timezone)

    @property
    def phase(self) -> Phase:
        """The phase of today, on the patient's calendar."""
        return self.protocol.phase_on(self.day)

    @property
    def day(self) -> int:
        """Days since the infusion on the patient's calendar."""
        return day_number(self.now, self.enrolment.infused_at, self.zone)

    @property
    def lasting_flags(self) -> frozenset[str]:
        """What was said of the patient at enrolment: schedules depend on it."""
        return flags_of(self.enrolment)

    @property
    def history(self) -> History:
        return History.from_json(self.enrolment.history)

    def flags(self, history: History) -> frozenset[str]:
        """All that is true of the patient now. Before the infusion everybody may take the self-test."""
        passing = set()
        if history.own_test.usable or self.day < 0:
            passing.add("selftest")
        if Who.CAREGIVER in self.respondents():
            passing.add("caregiver")
        return self.lasting_flags | passing

    @property
    def subject(self) -> str:
        return f"enrolment:{self.enrolment.id}"

    @property
    def last_level(self) -> Level:
        return Level[self.enrolment.last_level.upper()]

    def contacts(self) -> list[Contact]:
        return patients.contacts_of(self.work.session, self.enrolment.patient_id)

    def contact(self, kind: ContactKind) -> Contact | None:
        return next((contact for contact in self.contacts() if contact.kind == kind), None)

    def respondents(self) -> frozenset[Who]:
        """Who can be asked: the patient, and a caregiver who consented and has not opted out."""
        caregiver = self.contact(ContactKind.CAREGIVER)
        if caregiver is not None and caregiver.may_be_texted:
            return frozenset({Who.PATIENT, Who.CAREGIVER})
        return frozenset({Who.PATIENT})


def open_case(work: UnitOfWork, services: Services, enrolment_id: int, now: datetime) -> Case:
    """Lock the enrolment until the transaction ends. Raises NotFound."""
    enrolment = patients.enrolment_for_update(work.session, enrolment_id)
    return case_of(work, services, enrolment, now)


def case_of(work: UnitOfWork, services: Services, enrolment: Enrolment, now: datetime) -> Case:
    """The case of an enrolment that this transaction already holds."""
    ahead = enrolment.latest_at - now
    if ahead <= TOLERATED_SKEW or services.time_travels:
        now = max(now, enrolment.latest_at)
    enrolment.latest_at = now
    site = sites.get(work.session, enrolment.site_id)
    return Case(work, services, site, enrolment, kept_protocol(work, enrolment), now)


def view_case(work: UnitOfWork, services: Services, enrolment: Enrolment, now: datetime) -> Case:
    """The case for looking only: nothing is locked, nothing may be changed."""
    site = sites.get(work.session, enrolment.site_id)
    return Case(work, services, site, enrolment, kept_protocol(work, enrolment), now)


def flags_of(enrolment: Enrolment) -> frozenset[str]:
    return frozenset((enrolment.flags or {}).get("set", ()))


def watched_closely(enrolment: Enrolment) -> tuple[tuple[int, int], ...]:
    """First and last days since the infusion on which the patient is watched as in the first days."""
    return tuple((first, last) for first, last in (enrolment.flags or {}).get("closely", ()))


@lru_cache(maxsize=64)
def _parse(body: str, closely: tuple[tuple[int, int], ...] = ()) -> Protocol:
    protocol = Protocol.model_validate_json(body) if not closely else _parse(body)
    return protocol.watching_closely(closely) if closely else protocol


def keep_protocol(work: UnitOfWork, protocol: Protocol, now: datetime) -> None:
    """Store this version unless it is stored already. Raises ContentError when the file changed under its version."""
    body = protocol.model_dump_json()
    kept = work.session.get(ProtocolVersion, (protocol.id, protocol.version))
    if kept is None:
        work.session.add(ProtocolVersion(protocol_id=protocol.id, version=protocol.version, body=body, kept_at=now))
        work.flush()
    elif kept.body != body:
        raise ContentError(
            f"messages/protocols/{protocol.id}.yaml was changed but still says version {protocol.version}, which "
            f"patients are enrolled on; give it version {protocol.version + 1}"
        )


def kept_protocol(work: UnitOfWork, enrolment: Enrolment) -> Protocol:
    """The protocol as it was when the enrolment began, with the days on which this patient is watched closely again."""
    closely = watched_closely(enrolment)
    return kept_protocol_version(work, enrolment.protocol_id, enrolment.protocol_version, closely)


def kept_protocol_version(
    work: UnitOfWork, protocol_id: str, version: int, closely: tuple[tuple[int, int], ...] = ()
) -> Protocol:
    """Raises ContentError when the database does not hold it."""
    body = patients.protocol_body(work.session, protocol_id, version)
    if body is None:
        raise ContentError(f"the database has no protocol {protocol_id} version {version}")
    return _parse(body, closely)
