"""When the provider refuses us: everybody stops, pages go another way, administrators know, and it ends by itself."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from service.core.delivery import Accepted, Cause, Outcome, Permanent, State, Transient, Unknown
from service.flows import dispatch, inbound, upkeep
from service.gateways.base import InboundText, OutboundText
from service.store.base import Vault
from tests.flows.carriers import Carrier, Mailbox, Switchboard
from tests.flows.outbox import queue_text, state_of, states
from tests.world import World, make_world

REFUSED = Permanent(20003, "Twilio 20003: the credentials were refused", Cause.CREDENTIALS)
BAD_SENDER = Permanent(30034, "Twilio 30034: the sender is not registered", Cause.SENDER)
MINUTE = timedelta(minutes=1)


@dataclass
class Scene:
    world: World
    carrier: Carrier
    mailbox: Mailbox

    def answer(self, outcome: Outcome | None) -> None:
        def behave(text: OutboundText) -> Outcome | None:
            return outcome

        self.carrier.behave = behave

    def later(self, by: timedelta = MINUTE + timedelta(seconds=1)) -> int:
        """Time passes, one tick; how many texts were tried in it."""
        before = len(self.carrier.tried)
        self.world.clock.jump_to(self.world.now + by)
        self.world.tick()
        return len(self.carrier.tried) - before

    def danger(self) -> None:
        """A patient with a fever: an alert, and so a page."""
        phone = self.world.enrol().phone
        sid = f"SM{phone}{self.world.now}"[:40].replace(" ", "")
        received = inbound.receive(self.world.services, InboundText(sid, phone, "38.9 and chills"), self.world.now)
        inbound.process(self.world.services, received.message_id, self.world.now)


@pytest.fixture
def scene(engine: Engine, vault: Vault) -> Scene:
    carrier, mailbox = Carrier(), Mailbox()
    return Scene(make_world(engine, vault, gateway=carrier, email=mailbox), carrier, mailbox)


def test_refused_credentials_stop_everything_and_one_a_minute_tries(scene: Scene) -> None:
    texts = [queue_text(scene.world) for _ in range(5)]
    scene.answer(REFUSED)
    assert scene.later() == 1, "after the first refusal nothing more is tried"
    assert scene.later(timedelta(seconds=30)) == 0
    assert scene.later() == 1
    assert set(states(scene.world, *texts)) == {State.QUEUED}
    scene.answer(None)
    scene.later()
    scene.later(timedelta(seconds=1))
    assert set(states(scene.world, *texts)) == {State.DELIVERED}


def test_many_in_the_air_when_it_begins_are_all_kept(scene: Scene) -> None:
    texts = [queue_text(scene.world) for _ in range(8)]
    scene.answer(REFUSED)
    dispatch.send_due(replace(scene.world.services, in_flight=3), scene.world.now)
    assert len(scene.carrier.tried) == 3
    assert set(states(scene.world, *texts)) == {State.QUEUED}


def test_administrators_are_told_once_and_again_when_it_comes_back(scene: Scene) -> None:
    scene.world.add_staff("admin", on_call=False)
    scene.world.add_staff("coordinator")
    queue_text(scene.world, lasts=timedelta(hours=48))
    scene.answer(REFUSED)
    for _ in range(4):
        scene.later()
    assert [subject for _, subject, _ in scene.mailbox.mails] == ["aftercell cannot send: account on hold"]
    assert scene.mailbox.mails[0][0].startswith("admin")
    scene.answer(None)
    scene.later()
    queue_text(scene.world)
    scene.answer(REFUSED)
    scene.later()
    assert len(scene.mailbox.mails) == 2


def test_a_page_goes_by_e_mail_at_once_also_when_the_hold_was_there_before(scene: Scene) -> None:
    scene.world.add_staff("coordinator")
    scene.answer(REFUSED)
    queue_text(scene.world)
    scene.later()
    assert scene.mailbox.mails == []
    scene.danger()
    scene.later(timedelta(seconds=1))
    (mail,) = scene.mailbox.mails
    assert mail[0].startswith("coordinator")
    assert "needs you within" in mail[1]
    scene.later(timedelta(seconds=1))
    assert len(scene.mailbox.mails) == 1, "once for each page"


def test_a_page_that_meets_the_refusal_goes_by_e_mail_at_once(scene: Scene) -> None:
    scene.world.add_staff("coordinator")
    scene.danger()
    scene.answer(REFUSED)
    scene.later(timedelta(seconds=1))
    assert len(scene.mailbox.mails) == 1


def test_a_refused_sender_holds_only_what_goes_out_by_it(scene: Scene) -> None:
    nurse = scene.world.add_staff("coordinator")

    def only_pages(text: OutboundText) -> Outcome | None:
        return None if text.is_page else BAD_SENDER

    scene.carrier.behave = only_pages
    texts = [queue_text(scene.world) for _ in range(3)]
    scene.later()
    assert len(scene.carrier.tried) == 1
    scene.danger()
    scene.later(timedelta(seconds=1))
    assert nurse.phone in scene.carrier.tried
    assert set(states(scene.world, *texts)) == {State.QUEUED}


def test_a_refused_sender_of_pages_is_made_up_for_by_a_call(scene: Scene) -> None:
    switchboard = Switchboard()
    scene.world = replace(scene.world, services=replace(scene.world.services, voice=switchboard))
    nurse = scene.world.add_staff("coordinator")
    scene.answer(BAD_SENDER)
    scene.danger()
    scene.later(timedelta(seconds=1))
    assert [call.to for call in switchboard.calls] == [nurse.phone]


@pytest.mark.parametrize(
    ("outcome", "ends"),
    [
        (Accepted("SM1"), True),
        (Permanent(21211, "not a number", Cause.INVALID_ADDRESS), True),
        (Transient(20429, "too many"), True),
        (Unknown("no answer"), False),
        (Transient(None, "no connection", cause=Cause.OFFLINE), False),
    ],
)
def test_a_hold_ends_when_the_provider_answers_about_the_text_itself(
    scene: Scene, outcome: Outcome, ends: bool
) -> None:
    scene.answer(REFUSED)
    queue_text(scene.world)
    scene.later()
    scene.answer(outcome)
    scene.later()
    later = queue_text(scene.world)
    scene.answer(None)
    dispatch.send_due(scene.world.services, scene.world.now)
    assert state_of(scene.world, later) == (State.DELIVERED if ends else State.QUEUED)


@pytest.mark.slow
def test_a_text_that_outlives_its_use_on_hold_is_an_alert(scene: Scene) -> None:
    nurse = scene.world.add_staff("coordinator")
    patient = scene.world.enrol()
    scene.answer(REFUSED)
    scene.world.advance(timedelta(hours=24))
    assert any("expired" in message.state for message in scene.world.messages_to(patient.phone))
    assert scene.mailbox.subjects_to(f"coordinator{nurse.phone[-3:]}@example.org")


def test_when_nobody_can_be_reached_the_policy_goes_on_at_its_own_pace(scene: Scene) -> None:
    """Every page lost at once must not become pages without end."""
    scene.world.add_staff("coordinator")
    scene.world.add_staff("clinician", on_call=False)
    scene.world = replace(scene.world, services=replace(scene.world.services, email=None))
    scene.danger()
    scene.answer(Permanent(21211, "not a number", Cause.INVALID_ADDRESS))
    assert scene.later(timedelta(seconds=1)) < 12
    assert scene.later(timedelta(seconds=30)) == 0
    assert scene.later(timedelta(minutes=10)) >= 2


def test_pages_jump_the_queue_when_the_hold_ends(scene: Scene) -> None:
    nurse = scene.world.add_staff("coordinator")
    for _ in range(3):
        queue_text(scene.world)
    scene.answer(REFUSED)
    scene.later()
    scene.danger()
    scene.answer(None)
    before = len(scene.carrier.tried)
    scene.later()
    assert scene.carrier.tried[before] == nurse.phone
    assert upkeep.tick(scene.world.services, scene.world.now)["failed"] == 0


def test_of_two_workers_one_tries(scene: Scene) -> None:
    for _ in range(4):
        queue_text(scene.world)
    scene.answer(REFUSED)
    scene.later()
    scene.world.clock.jump_to(scene.world.now + MINUTE + MINUTE)
    tried = len(scene.carrier.tried)
    second_worker: list[int] = []

    def while_it_is_tried(text: OutboundText) -> Outcome:
        second_worker.append(dispatch.send_due(scene.world.services, scene.world.now).done)
        return REFUSED

    scene.carrier.behave = while_it_is_tried
    dispatch.send_due(scene.world.services, scene.world.now)
    assert second_worker == [0]
    assert len(scene.carrier.tried) == tried + 1
