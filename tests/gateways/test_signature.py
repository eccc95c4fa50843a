"""A wrong answer here turns every patient away (403 for real messages) or lets anyone write into a patient's record."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from service.gateways.signature import verify
from tests.fake_twilio import sign

TOKEN = "12345"
PUBLIC = "https://sms.example.org"
FORM = {"Body": "38.5 \r\n 👍 %+&=\x00 ", "From": "+15005551234", "MessageSid": "SM1", "NumMedia": "0", "Empty": ""}


def test_the_vector_that_twilio_published() -> None:
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675310",
        "Digits": "1234",
        "From": "+14158675310",
        "To": "+18005551212",
    }
    header = "L/OH5YylLD5NRKLltdqwSvS0BnU="
    assert verify([TOKEN], "https://example.com", "/myapp.php?foo=1&bar=2", form, header)
    assert not verify([TOKEN], "https://example.com", "/myapp.php?foo=1&bar=3", form, header)
    assert not verify([TOKEN], "https://example.com", "/myapp.php?foo=1&bar=2", form | {"Digits": "1235"}, header)


@pytest.mark.parametrize(
    "raw_uri",
    [
        "/in",
        "/in?a=1",
        "/in?q=%20+%2B%3D",
        "/in?q=%C3%B6%7E%40",
        "/a%2Fb/%C3%B6",
        "/in?",
        "//in",
        "/hooks/twilio/status/0190b2f4-7c1e",
    ],
)
def test_the_request_target_counts_byte_for_byte(raw_uri: str) -> None:
    assert verify([TOKEN], PUBLIC, raw_uri, FORM, sign(TOKEN, PUBLIC + raw_uri, FORM))


@pytest.mark.parametrize("public_url", ["https://sms.example.org", "https://sms.example.org/"])
@pytest.mark.parametrize("signed", ["https://sms.example.org/in", "https://sms.example.org:443/in"])
def test_the_default_port_may_be_signed_or_not(public_url: str, signed: str) -> None:
    assert verify([TOKEN], public_url, "/in", FORM, sign(TOKEN, signed, FORM))
    assert verify([TOKEN], "https://sms.example.org:443", "/in", FORM, sign(TOKEN, signed, FORM))


def test_another_port_has_to_be_signed() -> None:
    url = "http://127.0.0.1:8000"
    assert verify([TOKEN], url, "/in", FORM, sign(TOKEN, f"{url}/in", FORM))
    assert not verify([TOKEN], url, "/in", FORM, sign(TOKEN, "http://127.0.0.1/in", FORM))


def test_while_a_token_is_rotated_both_count_and_a_third_does_not() -> None:
    for token in ("old", "new"):
        assert verify(["old", "new"], PUBLIC, "/in", FORM, sign(token, f"{PUBLIC}/in", FORM))
    assert not verify(["old", "new"], PUBLIC, "/in", FORM, sign("other", f"{PUBLIC}/in", FORM))


@pytest.mark.parametrize("tokens", [[], [""]])
def test_without_a_token_nothing_is_let_in(tokens: list[str]) -> None:
    assert not verify(tokens, PUBLIC, "/in", FORM, sign("", f"{PUBLIC}/in", FORM))


def test_another_host_is_not_ours() -> None:
    assert not verify([TOKEN], PUBLIC, "/in", FORM, sign(TOKEN, "https://evil.example.org/in", FORM))


def test_repeated_names_are_read_as_twilio_signs_them() -> None:
    pairs = [("MediaUrl", "b"), ("Body", "x"), ("MediaUrl", "a"), ("MediaUrl", "a")]
    header = RequestValidator(TOKEN).compute_signature(f"{PUBLIC}/inBodyxMediaUrlaMediaUrlb", {})
    assert verify([TOKEN], PUBLIC, "/in", pairs, header)
    assert verify([TOKEN], PUBLIC, "/in", {"MediaUrl": ["b", "a", "a"], "Body": ["x"]}, header)


@pytest.mark.parametrize("header", [None, "", " ", "ü", "not base64", "\udcff"])
def test_a_missing_or_broken_header_is_refused_and_does_not_crash(header: str | None) -> None:
    assert verify([TOKEN], PUBLIC, "/in", FORM, header) is False


@pytest.mark.parametrize("raw_uri", ["/\udcff", "/in?x=\ud83d", "]http://[", "", "//["])
def test_a_broken_target_is_refused_and_does_not_crash(raw_uri: str) -> None:
    assert verify([TOKEN], PUBLIC, raw_uri, FORM, "L/OH5YylLD5NRKLltdqwSvS0BnU=") is False


def test_a_broken_public_url_is_refused_and_does_not_crash() -> None:
    assert verify([TOKEN], "https://host:port", "/in", FORM, "x") is False


@given(st.text(), st.dictionaries(st.text(), st.text()), st.text())
def test_no_forgery_raises(raw_uri: str, form: dict[str, str], header: str) -> None:
    assert verify([TOKEN], PUBLIC, raw_uri, form, header) is False


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=5))
def test_whatever_a_phone_can_type_is_verified(form: dict[str, str]) -> None:
    assert verify([TOKEN], PUBLIC, "/in", form, sign(TOKEN, f"{PUBLIC}/in", form))
