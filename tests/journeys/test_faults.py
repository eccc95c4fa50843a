"""What breaks in between: nothing is lost, nothing is doubled."""

from contextlib import suppress

import pytest

from service.core.delivery import State
from service.flows import inbound, outcomes, replies
from service.gateways.base import InboundText
from service.store import messages
from service.store.messages import Message
from tests.fake_twilio import refused, server_error, too_many_requests
from tests.journeys.story import Story


def test_the_same_webhook_twice_has_one_effect(story: Story) -> None:
    nurse = story.staff()
    anna = story.patient("en")
    assert anna.texts("38.9", sid="SM" + "a" * 32).status == 200
    assert anna.texts("38.9", sid="SM" + "a" * 32).status == 200
    story.a_moment_later()
    anna.gets("A3", "G3")
    nurse.gets("page")
    assert sum(row["direction"] == "inbound" for row in story.rows("messages")) == 1


def test_a_crash_between_the_two_inbound_transactions_loses_nothing(story: Story) -> None:
    nurse = story.staff()
    anna = story.patient("en")
    text = InboundText(provider_id="SM" + "b" * 32, phone=anna.number, body="38.9")
    inbound.receive(story.world.services, text, story.world.now)
    # The process dies here: the text is stored and nobody has acted on it.
    story.after(minutes=1)
    anna.gets("A3", "G3")
    nurse.gets("page")
    story.has_no_orphans()


def test_a_text_that_cannot_be_processed_becomes_an_alert_itself(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    nurse = story.staff()
    anna = story.patient("en")

    def broken(*_: object) -> None:
        raise RuntimeError("a bug that one patient's text brings out")

    monkeypatch.setattr(replies, "handle", broken)
    assert anna.texts("hello").status == 200
    for _ in range(8):
        story.a_moment_later()
    nurse.gets("page")
    assert "unreadable" in str(story.the_alert()["reasons"])
    story.has_no_orphans()


def _crash_after_the_gateway_took_it(story: Story) -> None:
    """The worker dies between the provider's answer and writing it down."""

    def dies(*_: object) -> None:
        raise SystemExit("power cut")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outcomes, "record_outcome", dies)
        patch.setattr(messages, "accept", dies)
        with suppress(SystemExit):
            story.world.tick()


def test_a_crash_after_the_gateway_accepted_sends_no_patient_a_text_twice(story: Story) -> None:
    story.staff()
    anna = story.patient("en", consented=False)
    _crash_after_the_gateway_took_it(story)
    assert len(story.fake.sent_to(anna.number)) == 1
    story.after(minutes=5)
    assert len(story.fake.sent_to(anna.number)) == 1
    (message,) = story.rows("messages")
    assert message["state"] == State.ACCEPTED, "found at the provider"
    assert message["provider_id"] == story.fake.sent[0].sid


def test_a_crash_after_the_gateway_accepted_pages_again(story: Story) -> None:
    nurse = story.staff()
    anna = story.patient("en")
    anna.texts("i fainted")
    _crash_after_the_gateway_took_it(story)
    story.after(minutes=4)
    assert story.fake.sent_to(nurse.number).count(story.fake.sent_to(nurse.number)[0]) == 2
    assert anna.number in {sent.to for sent in story.fake.sent}


def test_a_page_that_cannot_be_delivered_pages_the_next_person_at_once(story: Story) -> None:
    nurse, doctor = story.staff(), story.staff("clinician", on_call=False)
    anna = story.patient("en")
    story.fake.plan(nurse.number, "sent", ("undelivered", 30006))
    anna.texts("38.9")
    story.a_moment_later()
    nurse.gets("page")
    story.fake.deliver_all()
    story.a_moment_later()
    doctor.gets("page_again")


def test_a_patient_whose_phone_cannot_be_reached_is_an_alert(story: Story) -> None:
    nurse = story.staff()
    anna = story.patient("en")
    story.fake.always(anna.number, refused(21211))
    story.at("20:00")
    story.a_moment_later()
    nurse.gets("page")
    assert "undeliverable" in str(story.the_alert()["reasons"])
    assert story.rows("checkins")[0]["state"] == "undeliverable"
    story.has_no_orphans()


def test_too_many_requests_only_delays(story: Story) -> None:
    story.staff()
    anna = story.patient("en")
    story.fake.next(too_many_requests(), 2)
    story.at("20:00")
    story.after(minutes=1)
    anna.gets("checkin_opening+T1")


@pytest.mark.parametrize("accepted", [True, False])
def test_an_unknown_outcome_is_looked_up_and_never_doubled(story: Story, accepted: bool) -> None:
    story.staff()
    anna = story.patient("en")
    story.fake.next(server_error(accepted=accepted))
    story.at("20:00")
    story.after(minutes=20)
    texts = story.fake.sent_to(anna.number)
    assert len(texts) == (1 if accepted else 0)
    story.has_no_orphans()


def test_a_stop_that_only_the_carrier_knows_of_tells_the_team(story: Story) -> None:
    nurse = story.staff()
    anna = story.patient("en")
    story.fake.always(anna.number, refused(21610))
    story.at("20:00")
    story.a_moment_later()
    nurse.gets("page")
    assert story.rows("enrolments")[0]["state"] == "unwatched"


def test_receipts_that_repeat_and_overtake_never_move_a_message_back(story: Story) -> None:
    story.staff()
    anna = story.patient("en")
    story.at("20:00")
    sent = story.fake.sent[-1]
    for status in ("delivered", "sent", "queued", "delivered", "sent"):
        assert story.fake.callback(sent.sid, status).status in (200, 204)
    with story.world.services.read_work() as work:
        assert work.session.get_one(Message, int(sent.our_id or 0)).state == State.DELIVERED
    assert anna.gets("checkin_opening+T1")


def test_an_unknown_number_is_kept_shown_and_paged_when_it_sounds_dangerous(story: Story) -> None:
    nurse = story.staff()
    somebody = story.stranger()
    assert somebody.texts("my husband had a seizure and wont wake up").status == 200
    story.a_moment_later()
    somebody.gets("unknown_number")
    nurse.gets("page")
    assert story.the_alert()["level"] == "emergency"
    assert story.the_alert()["enrolment"] is None
    (kept,) = [row for row in story.rows("messages") if row["direction"] == "inbound"]
    assert kept["body"] == "my husband had a seizure and wont wake up"
