"""From the form of a webhook to a text. What a person typed must come out as it went in."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.gateways.twilio_form import inbound_text, provider_id
from service.gateways.twilio_texts import decode_possible_base64

LONG = "Since last night I have a fever of 38.9, chills and a bad headache. What should I do?"
ARABIC = "منذ الليلة الماضية عندي حرارة ٣٨٫٩ وقشعريرة وصداع شديد. ماذا أفعل؟"


@pytest.mark.parametrize("text", [LONG, ARABIC, "line\r\nbreaks\tand tabs, " * 4, "🤒 " * 20])
def test_a_long_text_that_a_carrier_packed_as_base64_is_unpacked(text: str) -> None:
    packed = base64.b64encode(text.encode()).decode()
    assert decode_possible_base64(packed) == text
    in_lines = "\r\n".join(packed[start : start + 76] for start in range(0, len(packed), 76))
    assert decode_possible_base64(in_lines) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "38.9",
        "aGVsbG8gd29ybGQ=",
        "ha" * 40,
        "A" * 64,
        LONG,
        LONG.replace(" ", "").replace(".", "").replace(",", "").replace("?", ""),
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl",
    ],
)
def test_what_a_person_types_is_left_alone(text: str) -> None:
    assert decode_possible_base64(text) == text


@given(st.text())
def test_no_text_makes_unpacking_fail(text: str) -> None:
    assert isinstance(decode_possible_base64(text), str)


@given(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz ", min_size=60, max_size=400))
def test_letters_alone_are_never_taken_for_base64(text: str) -> None:
    assert decode_possible_base64(text) == text


@pytest.mark.parametrize("sid", ["", "SM 1", "SM1\x00", "x" * 65, "SM1;", "ü"])
def test_an_id_that_no_database_column_could_hold_is_none(sid: str) -> None:
    assert provider_id({"MessageSid": sid}) is None


def test_the_older_names_of_the_id_are_read_too() -> None:
    assert provider_id({"SmsSid": "SM1"}) == provider_id({"SmsMessageSid": "SM1"}) == "SM1"


@pytest.mark.parametrize(("given", "media"), [("0", 0), ("2", 2), ("", 0), ("-1", 0), ("many", 0), ("٣", 0)])
def test_the_number_of_pictures_is_read_with_doubt(given: str, media: int) -> None:
    text = inbound_text({"MessageSid": "SM1", "From": "+1", "NumMedia": given}, carrier_answers_stop=False)
    assert text is not None
    assert text.media == media


@pytest.mark.parametrize("word", ["STOP", "StopAll", "unsubscribe", "CANCEL", "end", "Quit "])
def test_the_words_that_carriers_take_for_stop(word: str) -> None:
    form = {"MessageSid": "SM1", "From": "+1", "Body": word}
    text = inbound_text(form, carrier_answers_stop=True)
    assert text is not None
    assert text.carrier_opt_out == "STOP"


@pytest.mark.parametrize("words", ["STOP I have a fever", "stop.", "can't stop shaking", "the end", "YES"])
def test_more_than_the_bare_word_is_no_opt_out_to_the_carrier(words: str) -> None:
    text = inbound_text({"MessageSid": "SM1", "From": "+1", "Body": words}, carrier_answers_stop=True)
    assert text is not None
    assert text.carrier_opt_out is None
