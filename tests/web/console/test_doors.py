"""Every route of the application, tried by everybody: strangers, each role, and staff of another site."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from service.flows.access import POWERS, May
from service.store.staff import Role
from service.web import build_web
from service.web.sessions import OPEN_BLUEPRINTS, door_of
from tests.web.console.conftest import Hear
from tests.web.staff_browser import StaffBrowser, signed_in
from tests.world import World, make_world

OPEN_TO_ALL = {
    "home.front_door",
    "signing_in.sign_in",
    "signing_in.try_password",
    "signing_in.second_factor",
    "signing_in.try_code",
    "signing_in.sign_out",
    "signing_in.invitation",
    "signing_in.accept",
    "signing_in.language",
}
"""A page that shows anything of a patient has no place here."""


def console_routes(app: Flask) -> Iterator[Rule]:
    """What is behind a door: not static files, not signed webhooks, not health, not the simulated phones."""
    for rule in app.url_map.iter_rules():
        blueprint = rule.endpoint.partition(".")[0]
        if rule.endpoint != "static" and blueprint not in OPEN_BLUEPRINTS:
            yield rule


def path_of(rule: Rule, **ids: int) -> str:
    """The route with these ids filled in; tokens get something made up."""
    return re.sub(r"<(?:(\w+):)?(\w+)>", lambda found: str(ids.get(found[2], "none")), rule.rule)


def methods_of(rule: Rule) -> set[str]:
    return (rule.methods or set()) & {"GET", "POST"}


def test_only_these_routes_are_open_to_all(app: Flask) -> None:
    found = {rule.endpoint for rule in console_routes(app) if door_of(app, rule.endpoint).to_all}
    assert found == OPEN_TO_ALL


def test_every_route_says_for_whom_it_is(app: Flask) -> None:
    for rule in console_routes(app):
        door = door_of(app, rule.endpoint)
        assert door.to_all or door.to_accounts or door.may is not None, rule.endpoint


def test_strangers_are_sent_to_sign_in_by_every_other_route(app: Flask, world: World, hear: Hear) -> None:
    world.add_staff()
    patient = world.enrol()
    message = hear(patient.phone, "38.9")
    stranger = StaffBrowser(app.test_client())
    tried = 0
    for rule in console_routes(app):
        if rule.endpoint in OPEN_TO_ALL:
            continue
        path = path_of(rule, enrolment_id=patient.id, alert_id=1, message_id=message, calendar_id=1, shift_id=1)
        for method in methods_of(rule):
            answer = stranger.get(path) if method == "GET" else stranger.post(path)
            assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/sign-in"), path
            assert patient.case not in answer.text
            tried += 1
    assert tried > 20


@pytest.mark.parametrize("role", list(Role))
def test_each_role_may_open_what_its_powers_say_and_nothing_else(app: Flask, world: World, role: Role) -> None:
    patient = world.enrol()
    someone = signed_in(app, world, role)
    for rule in console_routes(app):
        may = door_of(app, rule.endpoint).may
        if may is None:
            continue
        path = path_of(rule, enrolment_id=patient.id, alert_id=1, message_id=1, calendar_id=1, shift_id=1)
        for method in methods_of(rule):
            answer = someone.get(path) if method == "GET" else someone.post(path, token_from="/account")
            allowed = may in POWERS[role]
            assert (answer.status_code != 403) is allowed, f"{role} {method} {path}: {answer.status_code}"
            assert answer.status_code < 500, path


def test_staff_of_another_site_are_told_the_same_as_of_what_does_not_exist(
    app: Flask, world: World, hear: Hear
) -> None:
    world.add_staff()
    patient = world.enrol()
    message = hear(patient.phone, "38.9 and chills")
    outsider = signed_in(app, world, "admin", site_id=world.add_site())
    ids = {"enrolment_id": patient.id, "alert_id": 1, "message_id": message, "calendar_id": 1, "shift_id": 1}
    nowhere = dict.fromkeys(ids, 987_654)
    tried = 0
    for rule in console_routes(app):
        if not rule.arguments & set(ids):
            continue
        for method in methods_of(rule):
            if method == "GET":
                answer, unknown = outsider.get(path_of(rule, **ids)), outsider.get(path_of(rule, **nowhere))
            else:
                form = {"text": "Q_READ", "body": "x", "case": patient.case, "colleague": "1", "kind": "other"}
                form |= {"note": "x", "timezone": "UTC", "language": "es", "phone": "+12025550111", "contact": "1"}
                answer = outsider.post(path_of(rule, **ids), **form)
                unknown = outsider.post(path_of(rule, **nowhere), **form)
            assert answer.status_code == 404, f"{method} {rule.rule}"
            assert _plain(answer) == _plain(unknown), f"{method} {rule.rule}"
            tried += 1
    assert tried > 15
    with world.services.read_work() as work:
        assert work.session.connection().exec_driver_sql("SELECT count(*) FROM notes").scalar() == 0
    assert [text for text in world.messages_to(patient.phone) if text.text_id in ("Q_READ", "own_words")] == []


def _plain(answer: TestResponse) -> str:
    """Without the token that differs from page to page, and the address that was asked for."""
    return re.sub(r'value="[^"]{40,}"', "", answer.text).replace(answer.request.path, "")


def test_lists_show_only_ones_own_site(app: Flask, world: World, hear: Hear) -> None:
    world.add_staff()
    patient = world.enrol()
    hear(patient.phone, "38.9 and chills")
    insider, outsider = signed_in(app, world, "admin"), signed_in(app, world, "admin", site_id=world.add_site())
    for path in ("/alerts", "/alerts/live", "/patients"):
        assert patient.case in insider.get(path).text, path
        assert patient.case not in outsider.get(path).text, path
    assert patient.case not in outsider.post("/patients/find", q=patient.case).text.partition("<table")[2]
    assert patient.case not in outsider.post("/patients/find", q=patient.phone).text.partition("<table")[2]


def test_no_form_is_taken_without_its_token(app: Flask, world: World) -> None:
    someone = signed_in(app, world, "admin")
    for rule in console_routes(app):
        if "POST" in (rule.methods or ()):
            path = path_of(rule, enrolment_id=1, alert_id=1, message_id=1, calendar_id=1, shift_id=1)
            assert someone.client.post(path, headers={"Accept": "text/html"}).status_code == 400, path


def test_somebody_at_two_sites_sees_one_at_a_time(app: Flask, world: World) -> None:
    other = world.add_site()
    first, second = world.enrol(), world.enrol(site_id=other)
    someone = signed_in(app, world, "coordinator")
    with world.services.work() as work:
        work.session.connection().exec_driver_sql(
            "INSERT INTO staff (site_id, name, phone, phone_index, email, role, created_at, account_id) "
            f"SELECT {other}, name, phone, phone_index, email, 'auditor', created_at, account_id FROM staff"
        )
        work.session.commit()
    assert first.case in someone.get("/patients").text
    assert second.case not in someone.get("/patients").text
    someone.post("/account/site", token_from="/account", site=other)
    assert second.case in someone.get("/patients").text
    assert first.case not in someone.get("/patients").text
    assert someone.get(f"/patients/{first.id}").status_code == 404
    assert someone.post(f"/patients/{second.id}/note", token_from="/account", text="x").status_code == 403, "an auditor"
    assert someone.post("/account/site", token_from="/account", site=999).status_code == 404


def test_in_production_a_password_alone_opens_nothing(world: World) -> None:
    hospital = make_world(
        world.engine,
        world.services.work()._vault,
        env="production",
        public_url="https://sms.example.org",
        twilio_account_sid="AC00000000000000000000000000000000",
        twilio_messaging_service_sid="MG00000000000000000000000000000000",
        twilio_auth_tokens=("token",),
    )
    app = build_web(hospital.settings, hospital.engine, hospital.services, hospital.clock)
    app.config["WTF_CSRF_SSL_STRICT"] = False
    app.config["SESSION_COOKIE_SECURE"] = False
    someone = signed_in(app, hospital, "admin")
    for path in ("/alerts", "/patients", "/"):
        answer = someone.client.get(path, headers={"Accept": "text/html"}, follow_redirects=True)
        assert answer.request.path == "/account/second-factor", path


def test_a_power_that_no_route_needs_is_a_route_that_was_forgotten(app: Flask) -> None:
    used = {door_of(app, rule.endpoint).may for rule in console_routes(app)}
    assert {May.LOOK, May.TREAT, May.ENROL, May.ERASE} <= used
