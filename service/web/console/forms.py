"""What a form is told when something that was entered cannot be used."""

from dataclasses import dataclass

from service.errors import BadInput, Conflict
from service.web.i18n import N_, _

KNOWN = (
    N_("choose what came of it"),
    N_("say in a few words what was done"),
    N_("something new was found since you opened this page"),
    N_("is empty"),
    N_("is empty; say in a few words what was said or seen"),
    N_("is already enrolled"),
    N_("lies in the future"),
    N_("lies in the past"),
    N_("must come after the beginning"),
    N_("is the patient's own; a caregiver needs another phone"),
    N_("belongs to this patient already"),
    N_("is not the case number of this patient"),
    N_("is nobody of this site who answers for patients"),
    N_("must lie between 30 and 45 °C"),
    N_("the two are not the same"),
    N_("must not hold your e-mail address"),
    N_("repeats too few different characters"),
    N_("must have at least 12 characters; several words are fine"),
    N_("is not what the authenticator shows for this secret; check the phone's clock"),
    N_("give a file or an address"),
    N_("the first step is at 0 minutes and the others come later and later"),
    N_("there is a caregiver already"),
    N_("this phone has opted out already"),
    N_("this phone has opted out; it must not be texted. Call instead"),
    N_("this phone has not consented yet; it must not be texted. Call instead"),
    N_("this patient is no longer followed. Call instead"),
    N_("this patient is no longer followed"),
    N_("the checks cannot be paused as things stand"),
    N_("the checks are not paused"),
    N_("an alert of this patient waits for its outcome"),
    N_("a text to this patient is on its way at this moment"),
)
"""Sentences of the use cases that the console can say in the reader's language; the rest it says as they are."""


@dataclass(frozen=True, slots=True)
class Problem:
    """`field` is that of the form, `says` a sentence in the reader's language."""

    field: str
    says: str


def problem_text(problem: BadInput) -> Problem:
    return Problem(problem.field.replace("-", "_"), f"{_capital(_(problem.message))}.")


def conflict_text(why: Conflict) -> str:
    """What got in the way, without a full stop."""
    return _capital(_(str(why)))


def _capital(sentence: str) -> str:
    """Only the first letter: names keep theirs."""
    return sentence[:1].upper() + sentence[1:]
