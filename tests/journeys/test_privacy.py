"""What must stay private: numbers and words of patients are in no log line, no metric, no URL, no outbound page."""

import logging
import urllib.request
from collections.abc import Iterator

import pytest
import structlog

from service import logs
from service.flows import inbound
from tests.fake_twilio import refused, server_error
from tests.journeys.story import Story

SECRET = "my skin is all purple blotches"


@pytest.fixture
def written_logs(capfd: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """Logging as in production, and as it was before when the test is over."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    logs.configure()
    yield capfd
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_nothing_that_a_patient_writes_reaches_a_log_or_a_metric(
    story: Story, written_logs: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    nurse = story.staff()
    anna = story.patient("en")
    somebody = story.stranger()

    # Everything goes wrong that writes a line: refusals, lost answers, a bug in the handling of a text.
    story.fake.next(server_error())
    anna.texts(f"38.9 and {SECRET}")
    somebody.texts(SECRET)
    story.a_moment_later()
    story.fake.always(anna.number, refused(30006))
    story.at("20:00")
    monkeypatch.setattr(inbound.replies, "summary", lambda reading: 1 / 0)
    anna.texts(SECRET)
    for _ in range(8):
        story.a_moment_later()
    metrics = urllib.request.urlopen(story.here + "/metrics", timeout=10).read().decode()

    written = "".join(written_logs.readouterr()) + metrics
    assert "inbound failed" in written, "the test would prove nothing without lines"
    for private in (anna.number, anna.number[1:], nurse.number[1:], somebody.number[1:], SECRET, "blotches"):
        assert private not in written


def test_a_page_and_a_callback_address_hold_no_patient_data(story: Story) -> None:
    nurse = story.staff()
    anna = story.patient("en")
    anna.texts(f"38.9 and {SECRET}")
    story.a_moment_later()
    page = nurse.gets("page")
    for private in (anna.number, "38.9", "fever", "blotches", "confus"):
        assert private not in page
    for sent in story.fake.sent:
        assert sent.our_id is not None
        assert sent.our_id.isdecimal(), "the callback address names our message by a plain number"
