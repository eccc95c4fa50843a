"""Values appear as the reader writes them, and stay readable inside right-to-left text."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel import Locale

from service.content.render import Digits, Direction, Moment, Style, Value, fill, format_value
from service.core.sms import Encoding, segments


def style(code: str, direction: Direction = "ltr", digits: Digits = "latn") -> Style:
    return Style(Locale.parse(code), direction, digits)


EN, ES, AR, FA = style("en"), style("es"), style("ar", "rtl"), style("fa", "rtl", "arabext")
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
        (at(6), ES, "lun 18:05"),
        (at(7), EN, "Sep 29"),
        (at(7), ES, "29 sept"),
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
