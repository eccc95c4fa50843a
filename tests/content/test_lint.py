"""Each way in which a text could harm a patient is found, at its line, with what to do."""

from functools import cache
from pathlib import Path

import polib
import pytest

from service.content.catalog import load_catalog
from service.content.lint import Finding, lint

ROOT = Path(__file__).parents[2]
TEXTS = "messages/texts.yaml"


@cache
def known() -> frozenset[tuple[str, str, str]]:
    """What is wrong before anything is spoilt: a language on its way may lack translations."""
    return frozenset(what(found, ROOT) for found in lint(load_catalog(ROOT)) if not found.notice)


def what(found: Finding, root: Path) -> tuple[str, str, str]:
    return str(found.file.relative_to(root)), found.id, found.problem


def errors(content: Path) -> list[Finding]:
    """The errors that the content has and this repository's has not."""
    return [found for found in lint(load_catalog(content)) if not found.notice and what(found, content) not in known()]


def spoil(content: Path, file: str, old: str, new: str) -> list[Finding]:
    """The errors after one edit of a YAML file, in content that had none."""
    path = content / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return errors(content)


def entry(content: Path, language: str, text_id: str) -> tuple[polib.POFile, polib.POEntry]:
    """One entry of a PO file, opened with the tool that translators' programs are built on."""
    po = polib.pofile(str(content / "locales" / language / "LC_MESSAGES" / "patient.po"))
    return po, next(one for one in po if one.msgctxt == text_id)


def retranslate(content: Path, language: str, text_id: str, old: str, new: str) -> list[Finding]:
    """The errors after one edit of a translation, in content that had none."""
    po, one = entry(content, language, text_id)
    assert old in one.msgstr
    one.msgstr = one.msgstr.replace(old, new, 1)
    po.save()
    return errors(content)


def test_the_content_of_this_repository_is_clean() -> None:
    assert [str(found) for found in lint(load_catalog(ROOT)) if not found.notice] == []


def test_whoever_runs_it_is_told_that_yes_is_an_opt_in_word_for_carriers() -> None:
    notices = {found.id for found in lint(load_catalog(ROOT)) if found.notice}
    assert {"consent", "T3", "K1"} <= notices


@pytest.mark.parametrize(
    ("language", "text_id", "old", "new", "says"),
    [
        ("es", "A2", "{EMERG}", "911", "has {EMERG} 0 times"),
        ("es", "A2", "{EMERG}", "911", "does not say {EMERG}"),
        ("es", "A2", "{TEAM}", "{TEAM} {TIME}", "has {TIME} 1 times"),
        ("ar", "A1", "{EMERG}", "{EMERG", "brace"),
        ("es", "A1", "No maneje.", "No maneje con miastenia.", "'miastenia'"),
        ("es", "A1", "No maneje.", "No maneje con lupus.", "'lupus'"),
        ("ar", "A1", "السيارة", "السيارة بعد السرطان", "'السرطان'"),
        ("es", "A1", "No maneje.", "No maneje." + " Por favor." * 40, "SMS parts"),
        ("es", "consent", "Responda SÍ", "Responda VALE", "does not name the answer SÍ"),
        ("ar", "K1", "نعم أو لا", "أجل أو كلا", "does not name the answer نعم"),
        ("es", "K2", "8 ", "", "does not name the answer 8"),
        ("fa", "K2", "۸ ", "", "does not name the answer 8"),
        ("es", "A10", "START", "EMPEZAR", "does not say START"),
        ("es", "welcome", "STOP", "PARAR", "does not say STOP"),
    ],
)
def test_a_spoilt_translation_is_found(
    content: Path, language: str, text_id: str, old: str, new: str, says: str
) -> None:
    found = retranslate(content, language, text_id, old, new)
    assert {one.id for one in found} == {text_id}
    mine = [one for one in found if says in one.problem]
    assert mine, [str(one) for one in found]
    assert all(one.remedy and one.file.name == "patient.po" for one in mine)


@pytest.mark.parametrize(
    ("file", "old", "new", "text_id", "says"),
    [
        (
            TEXTS,
            "emergency call {EMERG}. To end, text STOP.",
            "emergency call. Text STOP.",
            "welcome",
            "not say {EMERG}",
        ),
        (TEXTS, "go to the ER or call {EMERG}. Take", "go to the ER. Take", "A2", "does not say {EMERG}"),
        (TEXTS, "Have someone call us at\n    {TEAM}.", "Have someone call us.", "A1", "does not say {TEAM}"),
        (
            TEXTS,
            "If you can not\n    wake them, call {EMERG}.",
            "Can you\n    wake them?",
            "K1",
            "does not say {EMERG}",
        ),
        (TEXTS, "Thank you. Next check", "Thank you very much indeed. Next check", "A5", "takes 2 SMS parts"),
        (TEXTS, "Please take your temp once", "After the infusion take your temp once", "T2", "'infusion'"),
        (TEXTS, "Please take your temp once", "As you have Lupus, take your temp once", "T2", "'lupus'"),
        ("locales/es/locale.yaml", "done: LISTO", "done: HECHO", "page_acknowledged", "does not say HECHO"),
        ("locales/ja/locale.yaml", "none: なし", "none: 無し", "T1", "does not say 無し"),
        ("locales/en/locale.yaml", 'no: "NO"', 'no: "END"', "T3", "asks for END, which carriers take as an opt-out"),
        ("locales/en/locale.yaml", 'no: "NO"', 'no: "INFO"', "T3", "asks for INFO, which carriers answer"),
    ],
)
def test_a_spoilt_source_is_found(content: Path, file: str, old: str, new: str, text_id: str, says: str) -> None:
    found = spoil(content, file, old, new)
    mine = [one for one in found if one.id == text_id and says in one.problem]
    assert mine, [str(one) for one in found]
    assert all(one.remedy for one in mine)


def test_a_translation_of_outdated_english_is_found(content: Path) -> None:
    found = spoil(content, TEXTS, "once more, the same way.", "again, the same way.")
    translated = {language for language in load_catalog(content).languages if language != "en"}
    assert {(one.id, one.file.parts[-3]) for one in found} == {("T2", language) for language in translated}
    assert all("has changed" in one.problem for one in found)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"msgstr": ""}, "is not translated"),
        ({"msgstr": "Please take your temp once more, the same way. Reply with the number."}, "is left in English"),
        ({"flags": ["fuzzy"]}, "is marked fuzzy"),
    ],
)
def test_an_entry_that_is_no_translation_is_found(content: Path, change: dict[str, object], problem: str) -> None:
    po, one = entry(content, "es", "T2")
    for name, value in change.items():
        setattr(one, name, value)
    po.save()
    assert [(found.id, found.problem) for found in errors(content)] == [("T2", problem)]


def test_a_fuzzy_translation_is_not_sent(content: Path) -> None:
    po, one = entry(content, "es", "T2")
    one.flags.append("fuzzy")
    po.save()
    assert load_catalog(content).render("T2", "es", {}).fallback


def test_an_entry_under_a_wrong_id_is_found_twice_as_missing_and_as_unknown(content: Path) -> None:
    po, one = entry(content, "es", "T2")
    one.msgctxt = "T22"
    po.save()
    assert {(found.id, found.problem) for found in errors(content)} == {
        ("T2", "is not in the file"),
        ("T22", "no text has this id"),
    }


def test_a_finding_points_at_the_entry_to_edit(content: Path) -> None:
    found = retranslate(content, "es", "A1", "No maneje.", "No maneje con {N}.")[0]
    lines = found.file.read_text(encoding="utf-8").splitlines()
    assert 'msgctxt "A1"' in lines[found.line - 2 : found.line + 1]
    assert str(found).startswith(f"{found.file}:{found.line}: A1: ")
