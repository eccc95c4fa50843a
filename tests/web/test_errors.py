"""What an error tells: enough to go on, and nothing about anybody."""

import json
import shutil
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.errors import AftercellError, BadInput, Conflict, ContentError, NotFound, StoreUnavailable
from service.web.errors import STATUS
from service.web.sessions import open_to_all
from tests.world import World

SECRET = "+12125550123 has 38.9"
ERRORS = {
    "not-found": (NotFound(SECRET), 404),
    "bad-input": (BadInput("phone", SECRET), 422),
    "conflict": (Conflict(SECRET), 409),
    "unavailable": (StoreUnavailable(SECRET), 503),
    "content": (ContentError(SECRET), 500),
    "bug": (ValueError(SECRET), 500),
}


@open_to_all
def failing(error: Exception) -> str:
    raise error


@pytest.fixture
def database_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """No error here depends on the kind of database."""
    return f"sqlite:///{shutil.copyfile(migrated_sqlite, tmp_path / 'aftercell.db')}"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    for name, (error, _) in ERRORS.items():
        app.add_url_rule(f"/fails/{name}", name, failing, defaults={"error": error})
    return app.test_client()


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize("accept", ["text/html,application/xhtml+xml,*/*;q=0.8", "application/json", "*/*"])
def test_each_kind_of_error_has_its_status_and_no_detail(client: FlaskClient, name: str, accept: str) -> None:
    answer = client.get(f"/fails/{name}", headers={"Accept": accept})
    assert answer.status_code == ERRORS[name][1]
    assert SECRET not in answer.text
    assert "38.9" not in answer.text
    assert answer.mimetype == ("text/html" if "html" in accept else "application/json")


def test_the_field_that_cannot_be_used_is_named(client: FlaskClient) -> None:
    assert "phone" in client.get("/fails/bad-input", headers={"Accept": "text/html"}).text
    assert json.loads(client.get("/fails/bad-input").text)["field"] == "phone"


def test_an_outage_says_when_to_come_again(client: FlaskClient) -> None:
    assert client.get("/fails/unavailable").headers["Retry-After"] == "5"


def test_what_went_wrong_is_logged_without_what_a_patient_typed(
    client: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    client.get("/fails/bug")
    logged = capsys.readouterr()
    assert "ValueError" in logged.out + logged.err
    assert "test_errors.py" in logged.out + logged.err
    assert "38.9" not in logged.out + logged.err


def test_an_unknown_page_and_a_wrong_method(client: FlaskClient) -> None:
    assert client.get("/nowhere", headers={"Accept": "text/html"}).status_code == 404
    answer = client.post("/health/live")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_every_expected_error_has_a_status_of_its_own() -> None:
    """Of the others, content and configuration errors stop the start; seen at run time they are faults of ours."""
    named = {kind.__name__ for kind in STATUS}
    assert {kind.__name__ for kind in AftercellError.__subclasses__()} - named == {
        "ContentError",
        "ConfigurationError",
        "GatewayUnavailable",
    }


@pytest.mark.parametrize("path", ["/", "/nowhere", "/health/ready", "/fails/bug", "/static/base.css"])
def test_every_answer_keeps_the_browser_on_a_short_leash(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:
        headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert ("no-store" in headers.get("Cache-Control", "")) is not path.startswith("/static")


def test_where_patients_are_real_the_front_door_leads_to_the_sign_in(world: World, client: FlaskClient) -> None:
    assert client.get("/", headers={"Accept": "text/html"}).headers["Location"] == "/sign-in"
    assert world.settings.gateway == "twilio"
    assert client.get("/simulator").status_code == 404, "no phones to play on beside real patients"


def test_behind_tls_the_browser_is_told_to_stay_there_and_cookies_never_go_in_the_clear(client: FlaskClient) -> None:
    answer = client.get("/sign-in", headers={"Accept": "text/html", "X-Forwarded-Proto": "https"})
    assert "max-age=31556926" in answer.headers["Strict-Transport-Security"]
    cookie = answer.headers["Set-Cookie"]
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax"))
