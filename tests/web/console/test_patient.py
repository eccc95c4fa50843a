"""One patient's page: what it shows, and what staff can do there."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from service.flows.ledger import ledger
from service.store.checkins import CheckIn
from service.store.messages import Attempt, Message
from service.store.patients import Contact, Enrolment, Patient
from tests.web.console.conftest import Hear
from tests.web.staff_browser import StaffBrowser, signed_in
from tests.world import Enrolled, World


@pytest.fixture
def nurse(app: Flask, world: World) -> StaffBrowser:
    world.add_staff()
    return signed_in(app, world)


@pytest.fixture
def patient(world: World, nurse: StaffBrowser) -> Enrolled:
    return world.enrol("es", caregiver="en")


def do(nurse: StaffBrowser, patient: Enrolled, what: str, **form: str | int) -> int:
    answer = nurse.post(f"/patients/{patient.id}/{what}", token_from="/alerts", **form)
    return answer.status_code


def contact(world: World, number: str) -> Contact:
    with world.services.read_work() as work:
        return work.session.scalars(select(Contact).where(Contact.phone_index == work.phone_index(number))).one()


def enrolment(world: World, patient: Enrolled) -> Enrolment:
    with world.services.read_work() as work:
        return work.session.get_one(Enrolment, patient.id)


def test_a_text_stands_with_what_was_understood_and_the_words_that_said_it(
    nurse: StaffBrowser, patient: Enrolled, hear: Hear
) -> None:
    hear(patient.phone, "tengo 38,9 y escalofríos, pero no tengo tos")
    page = nurse.get(f"/patients/{patient.id}").text
    assert "<strong>38.9 °C</strong>" in page
    assert re.search(r'<mark class="" title="[^"]*(chill|shak)[^"]*">escalofríos</mark>', page)
    assert re.search(r'<mark class="denied" title="[^"]*cough[^"]*">', page)
    assert re.search(r"certainty \d+ %, read as Spanish", page)
    assert 'class="dot high"' in page


def test_a_correction_is_kept_as_data_and_shown_in_place_of_the_reading(
    nurse: StaffBrowser, patient: Enrolled, hear: Hear
) -> None:
    message = hear(patient.phone, "creo que 38 y algo")
    path = f"/patients/{patient.id}/texts/{message}"
    assert nurse.get(path).status_code == 200
    wrong = nurse.post(path, token_from="/alerts", temperature="389")
    assert (wrong.status_code, 'id="wrong-temperature"' in wrong.text, 'value="389"' in wrong.text) == (422, True, True)
    nurse.post(path, token_from="/alerts", temperature="38,4", answer="", present="chills")
    page = nurse.get(f"/patients/{patient.id}").text
    assert "38.4 °C" in page
    assert "corrected by" in page


def test_a_vetted_reply_is_looked_at_first_and_goes_out_in_the_readers_language(
    nurse: StaffBrowser, world: World
) -> None:
    patient = world.enrol("ar")
    who = contact(world, patient.phone).id
    page = nurse.post(f"/patients/{patient.id}/preview", token_from="/alerts", contact=who, text="Q_CALLING").text
    assert re.search(r'<blockquote dir="rtl" lang="ar" id="preview">.*ممرضة', page)
    assert "a nurse has read your text" in page
    assert world.messages_to(patient.phone) == []
    assert do(nurse, patient, "reply", contact=who, text="Q_CALLING") == 303
    world.tick()
    assert "ممرضة" in world.texts_to(patient.phone)[0]


def test_only_vetted_texts_can_be_sent_as_such(nurse: StaffBrowser, patient: Enrolled, world: World) -> None:
    who = contact(world, patient.phone).id
    for text_id in ("A1", "page", "nonsense"):
        assert do(nurse, patient, "reply", contact=who, text=text_id) == 404


def test_own_words_go_out_as_they_are_but_never_name_what_the_patient_has(
    nurse: StaffBrowser, patient: Enrolled, world: World
) -> None:
    who = contact(world, patient.phone).id
    for body, field in (("Su lupus empeora", "lupus"), ("", "empty"), ("x" * 601, "600")):
        answer = nurse.post(f"/patients/{patient.id}/write", token_from="/alerts", contact=who, body=body)
        assert answer.status_code == 422
        assert field in answer.text
    assert do(nurse, patient, "write", contact=who, body="Llámenos, por favor") == 303
    world.tick()
    assert world.texts_to(patient.phone) == ["Llámenos, por favor"]


def test_whoever_has_opted_out_is_not_texted_by_staff_either(
    nurse: StaffBrowser, patient: Enrolled, world: World
) -> None:
    who = contact(world, patient.phone).id
    assert do(nurse, patient, "withdraw", contact=who) == 303
    assert do(nurse, patient, "withdraw", contact=who) == 409
    assert enrolment(world, patient).state == "unwatched"
    assert do(nurse, patient, "reply", contact=who, text="Q_READ") == 409
    assert do(nurse, patient, "write", contact=who, body="hola") == 409
    world.tick()
    assert world.texts_to(patient.phone) == []


def test_one_patients_form_cannot_text_another_patients_phone(
    nurse: StaffBrowser, patient: Enrolled, world: World
) -> None:
    other = contact(world, world.enrol().phone).id
    assert do(nurse, patient, "reply", contact=other, text="Q_READ") == 404
    assert do(nurse, patient, "language", contact=other, language="ar") == 404
    assert do(nurse, patient, "withdraw", contact=other) == 404


def test_paused_and_resumed(nurse: StaffBrowser, patient: Enrolled, world: World) -> None:
    assert do(nurse, patient, "pause") == 303
    assert enrolment(world, patient).state == "paused"
    assert do(nurse, patient, "pause") == 409
    assert do(nurse, patient, "resume") == 303
    assert enrolment(world, patient).state == "active"
    assert do(nurse, patient, "resume") == 409


def test_a_changed_language_is_told_in_the_new_one(nurse: StaffBrowser, patient: Enrolled, world: World) -> None:
    assert do(nurse, patient, "language", contact=contact(world, patient.phone).id, language="ar") == 303
    world.tick()
    assert "العربية" in world.texts_to(patient.phone)[-1]
    assert do(nurse, patient, "language", contact=contact(world, patient.phone).id, language="tlh") == 422


@pytest.mark.parametrize(
    ("zone", "hours"), [("Pacific/Honolulu", 23), ("Asia/Tokyo", 3), ("Europe/Berlin", 11), ("America/Chicago", 22)]
)
def test_after_a_journey_checks_come_at_the_same_hours_there_and_none_is_owed_twice_or_never(
    nurse: StaffBrowser, world: World, zone: str, hours: int
) -> None:
    patient = world.enrol("en")
    world.pass_hours(hours)
    assert do(nurse, patient, "zone", timezone=zone) == 303
    world.pass_hours(48)
    assert ledger(world.services, world.now).orphans == []
    with world.services.read_work() as work:
        rows = work.session.scalars(select(CheckIn).where(CheckIn.enrolment_id == patient.id, CheckIn.plan_id != ""))
        slots = [row.slot for row in rows]
    assert len(slots) == len(set(slots))
    assert len(slots) >= 4
    assert do(nurse, patient, "zone", timezone="Mars/Base") == 422


def test_a_caregiver_is_asked_for_consent_in_their_language(nurse: StaffBrowser, world: World) -> None:
    patient = world.enrol("en")
    assert do(nurse, patient, "caregiver", phone=patient.phone, language="es") == 422
    assert do(nurse, patient, "caregiver", phone="+12125550177", language="es") == 303
    world.tick()
    assert "SÍ" in world.texts_to("+12125550177")[0]
    assert do(nurse, patient, "caregiver", phone="+12125550178", language="es") == 409


def test_calls_and_notes_stand_in_the_conversation(nurse: StaffBrowser, patient: Enrolled) -> None:
    assert do(nurse, patient, "note", kind="not_reached", text="  ") == 422
    assert do(nurse, patient, "note", kind="not_reached", text="rang six times") == 303
    page = nurse.get(f"/patients/{patient.id}").text
    assert "rang six times" in page
    assert "nobody answered" in page


def test_erased_is_erased_and_the_ledger_stays_whole(
    app: Flask, nurse: StaffBrowser, patient: Enrolled, world: World, hear: Hear
) -> None:
    hear(patient.phone, "secreto: estoy cansada")
    do(nurse, patient, "note", kind="note", text="secret note")
    world.pass_hours(30)
    admin = signed_in(app, world, "admin")
    with world.services.read_work() as work:
        open_alerts = [row[0] for row in work.session.connection().exec_driver_sql("SELECT id FROM alerts")]
    path = f"/patients/{patient.id}/erase"
    assert nurse.post(path, token_from="/alerts", case=patient.case).status_code == 403
    assert admin.post(path, token_from="/alerts", case="WRONG").status_code == 422
    if open_alerts:
        assert admin.post(path, token_from="/alerts", case=patient.case).status_code == 409
    for alert_id in open_alerts:
        seen = re.search(r'name="seen" value="([^"]+)"', admin.get(f"/alerts/{alert_id}").text)
        assert seen is not None
        form = {"kind": "other", "note": "secret outcome", "seen": seen[1]}
        assert admin.post(f"/alerts/{alert_id}/resolve", token_from="/alerts", **form).status_code == 303
    world.tick()
    before = ledger(world.services, world.now).checkins
    assert admin.post(path, token_from="/alerts", case=patient.case.lower()).status_code == 303

    assert ledger(world.services, world.now).orphans == []
    assert ledger(world.services, world.now).checkins.total() == before.total()
    with world.services.read_work() as work:
        session = work.session
        bodies = list(session.scalars(select(Message.body).where(Message.enrolment_id == patient.id)))
        assert bodies
        assert set(bodies) == {""}
        theirs = select(Message).where(Message.phone_index == work.phone_index(patient.phone))
        assert session.scalars(theirs).all() == []
        attempts = select(Attempt.provider_id).join(Message, Message.id == Attempt.message_id)
        assert not any(session.scalars(attempts.where(Message.enrolment_id == patient.id)))
        assert {one.phone for one in session.scalars(select(Contact))} == {"erased"}
        assert session.scalar(select(Patient.case_number)) != patient.case
    page = admin.get(f"/patients/{patient.id}").text
    for gone in (patient.case, patient.phone, "secreto", "secret note", "secret outcome"):
        assert gone not in page, gone
    world.pass_hours(30)
    assert [one for one in world.messages_to(patient.phone) if one.attempts] == []


def test_what_somebody_searches_for_never_stands_in_an_address(nurse: StaffBrowser, patient: Enrolled) -> None:
    found = nurse.post("/patients/find", token_from="/alerts", q=patient.phone)
    assert found.headers["Location"] == f"/patients/{patient.id}"
    assert nurse.post("/patients/find", token_from="/alerts", q=patient.case.lower()).status_code == 303
    assert "No patient here" in nurse.post("/patients/find", token_from="/alerts", q="+19995550000").text
