"""The simulated phones in a real browser."""

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Site, take_screenshots

pytestmark = pytest.mark.browser


def phone(page: Page, title: str) -> Locator:
    """By what stands on top of it."""
    return page.get_by_role("article").filter(has=page.get_by_role("heading", name=title))


def text_from(page: Page, title: str, body: str) -> None:
    box = phone(page, title).get_by_role("textbox")
    box.fill(body)
    box.press("Enter")
    expect(box).to_have_value("")


def test_a_night_of_fever_from_the_text_to_the_outcome(site: Site, page: Page) -> None:
    nurse, patient = site.world.add_staff(), site.world.enrol("en")
    page.goto(site.url)
    page.locator("main a[href='/simulator']").first.click()
    expect(page).to_have_url(f"{site.url}/simulator")
    patients, nurses = f"Patient {patient.case}", f"Coordinator {nurse.phone[-3:]}"
    text_from(page, patients, "38.9 and chills")
    own = phone(page, patients).locator(".bubble.own")
    expect(own).to_have_count(1)
    expect(own).to_contain_text("38.9 and chills")

    site.world.tick()
    advice = phone(page, patients).locator(".bubble.ours").first
    expect(advice).to_contain_text("911")
    expect(advice).to_contain_text("delivered")
    alert = page.locator(".alert")
    expect(alert).to_contain_text("urgent", ignore_case=True)
    expect(alert).to_contain_text(patient.case)
    expect(alert).to_contain_text("Nobody has taken it")
    paged = phone(page, nurses).locator(".bubble.ours")
    expect(paged).to_have_count(1)
    expect(paged).to_contain_text(patient.case)
    expect(paged).not_to_contain_text("38.9")
    take_screenshots(page, "simulator-fever")

    (code,) = re.findall(r"\b\d{4}\b", site.world.texts_to(nurse.phone)[0])
    text_from(page, nurses, code)
    expect(alert).to_contain_text(f"Taken by Coordinator {nurse.phone[-3:]}")
    text_from(page, nurses, f"{code} DONE phoned, comes in")
    expect(page.get_by_text("No alert is waiting.")).to_be_visible()


def test_what_happens_meanwhile_appears_by_itself_and_what_is_being_typed_stays(site: Site, page: Page) -> None:
    patient = site.world.enrol("en")
    page.goto(f"{site.url}/simulator")
    box = phone(page, f"Patient {patient.case}").get_by_role("textbox")
    box.fill("I feel")
    site.world.advance(timedelta(hours=11))
    expect(phone(page, f"Patient {patient.case}").locator(".bubble.ours").first).to_contain_text("health check")
    expect(box).to_have_value("I feel")
    expect(page.locator("#clock")).to_contain_text("21:00")


def test_a_patient_who_is_enrolled_meanwhile_gets_a_phone(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/simulator")
    expect(page.get_by_text("Nobody is enrolled")).to_be_visible()
    patient = site.world.enrol("en", consented=False)
    expect(phone(page, f"Patient {patient.case}")).to_be_visible()


def test_the_time_machine_goes_to_the_next_event_and_does_it(site: Site, page: Page) -> None:
    patient = site.world.enrol("en")
    page.goto(f"{site.url}/simulator")
    page.get_by_role("button", name="To the next event").click()
    expect(page.locator("#clock strong")).to_have_text("Tue 2 Mar 2027, 20:00")
    expect(phone(page, f"Patient {patient.case}").locator(".bubble.ours")).to_have_count(1)
    page.get_by_role("button", name="+5 min").click()
    expect(page.locator("#clock strong")).to_have_text("Tue 2 Mar 2027, 20:05")


def test_arabic_reads_from_the_right_and_phones_tell_their_own_time(site: Site, page: Page) -> None:
    patient = site.world.enrol("ar", timezone="Asia/Riyadh", consented=False)
    site.world.tick()
    page.goto(f"{site.url}/simulator")
    body = phone(page, f"Patient {patient.case}").locator(".bubble.ours p")
    expect(body).to_have_attribute("lang", "ar")
    expect(body).to_have_css("direction", "rtl")
    expect(phone(page, f"Patient {patient.case}").locator(".bubble small")).to_contain_text("18:00")
    take_screenshots(page, "simulator-arabic")


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_cut_off_and_the_page_never_scrolls_sideways(site: Site, page: Page, width: int) -> None:
    site.world.add_staff()
    for language in ("en", "es", "ar"):
        site.world.enrol(language, caregiver=language, consented=False)
    site.world.tick()
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{site.url}/simulator")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    expect(page.get_by_role("button", name="To the next event")).to_be_in_viewport()


def test_the_page_has_no_serious_fault_for_people_who_cannot_see_or_use_a_mouse(site: Site, page: Page) -> None:
    site.world.add_staff()
    patient = site.world.enrol("en", caregiver="ar")
    page.goto(f"{site.url}/simulator")
    text_from(page, f"Patient {patient.case}", "confused and 40.2")
    site.world.tick()
    expect(page.locator(".alert")).to_be_visible()
    serious = [
        f"{rule['id']}: {node['html']}"
        for rule in Axe().run(page).response["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]
    assert serious == []
