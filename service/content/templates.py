"""Templates and PO files, by Babel's own command line: what `pybabel`, Poedit and Weblate make and read as well."""

from contextlib import chdir
from pathlib import Path

from babel.messages.frontend import CommandLineInterface

from service.content.catalog import SOURCE, Catalog

MAPPINGS = {"patient": "babel.cfg", "staff": "babel-staff.cfg", "console": "babel-console.cfg"}
"""gettext domain and the file that says what belongs to it. A domain whose file is not there is left out."""

_WIDTH = "100"


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


def update(root: Path, catalog: Catalog) -> list[Path]:
    """Bring every language's PO files up to the templates: what is new is empty, what is gone is taken out, and
    nothing is guessed from similar texts. Returns the files."""
    changed = []
    for template in extract(root):
        for code in sorted(set(catalog.languages) - {SOURCE}):
            file = root / "locales" / code / "LC_MESSAGES" / f"{template.stem}.po"
            where = ["-i", str(template), "-o", str(file), "-l", code, "-w", _WIDTH]
            if file.is_file():
                _babel("update", *where, "-N", "--ignore-obsolete")
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                _babel("init", *where)
            changed.append(file)
    return changed


def _babel(*arguments: str) -> None:
    CommandLineInterface().run(["pybabel", "-q", *arguments])  # type: ignore[no-untyped-call]
