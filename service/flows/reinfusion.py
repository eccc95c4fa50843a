"""A second infusion of the same patient: day 0 again, on a new enrolment. The first one ends and keeps its record.

Case number, phones and consents are the patient's and go on; so does what is known of them when well: their own
temperature, blood pressure and self-test. What was measured and reported lately does not.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from service.core.history import History
from service.errors import BadInput, Conflict
from service.flows import conversations, enrolment
from service.flows.alerts import raise_event
from service.flows.case import Case, case_of, flags_of, keep_protocol, open_case
from service.flows.enrolment import OPERATOR
from service.flows.services import Services
from service.store import checkins, patients
from service.store.checkins import CheckInState
from service.store.patients import Contact, ContactKind, Enrolment, EnrolmentState
from service.store.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Reinfuse:
    """`protocol`: the latest version of which one, by default of the same as before. `flags`: of the new product, by
    default those of the first."""

    enrolment_id: int
    infused_at: datetime
    protocol: str | None = None
    flags: tuple[str, ...] | None = None


def reinfuse(services: Services, request: Reinfuse, now: datetime, by: str = OPERATOR) -> int:
    """Begin the new enrolment and return its id. Raises NotFound, BadInput, and Conflict when the patient has not
    consented or is followed on a later enrolment. Who has opted out stays so, which staff are told again: only START
    brings texts back."""
    with services.work() as work:
        old = open_case(work, services, request.enrolment_id, now)
        patient = _consenting_patient(old)
        if request.infused_at <= old.enrolment.infused_at:
            raise BadInput("infused-at", "is not after the infusion before")
        chosen = tuple(flags_of(old.enrolment)) if request.flags is None else request.flags
        enrolment.check_flags(chosen)
        _end(old)
        new = _begin(work, services, old, request, chosen)
        if patient.opted_out_at is None:
            enrolment.begin_watching(new)
        else:
            raise_event(new, "opted_out")
        work.record(new.now, by, "re-infused", new.subject, before=old.enrolment.id, protocol=new.protocol.key)
        work.commit()
        return new.enrolment.id


def _consenting_patient(case: Case) -> Contact:
    latest = patients.enrolment_of(case.work.session, case.enrolment.patient_id)
    if latest is not None and latest.id != case.enrolment.id:
        raise Conflict("this enrolment has been followed by another one already; name that")
    patient = case.contact(ContactKind.PATIENT)
    if patient is None or patient.consented_at is None:
        raise Conflict("the patient has not consented to the texts")
    return patient


def _end(case: Case) -> None:
    """A question that never got its answer is told to a human, as when the next check-in begins; what was still to be
    asked is not."""
    for checkin in checkins.open_of(case.work.session, case.enrolment.id):
        if checkin.asked_at is None:
            conversations.close(case, checkin, CheckInState.WITHDRAWN)
            continue
        raise_event(case, "missed_checkin", checkin_id=checkin.id)
        conversations.close(case, checkin, CheckInState.ESCALATED)
    case.enrolment.state = EnrolmentState.ENDED
    case.enrolment.next_checkin_at = None


def _begin(work: UnitOfWork, services: Services, old: Case, request: Reinfuse, chosen: tuple[str, ...]) -> Case:
    protocol = services.catalog.protocol(request.protocol or old.protocol.id)
    if not protocol.phases:
        raise BadInput("protocol", f"{protocol.id!r} has no schedule to enrol on")
    if services.production:
        for contact in old.contacts():
            enrolment.refuse_unapproved(services, "language", contact.language, protocol)
    keep_protocol(work, protocol, old.now)
    before = old.history
    begun = Enrolment(
        patient_id=old.enrolment.patient_id,
        site_id=old.enrolment.site_id,
        protocol_id=protocol.id,
        protocol_version=protocol.version,
        timezone=old.enrolment.timezone,
        infused_at=request.infused_at,
        state=EnrolmentState.UNWATCHED,
        created_at=old.now,
        latest_at=old.now,
        flags={"set": sorted(set(chosen))},
        history=replace(
            History(),
            own_temperatures=before.own_temperatures,
            own_pressures=before.own_pressures,
            own_test=before.own_test,
        ).to_json(),
    )
    work.session.add(begun)
    work.flush()
    return case_of(work, services, begun, old.now)
