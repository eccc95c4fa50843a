"""The commands as a shell sees them: one JSON object, exit status 0, 1 or 2, one clear sentence on stderr."""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cryptography.fernet import Fernet

from service.store.base import Vault, make_engine
from tests.world import make_world

ROOT = Path(__file__).parents[1]
SITE = "site add --name Riverside --timezone America/New_York --emergency-number 911 --phone +12125550100 --language en"
STAFF = "staff add --site 1 --name Nora --phone +12125550111 --email nora@example.org --role coordinator --on-call"


class Shell:
    """Runs `aftercell` in processes of its own, with an environment of its own."""

    def __init__(self, database_url: str) -> None:
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AFTERCELL_")},
            "AFTERCELL_ENV": "development",
            "AFTERCELL_GATEWAY": "simulated",
            "AFTERCELL_DATABASE_URL": database_url,
            "AFTERCELL_SECRET_KEY": "a secret key for tests",
            "AFTERCELL_DATA_KEYS": Fernet.generate_key().decode(),
            "AFTERCELL_PUBLIC_URL": "http://127.0.0.1:8000",
        }

    def run(self, command: str, *more: str, given: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "service", *command.split(), *more],
            cwd=ROOT,
            env=self.environment,
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def answer(self, command: str, *more: str) -> dict[str, object]:
        """The one JSON object that a command that works prints."""
        done = self.run(command, *more)
        assert done.returncode == 0, done.stderr
        (line,) = done.stdout.splitlines()
        answer: dict[str, object] = json.loads(line)
        return answer

    def rows(self, command: str) -> list[dict[str, object]]:
        done = self.run(command)
        assert done.returncode == 0, done.stderr
        rows: list[dict[str, object]] = json.loads(done.stdout)
        return rows


@pytest.fixture
def shell(database_url: str) -> Shell:
    return Shell(database_url)


@pytest.fixture
def empty_shell(tmp_path: Path) -> Shell:
    return Shell(f"sqlite:///{tmp_path}/aftercell.db")


@pytest.fixture
def sqlite_shell(tmp_path: Path, migrated_sqlite: Path, vault: Vault) -> Shell:
    """With a site and a nurse."""
    path = tmp_path / "aftercell.db"
    shutil.copyfile(migrated_sqlite, path)
    engine = make_engine(f"sqlite:///{path}", vault)
    make_world(engine, vault).add_staff()
    engine.dispose()
    return Shell(f"sqlite:///{path}")


def enrol(*more: str) -> tuple[str, ...]:
    now = datetime.now(UTC)
    fixed = ("--site", "1", "--phone", "+12125550121", "--language", "es", "--timezone", "America/New_York")
    return ("enrol", *fixed, "--infused-at", (now - timedelta(days=2)).isoformat(), *more)


def test_a_patients_story_by_commands_alone(shell: Shell) -> None:
    assert shell.answer(SITE) == {"id": 1}
    added = shell.answer(STAFF)
    assert added["id"] == 1
    assert str(added["invitation"]).startswith("http://127.0.0.1:8000/invitation/")
    now = datetime.now(UTC)
    enrolled = shell.answer(*enrol("--consented-at", now.isoformat()))
    assert enrolled["id"] == 1
    noon = datetime.combine(now.date() + timedelta(days=1), time(12), tzinfo=ZoneInfo("America/New_York"))
    counts = shell.answer("tick", "--now", noon.isoformat())
    assert counts["checkins_opened"] == 1
    (text,) = [row for row in shell.rows("show messages --json") if row["purpose"] == "checkin"]
    wanted = {"id", "direction", "contact", "phone", "language", "body", "state", "provider_id", "checkin", "enrolment"}
    assert wanted | {"purpose", "created_at"} <= set(text)
    assert (text["phone"], text["language"]) == ("+12125550121", "es")
    (checkin,) = shell.rows("show checkins --json")
    assert checkin["state"] == "open"
    (enrolment,) = shell.rows("show enrolments --json")
    assert enrolment["state"] == "active"
    alerts = shell.rows("show alerts --json")
    assert {
        "id",
        "enrolment",
        "level",
        "reasons",
        "state",
        "opened_at",
        "acknowledged_at",
        "resolved_at",
        "pages",
    } <= set(alerts[0])
    assert shell.answer("ledger", "--now", noon.isoformat())["orphans"] == 0
    assert shell.answer("audit verify")["broken_at"] is None


def test_flags_are_kept_and_another_infusion_begins_anew(sqlite_shell: Shell) -> None:
    now = datetime.now(UTC)
    sqlite_shell.answer(*enrol("--consented-at", now.isoformat(), "--flag", "autologous", "--flag", "cd19"))
    refused = sqlite_shell.run("reinfuse --enrolment 1 --flag cd20 --infused-at", now.isoformat())
    assert (refused.returncode, "'cd20' is not one of" in refused.stderr) == (2, True)
    assert sqlite_shell.answer("reinfuse --enrolment 1 --infused-at", now.isoformat()) == {"id": 2}
    assert [row["state"] for row in sqlite_shell.rows("show enrolments --json")] == ["ended", "active"]


def test_without_consent_on_paper_the_consent_text_goes_first(sqlite_shell: Shell) -> None:
    sqlite_shell.answer(*enrol())
    sqlite_shell.answer("tick")
    (text,) = sqlite_shell.rows("show messages --json")
    assert text["purpose"] == "consent"


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (SITE.replace("America/New_York", "Mars/Olympus"), "timezone"),
        (SITE.replace("+12125550100", "12345"), "phone"),
        (SITE.replace("--language en", "--language tlh"), "language"),
        (SITE.replace("911", "9-1-1"), "emergency-number"),
        (STAFF.replace("coordinator", "janitor"), "role"),
        (STAFF.replace("nora@example.org", "nora"), "email"),
        (STAFF.replace("--site 1", "--site 99"), "site"),
        ("tick --now yesterday", "now"),
        ("tick --now 2027-01-01T08:00:00", "offset"),
        ("show everything", "everything"),
        ("enrol --site 1", "--phone"),
    ],
)
def test_wrong_use_is_refused_with_a_sentence_that_names_the_field(
    sqlite_shell: Shell, command: str, says: str
) -> None:
    done = sqlite_shell.run(command)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--flag", "cd20"), "'cd20' is not one of autologous"),
        (("--flag", "autologous", "--flag", "allogeneic"), "cannot both be true"),
        (("--infused-at", "soon"), "infused-at"),
        (("--timezone", "Nowhere"), "timezone"),
        (("--language", "klingon"), "language"),
        (("--phone", "+1"), "phone"),
        (("--protocol", "none-such"), "none-such"),
        (("--caregiver-phone", "+12125550121"), "caregiver-phone"),
        (("--consented-at", "2999-01-01T00:00:00Z"), "consented-at"),
    ],
)
def test_a_wrong_enrolment_changes_nothing(sqlite_shell: Shell, more: tuple[str, ...], says: str) -> None:
    done = sqlite_shell.run(*enrol(*more))
    assert done.returncode in (1, 2)
    assert says in done.stderr
    assert sqlite_shell.rows("show enrolments --json") == []


@pytest.mark.parametrize(
    "variable",
    ["AFTERCELL_DATABASE_URL", "AFTERCELL_SECRET_KEY", "AFTERCELL_DATA_KEYS", "AFTERCELL_PUBLIC_URL"],
)
def test_a_missing_variable_refuses_to_start_and_is_named(sqlite_shell: Shell, variable: str) -> None:
    del sqlite_shell.environment[variable]
    done = sqlite_shell.run("tick")
    assert done.returncode == 1
    assert variable in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_twilio_without_its_account_refuses_to_start(sqlite_shell: Shell) -> None:
    sqlite_shell.environment["AFTERCELL_GATEWAY"] = "twilio"
    done = sqlite_shell.run("web")
    assert done.returncode == 1
    for name in ("ACCOUNT_SID", "AUTH_TOKENS", "MESSAGING_SERVICE_SID"):
        assert f"AFTERCELL_TWILIO_{name}" in done.stderr


def test_production_will_not_start_with_simulated_phones_nor_move_time(sqlite_shell: Shell) -> None:
    sqlite_shell.environment["AFTERCELL_ENV"] = "production"
    done = sqlite_shell.run("tick --now 2027-01-01T08:00:00Z")
    assert done.returncode != 0
    assert "AFTERCELL_GATEWAY" in done.stderr


def test_a_database_that_was_not_migrated_is_said_so_and_can_be(empty_shell: Shell) -> None:
    done = empty_shell.run("tick")
    assert done.returncode == 1
    assert "aftercell migrate" in done.stderr
    empty_shell.answer("migrate")
    assert empty_shell.answer(SITE) == {"id": 1}


def test_no_secret_is_ever_printed(sqlite_shell: Shell) -> None:
    sqlite_shell.environment["AFTERCELL_DATA_KEYS"] = "not-a-key-but-still-secret"
    done = sqlite_shell.run("tick")
    assert done.returncode == 1
    assert "AFTERCELL_DATA_KEYS" in done.stderr
    assert "still-secret" not in done.stderr + done.stdout


def test_read_needs_no_database_and_no_configuration(sqlite_shell: Shell) -> None:
    for name in [name for name in sqlite_shell.environment if name.startswith("AFTERCELL_")]:
        del sqlite_shell.environment[name]
    asked = {"id": "1", "lang": "en", "context": "temperature", "text": "its 385"}
    done = sqlite_shell.run("read", given=json.dumps(asked) + "\n")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "id": "1",
        "intent": "answer",
        "answer": None,
        "temperature_c": 38.5,
        "present": ["fever"],
        "absent": [],
        "level": "urgent",
    }


def test_a_line_that_is_no_json_is_named(sqlite_shell: Shell) -> None:
    done = sqlite_shell.run("read", given="nonsense\n")
    assert done.returncode == 2
    assert "line 1" in done.stderr
