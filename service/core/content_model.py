"""The base of all value types that content files are parsed into, and the fields they share."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

from service.core.symptoms import CODES
from service.core.urgency import Urgency


class Strict(BaseModel):
    """No unknown keys, nothing changes after load."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _parse_urgency(value: object) -> object:
    return Urgency.parse(value) if isinstance(value, str) else value


def _write_urgency(urgency: Urgency) -> str:
    return urgency.shorthand


UrgencyField = Annotated[Urgency, BeforeValidator(_parse_urgency), PlainSerializer(_write_urgency, return_type=str)]


def _known_code(code: str) -> str:
    if code not in CODES:
        raise ValueError(f"unknown symptom code {code!r}; the codes are listed in service/core/symptoms.py")
    return code


Code = Annotated[str, BeforeValidator(_known_code)]


def _one_or_many(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_one_or_many)]
"""One name or a list of names."""


class Who(StrEnum):
    PATIENT = "patient"
    CAREGIVER = "caregiver"
