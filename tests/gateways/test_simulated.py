"""The demo plays the same rules as the real thing, with phones that can be switched off."""

from datetime import UTC, datetime

from service.core.delivery import Accepted, Cause, Permanent, State
from service.gateways.base import MessageGateway
from service.gateways.simulated import SimulatedGateway
from tests.gateways.outbound import ON_CALL, PATIENT, text


def test_texts_arrive_at_once_each_under_its_own_id() -> None:
    gateway = SimulatedGateway()
    outcomes = [gateway.send(text()) for _ in range(50)]
    accepted = [one for one in outcomes if isinstance(one, Accepted)]
    assert {one.state for one in accepted} == {State.DELIVERED}
    assert len({one.provider_id for one in accepted}) == 50
    assert all(one.provider_id.startswith("SM") and len(one.provider_id) == 34 for one in accepted)


def test_a_phone_that_is_off_gets_nothing_until_it_is_on_again() -> None:
    gateway = SimulatedGateway(unreachable=[PATIENT])
    outcome = gateway.send(text())
    assert isinstance(outcome, Permanent)
    assert outcome.cause is Cause.UNREACHABLE
    assert isinstance(gateway.send(text(to=ON_CALL)), Accepted)
    gateway.unreachable.clear()
    assert isinstance(gateway.send(text()), Accepted)


def test_nobody_else_answers_stop_so_the_service_has_to() -> None:
    gateway: MessageGateway = SimulatedGateway()
    assert not gateway.answers_opt_out_itself
    assert gateway.check("http://127.0.0.1:8000/hooks/twilio/message") == []
    assert gateway.find(PATIENT, "x", datetime.now(UTC)) is None
