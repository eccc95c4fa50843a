"""Wrong content stops the start and says where; what is missing falls back and says so."""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from service.content.catalog import SERVICE_TEXTS, Catalog, load_catalog
from service.content.extract import extract_texts
from service.content.lint import lint
from service.content.render import Moment, Value
from service.content.review import approve, why_not
from service.content.texts import Audience, Domain
from service.errors import BadInput, ContentError, NotFound

ROOT = Path(__file__).parents[2]
LANGUAGES = ("en", "es", "ar")
VALUES: Mapping[str, Value] = {
    "EMERG": "911",
    "TEAM": "+1 555 010 0199",
    "CLINIC": "Health Team",
    "CRISIS": "988",
    "TIME": Moment(datetime(2026, 9, 22, 18, tzinfo=UTC), date(2026, 9, 22)),
    "N": 60,
    "MINUTES": 15,
    "CASE": "K7Q2",
    "CODE": "4711",
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(ROOT)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_text_is_there_in_every_language_of_the_slice(catalog: Catalog) -> None:
    for language in LANGUAGES:
        for text_id in catalog.texts:
            rendered = catalog.render(text_id, language, VALUES)
            assert (rendered.language, rendered.fallback) == (language, False), text_id
            assert not re.search(r"[{}]", rendered.text), text_id


def test_every_text_that_must_carry_the_numbers_carries_them_in_every_language(catalog: Catalog) -> None:
    safety = [f"A{number}" for number in range(1, 12)]
    replies = [
        "welcome",
        "caregiver_welcome",
        "declined",
        "resumed",
        "language_changed",
        "wrong_number",
        "unknown_number",
    ]
    around = ["no_words", "ask_again", "checkin_opening", "merged_opening", "consent", "caregiver_consent", "K1", "K3"]
    for language in LANGUAGES:
        for text_id in [*safety, *replies, *around]:
            text = catalog.render(text_id, language, VALUES).text
            assert "911" in text, (language, text_id)
            assert text_id in ("A9", "K1", "K3") or "+1 555 010 0199" in text, (language, text_id)
        assert "988" in catalog.render("A9", language, VALUES).text


def test_a_page_shows_the_code_and_no_other_number_that_looks_like_one(catalog: Catalog) -> None:
    for language in LANGUAGES:
        for text_id in ("page", "page_again", "page_expired", "page_acknowledged"):
            text = catalog.render(text_id, language, {**VALUES, "MINUTES": 1440}).text
            assert re.findall(r"\d{4}", text) == ["4711"], text


def test_staff_can_say_that_it_is_done_in_the_word_their_text_names(catalog: Catalog) -> None:
    assert {"done", "listo", "تم"} <= catalog.done_words
    for language in LANGUAGES:
        text = catalog.render("page_acknowledged", language, VALUES).text.casefold()
        assert any(word in text.split() for word in catalog.done_words)


@pytest.mark.parametrize(
    ("tag", "code"), [("en", "en"), ("EN", "en"), ("es-MX", "es"), ("es_US", "es"), ("ar-EG", "ar"), (" es ", "es")]
)
def test_a_language_is_found_by_any_usual_tag(catalog: Catalog, tag: str, code: str) -> None:
    assert catalog.language(tag).code == code


@pytest.mark.parametrize("tag", ["xx", "", "english", "e"])
def test_an_unknown_language_is_refused_with_the_choices(catalog: Catalog, tag: str) -> None:
    with pytest.raises(BadInput, match=", ".join(sorted(catalog.languages))):
        catalog.language(tag)


def test_a_bare_tag_finds_the_only_kind_of_a_language(content: Path) -> None:
    shutil.rmtree(content / "locales" / "pt_BR", ignore_errors=True)
    (content / "locales" / "es").rename(content / "locales" / "pt_BR")
    loaded = load_catalog(content)
    assert loaded.language("pt").code == "pt_BR"
    assert loaded.language("pt-BR").code == "pt_BR"
    with pytest.raises(BadInput):
        loaded.language("es")


def test_an_untranslated_text_is_sent_in_english_and_says_so(content: Path) -> None:
    edit(content / "locales/es/LC_MESSAGES/patient.po", 'msgctxt "A1"', 'msgctxt "gone"')
    loaded = load_catalog(content)
    rendered = loaded.render("A1", "es", VALUES)
    assert rendered.text.startswith("This may be an emergency.")
    assert (rendered.language, rendered.fallback, rendered.version) == ("en", True, loaded.version("en"))
    assert loaded.render("A2", "es", VALUES).language == "es"


def test_a_translation_of_english_that_has_changed_is_not_sent(content: Path) -> None:
    edit(content / "messages/texts.yaml", "This may be an emergency.", "This could be an emergency.")
    assert load_catalog(content).render("A1", "es", VALUES).fallback


def test_a_safety_text_is_sent_even_when_the_language_has_gone(catalog: Catalog) -> None:
    rendered = catalog.render("A1", "xx", VALUES)
    assert (rendered.language, rendered.fallback) == ("en", True)


def test_an_unknown_text_and_a_missing_value_are_named(catalog: Catalog) -> None:
    with pytest.raises(ContentError, match="nonsense"):
        catalog.render("nonsense", "en", VALUES)
    with pytest.raises(ContentError, match=r"A1 needs a value for \{TEAM\}"):
        catalog.render("A1", "en", {"EMERG": "911"})


def test_the_version_changes_with_one_word_of_one_language_only(content: Path) -> None:
    before = load_catalog(content)
    edit(content / "locales/es/LC_MESSAGES/patient.po", "No maneje.", "No conduzca.")
    after = load_catalog(content)
    assert before.version("es") != after.version("es")
    assert before.version("ar") == after.version("ar")
    assert before.version("es", Domain.STAFF) == after.version("es", Domain.STAFF)
    assert len(after.version("es")) == 12


def test_a_signature_covers_exactly_the_texts_that_were_signed(content: Path) -> None:
    def problem() -> str | None:
        loaded = load_catalog(content)
        return why_not(loaded.languages["en"], loaded.protocol("cart-autoimmune"))

    assert "locales approve en" in str(problem())
    approve(load_catalog(content), "en", "cart-autoimmune", "Dr. A. Example", date(2026, 11, 24))
    assert problem() is None
    edit(content / "messages/texts.yaml", "Do not drive.", "Do not drive now.")
    assert "have changed since Dr. A. Example approved them" in str(problem())


def test_a_signature_covers_the_protocol_too(content: Path) -> None:
    approve(load_catalog(content), "en", "cart-autoimmune", "Dr. A. Example", date(2026, 11, 24))
    edit(content / "messages/protocols/cart-autoimmune.yaml", "day_0_14: U15", "day_0_14: U30")
    loaded = load_catalog(content)
    assert "have changed" in str(why_not(loaded.languages["en"], loaded.protocol("cart-autoimmune")))


def test_a_signature_needs_a_name_and_a_whole_translation(content: Path) -> None:
    with pytest.raises(BadInput, match="a signature has a name"):
        approve(load_catalog(content), "en", "cart-autoimmune", " ", date(2026, 11, 24))
    edit(content / "locales/es/LC_MESSAGES/patient.po", 'msgctxt "A1"', 'msgctxt "gone"')
    with pytest.raises(BadInput, match="would be sent in English"):
        approve(load_catalog(content), "es", "cart-autoimmune", "Dr. A. Example", date(2026, 11, 24))


def test_nothing_is_reviewed_yet(catalog: Catalog) -> None:
    protocol = catalog.protocol("cart-autoimmune")
    assert all(why_not(language, protocol) for language in catalog.languages.values())


def test_the_latest_version_of_a_protocol_is_used_and_an_old_one_stays(content: Path) -> None:
    folder = content / "messages/protocols"
    newer = (folder / "cart-autoimmune.yaml").read_text(encoding="utf-8").replace("version: 1", "version: 2", 1)
    (folder / "cart-autoimmune-2.yaml").write_text(newer, encoding="utf-8")
    loaded = load_catalog(content)
    assert loaded.protocol("cart-autoimmune").version == 2
    assert loaded.protocol("cart-autoimmune", 1).version == 1
    with pytest.raises(NotFound, match="cart-autoimmune@1, cart-autoimmune@2"):
        loaded.protocol("cart-autoimmune", 3)


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("messages/protocols/cart-autoimmune.yaml", "text: A8", "text: T99", "no text 'T99'"),
        ("messages/protocols/cart-autoimmune.yaml", "{urgent: A3}", "{urgent: A33}", "no text 'A33'"),
        ("messages/protocols/cart-autoimmune.yaml", "{urgent: A3}", "{urgnt: A3}", "advice is given by level"),
        ("messages/protocols/cart-autoimmune.yaml", "{urgent: A3}", "{urgent: page}", "for staff"),
        ("messages/protocols/cart-autoimmune.yaml", "day_0_14: U15", "day_0_14: U15m", "'U15m' is no urgency"),
        ("messages/protocols/cart-autoimmune.yaml", "[seizure, unres", "[seizzure, unres", "'seizzure'"),
        ("messages/protocols/cart-autoimmune.yaml", "expects: temperature", "expect: temperature", "not known here"),
        ("messages/protocols/cart-autoimmune.yaml", 'at: "20:15"', 'at: "21:15"', "quiet hours"),
        ("messages/protocols/cart-autoimmune.yaml", "ask: [K1]", "ask: [N1]", "worded for the patient"),
        ("messages/protocols/cart-autoimmune.yaml", "days: [15, 30]", "days: [16, 30]", "must begin on day 15"),
        ("messages/protocols/cart-autoimmune.yaml", "id: cart-auto", "id: [cart-auto", "not valid YAML"),
        ("messages/protocols/cart-autoimmune.yaml", "version: 1", "version: 1\nversion: 2", "'version' is given twice"),
        ("messages/texts.yaml", "{EMERG} now. Do not drive", "{EMERGE} now. Do not drive", "{EMERGE} is no value"),
        ("messages/texts.yaml", "{EMERG} now. Do not drive", "{EMERG now. Do not drive", "brace"),
        ("messages/texts.yaml", "  audience: staff", "  audience: nurses", "audience"),
        ("messages/texts.yaml", "\nA5:\n", "\nA55:\n", "the service sends A5"),
        ("locales/es/locale.yaml", "direction: ltr", "direction: up", "direction"),
        ("locales/es/locale.yaml", "review: {state: draft}", "", "review: is missing"),
        ("locales/es/LC_MESSAGES/patient.po", 'msgctxt "A1"', "nonsense", "not a valid PO file"),
    ],
)
def test_wrong_content_names_the_file_the_line_and_what_is_wrong(
    content: Path, file: str, old: str, new: str, says: str
) -> None:
    edit(content / file, old, new)
    with pytest.raises(ContentError) as caught:
        load_catalog(content)
    message = str(caught.value)
    assert says in message
    assert str(content / file) in message


def test_the_line_in_the_error_is_the_line_in_the_file(content: Path) -> None:
    file = content / "messages/protocols/cart-autoimmune.yaml"
    edit(file, "day_0_14: U15", "day_0_14: soon")
    line = next(n for n, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1) if "soon" in text)
    with pytest.raises(ContentError, match=f"cart-autoimmune.yaml:{line}: rules.0.levels.day_0_14: 'soon'"):
        load_catalog(content)


def test_a_missing_po_file_is_named(content: Path) -> None:
    (content / "locales/es/LC_MESSAGES/staff.po").unlink()
    with pytest.raises(ContentError, match=r"staff\.po: cannot be read .* pybabel init"):
        load_catalog(content)


def test_a_language_without_its_locale_file_is_not_offered_and_lint_says_why(content: Path) -> None:
    (content / "locales/es/locale.yaml").unlink()
    loaded = load_catalog(content)
    assert "es" not in loaded.languages
    assert any(found.id == "es" and found.problem == "is missing" for found in lint(loaded))


def test_a_clinician_may_write_yes_and_no_and_clock_times_plainly(content: Path) -> None:
    edit(content / "messages/protocols/cart-autoimmune.yaml", 'at: "20:15"', "at: 20:15")
    protocol = load_catalog(content).protocol("cart-autoimmune")
    assert next(plan for plan in protocol.phase_on(1).checkins if plan.id == "early-caregiver").at.hour == 20
    assert set(protocol.questions["T3"].answers) == {"yes", "no"}


def test_pybabel_extracts_what_translators_need(tmp_path: Path) -> None:
    template = tmp_path / "patient.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", "locales/babel.cfg"]
    subprocess.run([*command, "-o", str(template), "."], cwd=ROOT, check=True)
    with template.open("rb") as handle:
        entries = {message.context: message for message in read_po(handle) if message.id}
    patient = {text_id for text_id, text in load_catalog(ROOT).texts.items() if text.domain is Domain.PATIENT}
    assert set(entries) == patient
    assert "wallet card" in " ".join(entries["A1"].auto_comments)
    assert "python-brace-format" in entries["A1"].flags


def test_the_extractor_keeps_audiences_apart() -> None:
    source = (ROOT / "messages/texts.yaml").read_bytes()
    staff = list(extract_texts(BytesIO(source), (), (), {"audiences": "staff"}))
    everyone = list(extract_texts(BytesIO(source), (), (), {}))
    assert {context for _, _, (context, _), _ in staff} == {
        text_id for text_id, text in load_catalog(ROOT).texts.items() if text.audience is Audience.STAFF
    }
    assert len(everyone) == len(load_catalog(ROOT).texts)


def test_everything_the_service_sends_is_in_the_texts(catalog: Catalog) -> None:
    assert set(catalog.texts) >= SERVICE_TEXTS
