"""The console in its readers' languages, and the page for translators of patients' texts."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask

from service.web.i18n import CONSOLE_LANGUAGES
from tests.web.staff_browser import StaffBrowser, signed_in
from tests.world import World

ROOT = Path(__file__).parents[3]
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]


def sentences() -> Iterator[str]:
    """Everything that the console says."""
    keywords = {"_": None, "N_": None, "gettext": None}
    for found in extract_from_dir(ROOT / "service" / "web", METHODS, keywords=keywords):
        yield str(found[2])


@pytest.mark.parametrize("code", sorted(set(CONSOLE_LANGUAGES) - {"en"}))
def test_every_sentence_is_translated_with_the_same_values(code: str) -> None:
    with (ROOT / "locales" / code / "LC_MESSAGES" / "console.po").open("rb") as handle:
        catalog = read_po(handle)
    known = {str(message.id): str(message.string) for message in catalog if message.id and not message.fuzzy}
    wanted = set(sentences())
    assert len(wanted) > 300
    assert sorted(wanted - {english for english, translated in known.items() if translated}) == []
    for english, translated in known.items():
        assert sorted(re.findall(r"%\(\w+\)s", english)) == sorted(re.findall(r"%\(\w+\)s", translated)), english


@pytest.fixture
def nurse(app: Flask, world: World) -> StaffBrowser:
    return signed_in(app, world)


def test_the_language_is_the_browsers_until_somebody_chooses_one_which_is_kept(
    app: Flask, world: World, nurse: StaffBrowser
) -> None:
    assert "<h1>Alertas</h1>" in nurse.get("/alerts", **{"Accept-Language": "es-MX,es;q=0.9"}).text
    assert "<h1>Alerts</h1>" in nurse.get("/alerts", **{"Accept-Language": "tlh"}).text
    nurse.post("/account/language", token_from="/account", language="es")
    page = nurse.get("/alerts").text
    assert '<html lang="es" dir="ltr">' in page
    assert "No hay alertas en espera" in page
    assert nurse.post("/account/language", token_from="/account", language="tlh").status_code == 404


def test_what_cannot_be_used_is_said_in_the_readers_language(nurse: StaffBrowser, world: World) -> None:
    nurse.post("/account/language", token_from="/account", language="es")
    patient = world.enrol()
    answer = nurse.post(f"/patients/{patient.id}/write", token_from="/alerts", contact=1, body="")
    assert "Está vacío." in answer.text
    assert "Aquí no hay nada." in nurse.get("/patients/999").text


def test_every_language_is_listed_with_how_far_it_is(nurse: StaffBrowser, world: World) -> None:
    page = nurse.get("/languages").text
    for language in world.services.catalog.languages.values():
        assert language.own_name in page
    assert nurse.get("/languages/tlh").status_code == 404


def test_texts_are_shown_as_their_readers_see_them(nurse: StaffBrowser) -> None:
    page = nurse.get("/languages/ar").text
    bubble = re.search(r'id="text-A10".*?<p class="text" dir="rtl" lang="ar">([^<]+)<', page, re.DOTALL)
    assert bubble is not None
    assert "STOP" in bubble[1] or "START" in bubble[1]
    assert "UCS-2" in page


@pytest.mark.parametrize(
    ("asked", "body", "says"),
    [
        ("temperature", "tengo 38,9", "38.9 °C"),
        ("open", "no puedo respirar", "Emergency"),
        ("neuro", "qwzx blorp", "not understood"),
        ("anything", "", "(empty)"),
        ("open", "<script>alert(1)</script>", "&lt;script&gt;"),
    ],
)
def test_a_reply_can_be_tried(nurse: StaffBrowser, asked: str, body: str, says: str) -> None:
    answer = nurse.post("/languages/es/try", token_from="/account", context=asked, body=body)
    assert says in answer.text.partition('id="tried"')[2].partition("</section>")[0]


def test_a_tried_reply_is_stored_nowhere(nurse: StaffBrowser, world: World) -> None:
    nurse.post("/languages/es/try", token_from="/account", context="open", body="no puedo respirar")
    with world.services.read_work() as work:
        for table in ("messages", "alerts"):
            assert work.session.connection().exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0
