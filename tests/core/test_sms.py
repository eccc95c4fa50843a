"""The bill and the budget of a text: what Twilio's own segment calculator says, we say too."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core.sms import GSM_DEFAULT, GSM_EXTENSION, Encoding, clean, segments

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts"),
    [
        ("", Encoding.GSM7, 0, 0),
        ("a", Encoding.GSM7, 1, 1),
        ("a" * 160, Encoding.GSM7, 160, 1),
        ("a" * 161, Encoding.GSM7, 161, 2),
        ("a" * 306, Encoding.GSM7, 306, 2),
        ("a" * 307, Encoding.GSM7, 307, 3),
        ("ł" * 70, Encoding.UCS2, 70, 1),
        ("ł" * 71, Encoding.UCS2, 71, 2),
        ("ł" * 134, Encoding.UCS2, 134, 2),
        ("ł" * 135, Encoding.UCS2, 135, 3),
        ("€" * 80, Encoding.GSM7, 160, 1),
        ("€" * 81, Encoding.GSM7, 162, 2),
        ("a" * 152 + "€" + "a" * 152, Encoding.GSM7, 306, 3),
        ("a" * 151 + "€" + "a" * 153, Encoding.GSM7, 306, 2),
        ("👍" * 35, Encoding.UCS2, 70, 1),
        ("👍" * 36, Encoding.UCS2, 72, 2),
        ("👍" * 67, Encoding.UCS2, 134, 3),
        (FAMILY, Encoding.UCS2, 11, 1),
        ("ł" * 60 + FAMILY + "ł" * 63, Encoding.UCS2, 134, 3),
        ("ł" * 66 + "🇩🇪" + "ł" * 64, Encoding.UCS2, 134, 3),
    ],
)
def test_costs_what_the_published_calculator_says(text: str, encoding: Encoding, units: int, parts: int) -> None:
    found = segments(text)
    assert (found.encoding, found.units, found.parts) == (encoding, units, parts)


@pytest.mark.parametrize("char", "ÇñÑéÉèùìòàäöüÄÖÜåÅøØæÆß¡¿£¥§¤@_ΔΦΓΛΩΠΨΣΘΞ\n")
def test_letters_of_the_gsm_alphabet_keep_a_text_cheap(char: str) -> None:
    assert segments(char * 160).parts == 1


@pytest.mark.parametrize("char", "^{}\\[]~|€")
def test_extension_characters_cost_two(char: str) -> None:
    assert segments(char).units == 2


@pytest.mark.parametrize("char", "çáíóúâêôõã`’“”–—…\u00a0\tкعчğşıế\u2206\u2126")
def test_look_alikes_and_other_alphabets_cost_the_whole_text_its_encoding(char: str) -> None:
    assert segments("a" + char).encoding is Encoding.UCS2


def test_the_alphabet_is_complete() -> None:
    assert (len(GSM_DEFAULT), len(GSM_EXTENSION)) == (127, 10)
    assert not GSM_DEFAULT & GSM_EXTENSION


@given(st.text(max_size=700))
def test_parts_are_never_fewer_than_the_room_they_need_nor_more_than_one_wasted_cluster_each(text: str) -> None:
    found = segments(text)
    part = 153 if found.encoding is Encoding.GSM7 else 67
    assert found.parts * (part + 7) >= found.units
    assert found.parts <= found.units


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("fever\x00 38.5\x0b", "fever 38.5"),
        ("one\r\ntwo\rthree\n", "one\ntwo\nthree\n"),
        ("a\tb", "a b"),
        ("\x7f\x85\x1b[0mred", "[0mred"),
        ("half a \ud83d pair", "half a  pair"),
        ("\u200f\u200f٣٨٫٥ مرحبا", "\u200f\u200f٣٨٫٥ مرحبا"),
        (FAMILY, FAMILY),
    ],
)
def test_what_sms_cannot_carry_is_taken_out_and_nothing_else(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(st.text())
def test_a_clean_text_can_always_be_encoded_and_stored(text: str) -> None:
    cleaned = clean(text)
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert "\x00" not in cleaned
    assert clean(cleaned) == cleaned


def test_greek_capitals_are_greek_letters_not_mathematical_signs() -> None:
    assert {"\u0394", "\u03a9"} <= GSM_DEFAULT
