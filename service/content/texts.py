"""messages/texts.yaml: every sentence that is sent, in English, with who it is for and how long it may be."""

import re
from enum import StrEnum

from pydantic import Field, RootModel

from service.content.documents import Document
from service.core.content_model import Strict

PLACEHOLDER = re.compile(r"\{([A-Z]+)\}")
VALUES = frozenset("EMERG TEAM CLINIC CRISIS TIME N MINUTES CASE CODE".split())
"""The values that a text may ask for; see the head of messages/texts.yaml."""


class Audience(StrEnum):
    """QUICK: to patients and caregivers alike, when a member of staff chooses it from a list."""

    PATIENT = "patient"
    CAREGIVER = "caregiver"
    QUICK = "quick"
    STAFF = "staff"


class Domain(StrEnum):
    """The gettext domain: one PO file of each per language."""

    PATIENT = "patient"
    STAFF = "staff"


class Text(Strict):
    """One sentence. `max_segments` is for GSM-7 with the longest values filled in."""

    audience: Audience
    english: str = Field(min_length=1)
    note: str = ""
    max_segments: int = Field(default=1, ge=1)

    @property
    def domain(self) -> Domain:
        return Domain.STAFF if self.audience is Audience.STAFF else Domain.PATIENT


class _Texts(RootModel[dict[str, Text]]):
    pass


def read_texts(document: Document) -> dict[str, Text]:
    """All texts by id. Raises ContentError for a wrong file, a brace that is no placeholder, or an unknown value."""
    texts = document.parse(_Texts).root
    for text_id, text in texts.items():
        problem = placeholder_problem(text.english)
        if problem:
            raise document.error((text_id, "english"), f"text {text_id}: {problem}")
    return texts


def placeholders(text: str) -> list[str]:
    """The names of the values that a text asks for, in order, repeats included."""
    return PLACEHOLDER.findall(text)


def placeholder_problem(text: str) -> str | None:
    """What is wrong with the braces of a text, or None."""
    unknown = sorted(set(placeholders(text)) - VALUES)
    if unknown:
        return f"{{{unknown[0]}}} is no value; use {', '.join(sorted(VALUES))}"
    if re.search(r"[{}]", PLACEHOLDER.sub("", text)):
        return "a brace that belongs to no placeholder; write placeholders as {NAME}"
    return None
