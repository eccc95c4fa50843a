"""The right answers of the self-test in one language on one day: the calendar's from CLDR, others from locale.yaml."""

from collections.abc import Iterable
from datetime import date

from service.content.languages import Language
from service.core.selftest import Key

# First day (month, day) of each month of the Persian calendar in the Gregorian one; leap years shift it by a day.
_PERSIAN = (
    ((3, 21), "فروردین"), ((4, 21), "اردیبهشت"), ((5, 22), "خرداد"), ((6, 22), "تیر"), ((7, 23), "مرداد"),
    ((8, 23), "شهریور"), ((9, 23), "مهر"), ((10, 23), "آبان"), ((11, 22), "آذر"), ((12, 22), "دی"), ((1, 21), "بهمن"),
    ((2, 20), "اسفند"),
)  # fmt: skip
_REIWA_BEGAN = 2019


def selftest_key(language: Language, text_id: str, today: date, beside: Iterable[str] = ()) -> Key:
    """Years and months in every way that this language's readers write them, and the words that the text asks for.
    `beside`: words of another language that name no place, as in "General Hospital"."""
    years, months = [str(today.year)], set(_month_names(language, today.month))
    others = {name for month in range(1, 13) for name in _month_names(language, month)}
    if language.style.locale.language == "fa":
        years += [str(today.year - 621), str(today.year - 622)]
        months |= set(_persian_month(today))
        others |= {name for _, name in _PERSIAN}
    if language.style.locale.language == "ja":
        years += [f"令和{today.year - _REIWA_BEGAN + 1}", f"r{today.year - _REIWA_BEGAN + 1}"]
    words = language.selftest_places
    return Key(
        tuple(years),
        (*sorted(months), str(today.month)),
        language.selftest.get(text_id, ()),
        tuple(sorted(others - months)),
        words.model_copy(update={"beside": (*words.beside, *beside)}),
    )


def _month_names(language: Language, month: int) -> set[str]:
    """Full names only: an abbreviation such as "may" would be found inside other words."""
    names = language.style.locale.months
    # A copy, because Babel keeps what it resolves in data that it shares between locales: "一月" in French.
    calendar = {names[context].copy()["wide"][month] for context in ("format", "stand-alone")}
    return {*calendar, *(language.selftest_months[month - 1] if language.selftest_months else ())} - {str(month)}


def _persian_month(today: date) -> list[str]:
    """The month of this day, and near its first day the one that it may still, or already, be."""
    turning = [name for (month, day), name in _PERSIAN if month == today.month and abs(day - today.day) <= 1]
    begun = sorted(start for start, _ in _PERSIAN if start <= (today.month, today.day)) or [(12, 22)]
    return [dict(_PERSIAN)[begun[-1]], *turning]
