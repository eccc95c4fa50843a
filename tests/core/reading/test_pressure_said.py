"""A low blood pressure is heard in a text out of the blue, in the words of every language and in centimetres too."""

import pytest

from service.core.reading.model import Context
from service.core.reading.reader import Reader

LOW = [
    ("en", "bp 82 over 50"),
    ("en", "my bp was 82-50"),
    ("es", "presión 82 sobre 50"),
    ("es", "la presion 8 con 5"),
    ("pt_BR", "pressão 8 por 5"),
    ("pt_BR", "pressão 8x5"),
    ("pt_BR", "a PA deu 8 por 4"),
    ("it", "pressione 82 su 50"),
    ("fr", "tension 8/5"),
    ("fr", "ma tension est à 8 sur 5"),
    ("de", "Blutdruck 82 auf 50"),
    ("de", "Blutdruck 82 zu 50"),
    ("pl", "ciśnienie 82 na 50"),
    ("ru", "давление 82 на 50"),
    ("ja", "血圧上82下50"),
    ("ja", "上が82で下が50です"),
    ("ja", "血圧は上が82、下が50"),
    ("ja", "血圧82の50"),
    ("zh_Hans", "血压上82下50"),
    ("zh_Hans", "高压82，低压50"),
    ("ko", "혈압 82에 50"),
    ("ko", "혈압 위 82 아래 50"),
    ("ko", "최고 82 최저 50"),
    ("vi", "huyết áp 82 trên 50"),
    ("ar", "الضغط ٨ على ٥"),
    ("ar", "ضغطي ٨٢/٥٠"),
    ("ht", "tansyon 8 sou 5"),
    ("tl", "BP ko 82 over 50"),
    ("fa", "۸۲/۵۰"),
]


@pytest.mark.parametrize(("language", "text"), LOW)
def test_a_low_pressure_is_heard(reader: Reader, language: str, text: str) -> None:
    assert "low_blood_pressure" in reader.read(text, language=language, context=Context.OPEN).present


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("pt_BR", "pressão 12 por 8"),
        ("pt_BR", "pressão 12x8"),
        ("de", "Blutdruck 120 auf 80"),
        ("ja", "血圧上120下80"),
        ("zh_Hans", "上压120下压80"),
        ("ko", "혈압 위 120 아래 80"),
        ("ar", "ضغطي 12 على 8"),
        ("zh_Hans", "上午走了82步，下午走了50步"),
    ],
)
def test_a_good_pressure_is_no_finding(reader: Reader, language: str, text: str) -> None:
    assert reader.read(text, language=language, context=Context.OPEN).present == frozenset()
