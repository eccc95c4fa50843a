"""Rows for the conformance suite: whatever a test does not care about is filled in."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from service.core.delivery import State
from service.store.alerts import Alert
from service.store.checkins import CheckIn, CheckInKind
from service.store.messages import Direction, Message, Purpose
from service.store.patients import Contact, ContactKind, Enrolment, EnrolmentState, Patient, ProtocolVersion
from service.store.sites import Site
from service.store.staff import Role, StaffMember
from service.store.uow import UnitOfWork

NOW = datetime(2026, 3, 14, 9, 26, 53, 589793, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

PHONE = "+12025550123"
PROTOCOL = ("cart-autoimmune", 1)


def add_site(session: Session) -> Site:
    site = Site(
        name="St. Mary",
        timezone="America/New_York",
        emergency_number="911",
        phone="+12025550100",
        language="en",
        created_at=NOW,
    )
    session.add(site)
    session.flush()
    return site


def add_staff(unit: UnitOfWork, site: Site, *, name: str = "Noor Haddad", phone: str = "+12025550199") -> StaffMember:
    member = StaffMember(
        site_id=site.id,
        name=name,
        phone=phone,
        phone_index=unit.phone_index(phone),
        email="noor@example.org",
        role=Role.CLINICIAN,
        created_at=NOW,
    )
    unit.session.add(member)
    unit.session.flush()
    return member


def add_contact(unit: UnitOfWork, site: Site, *, phone: str = PHONE, case_number: str = "C-1001") -> Contact:
    patient = Patient(site_id=site.id, case_number=case_number, created_at=NOW)
    unit.session.add(patient)
    unit.session.flush()
    contact = Contact(
        patient_id=patient.id,
        kind=ContactKind.PATIENT,
        phone=phone,
        phone_index=unit.phone_index(phone),
        language="en",
        created_at=NOW,
    )
    unit.session.add(contact)
    unit.session.flush()
    return contact


def add_enrolment(
    session: Session,
    contact: Contact,
    site: Site,
    *,
    state: EnrolmentState = EnrolmentState.ACTIVE,
    next_checkin_at: datetime | None = None,
) -> Enrolment:
    if session.get(ProtocolVersion, PROTOCOL) is None:
        session.add(ProtocolVersion(protocol_id=PROTOCOL[0], version=PROTOCOL[1], body="{}", kept_at=NOW))
        session.flush()
    enrolment = Enrolment(
        patient_id=contact.patient_id,
        site_id=site.id,
        protocol_id=PROTOCOL[0],
        protocol_version=PROTOCOL[1],
        timezone="America/New_York",
        infused_at=NOW,
        state=state,
        created_at=NOW,
        latest_at=NOW,
        next_checkin_at=next_checkin_at,
    )
    session.add(enrolment)
    session.flush()
    return enrolment


def checkin(enrolment: Enrolment, contact: Contact, slot: str, *, next_action_at: datetime | None = None) -> CheckIn:
    return CheckIn(
        enrolment_id=enrolment.id,
        contact_id=contact.id,
        slot=slot,
        kind=CheckInKind.SCHEDULED,
        phase_id="early",
        scheduled_at=NOW,
        covers_from=NOW,
        opened_at=NOW,
        conversation={"asked": "temperature"},
        next_action_at=next_action_at,
    )


def message(
    unit: UnitOfWork,
    *,
    body: str = "How are you today?",
    due_at: datetime = NOW,
    lane: int = 3,
    state: State = State.QUEUED,
    lease_until: datetime | None = None,
    provider_id: str | None = None,
    phone: str = PHONE,
    expires_at: datetime | None = None,
) -> Message:
    return Message(
        direction=Direction.OUTBOUND,
        phone=phone,
        phone_index=unit.phone_index(phone),
        body=body,
        purpose=Purpose.CHECKIN,
        state=state,
        created_at=NOW,
        due_at=due_at,
        lane=lane,
        lease_until=lease_until,
        provider_id=provider_id,
        expires_at=expires_at,
    )


def alert(site: Site, subject: str, *, next_page_at: datetime | None = None) -> Alert:
    return Alert(
        site_id=site.id,
        subject=subject,
        case_number="C-1001",
        code="K7",
        protocol_id=PROTOCOL[0],
        protocol_version=PROTOCOL[1],
        level="urgent",
        minutes=15,
        opened_at=NOW,
        raised_at=NOW,
        next_page_at=next_page_at,
    )
