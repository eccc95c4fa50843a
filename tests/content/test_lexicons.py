"""A translator's file becomes a lexicon, or says which file, which key, and why it cannot."""

from pathlib import Path

import pytest

from service.content.lexicons import LexiconError, load_lexicon, load_lexicons
from service.core.reading.lexicon import Aspect, Cue, Lexicon
from service.core.reading.text import Normaliser

LOCALES = Path(__file__).parents[2] / "locales"


def written(folder: Path, text: str, language: str = "xx") -> Path:
    (folder / language).mkdir()
    (folder / language / "replies.yaml").write_text(text, encoding="utf-8")
    return folder


def loaded(folder: Path, text: str) -> Lexicon:
    return load_lexicons(written(folder, text))[0]


def test_a_block_holds_phrases_by_comma_and_line_with_comments(tmp_path: Path) -> None:
    lexicon = loaded(
        tmp_path,
        """
symptoms:
  cough:
    present: |
      cough*, hack* up   # a comment, with commas
      سعال، كحة
      咳、咳嗽
    never: cough syrup
  fever: fever*, frita = fast asleep
""",
    )
    said = [(phrase.pattern, phrase.code, phrase.aspect) for phrase in lexicon.phrases]
    coughs = ("cough*", "hack* up", "سعال", "كحة", "咳", "咳嗽")
    assert said[:7] == [(c, "cough", Aspect.PRESENT) for c in coughs] + [("cough syrup", "cough", Aspect.NEVER)]
    assert ("frita", "fast asleep") in [(phrase.pattern, phrase.gloss) for phrase in lexicon.phrases]


def test_yes_and_no_are_words_not_truth_values(tmp_path: Path) -> None:
    lexicon = loaded(tmp_path, "answers:\n  yes: [yes, y, on]\n  no: no\n")
    assert {(p.pattern, p.cue) for p in lexicon.phrases} == {
        ("yes", Cue.YES),
        ("y", Cue.YES),
        ("on", Cue.YES),
        ("no", Cue.NO),
    }


def test_numbers_have_values_and_a_language_its_ways_of_writing(tmp_path: Path) -> None:
    lexicon = loaded(
        tmp_path,
        "spelling: {accents_matter: true, denying_affixes: 'م...ش', respelt: 'ä=ae, ö=oe',"
        " equal_letters: '這这 個个'}\n"
        "numbers:\n  words: {38: achtunddreißig}\n  tens_and_units_add: true\n",
    )
    assert [(p.pattern, p.value) for p in lexicon.phrases] == [("achtunddreißig", 38)]
    traits = lexicon.traits
    assert (traits.accents_matter, traits.tens_and_units_add, traits.thirty_is_dropped) == (True, True, False)
    assert traits.denying_affixes == (("م", "ش"),)
    assert traits.respelt == (("ä", "ae"), ("ö", "oe"))
    assert traits.equal_letters == ("這这", "個个")


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        ("symptoms: {coughh: cough}", "symptoms.coughh", "is no symptom code"),
        ("symptoms: {cough: {presnt: cough}}", "symptoms.cough.presnt", "Extra inputs"),
        ("answerz: {yes: y}", "answerz", "Extra inputs"),
        ("symptoms: {cough: '{chst} & tight'}", "symptoms.cough.present", "{chst}"),
        ("words: {a: x, b: '{a}'}", "words.b", "inside a word class"),
        ("symptoms: {cough: 'cough &'}", "symptoms.cough.present", "one side"),
        ("numbers: {words: {thirty: thirty}}", "numbers.words.thirty", "integer"),
        ("spelling: {respelt: 'ä'}", "spelling.respelt", "between its two parts"),
        ("symptoms: [", "YAML", "line 2"),
        ("answers: {yes: {no: way}}", "answers.yes", "block of text"),
    ],
)
def test_a_wrong_file_names_file_key_and_reason(tmp_path: Path, text: str, key: str, reason: str) -> None:
    with pytest.raises(LexiconError) as caught:
        load_lexicons(written(tmp_path, text))
    assert (caught.value.path, caught.value.key.removesuffix(".[key]")) == (tmp_path / "xx" / "replies.yaml", key)
    assert reason in caught.value.reason
    assert key in str(caught.value)


def test_a_folder_without_any_language_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match=r"replies\.yaml"):
        load_lexicons(tmp_path)


@pytest.mark.parametrize("path", sorted(LOCALES.glob("*/common.txt")), ids=lambda path: path.parent.name)
def test_frequent_words_stand_as_the_reader_compares_them(path: Path) -> None:
    words = load_lexicon(path.with_name("replies.yaml")).common
    assert len(words) > 500
    assert {plain for word in words for plain in Normaliser().words(word)} == words
