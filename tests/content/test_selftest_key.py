"""The orientation item of the self-test, with the words that each language's locale.yaml gives."""

from datetime import date
from pathlib import Path

import pytest

from service.content.catalog import Catalog, load_catalog
from service.core.questions import SelfTestItem
from service.core.reading.model import Context, Intent, Reading
from service.core.selftest import Baseline, place_words, points

ROOT = Path(__file__).parents[2]
JANUARY, MARCH, MAY, JULY, NOVEMBER = (date(2027, month, 10) for month in (1, 3, 5, 7, 11))


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(ROOT)


def said(text: str, language: str) -> Reading:
    return Reading(text=text, language=language, context=Context.OPEN, intent=Intent.OTHER)


def oriented(catalog: Catalog, language: str, today: date, before: str, text: str) -> tuple[int, int, int]:
    """Points for year, month and places of a text, after another one before the infusion."""
    key = catalog.selftest_key(language, "E1", today)
    known = Baseline().and_also({}, place_words(before, key))
    scored = points(SelfTestItem.ORIENTATION, said(text, language), key, known, "")
    return scored["year"], scored["month"], scored["places"]


@pytest.mark.parametrize(
    ("language", "before", "text"),
    [
        ("en", "March 2027, Boston, Riverside General Hospital", "It is march 2027 and I am in Boston at Riverside"),
        ("es", "marzo 2027 Málaga Hospital Vithas", "Estoy en Malaga, en el hospital Vithas, marzo del 2027"),
        ("fr", "mars 2027, Angers, hôpital Larrey", "2027 mars je suis à Angers à l'hopital Larrey"),
        ("pt_BR", "2027 março Recife Hospital Português", "Março de 2027, Recife, portugues"),
        ("it", "2027 marzo Bologna ospedale Maggiore", "marzo 2027 sono a Bologna al Maggiore"),
        ("de", "2027 März Mainz Klinikum Katharinen", "Es ist März 2027, ich bin in Mainz im Katharinen Krankenhaus"),
        ("pl", "2027 marzec Warszawa szpital Bielański", "w marcu 2027 jestem w Warszawie w szpitalu Bielańskim"),
        ("ru", "2027 март Москва больница Боткина", "март 2027, я в Москве в больнице Боткина"),
        ("ar", "2027 مارس الرياض مستشفى الحبيب", "نحن في مارس ٢٠٢٧ في الرياض بمستشفى الحبيب"),
        ("fa", "مارس ۲۰۲۷ تهران بیمارستان میلاد", "۲۰۲۷ مارس تهرانم بیمارستان میلاد"),
        ("ht", "2027 mas Okap lopital Milo", "Mwen Okap nan lopital Milo mas 2027"),
        ("tl", "2027 Marso Maynila ospital Lourdes", "Marso 2027 po, nasa Maynila sa Lourdes"),
        ("vi", "năm 2027 tháng 3, Huế, bệnh viện Chợ Rẫy", "tháng ba năm 2027 tôi ở huế bv chợ rẫy"),
        ("ko", "2027년 3월 로스앤젤레스 서울대병원", "2027년 3월이고 로스앤젤레스예요 서울대병원입니다"),
        ("ko", "2027년 3월 서울 아산병원", "2027년 3월, 서울이에요, 병원은 아산병원이요"),
        ("ja", "2027年3月、東京、聖路加国際病院", "令和9年の3月です。東京の聖路加です"),
        ("zh_Hans", "2027年3月，北京，协和医院", "现在是2027年三月，我在北京协和医院"),
        ("zh_Hans", "2027年3月北京协和医院", "2027年3月 北京 协和"),
    ],
)
def test_the_same_places_in_other_words_are_right(catalog: Catalog, language: str, before: str, text: str) -> None:
    assert oriented(catalog, language, MARCH, before, text) == (1, 1, 2)


@pytest.mark.parametrize(
    ("language", "before", "text", "right"),
    [
        ("en", "2027 March Boston General Hospital", "2027 March Chicago City Hospital", 0),
        ("en", "2027 March Boston Riverside Hospital", "2027 March Chicago Riverside Hospital", 1),
        ("ja", "2027年3月、東京、聖路加病院です", "2027年3月、大阪、市民病院です", 0),
        ("ja", "2027年3月、東京、聖路加国際病院", "2027年3月、聖路加国際病院にいます", 1),
        ("zh_Hans", "2027年3月，北京，协和医院", "2027年3月，上海，华山医院", 0),
        ("zh_Hans", "2027年3月北京协和医院", "2027年3月上海华山医院", 0),
        ("ko", "2027년 3월 로스앤젤레스 서울대병원", "2027년 3월이에요 부산이에요 동아대병원이에요", 0),
        ("ko", "2027년 3월 전주 예수병원", "2027년 3월 진주 제일병원", 0),
        ("ru", "2027 март Москва больница Боткина", "2027 март Казань больница номер 5", 0),
        ("vi", "2027 tháng 3 Huế, bệnh viện Chợ Rẫy", "2027 tháng 3 tôi ở Vinh, bệnh viện tỉnh", 0),
        ("ar", "2027 مارس الرياض مستشفى الحبيب", "2027 مارس جدة مستشفى الملك", 0),
    ],
)
def test_words_that_every_answer_holds_give_no_point_for_a_wrong_place(
    catalog: Catalog, language: str, before: str, text: str, right: int
) -> None:
    assert oriented(catalog, language, MARCH, before, text)[2] == right


@pytest.mark.parametrize(
    ("language", "today", "text", "right"),
    [
        ("ja", JANUARY, "11月", 0),
        ("ja", JANUARY, "十一月", 0),
        ("ja", JANUARY, "じゅういちがつ", 0),
        ("ja", JANUARY, "1月です", 1),
        ("ja", JANUARY, "2027年一月", 1),
        ("ja", NOVEMBER, "十一月です", 1),
        ("zh_Hans", JANUARY, "十一月", 0),
        ("zh_Hans", JANUARY, "11月", 0),
        ("zh_Hans", NOVEMBER, "现在十一月", 1),
        ("ko", JANUARY, "십일월", 0),
        ("ko", JANUARY, "11월", 0),
        ("ko", JANUARY, "1월이에요", 1),
        ("ko", NOVEMBER, "십일월이에요", 1),
        ("vi", JANUARY, "tháng 11", 0),
        ("vi", JANUARY, "tháng mười một", 0),
        ("vi", NOVEMBER, "tháng mười một", 1),
        ("en", JANUARY, "11/2027", 0),
        ("en", MAY, "I am in the Mayo Clinic", 0),
        ("de", MAY, "Mainz", 0),
        ("es", JULY, "junio", 0),
        ("es", JULY, "julio", 1),
        ("pt_BR", JULY, "junho", 0),
        ("tl", JULY, "Hunyo", 0),
        ("ru", MAY, "Майкоп", 0),
        ("ar", MARCH, "وبمارس", 1),
        ("ru", JANUARY, "в январе", 1),
        ("pl", MARCH, "w marcu", 1),
        ("ar", MARCH, "في مارس", 1),
    ],
)
def test_only_the_name_of_this_month_is_right(
    catalog: Catalog, language: str, today: date, text: str, right: int
) -> None:
    assert oriented(catalog, language, today, "", text)[1] == right


@pytest.mark.parametrize(
    ("language", "text", "places"),
    [
        ("de", "Mai 2027, Mainz, Rotes Kreuz", {"mainz", "rotes", "kreuz"}),
        ("en", "May 2027 Rochester Mayo Clinic", {"rochester", "mayo"}),
        ("en", "may 2027 mayfield", {"mayfield"}),
    ],
)
def test_a_months_name_inside_a_place_stays_there(catalog: Catalog, language: str, text: str, places: set[str]) -> None:
    assert set(place_words(text, catalog.selftest_key(language, "E1", MAY))) == places


def test_the_names_of_the_months_are_those_of_the_language_whatever_was_loaded_before(catalog: Catalog) -> None:
    catalog.selftest_key("zh_Hans", "E1", MARCH)
    assert not any("月" in month for month in catalog.selftest_key("fr", "E1", MARCH).months)


def test_city_and_hospital_written_as_one_give_both_points_at_baseline(catalog: Catalog) -> None:
    assert oriented(catalog, "zh_Hans", MARCH, "", "2027年3月北京协和医院") == (1, 1, 2)


def test_every_language_says_which_words_are_no_place(catalog: Catalog) -> None:
    assert [code for code, language in catalog.languages.items() if not language.selftest_places.beside] == []
