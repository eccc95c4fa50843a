"""A choice from a list is read as it was typed: no number is lost, none is made up from what stands beside it."""

import pytest

from service.core.reading.model import Answer, Context
from service.core.reading.reader import Reader

CHOSEN = [
    ("en", "1", [1]),
    ("en", "1 3", [1, 3]),
    ("en", "1,3", [1, 3]),
    ("en", "1/3", [1, 3]),
    ("en", "1.3", [1, 3]),
    ("en", "1st and 3rd", [1, 3]),
    ("en", "1) and 3)", [1, 3]),
    ("en", "(1)", [1]),
    ("en", "#1 #3", [1, 3]),
    ("en", "one, three", [1, 3]),
    ("en", "one three", [1, 3]),
    ("en", "number 2", [2]),
    ("en", "3x", [3]),
    ("en", "2 times", [2]),
    ("en", "7/10", [7, 10]),
    ("en", "①③", [1, 3]),
    ("en", "1️⃣3️⃣", [1, 3]),
    ("en", "0", [0]),
    ("en", "zero", [0]),
    ("en", "1 38", [1, 38]),
    ("ko", "1번", [1]),
    ("ko", "1번 3번", [1, 3]),
    ("ko", "1번이요", [1]),
    ("ko", "1번하고 3번이요", [1, 3]),
    ("ko", "3이요", [3]),
    ("ko", "3 이요", [3]),
    ("ko", "1하고 3이요", [1, 3]),
    ("ko", "1도 있고 3도 있어요", [1, 3]),
    ("ko", "네 3번이요", [3]),
    ("ko", "1일", [1]),
    ("ko", "일번 삼번", [1, 3]),
    ("ko", "하나", [1]),
    ("ko", "4개", [4]),
    ("ko", "0번", [0]),
    ("ja", "1番3番", [1, 3]),
    ("ja", "1番と3番です", [1, 3]),
    ("ja", "1と3に丸", [1, 3]),
    ("ja", "１、３", [1, 3]),
    ("ja", "①③", [1, 3]),
    ("ja", "一番", [1]),
    ("ja", "一と三", [1, 3]),
    ("ja", "2つ", [2]),
    ("ja", "5回", [5]),
    ("zh_Hans", "1号和3号", [1, 3]),
    ("zh_Hans", "1、3", [1, 3]),
    ("zh_Hans", "第1个", [1]),
    ("zh_Hans", "第一个", [1]),
    ("zh_Hans", "第1和第3", [1, 3]),
    ("zh_Hans", "一三", [1, 3]),
    ("zh_Hans", "1和三", [1, 3]),
    ("zh_Hans", "3次", [3]),
    ("zh_Hans", "零", [0]),
    ("ar", "١ و ٣", [1, 3]),
    ("ar", "١و٣", [1, 3]),
    ("ar", "١،٣", [1, 3]),
    ("ar", "رقم ٢", [2]),
    ("ar", "واحد وثلاثة", [1, 3]),
    ("ar", "٣ مرات", [3]),
    ("ar", "٠", [0]),
    ("fa", "۱ و ۳", [1, 3]),
    ("fa", "۱،۳", [1, 3]),
    ("fa", "۱و۳", [1, 3]),
    ("fa", "یک و سه", [1, 3]),
    ("fa", "گزینه ۲", [2]),
    ("fa", "۳ بار", [3]),
    ("fa", "صفر", [0]),
    ("fa", "۰", [0]),
    ("es", "1º y 3º", [1, 3]),
    ("es", "el 1 y el 3", [1, 3]),
    ("es", "uno y tres", [1, 3]),
    ("es", "3 veces", [3]),
    ("pt_BR", "1º e 3º", [1, 3]),
    ("pt_BR", "um e três", [1, 3]),
    ("pt_BR", "3 vezes", [3]),
    ("fr", "1er et 3e", [1, 3]),
    ("fr", "le 1 et le 3", [1, 3]),
    ("fr", "3 fois", [3]),
    ("de", "1. und 3.", [1, 3]),
    ("de", "1. 3.", [1, 3]),
    ("de", "eins und drei", [1, 3]),
    ("de", "3x", [3]),
    ("it", "1° e 3°", [1, 3]),
    ("it", "l'1 e il 3", [1, 3]),
    ("it", "3 volte", [3]),
    ("pl", "nr 1 i nr 3", [1, 3]),
    ("pl", "3 razy", [3]),
    ("ru", "1-й и 3-й", [1, 3]),
    ("ru", "один и три", [1, 3]),
    ("ru", "3 раза", [3]),
    ("vi", "số 1 và số 3", [1, 3]),
    ("vi", "một và ba", [1, 3]),
    ("vi", "3 lần", [3]),
    ("tl", "yung 1 at 3 po", [1, 3]),
    ("tl", "1po", [1]),
    ("tl", "ika-1 at ika-3", [1, 3]),
    ("ht", "nimewo 1 ak nimewo 3", [1, 3]),
    ("ht", "3 fwa", [3]),
]


@pytest.mark.parametrize(("language", "text", "numbers"), CHOSEN)
def test_the_numbers_chosen_are_read_and_no_others(
    reader: Reader, language: str, text: str, numbers: list[int]
) -> None:
    reading = reader.read(text, language=language, context=Context.CHOICE)
    assert list(reading.numbers) == numbers
    assert reading.temperature_c is None


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "none"),
        ("en", "no"),
        ("es", "ninguno"),
        ("zh_Hans", "没有"),
        ("zh_Hans", "一个都没有"),
        ("vi", "không có"),
        ("ko", "없음"),
        ("ko", "하나도 없어요"),
        ("tl", "wala"),
        ("ru", "ничего"),
        ("ar", "لا شيء"),
        ("ht", "okenn"),
        ("fr", "aucun"),
        ("pl", "żadne"),
        ("pt_BR", "nenhum"),
        ("it", "nessuno"),
        ("de", "keine"),
        ("ja", "なし"),
        ("fa", "هیچکدام"),
        ("fa", "نه"),
    ],
)
def test_none_in_words_chooses_nothing(reader: Reader, language: str, text: str) -> None:
    reading = reader.read(text, language=language, context=Context.CHOICE)
    assert reading.answer is Answer.NO
    assert set(reading.numbers) <= {0}


def test_a_plain_yes_is_no_number(reader: Reader) -> None:
    """Korean 네 is "yes", and "four" only before what it counts."""
    assert reader.read("네", language="ko", context=Context.CHOICE).numbers == ()


def test_a_temperature_told_in_place_of_a_choice_is_a_temperature(reader: Reader) -> None:
    reading = reader.read("38.5", language="en", context=Context.CHOICE)
    assert (reading.temperature_c, reading.numbers) == (38.5, ())


def test_signs_that_stand_for_numbers_are_read_one_by_one(reader: Reader) -> None:
    assert reader.read("①3 ②", language="ja", context=Context.CHOICE).numbers == (1, 3, 2)
