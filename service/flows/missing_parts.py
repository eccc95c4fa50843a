"""A long text travels in parts, and one may never arrive. What came is acted on like any text, but it may not be what
was written: a human looks, and the writer is asked for it once more."""

from datetime import datetime

import structlog
from sqlalchemy import select

from service.flows import inbound
from service.flows.case import open_case
from service.flows.services import Services
from service.flows.texting import Line, text_contact
from service.store import messages
from service.store.alerts import Reason
from service.store.messages import Purpose
from service.store.patients import Contact

log = structlog.get_logger()


def hear_of_loss(services: Services, provider_id: str, now: datetime) -> bool:
    """The provider says that part of this text, which is stored, never arrived. False when that is known already."""
    with services.work() as work:
        known = messages.by_provider_id(work.session, provider_id)
        message = messages.for_update(work.session, known.id) if known else None
        if message is None:
            return False
        told = select(Reason.id).where(Reason.message_id == message.id, Reason.rule_id == inbound.UNREADABLE)
        if work.session.scalars(told).first() is not None:
            return False
        log.warning("part of a text never arrived", action="catch up", message=message.id)
        inbound.hand_to_human(work, services, message, now)
        contact = work.session.get(Contact, message.contact_id) if message.contact_id else None
        if contact is not None and contact.may_be_texted and message.enrolment_id is not None:
            case = open_case(work, services, message.enrolment_id, now)
            text_contact(case, contact, [Line("ask_again")], Purpose.REPLY)
        work.commit()
        return True
