"""Translators' own tools accept every catalog, and what they change is what a patient is sent."""

import gettext
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polib
import pytest
from sqlalchemy import Engine

from service.content.catalog import load_catalog
from service.store.base import Vault
from tests.world import make_world

ROOT = Path(__file__).parents[2]
CATALOGS = sorted((ROOT / "locales").glob("*/LC_MESSAGES/*.po"))


def compiled(content: Path, domain: str) -> subprocess.CompletedProcess[str]:
    """`pybabel compile` of all languages of a domain, as translators run it."""
    command = [sys.executable, "-m", "babel.messages.frontend", "compile", "-d", "locales", "-D", domain]
    return subprocess.run(command, cwd=content, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("domain", ["patient", "staff"])
def test_pybabel_compiles_every_catalog(content: Path, domain: str) -> None:
    done = compiled(content, domain)
    assert (done.returncode, "error" in done.stderr) == (0, False), done.stderr
    catalogs = list((content / "locales").rglob(f"{domain}.po"))
    assert len(catalogs) == len(list((content / "locales").glob("*/locale.yaml"))) - 1
    # One whose header is marked fuzzy would be left out without a failure.
    assert [path for path in catalogs if not path.with_suffix(".mo").is_file()] == []


@pytest.mark.skipif(shutil.which("msgfmt") is None, reason="GNU gettext is not installed")
@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_gettext_accepts_every_catalog(path: Path) -> None:
    command = ["msgfmt", "--check-format", "--check-header", "--check-domain", "-o", "/dev/null", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("msgfmt") is None, reason="GNU gettext is not installed")
def test_gettext_refuses_a_placeholder_that_is_not_closed(content: Path) -> None:
    """So the check above can fail."""
    path = content / "locales/es/LC_MESSAGES/patient.po"
    po = polib.pofile(str(path))
    next(entry for entry in po if entry.msgctxt == "A1").msgstr = "Llame al {EMERG"
    po.save()
    command = ["msgfmt", "--check-format", "-o", "/dev/null", str(path)]
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_a_translator_changes_is_what_the_patient_is_sent(content: Path, engine: Engine, vault: Vault) -> None:
    before = load_catalog(content)
    path = content / "locales/es/LC_MESSAGES/patient.po"
    po = polib.pofile(str(path))
    entry = next(one for one in po if one.msgctxt == "G1")
    entry.msgstr = "Hola de {CLINIC}: ¿qué tal está hoy? Responda 1 bien, 2 regular, 3 mal. Urgencias {EMERG}, {TEAM}."
    po.save()
    assert compiled(content, "patient").returncode == 0
    after = load_catalog(content)

    world = make_world(engine, vault)
    world.services = replace(world.services, catalog=after)
    patient = world.enrol("es")
    world.advance(timedelta(hours=24))

    sent = [message for message in world.messages_to(patient.phone) if message.attempts]
    asked = next(message for message in sent if message.body.startswith("Hola de "))
    assert "¿qué tal está hoy? Responda 1 bien, 2 regular, 3 mal. Urgencias 911, " in asked.body
    assert (asked.language, asked.catalog_version) == ("es", after.version("es"))
    assert after.version("es") != before.version("es")
    with path.with_suffix(".mo").open("rb") as handle:
        assert gettext.GNUTranslations(handle).pgettext("G1", entry.msgid) == entry.msgstr
