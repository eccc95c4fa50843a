"""The fallback: what it has answered is on disk, nobody else can read it, and the service gets it exactly once."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import Engine

from service.errors import ConfigurationError
from service.flows.handing_over import hand_over, take_kept
from service.gateways.spool import Spool, SpooledTexts
from service.settings import SpoolSettings, read_spool_settings
from service.store.base import Vault
from service.web.spool import build_app
from tests.flows.carriers import Mailbox
from tests.serving import listening, port_of, serving
from tests.web.twilio_calls import MESSAGE, NEXT_TOKEN, PUBLIC_URL, TOKEN, Twilio, text_form
from tests.world import World, make_world

KEY = Fernet.generate_key().decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


def settings(folder: Path, *keys: str) -> SpoolSettings:
    return SpoolSettings(
        public_url=PUBLIC_URL,
        twilio_auth_tokens=(SecretStr(TOKEN), SecretStr(NEXT_TOKEN)),
        spool_folder=folder,
        data_keys=tuple(SecretStr(key) for key in keys),
    )


@pytest.fixture
def fallback(folder: Path) -> Iterator[Twilio]:
    with listening() as listener, serving(build_app(settings(folder, KEY)), listener):
        yield Twilio(port_of(listener))


@pytest.fixture
def world(engine: Engine, vault: Vault) -> World:
    return make_world(engine, vault)


def kept(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def spooled(folder: Path, key: str = KEY) -> SpooledTexts:
    return SpooledTexts(Spool(folder, [key]), carrier_answers_stop=True)


def test_a_text_is_on_disk_when_it_is_answered_and_for_nobody_elses_eyes(fallback: Twilio, folder: Path) -> None:
    answer = fallback.text("+12025550123", "38.9 and chills")
    assert (answer.status, answer.headers["Content-Type"].split(";")[0]) == (200, "text/xml")
    assert answer.body.endswith("<Response/>")
    (path,) = kept(folder)
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o077 == 0
    content = path.read_bytes()
    assert b"chills" not in content
    assert b"2025550123" not in content
    assert "2025550123" not in path.name


def test_without_a_key_it_keeps_the_text_as_it_is(folder: Path) -> None:
    with listening() as listener, serving(build_app(settings(folder)), listener):
        Twilio(port_of(listener)).text("+12025550123", "38,9 °")
    (path,) = kept(folder)
    assert json.loads(path.read_bytes())["Body"] == "38,9 °"


def test_the_same_call_twice_is_one_file(fallback: Twilio, folder: Path) -> None:
    form = text_form("+12025550123", "hello")
    assert [fallback.post(MESSAGE, form).status for _ in range(2)] == [200, 200]
    assert len(kept(folder)) == 1


@pytest.mark.parametrize("sid", ["", "../../etc/passwd", "a/b", "x" * 65])
def test_an_id_that_is_none_leaves_no_file(fallback: Twilio, folder: Path, sid: str) -> None:
    form = text_form("+12025550123", "hello") | {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid}
    assert fallback.post(MESSAGE, form).status == 400
    assert kept(folder) == []


def test_a_call_that_is_not_signed_is_turned_away(fallback: Twilio, folder: Path) -> None:
    assert fallback.post(MESSAGE, text_form("+12025550123", "hello"), token="wrong").status == 403
    assert kept(folder) == []
    assert fallback.post(MESSAGE, text_form("+12025550123", "hello"), token=NEXT_TOKEN).status == 200


def test_what_cannot_be_written_is_not_answered_with_yes(fallback: Twilio, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("service.gateways.spool.os.fsync", full)
    assert fallback.text("+12025550123", "hello").status == 503


def test_what_was_kept_is_heard_once_and_then_gone(fallback: Twilio, folder: Path, world: World) -> None:
    nurse, patient = world.add_staff(), world.enrol()
    fallback.text(patient.phone, "38.9 and chills")
    spool = spooled(folder)
    copy = kept(folder)[0].read_bytes()
    assert hand_over(world.services, spool, world.now) == (1, [])
    world.tick()
    assert len(world.texts_to(nurse.phone)) == 1
    assert kept(folder) == []
    (folder / "again.text").write_bytes(copy)
    assert hand_over(world.services, spool, world.now) == (1, [])
    world.tick()
    assert len(world.texts_to(nurse.phone)) == 1


def test_a_file_that_cannot_be_read_stays_and_is_named_and_the_others_are_taken(
    fallback: Twilio, folder: Path, world: World
) -> None:
    fallback.text("+12025550123", "hello")
    (folder / "torn.text").write_bytes(b"{")
    taken, (problem,) = hand_over(world.services, spooled(folder), world.now)
    assert taken == 1
    assert "torn.text" in problem
    assert [path.name for path in kept(folder)] == ["torn.text"]
    fallback.text("+12025550123", "hello")
    assert hand_over(world.services, spooled(folder, Fernet.generate_key().decode()), world.now)[0] == 0


def test_a_worker_with_the_folder_hears_what_was_kept_without_being_told(
    fallback: Twilio, folder: Path, world: World
) -> None:
    nurse, patient = world.add_staff(), world.enrol()
    world.services = replace(world.services, kept=spooled(folder))
    fallback.text(patient.phone, "38.9 and chills")
    assert world.tick()["texts_handed_over"] == 1
    assert len(world.texts_to(nurse.phone)) == 1
    assert kept(folder) == []


def test_administrators_are_told_once_of_kept_texts_that_cannot_be_read(folder: Path, world: World) -> None:
    admin, mailbox = world.add_staff("admin"), Mailbox()
    world.services = replace(world.services, kept=spooled(folder), email=mailbox)
    (folder / "torn.text").write_bytes(b"{")
    for _ in range(3):
        take_kept(world.services, world.now)
    world.tick()
    told = mailbox.subjects_to(f"admin{admin.phone[-3:]}@example.org")
    assert told == ["aftercell: texts of patients cannot be read"]
    (folder / "torn.text").unlink()
    take_kept(world.services, world.now)
    (folder / "torn.text").write_bytes(b"{")
    take_kept(world.services, world.now)
    world.tick()
    assert len(mailbox.subjects_to(f"admin{admin.phone[-3:]}@example.org")) == 2, "it came back"


def test_a_text_that_another_worker_has_just_taken_is_no_trouble(fallback: Twilio, folder: Path, world: World) -> None:
    fallback.text("+12025550123", "hello")
    spool = spooled(folder)
    (name,) = spool.waiting()
    spool.forget(name)
    assert spool.read(name) is None
    spool.forget(name)


def test_a_text_half_written_is_not_seen(folder: Path) -> None:
    spool = Spool(folder)
    (folder / ".deadbeef").write_bytes(b'{"Body"')
    assert spool.files() == []


def test_it_starts_with_nothing_but_tokens_and_a_public_url(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("AFTERCELL_TWILIO_AUTH_TOKENS", "one,two")
    monkeypatch.setenv("AFTERCELL_PUBLIC_URL", "https://fallback.example.org/")
    monkeypatch.setenv("AFTERCELL_SPOOL_FOLDER", str(folder))
    assert read_spool_settings().public_url == "https://fallback.example.org"
    monkeypatch.delenv("AFTERCELL_PUBLIC_URL")
    with pytest.raises(ConfigurationError, match="AFTERCELL_PUBLIC_URL is missing"):
        read_spool_settings()
