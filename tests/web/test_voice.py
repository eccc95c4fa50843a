"""Paging by voice from end to end: our webhooks, and a Twilio that rings."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from service.flows import inbound
from service.gateways.base import InboundText
from service.gateways.twilio_client import Clients, Login
from service.gateways.twilio_voice import TwilioVoice
from service.store import sites
from service.store.alerts import Alert, AlertState, Page
from service.store.base import Vault
from service.store.messages import Message
from service.web import build_web
from tests.fake_twilio import Call, FakeTwilio, drop, server_error
from tests.flows.carriers import Carrier, Mailbox
from tests.serving import listening, port_of, serving
from tests.web.twilio_calls import PUBLIC_URL, Twilio
from tests.world import START, Person, StillClock, World, make_world


@dataclass
class Scene:
    """A nurse whose phone takes no texts, and a doctor behind her."""

    world: World
    fake: FakeTwilio
    mailbox: Mailbox
    port: int
    nurse: Person
    doctor: Person

    def danger(self) -> None:
        """A patient has a fever: an alert. Its page is lost and followed by a call."""
        phone = self.world.enrol().phone
        received = inbound.receive(self.world.services, InboundText("SM1", phone, "38.9 and chills"), self.world.now)
        inbound.process(self.world.services, received.message_id, self.world.now)
        self.world.tick()

    def call(self) -> Call:
        return self.fake.calls[-1]

    def alert(self) -> Alert:
        with self.world.services.read_work() as work:
            return work.session.scalars(select(Alert)).one()

    def token(self) -> str:
        with self.world.services.read_work() as work:
            return work.session.scalars(select(Page.token).where(Page.token.is_not(None))).all()[-1] or ""


@pytest.fixture
def scene(engine: Engine, vault: Vault) -> Iterator[Scene]:
    with listening() as listener:
        here = f"http://127.0.0.1:{port_of(listener)}"
        clock = StillClock(START)
        with FakeTwilio(public_urls={PUBLIC_URL: here}, auth_token="first-token", now=clock.now) as fake:
            clients = Clients(Login(fake.account_sid, fake.auth_token), api_base=fake.base_url)
            carrier, mailbox = Carrier(), Mailbox()
            world = make_world(
                engine,
                vault,
                gateway=carrier,
                email=mailbox,
                voice=TwilioVoice(clients, fake.alert_number),
                clock=clock,
                public_url=PUBLIC_URL,
                twilio_account_sid=fake.account_sid,
                twilio_messaging_service_sid=fake.messaging_service_sid,
                twilio_auth_tokens=(fake.auth_token,),
            )
            nurse, doctor = world.add_staff(), world.add_staff("clinician", on_call=False)
            carrier.unreachable.add(nurse.phone)
            with serving(build_web(world.settings, engine, world.services, world.clock), listener):
                yield Scene(world, fake, mailbox, port_of(listener), nurse, doctor)


def speak(scene: Scene, language: str) -> None:
    """The site texts its staff in another language."""
    with scene.world.services.work() as work:
        sites.get(work.session, scene.world.site_id).language = language
        work.commit()


def calls_to(scene: Scene, person: Person) -> int:
    return sum(call.to == person.phone for call in scene.fake.calls)


def let_the_page_be_lost(scene: Scene) -> None:
    """A phone that is off is tried three times within twelve minutes; longer than the page is of use."""
    scene.danger()
    scene.world.advance(timedelta(minutes=4))


def test_a_lost_page_becomes_a_call_and_a_key_acknowledges(scene: Scene) -> None:
    let_the_page_be_lost(scene)
    assert calls_to(scene, scene.nurse) >= 1
    said = scene.fake.pick_up(scene.call(), "1")
    alert = scene.alert()
    assert (alert.state, alert.acknowledged_by) == (AlertState.ACKNOWLEDGED, scene.nurse.id)
    assert " ".join(alert.code) in said[-1]


@pytest.mark.parametrize(
    ("language", "voice", "fallback", "summons", "taken"),
    [
        ("es", "es-MX", False, "Marque 1", "es suyo"),
        ("vi", "vi-VN", False, "Bấm 1", "đã nhận"),
        ("ht", "en-US", True, "Press 1", "is yours"),
    ],
)
def test_a_call_speaks_the_language_of_the_site_if_a_voice_does(
    scene: Scene, language: str, voice: str, fallback: bool, summons: str, taken: str
) -> None:
    speak(scene, language)
    let_the_page_be_lost(scene)
    call = scene.call()
    assert call.twiml.count(f'language="{voice}"') == 3
    said = scene.fake.pick_up(call, "1")
    assert (summons in said[0], taken in said[-1]) == (True, True), said
    assert " ".join(scene.alert().code) in said[-1]
    with scene.world.services.read_work() as work:
        messages = work.session.scalars(select(Message).where(Message.channel == "voice")).all()
    assert {(message.language, message.fallback) for message in messages} == {
        ("en" if fallback else language, fallback)
    }


def test_nothing_of_a_patient_is_said_before_a_key(scene: Scene) -> None:
    let_the_page_be_lost(scene)
    said = scene.fake.pick_up(scene.call())
    alert = scene.alert()
    assert len(said) == 3, "two rounds and a farewell"
    assert not any(word in " ".join(said).lower() for word in (alert.case_number.lower(), alert.code, "fever", "38"))


def test_voicemail_acknowledges_nothing_and_the_next_person_is_paged_at_once(scene: Scene) -> None:
    let_the_page_be_lost(scene)
    before = len(scene.world.texts_to(scene.doctor.phone))
    scene.fake.pick_up(scene.call())
    assert scene.alert().state == AlertState.OPEN
    scene.world.tick()
    assert len(scene.world.texts_to(scene.doctor.phone)) > before or scene.alert().step > 2


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed"])
def test_a_call_that_nobody_takes_is_followed_by_an_e_mail(scene: Scene, status: str) -> None:
    let_the_page_be_lost(scene)
    scene.fake.hang_up(scene.call(), status)
    scene.world.tick()
    assert scene.mailbox.subjects_to(f"coordinator{scene.nurse.phone[-3:]}@example.org")


def test_another_key_is_asked_again(scene: Scene) -> None:
    let_the_page_be_lost(scene)
    said = scene.fake.pick_up(scene.call(), "5", "1")
    assert scene.alert().state == AlertState.ACKNOWLEDGED
    assert "press 1" in said[-2]


def test_the_same_key_twice_has_one_effect(scene: Scene) -> None:
    let_the_page_be_lost(scene)
    scene.fake.pick_up(scene.call(), "1")
    first = scene.alert()
    scene.world.clock.jump_to(scene.world.now + timedelta(seconds=30))
    assert "is yours" in scene.fake.pick_up(scene.call(), "1")[-1]
    assert scene.alert().acknowledged_at == first.acknowledged_at


def test_who_comes_second_is_told_so(scene: Scene) -> None:
    let_the_page_be_lost(scene)
    code = scene.alert().code
    text = InboundText("SM2", scene.doctor.phone, code)
    scene.world.advance(timedelta(minutes=12))
    received = inbound.receive(scene.world.services, text, scene.world.now)
    inbound.process(scene.world.services, received.message_id, scene.world.now)
    assert "A colleague has taken this case" in scene.fake.pick_up(scene.call(), "1")[-1]


def test_a_token_that_is_guessed_or_a_call_that_is_not_signed_is_turned_away(scene: Scene) -> None:
    let_the_page_be_lost(scene)
    twilio = Twilio(scene.port)
    form = {"CallSid": "CA1", "Digits": "1", "CallStatus": "in-progress"}
    assert twilio.post("/hooks/twilio/voice/guessed", form).status == 404
    assert twilio.post("/hooks/twilio/voice/guessed/status", form).status == 404
    path = f"/hooks/twilio/voice/{scene.token()}"
    assert twilio.post(path, form, token="wrong").status == 403
    assert scene.alert().state == AlertState.OPEN
    assert len(scene.token()) >= 40
    assert twilio.post(path, form).status == 200
    assert scene.alert().state == AlertState.ACKNOWLEDGED


def test_what_becomes_of_a_call_is_asked_when_nobody_tells(scene: Scene) -> None:
    let_the_page_be_lost(scene)
    scene.call().status = "no-answer"
    scene.world.advance(timedelta(minutes=5))
    assert scene.mailbox.subjects_to(f"coordinator{scene.nurse.phone[-3:]}@example.org")


def let_the_call_be_made(scene: Scene) -> None:
    while not any("Calls" in path for _, path in scene.fake.requests):
        scene.world.advance(timedelta(seconds=5))


@pytest.mark.parametrize("taken", [True, False])
def test_a_call_of_unknown_outcome_is_looked_up_and_made_again_only_if_it_is_not_there(
    scene: Scene, taken: bool
) -> None:
    """A second call to somebody who is on the first finds the line busy."""
    scene.danger()
    scene.fake.next(drop(accepted=taken))
    let_the_call_be_made(scene)
    scene.world.advance(timedelta(seconds=40))
    assert calls_to(scene, scene.nurse) == 1
    scene.fake.pick_up(scene.call(), "1")
    assert scene.alert().acknowledged_by == scene.nurse.id


def test_while_nobody_can_be_asked_a_call_of_unknown_outcome_is_made_again(scene: Scene) -> None:
    scene.danger()
    scene.fake.next(drop(accepted=True))
    scene.fake.next(server_error(), 50, method="GET")
    let_the_call_be_made(scene)
    scene.world.advance(timedelta(seconds=40))
    assert calls_to(scene, scene.nurse) == 2


def test_a_page_is_not_followed_by_a_call_where_there_is_no_number_to_call_from(scene: Scene) -> None:
    scene.world = replace(scene.world, services=replace(scene.world.services, voice=None))
    let_the_page_be_lost(scene)
    assert scene.fake.calls == []
    assert scene.mailbox.subjects_to(f"coordinator{scene.nurse.phone[-3:]}@example.org")
