"""Enrolling by form and by file: what is wrong is said where it is wrong, and nothing happens by halves."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from service.store.patients import Enrolment
from tests.web.staff_browser import StaffBrowser, signed_in
from tests.world import World

HEAD = "phone,language,timezone,infused_at,protocol,caregiver_phone,caregiver_language,consented_at,flags\n"
GOOD = "{},es,America/New_York,2027-02-28 11:00,,,,2027-02-27 09:00,\n"


@pytest.fixture
def nurse(app: Flask, world: World) -> StaffBrowser:
    return signed_in(app, world)


def enrolled(world: World) -> int:
    with world.services.read_work() as work:
        return work.session.scalar(select(func.count()).select_from(Enrolment)) or 0


FORM: dict[str, str | int] = {
    "phone": "+1 212 555 0188",
    "language": "es",
    "timezone": "America/New_York",
    "infused_at": "2027-02-28T11:00",
    "consent": "text",
}


def test_the_form_enrols_and_asks_for_consent_in_the_patients_language(nurse: StaffBrowser, world: World) -> None:
    answer = nurse.post("/enrol", token_from="/enrol", **FORM)
    assert answer.status_code == 303
    page = nurse.get(answer.headers["Location"]).text
    assert "Enrolled as case" in page
    world.tick()
    assert "Responda" in world.texts_to("+12125550188")[0]


def test_paper_consent_begins_at_once(nurse: StaffBrowser, world: World) -> None:
    nurse.post("/enrol", token_from="/enrol", **{**FORM, "consent": "paper", "consented_at": "2027-02-27T09:00"})
    world.advance(timedelta(hours=11))
    assert world.messages_to("+12125550188")[0].purpose == "checkin"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"phone": "555"}, "phone"),
        ({"phone": "+1 212 555 0188 12345678"}, "phone"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"infused_at": "yesterday"}, "infused_at"),
        ({"language": "tlh"}, "language"),
        ({"caregiver_phone": "+1 212 555 0188"}, "caregiver_phone"),
        ({"consent": "paper", "consented_at": "2099-01-01T00:00"}, "consented_at"),
        ({"consent": "paper", "consented_at": ""}, "consented_at"),
        ({"flags": "clairvoyant"}, "flag"),
    ],
)
def test_a_wrong_field_is_named_and_what_was_typed_is_kept(
    nurse: StaffBrowser, world: World, change: dict[str, str], field: str
) -> None:
    answer = nurse.post("/enrol", token_from="/enrol", **{**FORM, **change})
    assert answer.status_code == 422
    assert f'id="wrong-{field}"' in answer.text
    assert 'value="2027-02-28T11:00"' in answer.text or field == "infused_at"
    assert enrolled(world) == 0


def test_somebody_who_is_enrolled_already_is_not_enrolled_again_nor_told_where(
    nurse: StaffBrowser, world: World
) -> None:
    patient = world.enrol(site_id=world.add_site())
    answer = nurse.post("/enrol", token_from="/enrol", **{**FORM, "phone": patient.phone})
    assert answer.status_code == 422
    assert "already enrolled" in answer.text
    assert patient.case not in answer.text
    assert enrolled(world) == 1


def test_the_preview_shows_texts_and_times_and_stores_nothing(nurse: StaffBrowser, world: World) -> None:
    page = nurse.post("/enrol/preview", token_from="/enrol", **{**FORM, "language": "ar"}).text
    assert '<blockquote dir="rtl" lang="ar">' in page
    assert "20:00" in page
    assert "Today is day" in page
    assert enrolled(world) == 0


def upload(nurse: StaffBrowser, content: bytes, do: str) -> TestResponse:
    """As a browser sends a form with a file."""
    page = nurse.get("/enrol/import").text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (("csrf_token", token), ("do", do))
    ]
    opening = '--x\r\nContent-Disposition: form-data; name="file"; filename="patients.csv"\r\n'
    body = "".join(parts).encode() + opening.encode() + b"Content-Type: text/csv\r\n\r\n" + content + b"\r\n--x--\r\n"
    return nurse.client.post(
        "/enrol/import", data=body, content_type="multipart/form-data; boundary=x", headers={"Accept": "text/html"}
    )


def test_a_dry_run_enrols_nobody_and_the_same_file_then_enrols_all(nurse: StaffBrowser, world: World) -> None:
    content = (HEAD + "".join(GOOD.format(f"+1212555{n:04d}") for n in range(200, 203))).encode("utf-8-sig")
    assert "would enrol 3" in upload(nurse, content, "try").text
    assert enrolled(world) == 0
    assert upload(nurse, content, "enrol").status_code == 303
    assert enrolled(world) == 3


def test_every_fault_is_listed_by_row_and_nobody_is_enrolled(nurse: StaffBrowser, world: World) -> None:
    rows = [
        GOOD.format("+12125550200"),
        GOOD.format("12"),
        GOOD.format("+12125550200"),
        "+12125550201,tlh,America/New_York,2027-02-28 11:00,,,,,\n",
        "\n",
        "+12125550202,es,Nowhere/Here,2027-02-28 11:00,,,,,\n",
        "+12125550203,es,America/New_York,28.2.2027,,,,,\n",
        "+12125550204,es,America/New_York,2027-02-28 11:00,unheard-of,,,,\n",
    ]
    answer = upload(nurse, (HEAD + "".join(rows)).encode(), "enrol")
    assert answer.status_code == 422
    for row, field in (
        (3, "phone"),
        (4, "phone"),
        (5, "language"),
        (7, "timezone"),
        (8, "infused_at"),
        (9, "protocol"),
    ):
        assert f'<td class="num">{row}</td><td>{field}</td>' in answer.text, (row, field)
    assert enrolled(world) == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "lacks phone"),
        (b"name,age\nAnn,3\n", "lacks phone"),
        (HEAD.encode() + b'"open quote', "no CSV"),
        (HEAD.encode() + b"\xff\xfe", "UTF-8"),
        (b"PK\x03\x04\x00\x00", "no text"),
        (HEAD.replace("flags", "birthday").encode(), "birthday"),
        ((HEAD + GOOD.format("+12125550200") * 2100).encode(), "more than 2000 rows"),
        (b"x" * 1_000_001, "larger than"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_with_the_reason(
    nurse: StaffBrowser, world: World, content: bytes, says: str
) -> None:
    answer = upload(nurse, content, "enrol")
    assert answer.status_code == 422
    assert says in answer.text
    assert enrolled(world) == 0


def test_a_file_of_many_megabytes_is_not_even_read(nurse: StaffBrowser) -> None:
    assert upload(nurse, b"x" * 5_000_000, "try").status_code == 413


def test_semicolons_as_spreadsheets_write_them_in_half_of_europe(nurse: StaffBrowser, world: World) -> None:
    content = (HEAD + GOOD.format("+12125550200")).replace(",", ";").encode()
    assert upload(nurse, content, "enrol").status_code == 303
    assert enrolled(world) == 1
