"""Telling administrators that the service itself is in trouble: by e-mail, once for each trouble.

They run the service and are told in English; nothing here is about a patient.
"""

from datetime import datetime, timedelta

import structlog

from service.core.delivery import Lane, State
from service.flows.services import Services
from service.store import staff, upkeep
from service.store.messages import Direction, Message, Purpose
from service.store.staff import StaffMember
from service.store.uow import UnitOfWork

log = structlog.get_logger()

WORTH_KNOWING_FOR = timedelta(hours=12)


def tell(
    work: UnitOfWork,
    services: Services,
    alarm: str,
    subject: str,
    body: str,
    now: datetime,
    *,
    also_by_text: bool = False,
) -> list[Message]:
    """Queue an e-mail to every administrator, unless they have been told of this alarm; the messages queued.

    `also_by_text`: the trouble leaves texts alone, so they are texted too. Where nobody can be reached, the log says
    so as loudly as it can.
    """
    if not upkeep.give_alarm(work.session, alarm, now):
        return []
    written = []
    # Who serves several sites is told once.
    for person in {person.phone_index: person for person in staff.admins(work.session)}.values():
        if services.email is not None:
            written.append(_message(work, person, "email", person.email, f"{subject}\n{body}", now))
        if also_by_text:
            written.append(_message(work, person, "sms", person.phone, subject, now))
    if not written:
        log.critical("no administrator could be told", action="alarm", alarm=alarm, reason=subject)
    work.session.add_all(written)
    work.flush()
    return written


def settled(work: UnitOfWork, alarm: str) -> bool:
    """The trouble is over: should it come back, it is told anew. False when there was none."""
    return upkeep.end_alarm(work.session, alarm)


def _message(work: UnitOfWork, person: StaffMember, channel: str, to: str, body: str, now: datetime) -> Message:
    return Message(
        direction=Direction.OUTBOUND,
        phone=to,
        phone_index=work.phone_index(to),
        body=body,
        purpose=Purpose.OPERATORS,
        state=State.QUEUED,
        lane=Lane.PAGE,
        channel=channel,
        created_at=now,
        due_at=now,
        expires_at=now + WORTH_KNOWING_FOR,
        language="en",
        text_id="operators",
        site_id=person.site_id,
        staff_id=person.id,
    )
