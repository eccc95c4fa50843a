"""One patient's enrolment, locked, in one transaction: what almost every use case works on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from service.core.protocol import Phase, Protocol, Who
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
        return self.protocol.phase_on(day_number(self.now, self.enrolment.infused_at, self.zone))

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


@lru_cache(maxsize=64)
def _parse(body: str) -> Protocol:
    return Protocol.model_validate_json(body)


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
    """The protocol as it was when the enrolment began."""
    return kept_protocol_version(work, enrolment.protocol_id, enrolment.protocol_version)


def kept_protocol_version(work: UnitOfWork, protocol_id: str, version: int) -> Protocol:
    """Raises ContentError when the database does not hold it."""
    row = work.session.get(ProtocolVersion, (protocol_id, version))
    if row is None:
        raise ContentError(f"the database has no protocol {protocol_id} version {version}")
    return _parse(row.body)
