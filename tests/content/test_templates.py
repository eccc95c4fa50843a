"""`locales update` starts a language, brings in what is new, and leaves alone what is up to date."""

import shutil
from pathlib import Path

import polib
import pytest

from service.content import templates
from service.content.catalog import load_catalog

ROOT = Path(__file__).parents[2]


@pytest.fixture
def started(content: Path) -> Path:
    """Content whose files are up to date with its templates, in two languages to keep it quick."""
    for folder in (content / "locales").iterdir():
        if folder.is_dir() and folder.name not in ("en", "es", "ko"):
            shutil.rmtree(folder)
    (content / "locales/babel-console.cfg").unlink()
    templates.update(content)
    return content


def files(content: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in (content / "locales").rglob("*.po")}


def outdate(content: Path) -> None:
    """Headers as they are after some days, the templates made anew since."""
    for path, text in files(content).items():
        path.write_bytes(text.replace(b"POT-Creation-Date: 20", b"POT-Creation-Date: 19"))


def test_what_is_up_to_date_is_not_touched_not_even_its_date(started: Path) -> None:
    outdate(started)
    before = files(started)
    assert templates.update(started) == []
    assert files(started) == before


def test_a_changed_text_changes_only_the_files_that_hold_it(started: Path) -> None:
    outdate(started)
    before = files(started)
    texts = started / "messages/texts.yaml"
    old = "Please take your temp once more, the same way."
    text = texts.read_text(encoding="utf-8")
    assert old in text
    texts.write_text(text.replace(old, "Please take your temp again, the same way."), encoding="utf-8")
    changed = templates.update(started)
    assert {path.relative_to(started / "locales").as_posix() for path in changed} == {
        "es/LC_MESSAGES/patient.po",
        "ko/LC_MESSAGES/patient.po",
    }
    assert {path for path, now in files(started).items() if now != before[path]} == set(changed)
    entry = next(one for one in polib.pofile(str(changed[0])) if one.msgctxt == "T2")
    assert (entry.msgid[:26], entry.msgstr) == ("Please take your temp agai", "")


def test_a_language_begins_with_its_locale_file_alone(started: Path) -> None:
    folder = started / "locales" / "sv"
    folder.mkdir()
    shutil.copy(started / "locales/es/locale.yaml", folder)
    changed = templates.update(started)
    assert [path.name for path in changed] == ["patient.po", "staff.po"]
    language = load_catalog(started).language("sv")
    entries = polib.pofile(str(folder / "LC_MESSAGES/patient.po"))
    assert len(entries) > 100
    assert all(not entry.msgstr for entry in entries)
    assert language.code == "sv"
