"""The right answers of the self-test in one language on one day: the calendar's from CLDR, others from locale.yaml."""

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


def selftest_key(language: Language, text_id: str, today: date) -> Key:
    """Years and months in every way that this language's readers write them, and the words that the text asks for."""
    years, months = [str(today.year)], list(_month_names(language, today))
    if language.style.locale.language == "fa":
        years += [str(today.year - 621), str(today.year - 622)]
        months += _persian_month(today)
    if language.style.locale.language == "ja":
        years += [f"令和{today.year - _REIWA_BEGAN + 1}", f"r{today.year - _REIWA_BEGAN + 1}"]
    months += language.selftest_months[today.month - 1] if language.selftest_months else ()
    return Key(tuple(years), (*dict.fromkeys(months), str(today.month)), language.selftest.get(text_id, ()))


def _month_names(language: Language, today: date) -> set[str]:
    """Full names only: an abbreviation such as "may" would be found inside other words."""
    names = language.style.locale.months
    return {names[context]["wide"][today.month] for context in ("format", "stand-alone")}


def _persian_month(today: date) -> list[str]:
    """The month of this day, and near its first day the one that it may still, or already, be."""
    turning = [name for (month, day), name in _PERSIAN if month == today.month and abs(day - today.day) <= 1]
    begun = sorted(start for start, _ in _PERSIAN if start <= (today.month, today.day)) or [(12, 22)]
    return [dict(_PERSIAN)[begun[-1]], *turning]
