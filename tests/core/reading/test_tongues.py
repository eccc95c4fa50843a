"""Whoever asks for another language is understood in the language that they write."""

import pytest

from service.core.reading.model import Context, Intent
from service.core.reading.reader import Reader

ASKED = [
    ("en", "en español por favor", "es"),
    ("en", "español", "es"),
    ("es", "in English please", "en"),
    ("en", "I don't speak English, Spanish please", "es"),
    ("en", "I do not understand English can you text in Spanish", "es"),
    ("en", "no entiendo inglés", "es"),
    ("en", "по-русски пожалуйста", "ru"),
    ("ru", "можно на английском", "en"),
    ("en", "用中文", "zh"),
    ("zh_Hans", "请用英文", "en"),
    ("en", "tiếng Việt", "vi"),
    ("en", "không hiểu tiếng anh", "vi"),
    ("en", "بالعربي من فضلك", "ar"),
    ("ar", "بالإنجليزية", "en"),
    ("fr", "en anglais svp", "en"),
    ("pl", "po angielsku prosze", "en"),
    ("de", "auf englisch bitte", "en"),
    ("it", "in inglese per favore", "en"),
    ("en", "an kreyòl", "ht"),
    ("en", "한국어로 해주세요", "ko"),
    ("en", "日本語でお願いします", "ja"),
    ("fa", "انگلیسی لطفا", "en"),
    ("en", "sa tagalog po", "tl"),
    ("en", "em português", "pt"),
]


@pytest.mark.parametrize(("enrolled", "text", "wanted"), ASKED)
def test_the_language_asked_for_is_told_from_its_name(reader: Reader, enrolled: str, text: str, wanted: str) -> None:
    reading = reader.read(text, language=enrolled, context=Context.OPEN)
    assert Intent.LANGUAGE in reading.intents
    assert reading.language_wanted == wanted


@pytest.mark.parametrize(
    ("enrolled", "text"),
    [
        ("es", "no hablo inglés"),
        ("en", "in my language please"),
        ("en", "in hindi please"),
        ("zh_Hans", "看不懂中文"),
        ("en", "do you speak Spanish or Russian?"),
        ("en", "my doctor is German"),
        ("es", "en español por favor"),
    ],
)
def test_a_language_is_not_guessed(reader: Reader, enrolled: str, text: str) -> None:
    assert reader.read(text, language=enrolled, context=Context.OPEN).language_wanted is None
