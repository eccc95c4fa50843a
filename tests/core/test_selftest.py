"""The self-test is scored like the bedside one, against the patient's own best, never on words it only seems to say."""

from typing import Any

import pytest

from service.core.questions import SelfTestItem
from service.core.reading.model import Context, Evidence, Finding, Intent, Reading, Status
from service.core.selftest import POINTS, Baseline, Key, compare, place_words, points, without_seeming

KEY = Key(
    years=("2027",),
    months=("March", "3"),
    things=(("clock", "watch"), ("pen", "pencil"), ("key",)),
)
BLUE = Key(("2027",), ("March",), (("blue",), ("2", "two")))
KNOWN = Baseline(POINTS, ("boston", "riverside"))


def said(text: str, **more: Any) -> Reading:
    base: dict[str, Any] = {"text": text, "language": "en", "context": Context.OPEN, "intent": Intent.OTHER}
    return Reading(**{**base, **more})


@pytest.mark.parametrize(
    ("text", "scored"),
    [
        ("2027 March Boston Riverside", (1, 1, 2)),
        ("It is march 2027, I am in boston at riverside clinic", (1, 1, 2)),
        ("3/2027 boston", (1, 1, 1)),
        ("2026 april", (0, 0, 0)),
        ("Marhc 2027 Chicago", (1, 0, 0)),
        ("٢٠٢٧ march boston riverside", (1, 1, 2)),
    ],
)
def test_year_month_city_and_hospital_give_a_point_each(text: str, scored: tuple[int, int, int]) -> None:
    assert tuple(points(SelfTestItem.ORIENTATION, said(text), KEY, KNOWN, "").values()) == scored


def test_before_the_infusion_the_places_given_are_learnt() -> None:
    text = "It is March 2027. I am in Boston at Riverside"
    assert points(SelfTestItem.ORIENTATION, said(text), KEY, Baseline(), "")["places"] == 2
    assert place_words(text, KEY) == ("boston", "riverside")


@pytest.mark.parametrize(
    ("text", "right"),
    [("clock pen key", 3), ("a wach, a pencil and my key", 3), ("Watch, pen", 2), ("thing thing thing", 0), ("pan", 0)],
)
def test_each_thing_named_gives_a_point_whatever_the_order(text: str, right: int) -> None:
    assert points(SelfTestItem.NAMING, said(text), KEY, KNOWN, "") == {"naming": right}


@pytest.mark.parametrize(("text", "right"), [("BLUE 2", 1), ("blue two", 1), ("blue", 0), ("2", 0), ("blue 3", 0)])
def test_the_command_must_be_carried_out_whole(text: str, right: int) -> None:
    assert points(SelfTestItem.COMMAND, said(text), BLUE, KNOWN, "") == {"command": right}


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("100 90 80 70 60 50 40 30 20 10", 1),
        ("90,80,70,60,50,40,30,20,10,0", 1),
        ("9080706050403020 10", 1),
        ("100 90 80 60 70 50 40 30 20 10", 0),
        ("100 90 80", 0),
        ("90 80 70 60 50 40 30 20 10 10 10", 0),
    ],
)
def test_the_countdown_must_be_whole_and_in_order(text: str, right: int) -> None:
    assert points(SelfTestItem.COUNTDOWN, said(text), KEY, KNOWN, "") == {"countdown": right}


@pytest.mark.parametrize(
    ("text", "understood", "right"),
    [
        ("I went for a walk", 0.6, 1),
        ("good day", 1.0, 0),
        ("go go go go", 1.0, 0),
        ("asdf qwer zxcv", 0.0, 0),
        ("Please type one short sentence", 0.9, 0),
        ("我今天去公园散步了", 0.4, 1),
        ("산책을 했어요", 0.4, 1),
        ("오늘은산책을했어요", 0.4, 1),
        ("좋아요", 1.0, 0),
        ("안녕하세요", 1.0, 0),
    ],
)
def test_a_sentence_has_words_of_its_own_and_is_no_echo(text: str, understood: float, right: int) -> None:
    reading = said(text, understood=understood)
    assert points(SelfTestItem.SENTENCE, reading, KEY, KNOWN, "Please type one short sentence") == {"sentence": right}


def test_a_symptom_that_only_a_part_of_a_right_word_names_is_none() -> None:
    clock = Key(("2027",), ("March",), (("đồng hồ", "dong ho"), ("umbrella", "guarda-chuva")))
    cough = Finding("cough", Status.PRESENT, evidence=Evidence(5, 7, "ho", "cough"))
    assert without_seeming(said("dong ho", findings=(cough,)), SelfTestItem.NAMING, clock).findings == ()
    assert without_seeming(said("toi bi ho", findings=(cough,)), SelfTestItem.NAMING, clock).findings == (cough,)


@pytest.mark.parametrize("text", ["guarda-chuva", "guarda chuva", "um guarda-chuva"])
def test_a_word_with_a_hyphen_is_right_with_and_without_it(text: str) -> None:
    rain = Key(("2027",), ("March",), (("guarda-chuva",),))
    assert points(SelfTestItem.NAMING, said(text), rain, KNOWN, "") == {"naming": 1}


def test_only_what_was_passed_at_baseline_can_be_lost() -> None:
    weak = Baseline({**POINTS, "countdown": 0, "naming": 2})
    assert weak.usable
    result = compare({"countdown": 0, "naming": 2, "sentence": 1}, weak, done=True, repeated=False)
    assert result is not None
    assert (result.fall, result.score) == (0, None)


def test_the_fall_and_the_score_are_counted_in_points() -> None:
    now = {**POINTS, "naming": 1, "sentence": 0}
    result = compare(now, KNOWN, done=True, repeated=True)
    assert result is not None
    assert (result.fall, result.score, result.repeated) == (3, 7, True)


@pytest.mark.parametrize("items", [{}, {"naming": 3}, {**dict.fromkeys(POINTS, 0), "naming": 3, "places": 2}])
def test_without_a_good_whole_baseline_the_test_says_nothing(items: dict[str, int]) -> None:
    assert not Baseline(items).usable
    assert compare(dict.fromkeys(POINTS, 0), Baseline(items), done=True, repeated=False) is None


def test_of_two_baselines_the_best_of_each_item_counts() -> None:
    both = (
        Baseline().and_also({"naming": 3, "sentence": 0}, ["boston"]).and_also({"naming": 2, "sentence": 1}, ["boston"])
    )
    assert (dict(both.items), both.places) == ({"naming": 3, "sentence": 1}, ("boston",))
    assert Baseline.from_json(both.to_json()) == both


FEVER = Finding("fever", Status.PRESENT)
IN_HOSPITAL = Finding("hospitalised", Status.PRESENT)
CONFUSED = Finding("confusion", Status.PRESENT)


def test_a_countdown_is_no_temperature_and_a_hospitals_name_no_stay() -> None:
    counted = without_seeming(said("100 90 80 70", temperature_c=37.8, findings=(FEVER,)), SelfTestItem.COUNTDOWN, KEY)
    assert (counted.temperature_c, counted.findings) == (None, ())
    named = without_seeming(
        said("2027 march general hospital", findings=(IN_HOSPITAL, CONFUSED)), SelfTestItem.ORIENTATION, KEY
    )
    assert named.findings == (CONFUSED,), "what is no artefact of the test is kept"


def test_a_real_temperature_in_answer_to_a_test_is_heard() -> None:
    told = said("not now, i have 39.2", temperature_c=39.2, findings=(FEVER,))
    assert without_seeming(told, SelfTestItem.COUNTDOWN, KEY).temperature_c == 39.2
    assert without_seeming(told, SelfTestItem.SENTENCE, KEY).findings == (FEVER,)


def test_a_right_word_of_the_test_is_no_symptom_but_what_else_is_said_is() -> None:
    airless = Finding("trouble_breathing", Status.PRESENT, evidence=Evidence(0, 4, "Blue", "turned blue"))
    turning = Finding("trouble_breathing", Status.PRESENT, evidence=Evidence(0, 12, "turning blue", "turned blue"))
    assert without_seeming(said("Blue 2", findings=(airless,)), SelfTestItem.COMMAND, BLUE).findings == ()
    assert without_seeming(said("turning blue", findings=(turning,)), SelfTestItem.COMMAND, BLUE).findings == (turning,)
