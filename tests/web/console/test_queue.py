"""The alert queue and one alert in the console."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from service.store.alerts import Alert
from tests.web.console.conftest import Hear
from tests.web.staff_browser import StaffBrowser, signed_in
from tests.world import Enrolled, World


@pytest.fixture
def nurse(app: Flask, world: World) -> StaffBrowser:
    world.add_staff()
    return signed_in(app, world)


@pytest.fixture
def feverish(world: World, nurse: StaffBrowser, hear: Hear) -> Enrolled:
    patient = world.enrol("es")
    hear(patient.phone, "tengo 38.9 y escalofríos")
    world.tick()
    return patient


def alert(world: World) -> Alert:
    with world.services.read_work() as work:
        return work.session.get_one(Alert, 1)


def etag(page: str) -> str:
    found = re.search(r'If-None-Match": "\\"([0-9a-f]+)', page)
    assert found is not None
    return found[1]


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_the_queue_says_what_waits_for_whom_it_was_told_and_who_is_next(
    nurse: StaffBrowser, feverish: Enrolled
) -> None:
    page = nurse.get("/alerts").text
    assert feverish.case in page
    assert "Urgent" in page
    assert "temperature of 38.0 C or more" in page
    assert 'data-due="2027-03-02T10:15:00-05:00"' in page
    assert re.search(r"Paged:\s+Coordinator \d+", page)
    assert re.search(r"Next:\s+<strong>", page)
    assert f'href="tel:{feverish.phone}"' in page


def test_nothing_comes_back_while_nothing_changes_and_something_when_it_does(
    nurse: StaffBrowser, feverish: Enrolled, world: World
) -> None:
    tag = etag(nurse.get("/alerts").text)
    unchanged = nurse.get("/alerts/live", **{"If-None-Match": f'"{tag}"'})
    assert (unchanged.status_code, unchanged.text) == (304, "")
    world.advance(timedelta(minutes=10))
    changed = nurse.get("/alerts/live", **{"If-None-Match": f'"{tag}"'})
    assert changed.status_code == 200
    assert etag(changed.text) != tag


def test_the_worst_stands_first_and_of_equals_the_one_that_nobody_has_taken(
    nurse: StaffBrowser, feverish: Enrolled, world: World, hear: Hear
) -> None:
    second, worst = world.enrol("en"), world.enrol("en")
    world.clock.jump_to(world.now + timedelta(minutes=1))
    hear(second.phone, "38.9")
    hear(worst.phone, "confused and 40.2")
    nurse.post("/alerts/1/take", token_from="/alerts")
    found = re.findall(r"Case ([A-Z]{6})", nurse.get("/alerts").text)
    assert list(dict.fromkeys(found)) == [worst.case, second.case, feverish.case]


def test_taken_then_resolved_with_an_outcome(nurse: StaffBrowser, feverish: Enrolled, world: World) -> None:
    taken = nurse.post("/alerts/1/take", token_from="/alerts")
    assert taken.headers["Location"] == "/alerts/1"
    page = nurse.get("/alerts/1").text
    answer = nurse.post(
        "/alerts/1/resolve", token_from="/alerts", kind="reached_comes_in", note="comes at 4", seen=seen(page)
    )
    assert answer.status_code == 303
    found = alert(world)
    assert (found.state, found.outcome, found.outcome_kind) == ("resolved", "comes at 4", "reached_comes_in")
    assert "No alert is waiting" in nurse.get("/alerts").text
    assert "comes at 4" in nurse.get("/alerts/1").text


def test_whoever_comes_second_is_told_who_was_first_and_changes_nothing(
    app: Flask, nurse: StaffBrowser, feverish: Enrolled, world: World
) -> None:
    other = signed_in(app, world, "clinician")
    nurse.post("/alerts/1/take", token_from="/alerts")
    first = alert(world).acknowledged_by
    late = other.post("/alerts/1/take", token_from="/alerts")
    assert late.status_code == 409
    assert "was first at 10:00" in late.text
    assert alert(world).acknowledged_by == first


def test_a_decision_on_an_old_page_is_refused_when_something_new_was_found(
    nurse: StaffBrowser, feverish: Enrolled, world: World, hear: Hear
) -> None:
    page = nurse.get("/alerts/1").text
    hear(feverish.phone, "no puedo respirar")
    answer = nurse.post("/alerts/1/resolve", token_from="/alerts", kind="reached_fine", note="", seen=seen(page))
    assert answer.status_code == 409
    assert "Something new was found" in answer.text
    assert alert(world).state != "resolved"


@pytest.mark.parametrize(
    ("kind", "note", "field"),
    [("", "called", "kind"), ("invented", "", "kind"), ("other", " ", "note"), ("other", "x" * 2001, "note")],
)
def test_an_outcome_that_says_nothing_is_refused_and_what_was_typed_stays(
    nurse: StaffBrowser, feverish: Enrolled, world: World, kind: str, note: str, field: str
) -> None:
    page = nurse.get("/alerts/1").text
    answer = nurse.post("/alerts/1/resolve", token_from="/alerts", kind=kind, note=note, seen=seen(page))
    assert answer.status_code == 422
    assert f'id="wrong-{field}"' in answer.text
    assert note.strip() in answer.text
    assert alert(world).state != "resolved"


def test_handing_over_pages_the_colleague_and_stays_open_until_they_take_it(
    app: Flask, nurse: StaffBrowser, feverish: Enrolled, world: World
) -> None:
    colleague = world.add_staff("clinician", on_call=False)
    nurse.post("/alerts/1/take", token_from="/alerts")
    nurse.post("/alerts/1/hand-over", token_from="/alerts", colleague=colleague.id)
    world.tick()
    assert [feverish.case in text for text in world.texts_to(colleague.phone)] == [True]
    found = alert(world)
    assert (found.state, found.acknowledged_by, found.assigned_to) == ("open", None, colleague.id)
    assert found.next_page_at is not None, "if they do not answer the policy goes on"
    assert "Handed to" in nurse.get("/alerts").text


def test_an_alert_is_not_handed_to_somebody_of_another_site_or_to_a_translator(
    nurse: StaffBrowser, feverish: Enrolled, world: World
) -> None:
    for one in (world.add_staff(site_id=world.add_site()), world.add_staff("translator", on_call=False)):
        answer = nurse.post("/alerts/1/hand-over", token_from="/alerts", colleague=one.id)
        assert answer.status_code == 422
        assert alert(world).assigned_to is None


def test_the_words_of_the_patient_stand_with_the_reason(nurse: StaffBrowser, feverish: Enrolled) -> None:
    assert '<blockquote dir="auto" lang="es">tengo 38.9 y escalofríos</blockquote>' in nurse.get("/alerts/1").text


def test_every_look_is_on_record(app: Flask, nurse: StaffBrowser, feverish: Enrolled, world: World) -> None:
    nurse.get("/alerts")
    nurse.get("/alerts/1")
    nurse.get(f"/patients/{feverish.id}")
    page = signed_in(app, world, "auditor").get("/audit").text
    for deed in ("queue viewed", "alert viewed", "patient viewed"):
        assert deed in page
    about = signed_in(app, world, "auditor").get(f"/audit?case={feverish.case}").text
    assert "patient viewed" in about
    assert "queue viewed" not in about.partition("<tbody>")[2]
