"""The console in a real browser, as a nurse uses it at three in the morning."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from passlib.totp import TOTP
from playwright.sync_api import Browser, BrowserContext, Page, expect

from service.flows import accounts, inbound
from service.gateways.base import InboundText
from tests.browser.conftest import NARROW, WIDE, Site, take_screenshots
from tests.world import Enrolled, Person

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"


@pytest.fixture
def nurse(site: Site) -> Person:
    """On call, with a password."""
    return with_password(site, "coordinator", on_call=True)


def with_password(site: Site, role: str, *, on_call: bool = False) -> Person:
    member = site.world.add_staff(role, on_call=on_call)
    accounts.set_password(site.world.services, member.id, PASSWORD, site.world.now)
    return member


def email(member: Person, role: str = "coordinator") -> str:
    return f"{role}{member.phone[-3:]}@example.org"


def sign_in(site: Site, page: Page, member: Person, role: str = "coordinator") -> None:
    page.goto(f"{site.url}/sign-in")
    page.get_by_label("E-mail").fill(email(member, role))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def hear(site: Site, phone: str, body: str) -> None:
    received = inbound.receive(site.world.services, InboundText(f"SM{phone}{body}"[:60], phone, body), site.world.now)
    inbound.process(site.world.services, received.message_id, site.world.now)
    site.world.tick()


def feverish(site: Site, language: str = "es") -> Enrolled:
    patient = site.world.enrol(language, caregiver="en")
    texts = {"es": "tengo 38,9 y escalofríos", "en": "38.9 and chills", "ar": "حرارتي ٣٨٫٩ وعندي قشعريرة"}
    hear(site, patient.phone, texts[language])
    return patient


AXE = Axe()


def faults(page: Page) -> list[str]:
    """What axe calls serious or critical."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.axe_script)
    violations = page.evaluate("axe.run({resultTypes: ['violations']}).then(found => found.violations)")
    return [
        f"{rule['id']}: {node['html']}"
        for rule in violations
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


def code(secret: str, at: datetime) -> str:
    return str(TOTP(key=secret.replace(" ", ""), format="base32").generate(time=at).token)


def test_the_second_factor_is_set_up_and_then_asked_for(site: Site, page: Page, nurse: Person) -> None:
    sign_in(site, page, nurse)
    page.goto(f"{site.url}/account/second-factor")
    secret = page.locator("#secret").inner_text()
    page.get_by_label("Six digits").fill("000000")
    take_screenshots(page, "second-factor")
    page.get_by_label("Six digits").fill(code(secret, datetime.now(UTC)))
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_text("From now on you need your phone")).to_be_visible()

    page.locator("details.me summary").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    sign_in(site, page, nurse)
    expect(page).to_have_url(re.compile("/sign-in/code"))
    # The code of this half minute is used up; the next one is good already.
    following = datetime.now(UTC) + timedelta(seconds=30)
    page.get_by_label("Six digits from your authenticator").fill(code(secret, following))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Alerts")).to_be_visible()


def test_an_alert_appears_by_itself_is_taken_and_resolved(site: Site, page: Page, nurse: Person) -> None:
    sign_in(site, page, nurse)
    expect(page.get_by_text("No alert is waiting.")).to_be_visible()
    patient = feverish(site)
    card = page.locator(".alert-card")
    expect(card).to_be_visible(timeout=15_000)
    expect(card).to_contain_text(patient.case)
    expect(card.locator(".countdown")).to_have_text(re.compile(r"\d+ min left"))
    expect(page).to_have_title(re.compile(r"^\(1\) "))
    take_screenshots(page, "alerts")
    card.get_by_role("button", name="I take it").click()
    expect(page.get_by_role("heading", name="What came of it?")).to_be_visible()
    take_screenshots(page, "alert")
    page.get_by_label("Reached the patient, comes in").check()
    page.get_by_label("Note").fill("comes in at four")
    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_text("No alert is waiting.")).to_be_visible()


def test_a_second_browser_that_loses_the_race_is_told_so(
    site: Site, browser: Browser, page: Page, nurse: Person
) -> None:
    other = with_password(site, "clinician")
    feverish(site)
    sign_in(site, page, nurse)
    second: BrowserContext = browser.new_context()
    late = second.new_page()
    sign_in(site, late, other, "clinician")
    expect(late.get_by_role("button", name="I take it")).to_be_visible()
    page.get_by_role("button", name="I take it").click()
    expect(page.get_by_role("heading", name="What came of it?")).to_be_visible()
    # Before the page has noticed by itself.
    late.get_by_role("button", name="I take it").click()
    expect(late.get_by_role("alert")).to_contain_text("was first")
    expect(late.get_by_role("alert")).to_contain_text("Nothing was changed")
    second.close()


def test_a_quick_reply_goes_out_in_arabic(site: Site, page: Page, nurse: Person) -> None:
    patient = feverish(site, "ar")
    sign_in(site, page, nurse)
    page.get_by_role("link", name="Conversation").click()
    expect(page.locator("mark").first).to_be_visible()
    page.get_by_label("Vetted reply").select_option("Q_CALLING")
    page.get_by_role("button", name="Preview, then send").click()
    preview = page.locator("#preview")
    expect(preview).to_have_css("direction", "rtl")
    expect(preview).to_contain_text("ممرضة")
    take_screenshots(page, "patient-arabic")
    page.get_by_role("button", name="Send this").click()
    expect(page.get_by_text("The reply is on its way.")).to_be_visible()
    site.world.tick()
    assert "ممرضة" in site.world.texts_to(patient.phone)[-1]


def test_a_patient_is_enrolled_by_form(site: Site, page: Page, nurse: Person) -> None:
    sign_in(site, page, nurse)
    page.get_by_role("link", name="Enrol", exact=True).click()
    page.get_by_label("Phone, with + and country code").fill("+1 212 555 0188")
    page.get_by_label("Language").first.select_option("ar")
    page.get_by_label("Infusion, on the").fill("2027-02-28T11:00")
    page.get_by_role("button", name="What will they read?").click()
    expect(page.locator("#admission blockquote").first).to_have_css("direction", "rtl")
    take_screenshots(page, "enrol")
    page.get_by_role("button", name="Enrol", exact=True).click()
    expect(page.get_by_text("Enrolled as case")).to_be_visible()


def test_a_file_is_checked_then_imported(site: Site, page: Page, nurse: Person, tmp_path: Path) -> None:
    head = "phone,language,timezone,infused_at\n"
    wrong, right = tmp_path / "wrong.csv", tmp_path / "right.csv"
    wrong.write_text(head + "+12125550190,es,America/New_York,2027-02-28 11:00\n12,es,America/New_York,tomorrow\n")
    right.write_text(head + "+12125550190,es,America/New_York,2027-02-28 11:00\n")
    sign_in(site, page, nurse)
    page.goto(f"{site.url}/enrol/import")
    page.get_by_label("File").set_input_files(wrong)
    page.get_by_role("button", name="Only check it").click()
    expect(page.locator("#result")).to_contain_text("Nobody was enrolled")
    take_screenshots(page, "import")
    page.get_by_label("File").set_input_files(right)
    page.get_by_role("button", name="Enrol all, or nobody").click()
    expect(page.get_by_text("1 patients are enrolled.")).to_be_visible()


def test_a_night_of_fever_from_the_phones_to_the_console(site: Site, page: Page, nurse: Person) -> None:
    """As anybody can live through it in the demo."""
    patient = site.world.enrol("en")
    page.goto(site.url)
    expect(page.get_by_role("heading", name="Live through a night of fever")).to_be_visible()
    take_screenshots(page, "front")
    page.get_by_role("link", name="To the phones").click()
    phone = page.get_by_role("article").filter(has=page.get_by_role("heading", name=f"Patient {patient.case}"))
    phone.get_by_role("textbox").fill("38.9 and chills")
    phone.get_by_role("textbox").press("Enter")
    expect(phone.locator(".bubble.own")).to_have_count(1)
    page.get_by_role("button", name="+5 min").click()
    expect(phone.locator(".bubble.ours").first).to_contain_text("911")
    sign_in(site, page, nurse)
    page.get_by_role("button", name="I take it").click()
    page.get_by_label("Emergency services or admission").check()
    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_text("No alert is waiting.")).to_be_visible()
    page.get_by_role("link", name="Simulator").click()
    expect(page.get_by_text("No alert is waiting.")).to_be_visible()


def test_the_signed_out_are_told_that_nothing_new_shows(site: Site, page: Page, nurse: Person) -> None:
    sign_in(site, page, nurse)
    expect(page.get_by_text("No alert is waiting.")).to_be_visible()
    page.context.clear_cookies()
    expect(page.locator("#signed-out")).to_be_visible(timeout=15_000)


PAGES = {
    "patients": "/patients",
    "patient": "/patients/1",
    "correct": "/patients/1/texts/{message}",
    "enrol-form": "/enrol",
    "import-form": "/enrol/import",
    "on-call": "/on-call",
    "quality": "/quality",
    "languages": "/languages",
    "language-arabic": "/languages/ar",
    "audit": "/audit",
    "numbers": "/numbers",
    "account": "/account",
    "alerts-admin": "/alerts",
    "alert-admin": "/alerts/1",
}


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_page_has_a_serious_fault_or_scrolls_sideways(site: Site, page: Page, language: str) -> None:
    admin = with_password(site, "admin")
    site.world.add_staff()
    patient = feverish(site)
    hear(site, patient.phone, "estoy muy cansada hoy")
    site.world.pass_hours(36)
    page.goto(f"{site.url}/sign-in")
    assert faults(page) == []
    take_screenshots(page, "sign-in")
    sign_in(site, page, admin, "admin")
    expect(page.locator(".alert-card").first).to_be_visible()
    if language == "es":
        page.locator("details.me summary").click()
        page.get_by_role("button", name="Español").click()
    with site.world.services.read_work() as work:
        message = work.session.connection().exec_driver_sql("SELECT max(id) FROM messages WHERE reading IS NOT NULL")
        latest = message.scalar_one()
    found = {}
    for name, path in PAGES.items():
        page.goto(site.url + path.format(message=latest))
        expect(page.locator("html")).to_have_attribute("lang", language)
        problems = []
        for size in (WIDE, NARROW):
            page.set_viewport_size({"width": size["width"], "height": size["height"]})
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > size["width"]:
                problems.append(f"{wide} pixels wide on a screen of {size['width']}")
            if language == "en" or size == NARROW:
                problems += faults(page)
        take_screenshots(page, name if language == "en" else f"{name}-es")
        if problems:
            found[name] = problems
    assert found == {}


def test_texts_of_a_language_from_the_right_are_shown_from_the_right(site: Site, page: Page) -> None:
    sign_in(site, page, with_password(site, "translator"), "translator")
    page.goto(f"{site.url}/languages/ar")
    page.get_by_text("To patients").click()
    body = page.locator("#text-A10 .bubble .text")
    expect(body).to_be_visible()
    expect(body).to_have_css("direction", "rtl")
    page.get_by_label("and answers").fill("حرارتي ٣٨٫٩ وعندي قشعريرة")
    page.get_by_role("button", name="How is it read?").click()
    expect(page.locator("#tried")).to_contain_text("38.9 °C")
    expect(page.locator("#tried blockquote")).to_have_css("direction", "rtl")
    page.get_by_text("To patients").click()
    take_screenshots(page, "language-arabic-texts")


def test_everything_on_the_queue_can_be_reached_with_the_keyboard(site: Site, page: Page, nurse: Person) -> None:
    feverish(site)
    sign_in(site, page, nurse)
    expect(page.get_by_role("button", name="I take it")).to_be_visible()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip() == "I take it":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What came of it?")).to_be_visible()
