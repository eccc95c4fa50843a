"""Erasing a patient: who they were and what they wrote is gone; that every check-in came to its end stays provable."""

import secrets
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update

from service.core.conversation import Conversation
from service.core.delivery import State
from service.errors import BadInput, Conflict
from service.flows import conversations
from service.flows.access import Actor, own_enrolment
from service.flows.case import Case, open_case
from service.flows.services import Services
from service.store import checkins
from service.store.alerts import UNRESOLVED, Alert
from service.store.checkins import CheckIn, CheckInState
from service.store.messages import Attempt, Message, Receipt
from service.store.notes import Correction, Note
from service.store.patients import Enrolment, EnrolmentState, Patient

ERASED = "erased"


def erase(services: Services, actor: Actor, enrolment_id: int, case_number: str, now: datetime) -> None:
    """Erase. `case_number` is typed by whoever asks for it, so that no slip of the hand does it.

    Phones, every text in both directions, readings, notes, outcomes, flags and history go; the case number, which is
    written down elsewhere too, becomes another one. Check-ins, alerts and consents stay as events without a person.
    Raises NotFound, BadInput, and Conflict while an alert waits for an outcome.
    """
    with services.work() as work:
        own_enrolment(work, actor, enrolment_id)
        case = open_case(work, services, enrolment_id, now)
        patient = work.session.get_one(Patient, case.enrolment.patient_id)
        if case_number.strip().upper() != patient.case_number:
            raise BadInput("case", "is not the case number of this patient")
        waiting = select(Alert.id).where(Alert.enrolment_id.in_(_enrolments(case)), Alert.state.in_(UNRESOLVED))
        if work.session.scalar(waiting.limit(1)) is not None:
            raise Conflict("an alert of this patient waits for its outcome")
        if work.session.scalar(select(Message.id).where(_theirs(case), Message.state == State.SENDING).limit(1)):
            raise Conflict("a text to this patient is on its way at this moment")
        for one in _enrolments(case):
            for checkin in checkins.open_of(work.session, one):
                conversations.close(case, checkin, CheckInState.WITHDRAWN)
        _erase_texts(case)
        _erase_record(case, patient)
        work.record(case.now, actor.key, "patient erased", case.subject)
        work.commit()


def _enrolments(case: Case) -> list[int]:
    """Of the patient: also those before another infusion."""
    query = select(Enrolment.id).where(Enrolment.patient_id == case.enrolment.patient_id)
    return list(case.work.session.scalars(query))


def _theirs(case: Case) -> ColumnElement[bool]:
    """Every text to and from the patient and caregivers, and those between the service and staff about them."""
    contact_ids = [contact.id for contact in case.contacts()]
    return Message.enrolment_id.in_(_enrolments(case)) | Message.contact_id.in_(contact_ids)


def _erase_texts(case: Case) -> None:
    session = case.work.session
    session.flush()
    theirs = _theirs(case)
    ids = select(Message.id).where(theirs)
    session.execute(delete(Correction).where(Correction.message_id.in_(ids)))
    session.execute(update(Attempt).where(Attempt.message_id.in_(ids)).values(provider_id=None))
    session.execute(delete(Receipt).where(Receipt.message_id.in_(ids)))
    session.execute(update(Message).where(theirs, Message.state == State.QUEUED).values(state=State.CANCELLED))
    session.execute(
        update(Message)
        .where(theirs)
        .values(
            phone=ERASED,
            phone_index=ERASED,
            body="",
            reading=None,
            provider_id=None,
            look_at=None,
            lease_until=None,
        )
    )


def _erase_record(case: Case, patient: Patient) -> None:
    session, theirs = case.work.session, _enrolments(case)
    empty = Conversation().to_json()
    session.execute(update(CheckIn).where(CheckIn.enrolment_id.in_(theirs)).values(conversation=empty))
    session.execute(delete(Note).where(Note.enrolment_id.in_(theirs)))
    patient.case_number = f"X{secrets.token_hex(5)}"
    session.execute(
        update(Alert).where(Alert.enrolment_id.in_(theirs)).values(outcome=None, case_number=patient.case_number)
    )
    session.execute(
        update(Enrolment)
        .where(Enrolment.id.in_(theirs))
        .values(state=EnrolmentState.ENDED, next_checkin_at=None, flags=None, history=None)
    )
    for contact in case.contacts():
        contact.phone, contact.phone_index = ERASED, f"{ERASED}:{contact.id}"
        contact.opted_out_at = contact.opted_out_at or case.now
