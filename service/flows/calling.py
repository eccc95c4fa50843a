"""Paging by voice: what a call says, and in which language.

It says nothing of a patient: anybody may pick up, and voicemail does. See `answering` for what follows.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from service.content.catalog import SOURCE, Catalog, Rendered
from service.content.languages import Language
from service.content.render import without_isolates
from service.core import retries
from service.core.delivery import Lane, State
from service.flows.services import Services
from service.gateways.base import OutboundCall, Speech
from service.store.messages import Direction, Message, Purpose
from service.store.sites import Site
from service.store.staff import StaffMember
from service.store.uow import UnitOfWork

CHANNEL = "voice"
VOICE_PATH = "/hooks/twilio/voice"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text to be read out. `fallback`: English, because there is no voice or no wording in the language."""

    speech: Speech
    rendered: Rendered
    fallback: bool


def say(catalog: Catalog, text_id: str, language: str, spelt: Mapping[str, str] | None = None) -> Spoken:
    """A text in a language that a voice can read. `spelt`: values that are read out letter by letter."""
    wanted = catalog.language(language)
    values = {name: " ".join(value) for name, value in (spelt or {}).items()}
    rendered = catalog.render(text_id, wanted.code if wanted.voice else SOURCE, values)
    text = without_isolates(rendered.text)
    return Spoken(_speech(text, catalog.language(rendered.language)), rendered, rendered.language != wanted.code)


def _speech(text: str, language: Language) -> Speech:
    if language.voice is None:
        raise AssertionError(f"nobody reads {language.code} out")
    return Speech(text, language.voice.language, language.voice.name)


def write(work: UnitOfWork, services: Services, site: Site, person: StaffMember, now: datetime) -> tuple[Message, str]:
    """Queue a call to a staff member; the message, and the token that its page must carry."""
    spoken = say(services.catalog, "voice_page", site.language)
    message = Message(
        direction=Direction.OUTBOUND,
        phone=person.phone,
        phone_index=person.phone_index,
        body=spoken.speech.text,
        purpose=Purpose.PAGE,
        state=State.QUEUED,
        lane=Lane.PAGE,
        channel=CHANNEL,
        created_at=now,
        due_at=now,
        expires_at=retries.expires_at(Lane.PAGE, now),
        language=spoken.rendered.language,
        text_id=spoken.rendered.text_id,
        catalog_version=spoken.rendered.version,
        fallback=spoken.fallback,
        site_id=site.id,
        staff_id=person.id,
    )
    work.session.add(message)
    return message, secrets.token_urlsafe(32)


def outbound(services: Services, message: Message, token: str) -> OutboundCall:
    """The call as the gateway gets it."""
    catalog, language = services.catalog, message.language or SOURCE
    hook = f"{services.public_url}{VOICE_PATH}/{token}"
    return OutboundCall(
        message_id=str(message.id),
        to=message.phone,
        spoken=_speech(message.body, catalog.language(language)),
        farewell=say(catalog, "voice_unanswered", language).speech,
        answer_url=hook,
        status_url=f"{hook}/status",
    )
