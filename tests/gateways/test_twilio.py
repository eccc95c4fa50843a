"""What becomes of one attempt to send, over a real socket, for everything that a network or Twilio can do to it."""

import logging
import socket
import threading
import traceback
from datetime import UTC, datetime, timedelta, timezone
from time import monotonic

import pytest

from service.core.delivery import Accepted, Cause, Permanent, State, Transient, Unknown
from service.errors import ConfigurationError
from service.gateways.base import GatewayUnavailable, MessageGateway
from service.gateways.twilio import TwilioGateway
from tests.fake_twilio import FakeTwilio, Fault, drop, hang, nonsense, refused, server_error, too_many_requests
from tests.gateways.outbound import ON_CALL, PATIENT, gateway_for, text

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_text_goes_out_once_with_our_id_in_its_callback(fake: FakeTwilio, gateway: TwilioGateway) -> None:
    outcome = gateway.send(text("¿Cómo está? 👍 & 100% + «ok»", message_id="m42"))
    [sent] = fake.sent
    assert outcome == Accepted(sent.sid, State.ACCEPTED)
    assert (sent.to, sent.body, sent.our_id) == (PATIENT, "¿Cómo está? 👍 & 100% + «ok»", "m42")
    assert fake.messages[sent.sid].validity == 600


def test_every_text_has_its_own_id(gateway: TwilioGateway) -> None:
    outcomes = [gateway.send(text()) for _ in range(3)]
    assert len({outcome.provider_id for outcome in outcomes if isinstance(outcome, Accepted)}) == 3


def test_pages_have_their_own_sender_and_texts_the_service(fake: FakeTwilio) -> None:
    gateway = gateway_for(fake, alert_from=fake.alert_number)
    gateway.send(text())
    gateway.send(text("Case 17 needs you", to=ON_CALL, is_page=True))
    patient, page = (fake.messages[sent.sid] for sent in fake.sent)
    assert (patient.service_sid, patient.from_) == (fake.messaging_service_sid, None)
    assert (page.service_sid, page.from_) == (None, fake.alert_number)


def test_pages_use_the_service_where_no_alert_sender_is_set(fake: FakeTwilio, gateway: TwilioGateway) -> None:
    gateway.send(text(is_page=True))
    assert fake.messages[fake.sent[0].sid].service_sid == fake.messaging_service_sid


def test_control_characters_and_half_pairs_do_not_reach_the_carrier(fake: FakeTwilio, gateway: TwilioGateway) -> None:
    gateway.send(text("call\x00 us\x0b now \ud83d!"))
    assert fake.sent_to(PATIENT) == ["call us now !"]


def test_the_auth_token_signs_in_where_there_is_no_api_key(fake: FakeTwilio) -> None:
    gateway = TwilioGateway(
        account_sid=fake.account_sid,
        auth_token=fake.auth_token,
        messaging_service_sid=fake.messaging_service_sid,
        api_base=fake.base_url,
    )
    assert isinstance(gateway.send(text()), Accepted)


def test_twilio_answers_a_bare_stop_itself_so_the_service_must_not(gateway: MessageGateway) -> None:
    assert gateway.answers_opt_out_itself


def test_without_credentials_nothing_starts() -> None:
    with pytest.raises(ConfigurationError, match="AFTERCELL_TWILIO_API_KEY"):
        TwilioGateway(account_sid="AC1", messaging_service_sid="MG1")


def test_wrong_credentials_are_the_accounts_problem_not_the_texts(fake: FakeTwilio) -> None:
    gateway = TwilioGateway(
        account_sid=fake.account_sid,
        auth_token="wrong",
        messaging_service_sid=fake.messaging_service_sid,
        api_base=fake.base_url,
    )
    outcome = gateway.send(text())
    assert isinstance(outcome, Permanent)
    assert (outcome.code, outcome.cause) == (20003, Cause.CREDENTIALS)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_without_a_code_is_judged_by_its_status(
    fake: FakeTwilio, gateway: TwilioGateway, status: int
) -> None:
    fake.next(refused(None, status))
    outcome = gateway.send(text())
    assert isinstance(outcome, Permanent)
    assert outcome.cause is Cause.CREDENTIALS


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (21211, Cause.INVALID_ADDRESS),
        (21408, Cause.ROUTE),
        (21610, Cause.OPTED_OUT),
        (21703, Cause.SENDER),
        (77777, Cause.UNLISTED),
    ],
)
def test_a_refusal_has_its_cause(fake: FakeTwilio, gateway: TwilioGateway, code: int, cause: Cause) -> None:
    fake.next(refused(code))
    outcome = gateway.send(text())
    assert isinstance(outcome, Permanent)
    assert (outcome.code, outcome.cause) == (code, cause)
    assert not fake.sent


def test_an_invalid_number_is_refused_without_a_trace_of_it_in_the_reason(gateway: TwilioGateway) -> None:
    outcome = gateway.send(text("secret words", to="+1999"))
    assert isinstance(outcome, Permanent)
    assert outcome.cause is Cause.INVALID_ADDRESS
    assert "1999" not in outcome.reason
    assert "secret" not in outcome.reason


def test_an_overlong_text_is_a_program_error(gateway: TwilioGateway) -> None:
    outcome = gateway.send(text("x" * 1601))
    assert isinstance(outcome, Permanent)
    assert outcome.cause is Cause.PROGRAM_ERROR


def test_too_many_requests_can_be_tried_again_when_twilio_says(fake: FakeTwilio, gateway: TwilioGateway) -> None:
    fake.next(too_many_requests(retry_after=7))
    assert gateway.send(text()) == Transient(20429, "Twilio 429: too many requests at once", timedelta(seconds=7))
    fake.next(too_many_requests())
    later = gateway.send(text())
    assert isinstance(later, Transient)
    assert later.retry_after is None
    assert not fake.sent


def test_a_full_queue_can_be_tried_again(fake: FakeTwilio, gateway: TwilioGateway) -> None:
    fake.next(refused(21611))
    outcome = gateway.send(text())
    assert isinstance(outcome, Transient)
    assert outcome.cause is Cause.CONGESTED


@pytest.mark.parametrize(
    "fault",
    [
        server_error(),
        server_error(accepted=True),
        server_error(status=503, code=None),
        server_error(status=504, code=None, accepted=True),
        drop(),
        drop(accepted=True),
        nonsense(),
        nonsense(accepted=True),
    ],
    ids=lambda fault: f"{fault.manner}-{fault.status}-{'accepted' if fault.accepted else 'lost'}",
)
def test_when_nobody_can_know_the_outcome_is_unknown_and_nothing_is_sent_twice(
    fake: FakeTwilio, gateway: TwilioGateway, fault: Fault
) -> None:
    fake.next(fault)
    outcome = gateway.send(text())
    assert isinstance(outcome, Unknown)
    assert [method for method, _ in fake.requests] == ["POST"]
    assert len(fake.sent) == fault.accepted


@pytest.mark.parametrize("accepted", [True, False])
def test_an_answer_that_does_not_come_in_time_leaves_the_outcome_unknown(fake: FakeTwilio, accepted: bool) -> None:
    fake.next(hang(accepted=accepted))
    began = monotonic()
    outcome = gateway_for(fake, timeout=0.2).send(text())
    assert outcome == Unknown("Twilio did not answer in time")
    assert monotonic() - began < 10
    assert len(fake.requests) == 1


def test_a_refused_connection_means_that_nothing_was_sent() -> None:
    outcome = _gateway_at(_closed_port()).send(text())
    assert isinstance(outcome, Transient)
    assert outcome.cause is Cause.OFFLINE


def test_a_host_without_an_address_means_that_nothing_was_sent() -> None:
    outcome = _gateway_at("http://nowhere.invalid").send(text())
    assert isinstance(outcome, Transient)
    assert outcome.cause is Cause.OFFLINE


def test_a_moved_base_keeps_requests_off_the_internet_and_out_of_proxies(
    fake: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("TWILIO_EDGE", "dublin")
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    assert isinstance(gateway_for(fake).send(text()), Accepted)


@pytest.mark.parametrize("base", ["127.0.0.1:4010", "ftp://127.0.0.1", "http://", "http://127.0.0.1/?x=1"])
def test_a_base_that_is_no_url_is_refused_by_name(base: str) -> None:
    with pytest.raises(ConfigurationError, match="AFTERCELL_TWILIO_API_BASE"):
        _gateway_at(base).send(text())


def test_many_threads_send_each_text_once(fake: FakeTwilio, gateway: TwilioGateway) -> None:
    def send(worker: int) -> None:
        for number in range(5):
            gateway.send(text(message_id=f"{worker}-{number}"))

    threads = [threading.Thread(target=send, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sent.our_id for sent in fake.sent) == sorted(f"{w}-{n}" for w in range(8) for n in range(5))


class TestFind:
    """Was a text of unknown outcome taken?"""

    def test_finds_what_was_taken_although_the_answer_was_lost(self, fake: FakeTwilio, gateway: TwilioGateway) -> None:
        fake.next(drop(accepted=True))
        gateway.send(text("Are you there?\x00"))
        found = gateway.find(PATIENT, "Are you there?\x00", datetime.now(UTC))
        assert found is not None
        assert (found.provider_id, found.state) == (fake.sent[0].sid, State.ACCEPTED)

    def test_finds_nothing_when_nothing_was_taken(self, fake: FakeTwilio, gateway: TwilioGateway) -> None:
        fake.next(drop())
        gateway.send(text())
        assert gateway.find(PATIENT, text().body, LONG_AGO) is None

    def test_takes_no_other_text_for_it(self, fake: FakeTwilio, gateway: TwilioGateway) -> None:
        known = gateway.send(text("same words"))
        gateway.send(text("other words"))
        gateway.send(text("same words", to=ON_CALL))
        assert isinstance(known, Accepted)
        assert gateway.find(PATIENT, "same words", LONG_AGO, known_ids=[known.provider_id]) is None

    def test_takes_no_earlier_text_of_the_same_words_for_it(self, fake: FakeTwilio) -> None:
        fake.now = lambda: LONG_AGO
        gateway = gateway_for(fake)
        gateway.send(text())
        assert gateway.find(PATIENT, text().body, LONG_AGO + timedelta(hours=1)) is None

    def test_reads_times_of_any_zone_as_the_instants_they_are(self, fake: FakeTwilio) -> None:
        fake.now = lambda: LONG_AGO
        gateway = gateway_for(fake)
        gateway.send(text())
        nairobi = timezone(timedelta(hours=3))
        assert gateway.find(PATIENT, text().body, LONG_AGO.astimezone(nairobi)) is not None
        assert gateway.find(PATIENT, text().body, datetime(2026, 1, 1, 3, 1, tzinfo=nairobi)) is None

    @pytest.mark.parametrize(
        ("fault", "said"),
        [
            (server_error(), "HTTP 500"),
            (refused(20003, 401), "credentials"),
            (drop(), "broke off"),
            (nonsense(), "HTTP"),
        ],
        ids=["server error", "credentials", "dropped", "nonsense"],
    )
    def test_says_so_when_twilio_cannot_be_asked(
        self, fake: FakeTwilio, gateway: TwilioGateway, fault: Fault, said: str
    ) -> None:
        fake.next(fault, method="GET")
        with pytest.raises(GatewayUnavailable, match=said):
            gateway.find(PATIENT, "x", LONG_AGO)

    def test_gives_no_number_away_even_in_a_traceback(self) -> None:
        with pytest.raises(GatewayUnavailable) as raised:
            _gateway_at(_closed_port()).find(PATIENT, "x", LONG_AGO)
        assert PATIENT.strip("+") not in "".join(traceback.format_exception(raised.value))


class TestFetchStatus:
    def test_tells_what_the_carrier_said(self, fake: FakeTwilio, gateway: TwilioGateway) -> None:
        fake.plan(PATIENT, "sent", ("undelivered", 30003))
        outcome = gateway.send(text())
        assert isinstance(outcome, Accepted)
        fake.deliver_all()
        receipt = gateway.fetch_status(outcome.provider_id)
        assert receipt is not None
        assert (receipt.state, receipt.code) == (State.UNDELIVERED, 30003)

    def test_an_unknown_message_is_none(self, gateway: TwilioGateway) -> None:
        assert gateway.fetch_status("SM" + "0" * 32) is None

    def test_says_so_when_twilio_cannot_be_asked(self, fake: FakeTwilio, gateway: TwilioGateway) -> None:
        fake.next(too_many_requests(), method="GET")
        with pytest.raises(GatewayUnavailable):
            gateway.fetch_status("SM" + "0" * 32)


class TestCheck:
    """Replies that Twilio would drop without a trace are found before the first patient is enrolled."""

    INBOUND = "https://sms.example.org/hooks/twilio/message"

    @pytest.fixture(autouse=True)
    def well_configured(self, fake: FakeTwilio) -> None:
        fake.service["fallback_url"] = "https://fallback.example.org/"

    def test_a_good_configuration_has_no_problems(self, fake: FakeTwilio) -> None:
        assert gateway_for(fake, alert_from=fake.alert_number).check(self.INBOUND) == []

    @pytest.mark.parametrize(
        ("setting", "value", "problem"),
        [
            ("inbound_request_url", None, "drops every reply"),
            ("inbound_request_url", "https://old.example.org/sms", "https://old.example.org/sms"),
            ("inbound_request_url", "https://sms.example.org/hooks/twilio/message", "#rc=2&rp=all"),
            ("inbound_method", "GET", "POST"),
            ("fallback_url", None, "fallback"),
            ("use_inbound_webhook_on_number", True, "its own inbound URL"),
        ],
    )
    def test_each_problem_is_named(self, fake: FakeTwilio, setting: str, value: object, problem: str) -> None:
        fake.service[setting] = value
        [found] = gateway_for(fake).check(self.INBOUND)
        assert problem in found

    def test_an_alert_number_that_takes_no_acknowledgements_is_named(self, fake: FakeTwilio) -> None:
        fake.numbers[fake.alert_number] = ""
        [found] = gateway_for(fake, alert_from=fake.alert_number).check(self.INBOUND)
        assert "alert number" in found

    def test_an_alert_number_of_someone_else_is_named(self, fake: FakeTwilio) -> None:
        [found] = gateway_for(fake, alert_from="+15005550001").check(self.INBOUND)
        assert "AFTERCELL_TWILIO_ALERT_FROM" in found

    def test_refused_credentials_are_named(self, fake: FakeTwilio) -> None:
        fake.next(refused(20003, 401), method="GET")
        [found] = gateway_for(fake).check(self.INBOUND)
        assert "credentials" in found


def test_neither_number_nor_body_reaches_the_log(
    fake: FakeTwilio, gateway: TwilioGateway, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        gateway.send(text("private words"))
        gateway.find(PATIENT, "private words", LONG_AGO)
        fake.next(drop())
        gateway.send(text("private words"))
    assert PATIENT.strip("+") not in caplog.text
    assert "private" not in caplog.text
    assert PATIENT not in repr(text("private words"))


def _closed_port() -> str:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{closed.getsockname()[1]}"


def _gateway_at(base: str) -> TwilioGateway:
    return TwilioGateway(account_sid="AC1", auth_token="t", messaging_service_sid="MG1", api_base=base, timeout=2.0)


def test_what_phones_have_texted_is_listed_whether_or_not_we_were_called(
    fake: FakeTwilio, gateway: TwilioGateway
) -> None:
    before = datetime.now(UTC)
    fake.text(PATIENT, "38.9")
    fake.text(PATIENT, "STOP")
    gateway.send(text())
    fake.deliver_all()
    found = gateway.list_inbound(before)
    assert [(one.phone, one.body, one.carrier_opt_out) for one in found] == [
        (PATIENT, "38.9", None),
        (PATIENT, "STOP", "STOP"),
    ]
    assert {one.provider_id for one in found} == {
        sid for sid, one in fake.messages.items() if one.direction == "inbound"
    }


def test_of_a_long_text_the_list_tells_that_a_part_never_arrived(fake: FakeTwilio, gateway: TwilioGateway) -> None:
    fake.text("+15005550001", "whole")
    fake.text("+15005550001", "torn", error_code=30009)
    listed = gateway.list_inbound(fake.now() - timedelta(minutes=1))
    assert [(text.body, text.lacks_part) for text in listed] == [("whole", False), ("torn", True)]


def test_the_list_of_texts_begins_at_the_given_instant_in_whatever_zone(
    fake: FakeTwilio, gateway: TwilioGateway
) -> None:
    fake.text(PATIENT, "hello")
    soon = datetime.now(UTC) + timedelta(minutes=5)
    assert gateway.list_inbound(soon) == []
    # Written without converting it, this would be five hours too late.
    zone = timezone(timedelta(hours=5))
    assert len(gateway.list_inbound(datetime.now(zone) - timedelta(minutes=5))) == 1


def test_a_list_that_cannot_be_had_is_an_error_without_a_number_in_it(fake: FakeTwilio, gateway: TwilioGateway) -> None:
    fake.next(refused(20003, 401), method="GET")
    with pytest.raises(GatewayUnavailable) as raised:
        gateway.list_inbound(LONG_AGO)
    assert fake.service_number not in str(raised.value)
