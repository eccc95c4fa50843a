"""A nurse who answers a page is understood however her language and phone write it."""

from pathlib import Path

import pytest

from service.content.catalog import load_catalog
from service.core.page_reply import outcome_in, without_name

DONE = load_catalog(Path(__file__).parents[2]).done_words


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("1234 DONE phoned her", "phoned her"),
        ("1234 done: phoned her", "phoned her"),
        ("DONE 1234 phoned her", "phoned her"),
        ("1234. Done. Phoned her.", "Phoned her."),
        ("1234done phoned her", "phoned her"),
        ("#1234 DONE - phoned her", "phoned her"),
        ("1234,LISTO,la llamé", "la llamé"),
        ("1234完了、熱", "熱"),
        ("1234 完了、熱", "熱"),
        ("１２３４　完了　熱あり", "熱あり"),
        ("1234完了熱あり", "熱あり"),
        ("1234완료 열 있음", "열 있음"),
        ("1234완료, 열 있음", "열 있음"),
        ("1234完成。已打电话", "已打电话"),
        ("١٢٣٤ تم، اتصلت بها", "اتصلت بها"),
        ("١٢٣٤تم اتصلت بها", "اتصلت بها"),
        ("\u200f۱۲۳۴ تمام: زنگ زدم", "زنگ زدم"),
        ("1234 ГОТОВО — позвонила", "позвонила"),
        ("1234 GOTOWE, zadzwoniłam", "zadzwoniłam"),
        ("1234 xong, đã gọi", "đã gọi"),
        ("1234 done 38.5 at home", "38.5 at home"),
    ],
)
def test_code_done_and_outcome_are_found(text: str, outcome: str) -> None:
    rest = without_name(text, "1234")
    assert rest is not None
    assert outcome_in(rest, DONE) == outcome


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("ok 1234", "ok"),
        ("1234", ""),
        ("1234완료", "완료"),
        ("1234 done.", "done."),
        ("1234 Donegal road", "Donegal road"),
        ("1234 not done yet", "not done yet"),
    ],
)
def test_a_code_without_an_outcome_only_acknowledges(text: str, rest: str) -> None:
    assert without_name(text, "1234") == rest
    assert outcome_in(rest, DONE) is None


@pytest.mark.parametrize("text", ["12345", "01234", "555-1234", "1234-5678", "on my way", "", "123 4"])
def test_a_number_that_only_contains_the_code_is_not_meant(text: str) -> None:
    assert without_name(text, "1234") is None


@pytest.mark.parametrize("text", ["k7q2xx", "K7Q2XX完了 熱", "case K7Q2XX."])
def test_the_case_number_serves_as_well(text: str) -> None:
    assert without_name(text, "K7Q2XX") is not None
    assert without_name("AK7Q2XX", "K7Q2XX") is None


def test_every_language_says_done_in_a_word_that_is_found_again() -> None:
    for word in DONE:
        assert outcome_in(f"{word} - 38", DONE) == "38", word
