"""Replies that other systems got wrong, and that must never go wrong here."""

import pytest

from service.core.reading.model import Answer, Context, Intent
from service.core.reading.reader import Reader


@pytest.mark.parametrize(
    ("text", "celsius"),
    [
        ("38,5", 38.5),  # a comma taken for a thousands mark made this 385
        ("temp 101,4 F", 38.6),
        ("٣٨٫٥", 38.5),
        ("३८.५", 38.5),  # Devanagari
        ("៣៨.៥", 38.5),  # Khmer
        ("๓๘.๕", 38.5),  # Thai
        ("၃၈.၅", 38.5),  # Burmese
        ("３８．５", 38.5),
        ("day 3: 38.5", 38.5),  # the first number won
        ("took 2 pills, 38.5 now", 38.5),
        ("bp 120/80 temp 37.2", 37.2),
        ("38'5", 38.5),
        ("38°5", 38.5),
        ("38 5", 38.5),
        ("385", 38.5),
        ("one oh two point seven", 39.3),
        ("38-39", 39.0),
        ("37.2 no sorry 37.9", 37.9),
        ("was 39 last night, 37.2 now", 37.2),
        ("1013 F", 38.5),
    ],
)
def test_the_right_number_is_the_temperature(reader: Reader, text: str, celsius: float) -> None:
    assert reader.read(text, language="en", context=Context.TEMPERATURE).temperature_c == celsius


@pytest.mark.parametrize("text", ["no fever since 2 days", "pulse 110", "120/80", "room 38", "my son is 38 years old"])
def test_other_numbers_are_no_temperature(reader: Reader, text: str) -> None:
    assert reader.read(text, language="en", context=Context.OPEN).temperature_c is None


@pytest.mark.parametrize("text", ["12", "83.6", "3"])
def test_an_implausible_number_is_said_to_be_one(reader: Reader, text: str) -> None:
    reading = reader.read(text, language="en", context=Context.TEMPERATURE)
    assert reading.temperature_c is None
    assert reading.implausible_temperature


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("no no fever", Answer.NO),  # the phrase test gave up at the second "no"
        ("I can't complain", Answer.NO),
        ("no", Answer.NO),
        ("NO!!!", Answer.NO),
        ("no, I have a cough", Answer.YES),
        ("no i have a cough", Answer.YES),
        ("no but shivering all night", Answer.YES),
        ("stuck in traffic, won't do it", Answer.UNCLEAR),
        ("purple monkey dishwasher", Answer.UNCLEAR),
        ("no but zxcvbnm qwerty", Answer.UNCLEAR),
        ("yes no maybe", Answer.UNCLEAR),
        ("", Answer.UNCLEAR),
    ],
)
def test_unclear_is_never_fine_and_a_symptom_beats_a_no(reader: Reader, text: str, answer: Answer) -> None:
    assert reader.read(text, language="en", context=Context.INFECTION).answer is answer


@pytest.mark.parametrize(
    ("text", "intents"),
    [
        ("STOP", {Intent.STOP}),
        ("stop", {Intent.STOP}),
        ("STOP I have fever", {Intent.STOP, Intent.REPORT}),
        ("stop i have fever", {Intent.STOP, Intent.REPORT}),
        ("can't stop shaking", {Intent.REPORT}),
        ("the bleeding won't stop", {Intent.REPORT}),
        ("please take me off this list", {Intent.STOP}),
        ("help I can't breathe", {Intent.REPORT}),
        ("i hit stop by mistake, sign me back up", {Intent.START}),
    ],
)
def test_a_keyword_is_not_just_a_word_that_occurs(reader: Reader, text: str, intents: set[Intent]) -> None:
    asked = {Intent.STOP, Intent.START, Intent.HELP, Intent.REPORT}
    assert reader.read(text, language="en", context=Context.OPEN).intents & asked == intents


def test_danger_is_heard_in_any_language_whatever_was_asked(reader: Reader) -> None:
    for context in Context:
        for text in ("I can't breathe", "no puedo respirar", "مش قادر اتنفس", "had a seizure"):
            reading = reader.read(text, language="en", context=context)
            assert reading.present & {"trouble_breathing", "seizure"}, (context, text)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("1, 3 and 5", (1, 3, 5)), ("0", (0,)), ("1,3,5", (1, 3, 5)), ("two", (2,)), ("٢ و ٣", (2, 3)), ("１", (1,))],
)
def test_choices_by_number(reader: Reader, text: str, numbers: tuple[int, ...]) -> None:
    assert reader.read(text, language="en", context=Context.CHOICE).numbers == numbers


def test_a_temperature_among_choices_is_still_one(reader: Reader) -> None:
    assert reader.read("38.5", language="en", context=Context.CHOICE).temperature_c == 38.5


@pytest.mark.parametrize(
    "text", ["asdf jkl; qwer zxcv bnm tyui", "fo teh teh wsa hjk lpo brw the the", "hgf dsa the the lkj we we qzx"]
)
def test_noise_is_garbled(reader: Reader, text: str) -> None:
    assert reader.read(text, language="en", context=Context.NEURO).garbled


def test_the_nurse_sees_which_words_said_it(reader: Reader) -> None:
    text = "  Hola! No puedo respirar bien"
    (finding,) = [f for f in reader.read(text, language="es", context=Context.OPEN).findings if f.is_now]
    assert finding.evidence is not None
    assert text[finding.evidence.start : finding.evidence.end] == finding.evidence.text
    assert finding.evidence.gloss == "trouble breathing"
