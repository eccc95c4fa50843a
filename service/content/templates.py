"""Templates and PO files, by Babel's own command line: what `pybabel`, Poedit and Weblate make and read as well."""

import re
from contextlib import chdir
from pathlib import Path

from babel.messages.frontend import CommandLineInterface

from service.content.catalog import SOURCE

MAPPINGS = {"patient": "babel.cfg", "staff": "babel-staff.cfg", "console": "babel-console.cfg"}
"""gettext domain and the file that says what belongs to it. A domain whose file is not there is left out."""

STARTED = frozenset({"patient", "staff"})
"""What a new language needs. Of the console a language has a file once somebody translates it."""

_WIDTH = "100"
_DATE = re.compile(rb'^"POT-Creation-Date: .*\n', re.MULTILINE)


def extract(root: Path) -> list[Path]:
    """Write locales/<domain>.pot from the sources. Returns the files."""
    written = []
    for domain, mapping in MAPPINGS.items():
        if (root / "locales" / mapping).is_file():
            template = root / "locales" / f"{domain}.pot"
            with chdir(root):  # or the files would name places of this machine
                _babel(
                    "extract", "-F", f"locales/{mapping}", "--add-location=file", "-w", _WIDTH,
                    "--project=aftercell", "-o", str(template), ".",
                )  # fmt: skip
            written.append(template)
    return written


def update(root: Path) -> list[Path]:
    """Bring every language's PO files up to the templates: what is new is empty, what is gone is taken out, and
    nothing is guessed from similar texts. A language begins with its locale.yaml; its files are made here.

    Returns the files that changed. One that is up to date stays as it is, date of the template included, so that a
    change of one text is not lost among changed headers of every language.
    """
    changed = []
    codes = sorted({path.parent.name for path in (root / "locales").glob("*/locale.yaml")} - {SOURCE})
    for template in extract(root):
        for code in codes:
            file = root / "locales" / code / "LC_MESSAGES" / f"{template.stem}.po"
            if (file.is_file() or template.stem in STARTED) and _bring_up(file, template, code):
                changed.append(file)
    return changed


def _bring_up(file: Path, template: Path, code: str) -> bool:
    """Update or make one PO file. True when it is another one now."""
    where = ["-i", str(template), "-o", str(file), "-l", code, "-w", _WIDTH]
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        _babel("init", *where)
        return True
    before = file.read_bytes()
    _babel("update", *where, "-N", "--ignore-obsolete")
    if _DATE.sub(b"", file.read_bytes()) != _DATE.sub(b"", before):
        return True
    file.write_bytes(before)
    return False


def _babel(*arguments: str) -> None:
    CommandLineInterface().run(["pybabel", "-q", *arguments])  # type: ignore[no-untyped-call]
