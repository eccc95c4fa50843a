"""No personal data where it need not be: a bad night is played with real logging, and everything that leaves the
database is searched for it: log lines, metrics, URLs in both directions, error pages, texts to staff."""

import http.client
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import StringIO

import pytest
import requests
import structlog
from flask import Flask, request, request_started
from sqlalchemy import Engine

from service import logs
from service.errors import StoreUnavailable
from service.flows import inbound, replies
from service.store.base import Vault
from service.store.messages import Message
from tests.fake_twilio import refused
from tests.journeys.story import Phone, Story, telling

FEVER = "tengo 38,6 y escalofrios, soy Maria Lopez"
CONFUSED = "she is confused and cannot speak"
SECRETS = ["escalofrio", "38,6", "38.6", "maria", "lopez", "confused", "fever", "chills", "nora", "riverside"]


@dataclass
class Seen:
    """All that somebody could read who must not know the patients."""

    log: StringIO = field(default_factory=StringIO)
    urls: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    metrics: list[str] = field(default_factory=list)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    seen, root = Seen(), logging.getLogger()
    before = (root.handlers[:], root.level, structlog.get_config())
    logs.configure(seen.log)

    def arrives(_: Flask, **__: object) -> None:
        seen.urls.append(request.url)

    original: Callable[..., requests.Response] = requests.adapters.HTTPAdapter.send

    def leaves(
        self: requests.adapters.HTTPAdapter, sent: requests.PreparedRequest, *args: object, **more: object
    ) -> requests.Response:
        seen.urls.append(sent.url or "")
        return original(self, sent, *args, **more)

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", leaves)
    with request_started.connected_to(arrives):
        yield seen
    root.handlers, config = before[0], before[2]
    root.setLevel(before[1])
    structlog.configure(**config)


@pytest.fixture
def story(engine: Engine, vault: Vault, seen: Seen) -> Iterator[Story]:
    with telling(engine, vault) as story:
        yield story


def look_at(story: Story, path: str, method: str = "GET", body: str = "") -> tuple[int, str]:
    connection = http.client.HTTPConnection(story.here.removeprefix("http://"), timeout=30)
    form = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
    connection.request(method, path, body.encode(), form)
    answer = connection.getresponse()
    shown = answer.status, answer.read().decode()
    connection.close()
    return shown


def a_bad_night(story: Story, seen: Seen) -> list[Phone]:
    """A fever, a page that is taken, a phone that cannot be reached, a stranger, a forged text, and bugs of ours."""
    nurse, doctor = story.staff(), story.staff("clinician", on_call=False)
    maria, helper = story.patient_and_caregiver("es", "en")
    stranger = story.stranger()
    story.at("02:30")
    maria.texts(FEVER)
    story.a_moment_later()
    helper.texts(CONFUSED)
    stranger.texts(FEVER)
    story.after(minutes=11)
    doctor.texts(story.page_code())
    doctor.texts(f"{story.page_code()} DONE phoned Maria Lopez, she has a fever")
    story.fake.next(refused(30005))
    maria.texts("me siento peor, 39.1")
    story.fake.deliver_all()
    story.after(minutes=30)
    seen.pages.append(look_at(story, "/hooks/twilio/message", "POST", f"From={maria.number[1:]}&Body=fever+38.6")[1])
    seen.pages.append(look_at(story, "/patients/999999")[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replies, "handle", fails)
        maria.texts(FEVER)
        story.after(minutes=2)
    for error in (RuntimeError, StoreUnavailable):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(inbound, "receive", failing(error))
            seen.pages.append(maria.texts(FEVER).body)
    for path in ("/metrics", "/health/ready", "/health/live"):
        seen.metrics.append(look_at(story, path)[1])
    return [nurse, doctor, maria, helper, stranger]


def fails(_: object, __: object, message: Message) -> None:
    raise RuntimeError(f"cannot read {message.body} of {message.phone}")


def failing(error: type[Exception]) -> Callable[..., None]:
    def fail(_: object, text: object, *__: object) -> None:
        raise error(f"{FEVER} {text!r}")

    return fail


def without_clock(log: str) -> str:
    """The log without its timestamps, whose seconds may happen to look like a temperature."""
    return re.sub(r'"timestamp": "[^"]*"', "", log)


def found_in(what: str, secrets: list[str]) -> list[str]:
    return [secret for secret in secrets if secret in what.lower()]


def test_a_bad_night_leaves_nothing_of_anybody_in_logs_urls_metrics_and_error_pages(story: Story, seen: Seen) -> None:
    people = a_bad_night(story, seen)
    secrets = [*SECRETS, *(phone.number[1:] for phone in people)]
    secrets += [sent.body.lower() for sent in story.fake.sent]
    log = without_clock(seen.log.getvalue())
    for event in ("inbound failed", "webhook refused", "request failed"):
        assert event in log, "this is the log that an operator sees"
    assert any("/hooks/twilio/status/" in url for url in seen.urls)
    assert any("/Messages.json" in url for url in seen.urls), "and these are the addresses that are called"
    assert [bool(page) for page in seen.pages] == [True] * 4
    assert "aftercell_" in seen.metrics[0]
    assert [line for line in log.splitlines() if found_in(line, secrets)] == []
    assert [url for url in seen.urls if found_in(url, secrets)] == []
    assert [page for page in seen.pages if found_in(page, secrets)] == []
    assert [text for text in seen.metrics if found_in(text, secrets)] == []


def test_texts_to_staff_hold_a_case_number_and_nothing_else(story: Story, seen: Seen) -> None:
    nurse, doctor, maria, helper, _ = a_bad_night(story, seen)
    to_staff = [sent.body for sent in story.fake.sent if sent.to in (nurse.number, doctor.number)]
    assert len(to_staff) >= 3
    secrets = [*SECRETS, maria.number[1:], helper.number[1:]]
    assert [body for body in to_staff if found_in(body, secrets)] == []
