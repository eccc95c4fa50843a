"""The mechanisms that other languages need, each shown with a handful of words and no real lexicon."""

import pytest

from service.core.reading.lexicon import Aspect, Cue, Lexicon, Phrase, Traits
from service.core.reading.model import Answer, Context
from service.core.reading.reader import Reader


def said(cue: Cue, *words: str) -> list[Phrase]:
    return [Phrase(word, cue) for word in words]


def about(code: str, *words: str, aspect: Aspect = Aspect.PRESENT) -> list[Phrase]:
    return [Phrase(word, None, code, aspect, code) for word in words]


def counting(**words: int) -> list[Phrase]:
    return [Phrase(word, Cue.NUMBER, value=value) for word, value in words.items()]


ENGLISH = Lexicon(
    "en",
    (
        *said(Cue.NO, "no"),
        *said(Cue.FINE, "i'm fine"),
        *said(Cue.DENY_BEFORE, "no"),
        *said(Cue.THANKS, "thank you"),
    ),
)
CHINESE = Lexicon(
    "zh_Hans",
    (
        *about("fever", "发烧"),
        *about("cough", "咳"),
        *about("headache", "头 疼"),
        *about("diarrhea", "拉肚子"),
        *about("trouble_breathing", "喘不上气", aspect=Aspect.SEVERE),
        *said(Cue.DENY_BEFORE, "不", "没", "倒是不"),
        *said(Cue.CONTRAST, "就是"),
        *said(Cue.SMALL, "也", "老", "很", "倒是"),
        *said(Cue.DEGREE, "度"),
        *said(Cue.HALF, "半"),
        *said(Cue.POINT, "点"),
        *said(Cue.FAHRENHEIT, "华氏"),
    ),
    traits=Traits(equal_letters=("發发", "燒烧", "華华", "沒没")),
)
JAPANESE = Lexicon(
    "ja",
    (
        *about("fever", "熱"),
        *about("cough", "咳"),
        *about("diarrhea", "下痢"),
        *said(Cue.NO, "ないです"),
        *said(Cue.DENY_AFTER, "ない", "なくて"),
        *said(Cue.CONTRAST, "けど"),
        *said(Cue.SMALL, "は", "が", "も"),
        *said(Cue.DEGREE, "度", "ど"),
        *[Phrase(word, Cue.TENTHS, value=0) for word in ("分", "ぶ")],
        *counting(さん=3, じゅう=10, ろく=6, はち=8),
    ),
    traits=Traits(thirty_is_dropped=True),
)
KOREAN = Lexicon(
    "ko",
    (
        *about("sore_throat", "목 {hurt}"),
        *about("cough", "기침"),
        *about("diarrhea", "설사"),
        *said(Cue.DENY_BEFORE, "안"),
        *said(Cue.DENY_AFTER, "없"),
        *said(Cue.SMALL, "이", "도", "은"),
        *said(Cue.POINT, "점", "쩜"),
        *said(Cue.DEGREE, "도"),
        *said(Cue.OVER_PRESSURE, "에"),
        *said(Cue.PRESSURE, "혈압"),
        *[Phrase("부", Cue.TENTHS, value=0)],
        *counting(삼=3, 십=10, 팔=8, 육=6),
    ),
    classes={"hurt": ("아프", "아파")},
)
VIETNAMESE = Lexicon(
    "vi",
    (
        *about("vomiting", "ói"),
        *about("cough", "ho"),
        *about("fever", "sốt"),
        *said(Cue.NO, "không"),
        *said(Cue.DENY_BEFORE, "không"),
        *said(Cue.FILLER, "em", "ơi", "họ"),
    ),
    traits=Traits(accents_matter=True),
)
GERMAN = Lexicon(
    "de",
    (
        *about("cough", "*husten"),
        *about("wound_infection", "eiter*"),
        *said(Cue.DENY_BEFORE, "kein*", "nicht"),
        *said(Cue.FILLER, "für", "wieder"),
        *said(Cue.POINT, "komma"),
        *counting(siebenunddreißig=37, zwei=2, neun=9),
    ),
    traits=Traits(respelt=(("ä", "ae"), ("ü", "ue"))),
)
EGYPTIAN = Lexicon(
    "ar",
    (
        *about("vomiting", "رجعت"),
        *about("wound_infection", "جرح وارم"),
        *said(Cue.NUMBER_AND, "و"),
        *said(Cue.HALF, "نص", "ونص"),
        *[Phrase("شرطتين", Cue.TENTHS, value=2)],
        *counting(سبعة=7, ثلاثين=30, تسعه=9, تلاته=3),
    ),
    traits=Traits(prefixes=("وال", "ال", "و"), denying_affixes=(("م", "ش"),)),
)
POLISH = Lexicon(
    "pl",
    (
        *said(Cue.YES, "no", "tak", "no tak"),
        *said(Cue.NO, "nie"),
        *said(Cue.NUMBER_AND, "i"),
        *counting(trzydzieści=30, osiem=8, sześć=6),
    ),
)


@pytest.fixture(scope="module")
def polyglot() -> Reader:
    return Reader([ENGLISH, CHINESE, JAPANESE, KOREAN, VIETNAMESE, GERMAN, EGYPTIAN, POLISH])


@pytest.mark.parametrize(
    ("language", "text", "celsius"),
    [
        ("zh", "三十八度五", 38.5),
        ("zh", "37度2", 37.2),
        ("zh", "四十度半", 40.5),
        ("zh", "華氏98度4", 36.9),
        ("zh", "３６．８", 36.8),
        ("zh", "38·1", 38.1),
        ("zh", "36点6", 36.6),
        ("ja", "8度5分", 38.5),
        ("ja", "6度6分", 36.6),
        ("ja", "さんじゅうろくどはちぶ", 36.8),
        ("ko", "삼십팔점육", 38.6),
        ("ko", "38쩜2", 38.2),
        ("ko", "36도 7부요", 36.7),
        ("de", "siebenunddreissig zwei", 37.2),
        ("de", "siebenunddreißig komma neun", 37.9),
        ("ar", "٣٨ ونص", 38.5),
        ("ar", "37 وشرطتين", 37.2),
        ("ar", "سبعة وثلاثين ونص", 37.5),
        ("ar", "تسعه وثلاثين وتلاته", 39.3),
        ("ar", "٣٨٫٥", 38.5),
        ("pl", "trzydzieści osiem i osiem", 38.8),
        ("pl", "36 i 6", 36.6),
        ("vi", "۳۸/۵", 38.5),
    ],
)
def test_temperatures_as_they_are_said(polyglot: Reader, language: str, text: str, celsius: float) -> None:
    assert polyglot.read(text, language=language, context=Context.TEMPERATURE).temperature_c == celsius


@pytest.mark.parametrize(
    ("language", "text", "present", "absent"),
    [
        ("zh", "不发烧不拉肚子 就是老咳", {"cough"}, {"fever", "diarrhea"}),
        ("zh", "沒發燒也沒咳", set(), {"fever", "cough"}),
        ("zh", "头倒是不疼", set(), {"headache"}),
        ("ja", "熱も咳もないけど下痢", {"diarrhea"}, {"fever", "cough"}),
        ("ko", "목이아파요", {"sore_throat"}, set()),
        ("ko", "목 안 아파요", set(), {"sore_throat"}),
        ("ko", "기침도 설사도 없", set(), {"cough", "diarrhea"}),
        ("ko", "혈압 82에 48", {"low_blood_pressure"}, set()),
        ("vi", "khong ho khong sot", set(), {"cough", "fever"}),
        ("vi", "em bi oi", {"vomiting"}, set()),
        ("vi", "họ ơi", set(), set()),
        ("de", "Reizhusten", {"cough"}, set()),
        ("de", "kein Husten", set(), {"cough"}),
        ("ar", "مرجعتش", set(), {"vomiting"}),
        ("ar", "والجرح وارم", {"wound_infection"}, set()),
        ("en", "喘不上气", {"trouble_breathing"}, set()),
    ],
)
def test_findings_in_scripts_of_every_kind(
    polyglot: Reader, language: str, text: str, present: set[str], absent: set[str]
) -> None:
    reading = polyglot.read(text, language=language, context=Context.OPEN)
    assert (set(reading.present), set(reading.absent)) == (present, absent)


def test_a_short_word_belongs_to_the_language_that_explains_the_text(polyglot: Reader) -> None:
    assert polyglot.read("no tak", language="pl", context=Context.NEURO).answer is Answer.YES
    assert polyglot.read("no I'm fine thank you", language="pl", context=Context.NEURO).answer is Answer.NO


def test_an_unknown_language_is_read_as_english(polyglot: Reader) -> None:
    assert polyglot.read("no", language="xx", context=Context.NEURO).answer is Answer.NO
