"""Filling values into a text, the way its language writes numbers, times and dates."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, Self

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_decimal
from pydantic import model_validator

from service.content.texts import PLACEHOLDER
from service.core.content_model import Strict

Direction = Literal["ltr", "rtl"]
Digits = Literal["latn", "arab", "arabext"]

_LEFT_TO_RIGHT, _FIRST_STRONG, _END = "\u2066", "\u2068", "\u2069"
_DIGITS: Mapping[Digits, str] = {"latn": "0123456789", "arab": "٠١٢٣٤٥٦٧٨٩", "arabext": "۰۱۲۳۴۵۶۷۸۹"}
# CLDR puts a narrow no-break space before "PM". GSM-7 lacks it: one of them would triple the parts of a text.
_SPACES = str.maketrans("\u202f\u00a0", "  ")


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time for a reader. `at` is aware and already in the reader's zone; `today` is the reader's date."""

    at: datetime
    today: date

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("a moment needs an aware datetime in the reader's zone")


Value = str | int | float | Moment


class Moments(Strict):
    """How a language writes times and days, in its locale.yaml, where that is not CLDR's way.

    `names`: of weekdays and months, whole or abbreviated. `clock`: a CLDR pattern for the time of day, such as
    "aaaa h:mm". `weekdays` from Monday and `months`: for a language that CLDR has not, written as "29 septanm 2027".
    """

    names: Literal["wide", "abbreviated"] = "wide"
    clock: str = "short"
    weekdays: tuple[str, ...] = ()
    months: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _names_are_complete(self) -> Self:
        if len(self.weekdays) not in (0, 7) or len(self.months) not in (0, 12):
            raise ValueError("give all 7 weekdays and all 12 months, or none")
        return self


@dataclass(frozen=True, slots=True)
class Style:
    """How a language writes: its CLDR locale, its direction and the digits that its readers are used to."""

    locale: Locale
    direction: Direction
    digits: Digits
    moments: Moments = field(default_factory=Moments)


def fill(text: str, values: Mapping[str, Value], style: Style) -> str:
    """`text` with its placeholders replaced. Raises KeyError with the name of a value that was not given."""

    def _filled(match: re.Match[str]) -> str:
        value = format_value(values[match[1]], style)
        # A date may end with the full stop of an abbreviation (2027 г.), and so may the sentence.
        ends_twice = value.endswith(".") and text[match.end() : match.end() + 1] == "."
        return value.removesuffix(".") if ends_twice else value

    return PLACEHOLDER.sub(_filled, text)


def format_value(value: Value, style: Style) -> str:
    """One value as the reader writes it. In right-to-left text it is isolated, so that it keeps its own order."""
    plain = _plain(value, style)
    if not isinstance(value, str):
        plain = plain.translate(_SPACES).translate(_to_digits(style.digits))
    if style.direction == "ltr":
        return plain
    # A phone number has no letter to tell its direction, so it is told; a clinic's name or a time finds its own.
    start = _FIRST_STRONG if any(char.isalpha() for char in plain) else _LEFT_TO_RIGHT
    return f"{start}{plain}{_END}"


def without_isolates(text: str) -> str:
    """The text as it is read out: what keeps values in order on a screen has no sound."""
    return text.translate(dict.fromkeys(map(ord, (_LEFT_TO_RIGHT, _FIRST_STRONG, _END))))


def in_digits(number: str, style: Style) -> str:
    """A number in the digits that the readers are used to."""
    return number.translate(_to_digits(style.digits))


def _plain(value: Value, style: Style) -> str:
    match value:
        case str():
            return value
        case Moment():
            return _moment(value, style)
        case int():
            return _number(value, "#,##0", style)
        case float():
            return _number(value, "0.0", style)


def _number(value: float, pattern: str, style: Style) -> str:
    return format_decimal(value, pattern, locale=style.locale, numbering_system=style.digits)


def _moment(moment: Moment, style: Style) -> str:
    """The time today, weekday and time within six days, else the date (with the year when it is another one)."""
    day = moment.at.date()
    clock = format_time(moment.at, style.moments.clock, tzinfo=moment.at.tzinfo, locale=style.locale)
    if day == moment.today:
        return clock
    if timedelta(0) < day - moment.today <= timedelta(days=6):
        return f"{_weekday(day, style)} {clock}"
    return _date(day, style, with_year=day.year != moment.today.year)


def _weekday(day: date, style: Style) -> str:
    if style.moments.weekdays:
        return style.moments.weekdays[day.weekday()]
    return format_date(day, "EEEE" if style.moments.names == "wide" else "EEE", locale=style.locale)


def _date(day: date, style: Style, *, with_year: bool) -> str:
    if style.moments.months:
        return f"{day.day} {style.moments.months[day.month - 1]}" + (f" {day.year}" if with_year else "")
    wide = style.moments.names == "wide"
    if with_year:
        return format_date(day, "long" if wide else "medium", locale=style.locale)
    return format_skeleton("MMMMd" if wide else "MMMd", day, locale=style.locale)


def _to_digits(digits: Digits) -> dict[int, int]:
    return str.maketrans(_DIGITS["latn"], _DIGITS[digits])
