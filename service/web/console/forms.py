"""What a form is told when something that was entered cannot be used."""

from dataclasses import dataclass

from service.errors import BadInput


@dataclass(frozen=True, slots=True)
class Problem:
    """`field` is that of the form, `says` a sentence in the reader's language."""

    field: str
    says: str


def problem_text(problem: BadInput) -> Problem:
    return Problem(problem.field.replace("-", "_"), f"{problem.message[:1].upper()}{problem.message[1:]}.")
