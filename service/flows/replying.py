"""Texts that staff send to a patient or caregiver: vetted ones in the reader's language, and their own words."""

from dataclasses import dataclass
from datetime import datetime

from service.content.catalog import SOURCE
from service.content.texts import Audience
from service.core import retries, sms
from service.core.delivery import Lane, State
from service.errors import BadInput, Conflict, NotFound
from service.flows.access import Actor, own_enrolment
from service.flows.case import Case, open_case, view_case
from service.flows.services import Services
from service.flows.texting import Line, site_values, text_contact
from service.store.messages import Direction, Message, Purpose
from service.store.patients import Contact, EnrolmentState

LONGEST = 600


@dataclass(frozen=True, slots=True)
class Preview:
    """A text before it is sent. `english` is what it says; `fallback`: there is no wording in the reader's language, so
    English would be sent. `parts` is what it costs."""

    text_id: str
    english: str
    body: str
    language: str
    direction: str
    parts: int
    fallback: bool


def quick_texts(services: Services) -> list[tuple[str, str]]:
    """(id, English) of the vetted replies."""
    return [
        (text_id, text.english) for text_id, text in services.catalog.texts.items() if text.audience is Audience.QUICK
    ]


def preview(
    services: Services, actor: Actor, enrolment_id: int, contact_id: int, text_id: str, now: datetime
) -> Preview:
    """What a vetted reply looks like to its reader. Raises NotFound."""
    if text_id not in dict(quick_texts(services)):
        raise NotFound("there is no such reply")
    with services.read_work() as work:
        case = view_case(work, services, own_enrolment(work, actor, enrolment_id), now)
        contact = _contact(case, contact_id)
        values = site_values(case.site)
    sent = services.catalog.render(text_id, contact.language, values)
    english = services.catalog.render(text_id, SOURCE, values)
    spoken = services.catalog.language(sent.language)
    return Preview(
        text_id,
        english.text,
        sent.text,
        sent.language,
        spoken.direction,
        sms.segments(sent.text).parts,
        sent.fallback,
    )


def reply(services: Services, actor: Actor, enrolment_id: int, contact_id: int, text_id: str, now: datetime) -> None:
    """Send a vetted reply. Raises NotFound, and Conflict when the reader may not be texted."""
    if text_id not in dict(quick_texts(services)):
        raise NotFound("there is no such reply")
    with services.work() as work:
        own_enrolment(work, actor, enrolment_id)
        case = open_case(work, services, enrolment_id, now)
        contact = _texted(case, contact_id)
        text_contact(case, contact, (Line(text_id),), Purpose.REPLY)
        work.record(case.now, actor.key, "reply sent", case.subject, text=text_id, contact=contact.id)
        work.commit()


def write(services: Services, actor: Actor, enrolment_id: int, contact_id: int, body: str, now: datetime) -> None:
    """Send a text in somebody's own words, as it is. Raises NotFound, BadInput, and Conflict when the reader may not
    be texted."""
    body = sms.clean(body).strip()
    if not body:
        raise BadInput("body", "is empty")
    if len(body) > LONGEST:
        raise BadInput("body", f"has {len(body)} characters; {LONGEST} at most")
    with services.work() as work:
        own_enrolment(work, actor, enrolment_id)
        case = open_case(work, services, enrolment_id, now)
        contact = _texted(case, contact_id)
        _refuse_telling(services, contact, body)
        work.session.add(_own_words(case, contact, body))
        work.record(case.now, actor.key, "text written", case.subject, contact=contact.id, characters=len(body))
        work.commit()


def _refuse_telling(services: Services, contact: Contact, body: str) -> None:
    """Whoever picks up the phone must not learn from it what the patient has or gets."""
    plain = body.casefold()
    for code in (SOURCE, contact.language):
        for word in services.catalog.language(code).never_say:
            if word.casefold() in plain:
                raise BadInput("body", f"says {word!r}; others may read the patient's phone, so leave that out")


def _own_words(case: Case, contact: Contact, body: str) -> Message:
    return Message(
        direction=Direction.OUTBOUND,
        phone=contact.phone,
        phone_index=contact.phone_index,
        body=body,
        purpose=Purpose.REPLY,
        state=State.QUEUED,
        lane=Lane.REPLY,
        created_at=case.now,
        due_at=case.now,
        expires_at=retries.expires_at(Lane.REPLY, case.now),
        text_id="own_words",
        site_id=case.site.id,
        contact_id=contact.id,
        enrolment_id=case.enrolment.id,
    )


def _contact(case: Case, contact_id: int) -> Contact:
    found = next((contact for contact in case.contacts() if contact.id == contact_id), None)
    if found is None:
        raise NotFound("there is no such phone")
    return found


def _texted(case: Case, contact_id: int) -> Contact:
    """The contact, if it may be texted. Raises Conflict."""
    contact = _contact(case, contact_id)
    if contact.opted_out_at is not None:
        raise Conflict("this phone has opted out; it must not be texted. Call instead")
    if contact.consented_at is None:
        raise Conflict("this phone has not consented yet; it must not be texted. Call instead")
    if case.enrolment.state == EnrolmentState.ENDED:
        raise Conflict("this patient is no longer followed. Call instead")
    return contact
