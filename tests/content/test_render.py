"""Values appear as the reader writes them, and stay readable inside right-to-left text."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from pydantic import ValidationError

from service.content.catalog import Catalog, load_catalog
from service.content.render import Digits, Direction, Moment, Moments, Style, Value, fill, format_value
from service.core.sms import Encoding, segments


def style(code: str, direction: Direction = "ltr", digits: Digits = "latn") -> Style:
    return Style(Locale.parse(code), direction, digits)


EN = Style(Locale.parse("en"), "ltr", "latn", Moments(names="abbreviated"))
ES, AR, FA = style("es"), style("ar", "rtl"), style("fa", "rtl", "arabext")
NEW_YORK = ZoneInfo("America/New_York")
TODAY = date(2026, 9, 22)


def at(days: int, hour: int = 18) -> Moment:
    return Moment(datetime(2026, 9, 22, hour, 5, tzinfo=NEW_YORK) + timedelta(days=days), TODAY)


@pytest.mark.parametrize(
    ("value", "how", "written"),
    [
        (at(0), EN, "6:05 PM"),
        (at(0), ES, "18:05"),
        (at(1), EN, "Wed 6:05 PM"),
        (at(6), ES, "lunes 18:05"),
        (at(7), EN, "Sep 29"),
        (at(7), ES, "29 de septiembre"),
        (at(200), EN, "Apr 10, 2027"),
        (at(-1), EN, "Sep 21"),
        (38.2, EN, "38.2"),
        (38.2, ES, "38,2"),
        (37.0, EN, "37.0"),
        (60, EN, "60"),
        ("911", EN, "911"),
    ],
)
def test_times_and_numbers_are_written_in_the_readers_way(value: Value, how: Style, written: str) -> None:
    assert format_value(value, how) == written


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(Path(__file__).parents[2])


@pytest.mark.parametrize(
    ("language", "today", "this_week", "this_year", "later"),
    [
        ("en", "6:05 PM", "Mon 6:05 PM", "Sep 29", "Apr 10, 2027"),
        ("es", "18:05", "lunes 18:05", "29 de septiembre", "10 de abril de 2027"),
        ("zh_Hans", "18:05", "周一 18:05", "9月29日", "2027年4月10日"),
        ("vi", "18:05", "Thứ Hai 18:05", "29 tháng 9", "10 tháng 4, 2027"),
        ("ko", "오후 6:05", "월요일 오후 6:05", "9월 29일", "2027년 4월 10일"),
        ("tl", "6:05 PM", "Lunes 6:05 PM", "Setyembre 29", "Abril 10, 2027"),
        ("ru", "18:05", "понедельник 18:05", "29 сентября", "10 апреля 2027 г."),
        ("ar", "6:05 م", "الاثنين 6:05 م", "29 سبتمبر", "10 أبريل 2027"),
        ("ht", "18:05", "lendi 18:05", "29 septanm", "10 avril 2027"),
        ("fr", "18:05", "lundi 18:05", "29 septembre", "10 avril 2027"),
        ("pl", "18:05", "poniedziałek 18:05", "29 września", "10 kwietnia 2027"),
        ("pt_BR", "18:05", "segunda-feira 18:05", "29 de setembro", "10 de abril de 2027"),
        ("it", "18:05", "lunedì 18:05", "29 settembre", "10 aprile 2027"),
        ("de", "18:05", "Montag 18:05", "29. September", "10. April 2027"),
        ("ja", "18:05", "月曜日 18:05", "9月29日", "2027年4月10日"),
        ("fa", "۱۸:۰۵", "دوشنبه ۱۸:۰۵", "۲۹ سپتامبر", "۱۰ آوریل ۲۰۲۷"),
    ],
)
def test_a_time_is_written_as_people_of_each_language_write_it(
    catalog: Catalog, language: str, today: str, this_week: str, this_year: str, later: str
) -> None:
    how = catalog.languages[language].style
    written = [format_value(at(days), how).strip("\u2066\u2068\u2069") for days in (0, 6, 7, 200)]
    assert written == [today, this_week, this_year, later]


def test_a_date_that_ends_with_a_full_stop_does_not_end_a_sentence_with_two(catalog: Catalog) -> None:
    russian = catalog.languages["ru"].style
    assert fill("Проверка: {TIME}. Далее", {"TIME": at(200)}, russian) == "Проверка: 10 апреля 2027 г. Далее"


def test_names_of_half_a_week_are_refused() -> None:
    with pytest.raises(ValidationError, match="all 7 weekdays"):
        Moments(weekdays=("lendi", "madi"))


def test_a_phone_number_in_arabic_is_isolated_left_to_right_and_a_time_by_its_first_letter() -> None:
    assert format_value("+1 555 010 0199", AR) == "\u2066+1 555 010 0199\u2069"
    assert format_value("Health Team", AR) == "\u2068Health Team\u2069"
    assert format_value(at(0), AR) == "\u20686:05 م\u2069"


def test_persian_readers_get_their_own_digits_but_a_phone_number_as_it_is_dialled() -> None:
    assert format_value(60, FA) == "\u2066۶۰\u2069"
    assert format_value(at(0), FA) == "\u2066۱۸:۰۵\u2069"
    assert format_value("115", FA) == "\u2066115\u2069"


def test_a_time_does_not_cost_an_english_text_its_cheap_encoding() -> None:
    assert segments(fill("Next check: {TIME}.", {"TIME": at(1)}, EN)).encoding is Encoding.GSM7


def test_minutes_of_a_day_cannot_be_taken_for_a_page_code() -> None:
    assert format_value(1440, EN) == "1,440"
    assert format_value(1440, ES) == "1.440"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        Moment(datetime(2026, 9, 22, 18, 5), TODAY)  # noqa: DTZ001


def test_a_value_is_never_read_as_a_placeholder_again() -> None:
    assert fill("{CLINIC}: {TEAM}", {"CLINIC": "{TEAM}", "TEAM": "1"}, EN) == "{TEAM}: 1"


def test_the_day_is_counted_in_the_readers_zone() -> None:
    late = datetime(2026, 9, 23, 2, 0, tzinfo=UTC).astimezone(NEW_YORK)
    assert format_value(Moment(late, TODAY), EN) == "10:00 PM"
