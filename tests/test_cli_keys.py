"""`aftercell keys reseal`: after it the old key can go, as a shell sees it."""

import shutil
from pathlib import Path

from cryptography.fernet import Fernet

from tests.test_cli import SITE, STAFF, Shell

PATIENT = (
    "enrol --site 1 --phone +12125550121 --language en --timezone America/New_York --infused-at 2026-11-20T15:00:00Z"
)


def test_after_resealing_the_old_key_can_be_taken_away(migrated_sqlite: Path, tmp_path: Path) -> None:
    shutil.copyfile(migrated_sqlite, tmp_path / "aftercell.db")
    shell = Shell(f"sqlite:///{tmp_path / 'aftercell.db'}")
    old, new = shell.environment["AFTERCELL_DATA_KEYS"], Fernet.generate_key().decode()
    for command in (SITE, STAFF, PATIENT):
        shell.answer(command)

    shell.environment["AFTERCELL_DATA_KEYS"] = new
    assert "AFTERCELL_DATA_KEYS" in shell.run("show messages --json").stderr, "only the old key opens it yet"

    shell.environment["AFTERCELL_DATA_KEYS"] = f"{new},{old}"
    assert "contacts" in str(shell.answer("keys reseal")["resealed"])

    shell.environment["AFTERCELL_DATA_KEYS"] = new
    (consent,) = shell.rows("show messages --json")
    assert "Riverside" in str(consent["body"])


def test_without_the_old_key_it_says_so_and_fails(migrated_sqlite: Path, tmp_path: Path) -> None:
    shutil.copyfile(migrated_sqlite, tmp_path / "aftercell.db")
    shell = Shell(f"sqlite:///{tmp_path / 'aftercell.db'}")
    for command in (SITE, STAFF):
        shell.answer(command)
    shell.environment["AFTERCELL_DATA_KEYS"] = Fernet.generate_key().decode()
    done = shell.run("keys reseal")
    assert done.returncode == 1
    assert "AFTERCELL_DATA_KEYS" in done.stderr
