"""How a text should have been read: kept as data by which the reader is measured and mended."""

from dataclasses import dataclass
from datetime import datetime

from service.core.reading.model import Answer
from service.core.symptoms import CORPUS_CODES, FURTHER_CODES
from service.errors import BadInput, NotFound
from service.flows.access import Actor, own_enrolment
from service.flows.services import Services
from service.store import notes
from service.store.messages import Direction, Message
from service.store.notes import Correction
from service.store.uow import UnitOfWork

SYMPTOMS = tuple(sorted(CORPUS_CODES | FURTHER_CODES))
LOWEST_C, HIGHEST_C = 30.0, 45.0


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a person says that a text says."""

    temperature_c: float | None
    answer: str | None
    present: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A text to be corrected, with what was made of it so far."""

    message_id: int
    body: str
    language: str
    now: Corrected


def text_of(services: Services, actor: Actor, enrolment_id: int, message_id: int) -> Text:
    """Raises NotFound unless it is a text that this patient (or caregiver) sent."""
    with services.read_work() as work:
        message = _text(work, actor, enrolment_id, message_id)
        correction = notes.corrections_of(work.session, [message_id]).get(message_id)
        reading = correction.reading if correction else message.reading or {}
    present = reading.get("present") or [
        finding["code"]
        for finding in reading.get("findings", ())
        if (finding["status"], finding["when"], finding["whose"]) == ("present", "now", "patient")
    ]
    known = tuple(dict.fromkeys(code for code in present if code in SYMPTOMS))
    now = Corrected(reading.get("temperature_c"), reading.get("answer"), known)
    return Text(message.id, message.body, message.language or "en", now)


def correct(
    services: Services, actor: Actor, enrolment_id: int, message_id: int, said: Corrected, now: datetime
) -> None:
    """Keep how it should have been read. No level is lowered by it, and none raised: a person is looking at it.

    Raises NotFound, BadInput.
    """
    if said.temperature_c is not None and not LOWEST_C <= said.temperature_c <= HIGHEST_C:
        raise BadInput("temperature", f"must lie between {LOWEST_C:.0f} and {HIGHEST_C:.0f} °C")
    if said.answer is not None and said.answer not in list(Answer):
        raise BadInput("answer", "must be yes, no or unclear")
    strange = sorted(set(said.present) - set(SYMPTOMS))
    if strange:
        raise BadInput("present", f"{strange[0]!r} is no symptom")
    with services.work() as work:
        _text(work, actor, enrolment_id, message_id)
        work.session.add(
            Correction(
                message_id=message_id,
                staff_id=actor.staff_id,
                at=now,
                reading={
                    "temperature_c": said.temperature_c,
                    "answer": said.answer,
                    "present": sorted(set(said.present)),
                },
            )
        )
        work.record(now, actor.key, "reading corrected", f"message:{message_id}")
        work.commit()


def _text(work: UnitOfWork, actor: Actor, enrolment_id: int, message_id: int) -> Message:
    own_enrolment(work, actor, enrolment_id)
    message = work.session.get(Message, message_id)
    theirs = message is not None and message.enrolment_id == enrolment_id and message.contact_id is not None
    if message is None or not theirs or message.direction != Direction.INBOUND:
        raise NotFound("there is no such text")
    return message
