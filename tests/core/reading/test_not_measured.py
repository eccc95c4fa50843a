"""Asked for a temperature, people say that they have none. That is an answer in every language: the protocol's NONE."""

import pytest

from service.core.conversation import understood
from service.core.reading.model import Context
from service.core.reading.reader import Reader
from tests.world import the_catalog

NONE = [
    ("en", ["no thermometer", "thermometer is broken", "haven't taken it yet", "can't find the thermometer", "NONE"]),
    ("es", ["no tengo termómetro", "se rompió el termómetro", "no me la tomé", "NO"]),
    ("zh_Hans", ["没有体温计", "体温计坏了", "还没量", "否"]),
    ("vi", ["không có nhiệt kế", "nhiệt kế bị hư", "chưa đo", "KHÔNG"]),
    ("ko", ["체온계가 없어요", "체온계 고장났어요", "아직 안 쟀어요", "없음"]),
    ("tl", ["walang thermometer", "sira ang thermometer", "hindi pa nasusukat", "NONE"]),
    ("ru", ["нет термометра", "градусник разбился", "еще не измерил", "НЕТ"]),
    ("ar", ["ما عندي ميزان حرارة", "ميزان الحرارة خربان", "لسه ما قست", "لا"]),
    ("ht", ["mwen pa gen tèmomèt", "tèmomèt la kraze", "mwen poko pran l", "NON"]),
    ("fr", ["je n'ai pas de thermomètre", "thermomètre cassé", "pas encore pris", "NON"]),
    ("pl", ["nie mam termometru", "termometr się zepsuł", "jeszcze nie mierzyłam", "NIE"]),
    ("pt_BR", ["não tenho termômetro", "o termômetro quebrou", "ainda não medi", "NÃO"]),
    ("it", ["non ho il termometro", "il termometro è rotto", "non l'ho ancora misurata", "No"]),
    ("de", ["kein Thermometer", "das Thermometer ist kaputt", "noch nicht gemessen", "NEIN"]),
    ("ja", ["体温計がありません", "体温計が壊れました", "まだ測っていません", "なし"]),
    ("fa", ["تب‌سنج ندارم", "دماسنج خراب شده", "هنوز نگرفتم", "ندارم"]),
]


@pytest.mark.parametrize(("language", "text"), [(language, text) for language, texts in NONE for text in texts])
def test_no_temperature_to_give_is_an_answer(reader: Reader, language: str, text: str) -> None:
    reading = reader.read(text, language=language, context=Context.TEMPERATURE)
    question = the_catalog().protocol("cart-autoimmune").questions["T1"]
    assert understood(question, reading) == ["none"]


def test_every_language_is_tried() -> None:
    assert {language for language, _ in NONE} == set(the_catalog().languages)


@pytest.mark.parametrize("text", ["thermometer is broken but it said 38.9 before it died", "no fever"])
def test_what_was_measured_or_felt_is_not_taken_for_none(reader: Reader, text: str) -> None:
    reading = reader.read(text, language="en", context=Context.TEMPERATURE)
    assert not reading.not_measured
