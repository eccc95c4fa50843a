"""What a text tells people to answer is understood when they answer it: in every language, by the real reader."""

from dataclasses import replace
from pathlib import Path

import polib
import pytest

from service.content.catalog import load_catalog
from service.content.lexicons import load_lexicon, load_lexicons
from service.content.lint import Finding
from service.content.round_trip import round_trip
from service.core.reading.reader import Reader

ROOT = Path(__file__).parents[2]


def test_every_suggested_answer_of_every_language_is_read_as_it_is_meant() -> None:
    reader = Reader(load_lexicons(ROOT / "locales"))
    assert [str(found) for found in round_trip(load_catalog(ROOT), reader)] == []


@pytest.fixture(scope="module")
def two_languages() -> Reader:
    """English and Spanish only, which are enough to show what is found."""
    return Reader([load_lexicon(ROOT / "locales" / code / "replies.yaml") for code in ("en", "es")])


def findings(content: Path, reader: Reader) -> list[Finding]:
    catalog = load_catalog(content)
    spoken = {code: catalog.languages[code] for code in ("en", "es")}
    return round_trip(replace(catalog, languages=spoken), reader)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "text_id", "says"),
    [
        ("locales/es/locale.yaml", 'no: "NO"', 'no: "XYZZY"', "T3", "'XYZZY' is read as nothing, not as no"),
        ("locales/es/locale.yaml", 'yes: "SÍ"', 'yes: "NADA"', "T3", "'NADA' is read as no, not as yes"),
        ("locales/es/locale.yaml", 'no: "NO"', 'no: "NO, FIEBRE"', "C1", "'NO, FIEBRE' is also read as fever"),
        ("locales/es/locale.yaml", "[[reloj", "[[auxilio llámeme", "E2a", "is also read as call_me"),
        ("messages/texts.yaml", "like 36.8 or 98.2", "like 86.8 or 98.2", "T1", "'86.8' is read as nothing"),
        ("messages/texts.yaml", "like 118/74", "like 74/118", "C4", "'74/118' is read as nothing, not as 74"),
    ],
)
def test_an_answer_that_would_not_be_understood_is_found(
    content: Path, two_languages: Reader, file: str, old: str, new: str, text_id: str, says: str
) -> None:
    edit(content / file, old, new)
    found = [one for one in findings(content, two_languages) if one.id == text_id]
    assert [one for one in found if says in one.problem], [str(one) for one in found]
    assert all(one.remedy for one in found)


def test_words_of_the_self_test_that_cannot_give_all_points_are_found(content: Path, two_languages: Reader) -> None:
    edit(content / "locales/es/locale.yaml", "  E2a: ", "  E21: ")
    edit(content / "locales/en/locale.yaml", "  E2b: ", "  E22: ")
    found = {one.id for one in findings(content, two_languages) if "does not give all points" in one.problem}
    assert found == {"E2a", "E2b"}


def test_a_finding_points_at_the_text_that_suggests_the_answer(content: Path, two_languages: Reader) -> None:
    edit(content / "locales/es/locale.yaml", 'no: "NO"', 'no: "XYZZY"')
    one = next(one for one in findings(content, two_languages) if one.id == "T3")
    assert one.file == content / "locales/es/LC_MESSAGES/patient.po"
    entry = next(entry for entry in polib.pofile(str(one.file)) if entry.msgctxt == "T3")
    assert entry.linenum <= one.line <= entry.linenum + 4
    assert "replies.yaml" in one.remedy
