"""A call that wakes a nurse: what is said, what counts as an answer, and what is never said."""

from collections.abc import Iterator
from datetime import timedelta
from xml.etree import ElementTree

import pytest

from service.core.delivery import Accepted, Cause, Permanent, State, Unknown
from service.gateways.base import GatewayUnavailable, OutboundCall, Speech, VoiceGateway
from service.gateways.twilio_client import Clients, Login
from service.gateways.twilio_voice import TwilioVoice, answer, summons
from tests.fake_twilio import FakeTwilio, drop, refused, server_error
from tests.gateways.outbound import ON_CALL

CALL = OutboundCall(
    message_id="7",
    to=ON_CALL,
    spoken=Speech("A patient needs you.\x0b Press 1 & wait.", "en-US"),
    farewell=Speech("Goodbye.", "en-US"),
    answer_url="https://sms.example.org/hooks/twilio/voice/token",
    status_url="https://sms.example.org/hooks/twilio/voice/token/status",
)


@pytest.fixture
def voice(fake: FakeTwilio) -> Iterator[VoiceGateway]:
    login = Login(fake.account_sid, api_key=fake.api_key, api_secret=fake.api_secret)
    yield TwilioVoice(Clients(login, api_base=fake.base_url, timeout=5.0), fake.alert_number)


def test_a_call_is_made_once_with_all_that_it_says(fake: FakeTwilio, voice: VoiceGateway) -> None:
    outcome = voice.call(CALL)
    (call,) = fake.calls
    assert outcome == Accepted(call.sid, State.ACCEPTED)
    assert (call.to, call.from_, call.status_url) == (ON_CALL, fake.alert_number, CALL.status_url + "#rc=2&rp=all")
    assert call.twiml == summons(CALL)


def test_it_asks_twice_for_a_key_then_hangs_up() -> None:
    first, second, farewell, end = ElementTree.fromstring(summons(CALL))
    for round_ in (first, second):
        assert round_.tag == "Gather"
        assert round_.attrib["numDigits"] == "1"
        assert round_.attrib["action"] == CALL.answer_url + "#rc=2&rp=all"
        assert [said.text for said in round_.iter("Say")] == ["A patient needs you. Press 1 & wait."]
    assert (farewell.text, end.tag) == ("Goodbye.", "Hangup")


def test_after_a_key_it_says_something_and_hangs_up_or_asks_again() -> None:
    said, end = ElementTree.fromstring(answer(Speech("Thank you.", "en-US"), None))
    assert (said.tag, said.text, end.tag) == ("Say", "Thank you.", "Hangup")
    again, end = ElementTree.fromstring(answer(Speech("Press 1.", "en-US"), CALL.answer_url))
    assert (again.tag, end.tag) == ("Gather", "Hangup")


def test_a_sentence_is_read_by_the_voice_of_its_language() -> None:
    arabic = Speech("مرحبا", "ar-XA", "Google.ar-XA-Standard-A")
    said = ElementTree.fromstring(answer(arabic, None))[0]
    assert said.attrib == {"language": "ar-XA", "voice": "Google.ar-XA-Standard-A"}
    asked = ElementTree.fromstring(answer(arabic, CALL.answer_url))[0]
    assert [part.attrib for part in asked.iter("Say")] == [said.attrib]


@pytest.mark.parametrize(("code", "cause"), [(20003, Cause.CREDENTIALS), (21211, Cause.INVALID_ADDRESS)])
def test_a_refusal_has_its_cause(fake: FakeTwilio, voice: VoiceGateway, code: int, cause: Cause) -> None:
    fake.next(refused(code))
    outcome = voice.call(CALL)
    assert isinstance(outcome, Permanent)
    assert outcome.cause is cause


def test_a_lost_answer_is_an_unknown_outcome(fake: FakeTwilio, voice: VoiceGateway) -> None:
    fake.next(drop(accepted=True))
    assert isinstance(voice.call(CALL), Unknown)


def test_what_became_of_a_call_can_be_asked(fake: FakeTwilio, voice: VoiceGateway) -> None:
    voice.call(CALL)
    (call,) = fake.calls
    call.status = "no-answer"
    found = voice.fetch_call(call.sid)
    assert found is not None
    assert found.state is State.UNDELIVERED
    assert voice.fetch_call("CA" + "0" * 32) is None


def test_a_call_whose_answer_was_lost_is_found_and_no_other_is_taken_for_it(
    fake: FakeTwilio, voice: VoiceGateway
) -> None:
    voice.call(CALL)
    (earlier,) = fake.calls
    known = [earlier.sid]
    assert voice.find_call(ON_CALL, earlier.at, known) is None, "the one that we know of is not the one we miss"
    fake.next(drop(accepted=True))
    voice.call(CALL)
    lost = fake.calls[-1]
    found = voice.find_call(ON_CALL, lost.at, known)
    assert found is not None
    assert (found.provider_id, found.state) == (lost.sid, State.ACCEPTED)
    assert voice.find_call("+12025550177", lost.at) is None
    assert voice.find_call(ON_CALL, lost.at + timedelta(minutes=1)) is None, "nor is an older one"


def test_calls_that_cannot_be_looked_up_say_so_without_a_number(fake: FakeTwilio, voice: VoiceGateway) -> None:
    fake.next(server_error(), method="GET")
    with pytest.raises(GatewayUnavailable) as raised:
        voice.find_call(ON_CALL, fake.now())
    assert ON_CALL.strip("+") not in str(raised.value)
