"""What is deployed by hand agrees with the program: commands exist, settings are settings, secrets stay outside."""

import re
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from service.cli import cli
from service.settings import PREFIX, Settings, SpoolSettings

ROOT = Path(__file__).parents[2]
UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
COMMANDS = set(cli.list_commands(None))  # type: ignore[arg-type]  # it does not look at it
INSTALLED = "/opt/aftercell/.venv/bin/aftercell"
NOT_OURS = {"WEB_CONCURRENCY"}


def example() -> dict[str, str]:
    lines = (ROOT / "deploy" / "aftercell.env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def compose() -> dict[str, dict[str, dict[str, object]]]:
    loaded: dict[str, dict[str, dict[str, object]]] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return loaded


def ignored_by_docker(name: str) -> bool:
    return any(fnmatch(name, pattern) for pattern in (ROOT / ".dockerignore").read_text().split())


def test_the_example_of_the_environment_has_every_setting_and_no_other() -> None:
    names = {name.removeprefix(PREFIX).lower() for name in example() if name not in NOT_OURS}
    # Not for a hospital's own environment: they are for tests.
    assert names == set(Settings.model_fields) - {"twilio_api_base"}
    assert set(SpoolSettings.model_fields) <= names, "the fallback is configured by the same file"


def test_a_filled_in_example_is_a_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    filled = {name: value or "x" * 32 for name, value in example().items() if "SEGMENTS" not in name}
    for name, value in filled.items():
        if name not in (f"{PREFIX}SENDS_IN_FLIGHT", f"{PREFIX}PORT"):
            monkeypatch.setenv(name, value)
    assert Settings().production


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_runs_a_command_that_there_is_with_few_rights(unit: Path) -> None:
    text = unit.read_text()
    (command,) = re.findall(rf"^ExecStart={INSTALLED} (\S+)", text, re.MULTILINE)
    assert command in COMMANDS
    assert "EnvironmentFile=/etc/aftercell/aftercell.env" in text
    assert "User=aftercell" in text
    if "Type=oneshot" not in text:
        for line in ("Restart=always", "NoNewPrivileges=true", "ProtectSystem=strict", "CapabilityBoundingSet="):
            assert line in text.splitlines(), line


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed here")
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_understands_every_line_of_a_unit(unit: Path, tmp_path: Path) -> None:
    # An instance, and what is not installed here left out; what it complains of is then ours.
    there = tmp_path / unit.name.replace("@", "@8000")
    there.write_text(unit.read_text().replace(INSTALLED, "/bin/true"))
    found = subprocess.run(["systemd-analyze", "verify", there], capture_output=True, text=True, check=False)
    complaints = [line for line in found.stderr.splitlines() if there.name in line and "Command" not in line]
    assert complaints == []


def test_compose_runs_commands_that_there_are_and_names_what_it_defines() -> None:
    whole = compose()
    services = whole["services"]
    for name, service in services.items():
        command = service.get("command")
        assert isinstance(command, list)
        assert name == "database" or command[0] in COMMANDS
        assert set(service.get("depends_on") or {}) <= set(services)  # type: ignore[call-overload]
        assert set(service.get("secrets") or []) <= set(whole["secrets"])  # type: ignore[call-overload]
    assert {"web", "worker", "migrate"} <= set(services)
    assert str(services["web"]["stop_grace_period"]) > "30s", "gunicorn ends what it has accepted within 30 s"


def test_no_secret_gets_into_the_image_or_the_repository() -> None:
    secrets = [str(secret["file"]).removeprefix("./") for secret in compose()["secrets"].values()]
    kept_out = (ROOT / ".gitignore").read_text().split()
    for name in [*secrets, "aftercell.env"]:
        assert ignored_by_docker(name), name
        assert f"/{name}" in kept_out


def test_the_image_is_made_of_what_is_there() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    sources = [source for line in lines if line.startswith("COPY") for source in line.split()[1:-1]]
    for source in sources:
        assert (ROOT / source).exists(), source
        assert source == "." or not ignored_by_docker(source)
    for needed in ("service", "messages", "locales", "migrations", "alembic.ini", "gunicorn.conf.py", "wsgi.py"):
        assert (ROOT / needed).exists()
        assert not ignored_by_docker(needed), needed
    assert 'ENTRYPOINT ["aftercell"]' in lines
    (default,) = (line for line in lines if line.startswith("CMD"))
    assert yaml.safe_load(default.removeprefix("CMD "))[0] in COMMANDS
