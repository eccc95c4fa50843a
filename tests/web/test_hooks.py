"""The webhooks, over real sockets: what is let in, what is kept, and what the carrier is told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from service.core.reading.model import Context, Reading
from service.core.reading.reader import Reader
from service.errors import StoreUnavailable
from service.flows.services import Services
from service.gateways.simulated import SimulatedGateway
from service.store.alerts import Alert
from service.store.messages import Direction, Handling, Message
from service.store.patients import Contact
from service.store.uow import UnitOfWork, Work
from service.web import build_web
from tests.fake_twilio import sign
from tests.serving import listening, port_of, serving
from tests.web.conftest import Outage
from tests.web.twilio_calls import MESSAGE, NEXT_TOKEN, PUBLIC_URL, TOKEN, Twilio, text_form
from tests.world import World


def inbound(world: World) -> list[Message]:
    with world.services.read_work() as work:
        return list(work.session.scalars(select(Message).where(Message.direction == Direction.INBOUND)))


def the_text(world: World) -> Message:
    (message,) = inbound(world)
    return message


def metric(twilio: Twilio, line: str) -> float:
    exposed = twilio.request("GET", "/metrics", "", {}).body
    return next(float(row.rpartition(" ")[2]) for row in exposed.splitlines() if row.startswith(line))


def test_a_text_is_kept_acted_on_and_answered_with_empty_twiml(world: World, twilio: Twilio) -> None:
    patient = world.enrol()
    answer = twilio.text(patient.phone, "38.9 and chills")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
    assert answer.body.endswith("<Response/>")
    message = the_text(world)
    assert (message.body, message.state, message.level) == ("38.9 and chills", Handling.HANDLED, "urgent")
    assert len(world.messages_to(patient.phone)) == 2
    assert metric(twilio, 'aftercell_inbound_texts_total{result="received"}') == 1


@pytest.mark.parametrize("token", [TOKEN, NEXT_TOKEN])
def test_while_a_token_is_rotated_both_are_taken(world: World, twilio: Twilio, token: str) -> None:
    form = text_form(world.enrol().phone, "37.0")
    assert twilio.post(MESSAGE, form, token=token).status == 200


@pytest.mark.parametrize(
    "path",
    [
        f"{MESSAGE}?a=1",
        f"{MESSAGE}?q=%20+%2B%3D",
        f"{MESSAGE}?q=%C3%B6%7E%40",
        f"{MESSAGE}?x=%2F&y=",
        MESSAGE.replace("g", "%67"),
    ],
)
def test_an_address_is_verified_byte_for_byte_as_it_was_called(world: World, twilio: Twilio, path: str) -> None:
    form = text_form(world.enrol().phone, "37.0")
    assert twilio.post(path, form).status == 200
    assert twilio.post(path, form, signed_path=MESSAGE).status == 403


def forged(twilio: Twilio, form: dict[str, str], kind: str) -> int:
    match kind:
        case "no header":
            return twilio.post(MESSAGE, form, headers={}).status
        case "broken header":
            return twilio.post(MESSAGE, form, headers={"X-Twilio-Signature": "not base64 \xff"}).status
        case "wrong token":
            return twilio.post(MESSAGE, form, token="guessed").status
        case "other body":
            return twilio.post(MESSAGE, form, signed_form={**form, "Body": "I am fine"}).status
        case "added parameter":
            return twilio.post(MESSAGE, {**form, "OptOutType": "STOP"}, signed_form=form).status
    raise AssertionError(kind)


@pytest.mark.parametrize("kind", ["no header", "broken header", "wrong token", "other body", "added parameter"])
def test_a_forged_text_is_refused_counted_and_not_kept(world: World, twilio: Twilio, kind: str) -> None:
    patient = world.enrol()
    assert forged(twilio, text_form(patient.phone, "38.9"), kind) == 403
    assert inbound(world) == []
    assert metric(twilio, 'aftercell_webhooks_rejected_total{hook="message"}') == 1


BODIES = {
    "longest": "I feel hot and cold. " * 76 + "38.9",
    "empty": "",
    "emoji only": "🤒🥶",
    "right to left marks": "\u202b\u200f٣٨٫٩ وقشعريرة\u202c",
    "line ends and edges": "  38.9\r\nand chills ",
    "form characters": "38.9 %+&=;#",
    "joined emoji": "👨‍👩‍👧‍👦 38.9",
}


@pytest.mark.parametrize("name", BODIES)
def test_whatever_a_phone_can_send_is_kept_as_it_came_and_never_met_with_silence(
    world: World, twilio: Twilio, name: str
) -> None:
    patient = world.enrol()
    assert twilio.text(patient.phone, BODIES[name]).status == 200
    message = the_text(world)
    assert (message.body, message.state) == (BODIES[name].replace("\r\n", "\n"), Handling.HANDLED)
    assert world.messages_to(patient.phone), "the patient got no answer"


def test_a_nul_is_taken_out_because_no_database_holds_it(world: World, twilio: Twilio) -> None:
    patient = world.enrol()
    assert twilio.text(patient.phone, "38.9\x00 and chills\x00").status == 200
    assert (the_text(world).body, the_text(world).level) == ("38.9 and chills", "urgent")


def test_a_picture_without_words_is_kept_and_answered(world: World, twilio: Twilio) -> None:
    patient = world.enrol()
    form = text_form(patient.phone, "", NumMedia="2", MediaUrl0="https://api.example/1", MediaContentType0="image/jpeg")
    del form["Body"]
    assert twilio.post(MESSAGE, form).status == 200
    assert (the_text(world).body, the_text(world).media) == ("", 2)
    assert world.messages_to(patient.phone)


def test_parameters_that_nobody_told_us_of_are_no_fault(world: World, twilio: Twilio) -> None:
    patient = world.enrol()
    assert twilio.text(patient.phone, "37.0", ChannelMetadata='{"x": 1}', Neu="é", Empty="").status == 200
    assert the_text(world).state == Handling.HANDLED


def test_a_sender_that_is_no_phone_number_is_kept_as_it_is(world: World, twilio: Twilio) -> None:
    nurse = world.add_staff()
    assert twilio.text("whatsapp:DE.x7f3", "38.9").status == 200
    assert the_text(world).phone == "whatsapp:DE.x7f3"
    world.tick()
    assert world.texts_to(nurse.phone), "an unknown sender is shown to staff"


@pytest.mark.parametrize("missing", ["MessageSid", "From"])
def test_a_text_without_id_or_sender_is_refused(world: World, twilio: Twilio, missing: str) -> None:
    form = text_form("+12125550199", "38.9")
    for name in (missing, "SmsSid", "SmsMessageSid"):
        form.pop(name, None)
    assert twilio.post(MESSAGE, form).status == 400
    assert inbound(world) == []


def test_the_same_webhook_twice_has_one_effect(world: World, twilio: Twilio) -> None:
    patient = world.enrol()
    form = text_form(patient.phone, "38.9")
    answers = [twilio.post(MESSAGE, form) for _ in range(3)]
    assert {answer.status for answer in answers} == {200}
    assert answers[2].body == answers[0].body
    assert len(inbound(world)) == 1
    assert len(world.messages_to(patient.phone)) == 2
    assert metric(twilio, 'aftercell_inbound_texts_total{result="duplicate"}') == 2


def test_a_body_over_64_kb_is_refused(world: World, twilio: Twilio) -> None:
    form = text_form(world.enrol().phone, "x" * 70_000)
    assert twilio.post(MESSAGE, form).status == 413
    assert inbound(world) == []


def test_half_of_a_body_without_length_is_never_taken_for_the_whole(world: World, twilio: Twilio) -> None:
    """Werkzeug reads no further than the limit and does not say so; the signature over the whole body tells."""
    form = text_form(world.enrol().phone, "x" * 70_000)
    headers = {
        "Transfer-Encoding": "chunked",
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": sign(TOKEN, PUBLIC_URL + MESSAGE, form),
    }
    assert twilio.request("POST", MESSAGE, urlencode(form), headers, chunked=True).status == 403
    assert inbound(world) == []


def test_looking_at_a_webhook_does_nothing(world: World, twilio: Twilio) -> None:
    assert twilio.request("GET", f"{MESSAGE}?MessageSid=SM1&From=%2B12125550199&Body=38.9", "", {}).status == 405
    assert inbound(world) == []


# --- opting out


class StopAnsweringCarrier(SimulatedGateway):
    answers_opt_out_itself = True


def with_services(world: World, change: Callable[[Services], Services]) -> World:
    return replace(world, services=change(world.services))


def texted(world: World, phone: str, body: str, **more: str) -> Message:
    """Text once to an application of this world's services."""
    app = build_web(world.settings, world.engine, world.services, world.clock)
    with listening() as listener, serving(app, listener):
        assert Twilio(port_of(listener)).text(phone, body, **more).status == 200
    return inbound(world)[-1]


@pytest.mark.parametrize(
    ("body", "more", "carrier_answers", "expected"),
    [
        ("STOP", {"OptOutType": "STOP"}, False, "STOP"),
        ("help", {"OptOutType": "HELP"}, False, "HELP"),
        ("stop", {}, True, "STOP"),
        (" Quit\r\n", {}, True, "STOP"),
        ("Stop please", {}, True, None),
        ("stop", {}, False, None),
        ("38.9", {"OptOutType": "SOMETHING-NEW-AND-VERY-LONG"}, True, None),
    ],
)
def test_what_the_carrier_took_as_opt_out_is_known(
    world: World, body: str, more: dict[str, str], carrier_answers: bool, expected: str | None
) -> None:
    if carrier_answers:
        world = with_services(world, lambda services: replace(services, gateway=StopAnsweringCarrier()))
    message = texted(world, world.enrol().phone, body, **more)
    assert (message.carrier_opt_out, message.state) == (expected, Handling.HANDLED)


def test_a_stop_opts_out(world: World, twilio: Twilio) -> None:
    patient = world.enrol()
    assert twilio.text(patient.phone, "STOP").status == 200
    with world.services.read_work() as work:
        (contact,) = work.session.scalars(select(Contact))
    assert contact.opted_out_at == world.now


# --- when the store or the reader fails


def test_while_nothing_can_be_stored_the_carrier_is_sent_to_its_fallback(
    world: World, twilio: Twilio, outage: Outage
) -> None:
    patient = world.enrol()
    form = text_form(patient.phone, "38.9")
    with outage():
        answer = twilio.post(MESSAGE, form)
    assert answer.status == 503
    assert inbound(world) == []
    assert twilio.post(MESSAGE, form).status == 200
    assert the_text(world).state == Handling.HANDLED


class Failing:
    """Opens units of work until `after` were opened; then the database is gone."""

    def __init__(self, work: Work, after: int) -> None:
        self._work, self._left = work, after

    def __call__(self) -> UnitOfWork:
        if self._left == 0:
            raise StoreUnavailable("gone")
        self._left -= 1
        return self._work()


def test_a_text_that_is_stored_is_taken_although_the_database_goes_away_then(world: World) -> None:
    patient = world.enrol()
    broken = with_services(world, lambda services: replace(services, work=Failing(services.work, 1)))
    assert texted(broken, patient.phone, "38.9").state == Handling.RECEIVED
    world.advance(timedelta(seconds=10))
    assert the_text(world).state == Handling.HANDLED
    assert world.texts_to(patient.phone)


class BrokenReader(Reader):
    """A reader with a bug: it fails on every text."""

    def __init__(self) -> None:
        """Needs no words: it reads nothing."""

    def read(self, text: str, *, language: str, context: Context) -> Reading:
        raise RuntimeError(text)


def test_a_text_that_we_fail_to_read_is_taken_and_becomes_an_alert_by_itself(world: World) -> None:
    patient = world.enrol()
    broken = with_services(world, lambda services: replace(services, reader=BrokenReader()))
    app = build_web(broken.settings, broken.engine, broken.services, broken.clock)
    with listening() as listener, serving(app, listener):
        twilio = Twilio(port_of(listener))
        assert twilio.text(patient.phone, "38.9").status == 200
        assert metric(twilio, 'aftercell_inbound_texts_total{result="deferred"}') == 1
    assert the_text(world).state == Handling.RECEIVED
    for _ in range(3):
        broken.advance(timedelta(seconds=10))
    assert the_text(world).state == Handling.UNREADABLE
    with world.services.read_work() as work:
        assert len(list(work.session.scalars(select(Alert)))) == 1


# --- receipts


def sent_to_patient(world: World) -> Message:
    """A text that was handed over but of which nothing more is known."""
    patient = world.enrol(consented=False)
    world.tick()
    (message,) = world.messages_to(patient.phone)
    with world.services.work() as work:
        work.session.get_one(Message, message.id).state = "accepted"
        work.commit()
    return message


def state_of(world: World, message: Message) -> str:
    with world.services.read_work() as work:
        return work.session.get_one(Message, message.id).state


def test_receipts_move_a_text_forward_and_never_back(world: World, twilio: Twilio) -> None:
    message = sent_to_patient(world)
    sid = message.provider_id or ""
    for status in ("sent", "delivered", "sent", "sent", "queued", "a-word-of-2030"):
        answer = twilio.receipt(message.id, sid, status)
        assert (answer.status, answer.body) == (204, "")
    assert state_of(world, message) == "delivered"
    assert metric(twilio, 'aftercell_receipts_total{result="known"}') == 6


def test_a_receipt_says_why_a_text_failed(world: World, twilio: Twilio) -> None:
    message = sent_to_patient(world)
    assert twilio.receipt(message.id, message.provider_id or "", "undelivered", ErrorCode="30006").status == 204
    assert state_of(world, message) == "undelivered"


@pytest.mark.parametrize("message_id", ["999", "99999999999999999999999"])
def test_whether_a_text_exists_is_told_to_the_carrier_only(twilio: Twilio, message_id: str) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "sent"}
    path = f"/hooks/twilio/status/{message_id}"
    assert twilio.post(path, form, token="guessed").status == 403
    assert twilio.post(path, form).status == 404
    assert metric(twilio, 'aftercell_webhooks_rejected_total{hook="status"}') == 1
    assert metric(twilio, 'aftercell_receipts_total{result="unknown"}') == 1


@pytest.mark.parametrize("missing", ["MessageSid", "MessageStatus"])
def test_an_incomplete_receipt_is_refused(world: World, twilio: Twilio, missing: str) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "sent"}
    del form[missing]
    assert twilio.post(f"/hooks/twilio/status/{sent_to_patient(world).id}", form).status == 400


def test_a_receipt_that_cannot_be_kept_is_not_taken(world: World, twilio: Twilio, outage: Outage) -> None:
    message = sent_to_patient(world)
    with outage():
        assert twilio.receipt(message.id, message.provider_id or "", "delivered").status == 503
    assert state_of(world, message) == "accepted"
