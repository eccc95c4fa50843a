"""The fake has to be as strict and as unreliable as the real one, or the journeys prove nothing."""

import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from service.core.delivery import Accepted, Cause, Permanent, State, Transient
from service.core.twilio_codes import read_code, receipt
from service.gateways.base import OutboundText
from service.gateways.signature import verify
from tests.fake_twilio import FakeTwilio, refused, sign, too_many_requests
from tests.fake_twilio.records import parse_form
from tests.gateways.outbound import PATIENT, gateway_for

PUBLIC = "https://sms.example.org"
MESSAGE, STATUS = "/hooks/twilio/message", "/hooks/twilio/status/"


@dataclass
class App:
    """A stand-in for the application: notes what it is called with, answers what it is told to."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    calls: list[tuple[str, dict[str, str], str]] = field(default_factory=list)

    def forms(self, path: str) -> list[dict[str, str]]:
        return [form for called, form, _ in self.calls if called.startswith(path)]


@pytest.fixture
def app() -> Iterator[App]:
    app = App()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_form(self.rfile.read(int(self.headers["Content-Length"])))
            app.calls.append((self.path, form, self.headers["X-Twilio-Signature"]))
            self.send_response(app.answers.pop(0) if app.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        app.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield app
        server.shutdown()
        thread.join()


@pytest.fixture
def twilio(app: App) -> Iterator[FakeTwilio]:
    with FakeTwilio(inbound_url=PUBLIC + MESSAGE, public_urls={PUBLIC: app.url}) as twilio:
        yield twilio


def send(twilio: FakeTwilio, message_id: str = "m1", to: str = PATIENT) -> str:
    text = OutboundText(message_id, to, "How are you?", False, 60, f"{PUBLIC}{STATUS}{message_id}")
    outcome = gateway_for(twilio).send(text)
    assert isinstance(outcome, Accepted)
    return outcome.provider_id


def statuses(app: App) -> list[tuple[str, str]]:
    return [(form["MessageSid"], form["MessageStatus"]) for form in app.forms(STATUS)]


def test_a_phones_text_reaches_the_webhook_signed_for_its_public_address(twilio: FakeTwilio, app: App) -> None:
    answer = twilio.text(PATIENT, "٣٨٫٥ 🤒 \x00 & +", media=1)
    [(path, form, signature)] = app.calls
    assert answer.status == 200
    assert verify([twilio.auth_token], PUBLIC, path, form, signature)
    assert not verify(["another"], PUBLIC, path, form, signature)
    assert (form["From"], form["To"], form["Body"]) == (PATIENT, twilio.service_number, "٣٨٫٥ 🤒 \x00 & +")
    assert (form["NumMedia"], "MediaUrl0" in form, "OptOutType" in form) == ("1", True, False)


def test_the_same_sid_is_the_same_message_again(twilio: FakeTwilio, app: App) -> None:
    twilio.text(PATIENT, "38.5", sid="SM7")
    twilio.text(PATIENT, "38.5", sid="SM7")
    assert app.forms(MESSAGE)[0] == app.forms(MESSAGE)[1]


def test_a_text_is_followed_by_signed_callbacks_only_when_it_is_delivered(twilio: FakeTwilio, app: App) -> None:
    sid = send(twilio)
    assert app.calls == []
    twilio.deliver_all()
    assert statuses(app) == [(sid, "sent"), (sid, "delivered")]
    assert all(verify([twilio.auth_token], PUBLIC, path, form, seal) for path, form, seal in app.calls)
    assert twilio.deliver_all() == []


def test_callbacks_come_twice_and_backwards_when_asked_to(twilio: FakeTwilio, app: App) -> None:
    sid = send(twilio)
    twilio.deliver_all(copies=2, backwards=True)
    assert statuses(app) == [(sid, "delivered")] * 2 + [(sid, "sent")] * 2


def test_callbacks_of_several_texts_mix_the_same_way_for_the_same_seed(twilio: FakeTwilio, app: App) -> None:
    orders = []
    for _ in range(2):
        for number in range(5):
            send(twilio, f"m{number}")
        twilio.deliver_all(shuffle=random.Random(3))
        orders.append([path + form["MessageStatus"] for path, form, _ in app.calls])
        app.calls.clear()
    assert orders[0] == orders[1]
    assert orders[0] != sorted(orders[0])


def test_a_carriers_refusal_comes_in_the_callback_and_stays_with_the_message(twilio: FakeTwilio, app: App) -> None:
    twilio.plan(PATIENT, "sent", ("undelivered", 30003))
    sid = send(twilio)
    twilio.deliver_all()
    last = app.forms(STATUS)[-1]
    said = receipt(last["MessageSid"], last["MessageStatus"], read_code(last["ErrorCode"]))
    assert (said.provider_id, said.state, said.code) == (sid, State.UNDELIVERED, 30003)
    assert gateway_for(twilio).fetch_status(sid) == said


def test_a_callback_can_stay_away_for_ever(twilio: FakeTwilio, app: App) -> None:
    twilio.plan(PATIENT)
    send(twilio)
    assert twilio.deliver_all() == []
    assert app.calls == []


@pytest.mark.parametrize("word", ["STOP", " stop ", "Unsubscribe", "end"])
def test_after_stop_twilio_answers_blocks_and_still_calls_the_webhook(twilio: FakeTwilio, app: App, word: str) -> None:
    twilio.text(PATIENT, word)
    assert len(app.forms(MESSAGE)) == len(twilio.auto_replies) == 1
    outcome = gateway_for(twilio).send(OutboundText("m", PATIENT, "x", False, 60, f"{PUBLIC}{STATUS}m"))
    assert isinstance(outcome, Permanent)
    assert (outcome.code, outcome.cause) == (21610, Cause.OPTED_OUT)
    twilio.text(PATIENT, "START")
    send(twilio)


@pytest.mark.parametrize("body", ["STOP I have a fever", "can't stop shaking", "Stop please"])
def test_more_than_the_bare_word_blocks_nothing(twilio: FakeTwilio, app: App, body: str) -> None:
    twilio.text(PATIENT, body)
    send(twilio)
    assert twilio.auto_replies == []


def test_who_opts_out_of_the_service_can_still_be_paged_by_the_alert_number(twilio: FakeTwilio) -> None:
    twilio.text(PATIENT, "STOP")
    page = OutboundText("m", PATIENT, "Case 17", True, 60, f"{PUBLIC}{STATUS}m")
    assert isinstance(gateway_for(twilio, alert_from=twilio.alert_number).send(page), Accepted)


def test_an_opt_out_may_also_show_in_the_callback_only(twilio: FakeTwilio, app: App) -> None:
    twilio.opt_out_in_callback = True
    twilio.text(PATIENT, "STOP")
    send(twilio)
    twilio.deliver_all()
    assert [(form["MessageStatus"], form["ErrorCode"]) for form in app.forms(STATUS)] == [("failed", "21610")]


def test_advanced_opt_out_names_the_kind(twilio: FakeTwilio, app: App) -> None:
    twilio.advanced_opt_out = True
    for word in ("STOP", "START", "HELP", "fine"):
        twilio.text(PATIENT, word)
    assert [form.get("OptOutType") for form in app.forms(MESSAGE)] == ["STOP", "START", "HELP", None]


@pytest.mark.parametrize(
    ("fragment", "answers", "calls", "status"),
    [
        ("", [503, 200], 1, 503),
        ("#rc=2&rp=all", [503, 503, 200], 3, 200),
        ("#rc=2&rp=all", [503, 503, 503], 3, 503),
        ("#rc=2&rp=4xx", [503, 200], 1, 503),
        ("#rc=1&rp=5xx", [503, 200], 2, 200),
    ],
)
def test_a_failed_webhook_is_repeated_as_the_url_says_and_no_more(
    twilio: FakeTwilio, app: App, fragment: str, answers: list[int], calls: int, status: int
) -> None:
    twilio.inbound_url += fragment
    app.answers += answers
    assert twilio.text(PATIENT, "38.5").status == status
    assert len({form["MessageSid"] for form in app.forms(MESSAGE)}) == 1
    assert len(app.calls) == calls


def test_the_fallback_is_called_when_the_webhook_fails(twilio: FakeTwilio, app: App) -> None:
    twilio.fallback_url = f"{PUBLIC}/fallback"
    app.answers.append(500)
    assert twilio.text(PATIENT, "38.5").ok
    [form] = app.forms("/fallback")
    assert (form["Body"], form["ErrorCode"], form["ErrorUrl"]) == ("38.5", "11217", PUBLIC + MESSAGE)


def test_an_application_that_is_down_is_told_apart_from_one_that_fails(app: App) -> None:
    with FakeTwilio(inbound_url="http://127.0.0.1:1/") as twilio:
        assert twilio.text(PATIENT, "38.5").status == 0


def test_faults_meet_the_next_requests_and_numbers_until_taken_back(twilio: FakeTwilio) -> None:
    gateway = gateway_for(twilio)
    text = OutboundText("m", PATIENT, "x", False, 60, f"{PUBLIC}{STATUS}m")
    other = OutboundText("m", "+15005554321", "x", False, 60, f"{PUBLIC}{STATUS}m")
    twilio.always(PATIENT, refused(21211))
    twilio.next(too_many_requests(), 2)
    kinds = [type(gateway.send(one)) for one in (text, other, text, other)]
    assert kinds == [Transient, Transient, Permanent, Accepted]
    twilio.always(PATIENT, None)
    assert isinstance(gateway.send(text), Accepted)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "5551234"}, 21211),
        ({"MessagingServiceSid": ""}, 21603),
        ({"MessagingServiceSid": "MG" + "0" * 32}, 21705),
        ({"From": "+15005550007"}, 21606),
        ({"From": "clinic"}, 21212),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"ValidityPeriod": "36001"}, 21624),
        ({"StatusCallback": "/status/1"}, 21609),
        ({"StatusCallback": "https://my_host.example.org/1"}, 21609),
    ],
)
def test_what_the_real_one_refuses_is_refused(twilio: FakeTwilio, changes: dict[str, str], code: int) -> None:
    good = {"To": PATIENT, "Body": "x", "MessagingServiceSid": twilio.messaging_service_sid}
    form = {name: value for name, value in (good | changes).items() if value}
    answer = requests.post(
        f"{twilio.base_url}/2010-04-01/Accounts/{twilio.account_sid}/Messages.json",
        data=form,
        auth=(twilio.account_sid, twilio.auth_token),
        timeout=5,
    )
    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (400, code, 400)
    assert twilio.sent == []


def test_long_lists_come_in_pages(twilio: FakeTwilio) -> None:
    for number in range(5):
        send(twilio, f"m{number}")
    send(twilio, to="+15005554321")
    url = f"{twilio.base_url}/2010-04-01/Accounts/{twilio.account_sid}/Messages.json?PageSize=2&To=%2B15005551234"
    seen = []
    while url:
        page = requests.get(url, auth=(twilio.account_sid, twilio.auth_token), timeout=5).json()
        seen += [one["sid"] for one in page["messages"]]
        url = page["next_page_uri"] and twilio.base_url + page["next_page_uri"]
    assert sorted(seen) == sorted(sent.sid for sent in twilio.sent if sent.to == PATIENT)


def test_delivers_by_itself_where_it_runs_as_a_program(app: App) -> None:
    with FakeTwilio(public_urls={PUBLIC: app.url}, auto_deliver=True) as twilio:
        sid = send(twilio)
        twilio.wait_for_sent(1)
    assert statuses(app) == [(sid, "sent"), (sid, "delivered")]


def test_its_signature_is_twilios() -> None:
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675310",
        "Digits": "1234",
        "From": "+14158675310",
        "To": "+18005551212",
    }
    assert sign("12345", "https://example.com/myapp.php?foo=1&bar=2", form) == "L/OH5YylLD5NRKLltdqwSvS0BnU="
