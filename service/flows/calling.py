"""Paging by voice: what a call says.

It says nothing of a patient: anybody may pick up, and voicemail does. See `answering` for what follows.
"""

import secrets
from datetime import datetime

from service.core import retries
from service.core.delivery import Lane, State
from service.flows.services import Services
from service.gateways.base import OutboundCall
from service.store.messages import Direction, Message, Purpose
from service.store.sites import Site
from service.store.staff import StaffMember
from service.store.uow import UnitOfWork

CHANNEL = "voice"
VOICE_PATH = "/hooks/twilio/voice"

# Spoken in English until the catalog has spoken texts for staff: a sentence and the voice that reads it must be of
# one language.
LANGUAGE = "en-US"
SUMMONS = "This is aftercell, for the care team on call. A patient needs you. Press 1 to take the case."
UNANSWERED = "Nobody pressed 1. We are calling the next person."


def write(work: UnitOfWork, site: Site, person: StaffMember, now: datetime) -> tuple[Message, str]:
    """Queue a call to a staff member; the message, and the token that its page must carry."""
    message = Message(
        direction=Direction.OUTBOUND,
        phone=person.phone,
        phone_index=person.phone_index,
        body=SUMMONS,
        purpose=Purpose.PAGE,
        state=State.QUEUED,
        lane=Lane.PAGE,
        channel=CHANNEL,
        created_at=now,
        due_at=now,
        expires_at=retries.expires_at(Lane.PAGE, now),
        language="en",
        text_id="voice_page",
        site_id=site.id,
        staff_id=person.id,
    )
    work.session.add(message)
    return message, secrets.token_urlsafe(32)


def outbound(services: Services, message: Message, token: str) -> OutboundCall:
    """The call as the gateway gets it."""
    hook = f"{services.public_url}{VOICE_PATH}/{token}"
    return OutboundCall(
        message_id=str(message.id),
        to=message.phone,
        spoken=message.body,
        farewell=UNANSWERED,
        language=LANGUAGE,
        answer_url=hook,
        status_url=f"{hook}/status",
    )
