"""The outbox: each message goes to one worker, the pressing ones first, and none is lost with its worker."""

from datetime import timedelta

import pytest

from service.core.delivery import OWN_MOVES, Lane, State
from service.store import messages
from service.store.messages import Message
from service.store.uow import UnitOfWork, Work
from tests.conformance import rows
from tests.conformance.rows import MINUTE, NOW
from tests.conformance.together import together

LEASE = NOW + MINUTE


def take(unit: UnitOfWork, limit: int) -> list[Message]:
    """What a worker with so much room begins to send, pages first."""
    pages = messages.pages_to_send(unit.session, NOW, ["sms"], limit)
    chosen = [*pages, *messages.texts_to_send(unit.session, NOW, limit - len(pages))]
    messages.begin_attempts(unit.session, chosen, NOW, LEASE)
    return chosen


def claim(work: Work, limit: int) -> list[int]:
    with work() as unit:
        ids = [message.id for message in take(unit, limit)]
        unit.commit()
    return ids


def test_a_message_goes_to_exactly_one_of_several_claimers(work: Work) -> None:
    with work() as unit:
        unit.session.add_all([rows.message(unit, phone=f"+1202555{n:04d}") for n in range(40)])
        unit.commit()

    def claim_until_nothing_is_left() -> list[int]:
        claimed: list[int] = []
        while len(claimed) <= 40 and (found := claim(work, 3)):
            claimed += found
        return claimed

    shares = together(4, claim_until_nothing_is_left)
    claimed = [id_ for share in shares if isinstance(share, list) for id_ in share]
    assert len(claimed) == len(set(claimed)) == 40
    with work() as unit:
        assert {unit.session.get_one(Message, id_).attempts for id_ in claimed} == {1}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_a_claimer_does_not_wait_for_another(work: Work) -> None:
    """SKIP LOCKED: without it the second would stand still until the first has committed."""
    with work() as unit:
        unit.session.add_all([rows.message(unit, phone=f"+1202555{n:04d}") for n in range(40)])
        unit.commit()
    with work() as slow, work() as quick:
        taken = {message.id for message in take(slow, 2)}
        others = {message.id for message in take(quick, 2)}
        assert len(taken) == len(others) == 2
        assert not taken & others


def test_the_pressing_ones_are_taken_first(work: Work) -> None:
    with work() as unit:
        checkin = rows.message(unit, lane=Lane.CHECKIN, due_at=NOW - 9 * MINUTE, phone="+12025550001")
        late_page = rows.message(unit, lane=Lane.PAGE, due_at=NOW)
        reply = rows.message(unit, lane=Lane.REPLY, due_at=NOW - MINUTE, phone="+12025550002")
        early_page = rows.message(unit, lane=Lane.PAGE, due_at=NOW - MINUTE)
        safety = rows.message(unit, lane=Lane.SAFETY, due_at=NOW, phone="+12025550003")
        unit.session.add_all([checkin, late_page, reply, early_page, safety])
        unit.commit()
    assert claim(work, 3) == [early_page.id, late_page.id, safety.id]
    assert claim(work, 3) == [reply.id, checkin.id]


def test_of_one_phone_a_text_waits_for_those_before_it(work: Work) -> None:
    """Also while another worker has the first in its hands: advice must not arrive after the question that follows."""
    with work() as unit:
        question = rows.message(unit, lane=Lane.REPLY, due_at=NOW)
        advice = rows.message(unit, lane=Lane.SAFETY, due_at=NOW)
        page = rows.message(unit, lane=Lane.PAGE, due_at=NOW)
        unit.session.add_all([question, advice, page])
        unit.commit()
    with work() as slow:
        assert take(slow, 2) == [slow.session.get(Message, page.id), slow.session.get(Message, advice.id)]
        slow.commit()
    assert claim(work, 5) == []
    with work() as unit:
        messages.move(unit.session, advice.id, frozenset({State.SENDING}), State.ACCEPTED)
        unit.commit()
    assert claim(work, 5) == [question.id]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_the_second_text_to_a_phone_is_not_taken_while_the_first_is_being_claimed(work: Work) -> None:
    with work() as unit:
        unit.session.add_all([rows.message(unit, body="first"), rows.message(unit, body="second")])
        unit.commit()
    with work() as slow, work() as quick:
        assert [message.body for message in take(slow, 5)] == ["first"]
        assert take(quick, 5) == []


def test_what_is_no_longer_of_use_is_not_sent(work: Work) -> None:
    with work() as unit:
        late = rows.message(unit, expires_at=NOW)
        unit.session.add(late)
        unit.commit()
    assert claim(work, 5) == []
    with work() as unit:
        assert messages.overdue(unit.session, NOW, 5) == [late.id]


def test_only_what_is_queued_and_due_is_taken(work: Work) -> None:
    with work() as unit:
        due = rows.message(unit, due_at=NOW)
        later = rows.message(unit, due_at=NOW + timedelta(microseconds=1))
        others = [rows.message(unit, state=state, phone=f"+120255500{rank:02d}") for rank, state in enumerate(State)]
        others = [message for message in others if message.state != State.QUEUED]
        unit.session.add_all([due, later, *others])
        unit.commit()
    assert claim(work, 100) == [due.id]
    with work() as unit:
        taken = unit.session.get_one(Message, due.id)
        assert (taken.state, taken.lease_until, taken.attempts) == (State.SENDING, LEASE, 1)


def test_a_move_happens_only_from_an_allowed_state(work: Work) -> None:
    with work() as unit:
        message = rows.message(unit, state=State.DELIVERED)
        unit.session.add(message)
        unit.commit()
    with work() as unit:
        assert not messages.move(unit.session, message.id, OWN_MOVES[State.SENDING], State.SENDING)
        assert messages.move(unit.session, message.id, frozenset({State.DELIVERED}), State.READ)
        unit.commit()
    with work() as unit:
        assert unit.session.get_one(Message, message.id).state == State.READ
        assert not messages.move(unit.session, message.id + 1, frozenset(State), State.READ)


def test_of_two_that_move_a_message_one_does(work: Work) -> None:
    with work() as unit:
        message = rows.message(unit)
        unit.session.add(message)
        unit.commit()

    def cancel() -> bool:
        with work() as unit:
            moved = messages.move(unit.session, message.id, frozenset({State.QUEUED}), State.CANCELLED)
            unit.commit()
        return moved

    assert sorted(map(str, together(2, cancel))) == ["False", "True"]


def test_a_move_is_seen_by_objects_already_loaded(work: Work) -> None:
    with work() as unit:
        message = rows.message(unit)
        unit.session.add(message)
        unit.flush()
        messages.move(unit.session, message.id, frozenset({State.QUEUED}), State.CANCELLED)
        assert message.state == State.CANCELLED


def test_stranded_are_those_whose_lease_has_ended(work: Work) -> None:
    with work() as unit:
        ended = rows.message(unit, state=State.SENDING, lease_until=NOW)
        page = rows.message(unit, state=State.SENDING, lease_until=NOW - MINUTE, lane=Lane.PAGE)
        running = rows.message(unit, state=State.SENDING, lease_until=NOW + timedelta(microseconds=1))
        accepted = rows.message(unit, state=State.ACCEPTED, lease_until=NOW - MINUTE)
        unit.session.add_all([ended, page, running, accepted])
        unit.commit()
    with work() as unit:
        assert messages.stranded(unit.session, NOW, 10) == [page.id, ended.id]
        assert messages.stranded(unit.session, NOW, 1) == [page.id]
