"""What must hold of every text, not only of those we thought of."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.core.reading.lexicon import Aspect, Cue, Lexicon
from service.core.reading.model import Answer, Context
from service.core.reading.pattern import is_plain
from service.core.reading.reader import Reader

DIGITS = [
    chr(zero)
    for zero in range(0x110000)
    if unicodedata.category(chr(zero)) == "Nd" and unicodedata.digit(chr(zero)) == 0
]
CONTEXTS = st.sampled_from(list(Context))
WORDY = st.text(alphabet=st.characters(codec="utf-8", categories=("L", "N", "P", "Zs", "So", "Mn", "Cf")), max_size=80)
DANGERS = {
    "en": {
        "I can't breathe": "trouble_breathing", "had a seizure": "seizure", "won't wake up": "unresponsive",
        "chest is tight": "chest_pain", "I want to die": "self_harm", "shivering badly": "chills", "coughing": "cough",
    },
    "es": {
        "no puedo respirar": "trouble_breathing", "me duele el pecho": "chest_pain", "tengo fiebre": "fever",
        "le dio una convulsion": "seizure", "me tiemblan las manos": "tremor",
    },
    "ar": {"مش قادر اتنفس": "trouble_breathing", "عندي اسهال": "diarrhea", "ايدي بترعش": "tremor"},
}  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    text=st.one_of(st.text(max_size=200), WORDY),
    context=CONTEXTS,
    language=st.sampled_from(["en", "es", "ar", "zh", "", "pt_BR"]),
)
def test_any_text_can_be_read(reader: Reader, text: str, context: Context, language: str) -> None:
    reading = reader.read(text, language=language, context=context)
    assert 0 <= reading.understood <= 1
    for evidence in reading.evidence:
        assert reading.text[evidence.start : evidence.end] == evidence.text


@pytest.mark.parametrize("zero", DIGITS)
def test_digits_of_every_script_are_the_same_digits(reader: Reader, zero: str) -> None:
    typed = "".join(chr(ord(zero) + int(c)) if c.isdigit() else c for c in "39.1")
    assert reader.read(typed, language="en", context=Context.TEMPERATURE).temperature_c == 39.1


@settings(max_examples=150, deadline=None)
@given(before=WORDY, language=st.sampled_from(["en", "es", "ar"]), context=CONTEXTS, data=st.data())
def test_a_danger_said_after_anything_is_heard(
    reader: Reader, before: str, language: str, context: Context, data: st.DataObject
) -> None:
    phrase, code = data.draw(st.sampled_from(sorted(DANGERS[language].items())))
    reading = reader.read(f"{before}.\n{phrase}", language=language, context=context)
    assert code in reading.present


@settings(max_examples=150, deadline=None)
@given(danger=st.sampled_from(sorted(DANGERS["en"].items())), more=st.sampled_from(sorted(DANGERS["en"].items())))
def test_one_danger_does_not_hide_another(reader: Reader, danger: tuple[str, str], more: tuple[str, str]) -> None:
    reading = reader.read(f"{danger[0]}. {more[0]}", language="en", context=Context.OPEN)
    assert {danger[1], more[1]} <= reading.present


@pytest.mark.parametrize(("language", "denial"), [("en", "no"), ("es", "sin"), ("ar", "ما عندي")])
def test_denying_a_listed_phrase_turns_it_round(
    reader: Reader, lexicons: tuple[Lexicon, ...], language: str, denial: str
) -> None:
    (lexicon,) = [lexicon for lexicon in lexicons if lexicon.language == language]
    denials = {
        p.pattern for p in lexicon.phrases if p.cue in (Cue.DENY_BEFORE, Cue.DENY_EITHER, Cue.NO_DENIAL, Cue.DENY_AFTER)
    }
    nouns = {
        phrase.pattern: phrase.code
        for phrase in lexicon.phrases
        if phrase.aspect is Aspect.PRESENT
        and phrase.code
        and is_plain(phrase.pattern)
        and len(phrase.pattern.split()) == 1
    }
    wrong = []
    for pattern, code in nouns.items():
        said = reader.read(pattern, language=language, context=Context.OPEN)
        if code not in said.present or pattern in denials:
            continue
        denied = reader.read(f"{denial} {pattern}", language=language, context=Context.INFECTION)
        if code in denied.present or denied.answer is Answer.YES:
            wrong.append(pattern)
    assert not wrong
