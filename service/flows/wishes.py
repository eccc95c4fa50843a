"""What a patient or caregiver wants of the service itself, and gets at once where no human is needed for it."""

from service.content import review
from service.content.languages import Language
from service.errors import BadInput
from service.flows.alerts import raise_event
from service.flows.case import Case, kept_protocol_version
from service.flows.texting import Line
from service.store.patients import Contact


def change_language(case: Case, contact: Contact, wanted: str | None, message_id: int) -> Line:
    """Text this phone in another language from now on, beginning with the line returned. `wanted`: the language asked
    for, None where it could not be told. Where it cannot be had, the line says so and a human sees to it."""
    language = _available(case, wanted)
    if language is None:
        raise_event(case, "language_wanted", message_id=message_id)
        return Line("language_unavailable")
    contact.language = language.code
    case.work.record(
        case.now, f"contact:{contact.id}", "language changed", case.subject, contact=contact.id, to=language.code
    )
    return Line("language_changed")


def _available(case: Case, wanted: str | None) -> Language | None:
    """The language, if it may be sent to patients: in production only as a clinician has signed it."""
    if wanted is None:
        return None
    try:
        language = case.services.catalog.language(wanted)
    except BadInput:
        return None
    if not case.services.production:
        return language
    # As it was signed, without the days on which this patient is watched more closely.
    signed = kept_protocol_version(case.work, case.protocol.id, case.protocol.version)
    return language if review.why_not(language, signed) is None else None
