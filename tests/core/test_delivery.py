"""Receipts repeat, overtake and come late; a message must end in the same place whatever they do."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core.delivery import (
    FINAL,
    LOST,
    OWN_MOVES,
    RANK,
    REMEDIES,
    Cause,
    Receipt,
    State,
    Tell,
    receive,
    states_before,
)

SID = "SM1"


def after(receipts: list[State | None], start: State = State.SENDING) -> State:
    state = start
    for reported in receipts:
        state = receive(state, SID, Receipt(SID, reported)) or state
    return state


@pytest.mark.parametrize("late", [State.ACCEPTED, State.SENT, State.FAILED, State.UNDELIVERED, State.DELIVERED])
def test_nothing_that_comes_late_takes_delivered_back(late: State) -> None:
    assert after([State.DELIVERED, late]) is State.DELIVERED


def test_a_late_sent_does_not_hide_that_a_text_was_refused() -> None:
    assert after([State.UNDELIVERED, State.SENT]) is State.UNDELIVERED


def test_queued_at_the_provider_is_not_yet_sent() -> None:
    assert after([State.ACCEPTED]) is State.ACCEPTED


def test_every_order_of_the_same_receipts_ends_alike() -> None:
    receipts = [State.ACCEPTED, State.SENT, State.UNDELIVERED, State.DELIVERED, State.READ]
    assert {after(list(order)) for order in permutations(receipts)} == {State.READ}


@given(st.sampled_from(State), st.lists(st.sampled_from([*State, None])))
def test_a_receipt_never_lowers_the_rank(start: State, receipts: list[State | None]) -> None:
    assert RANK[after(receipts, start)] >= RANK[start]


def test_an_unknown_status_word_changes_nothing() -> None:
    assert receive(State.SENT, SID, Receipt(SID, None)) is None


def test_a_callback_that_overtakes_the_answer_to_the_post_counts() -> None:
    assert receive(State.SENDING, None, Receipt(SID, State.SENT)) is State.SENT


def test_the_callback_of_an_attempt_whose_answer_was_lost_counts() -> None:
    assert receive(State.UNKNOWN, None, Receipt(SID, State.DELIVERED)) is State.DELIVERED


def test_failure_news_of_an_earlier_attempt_does_not_fail_the_new_one() -> None:
    assert receive(State.QUEUED, None, Receipt("SM0", State.UNDELIVERED), earlier_ids=["SM0"]) is None
    assert receive(State.ACCEPTED, SID, Receipt("SM0", State.FAILED)) is None


def test_a_late_sent_of_an_earlier_attempt_does_not_stop_the_repeat() -> None:
    assert receive(State.QUEUED, None, Receipt("SM0", State.SENT), earlier_ids=["SM0"]) is None


def test_an_earlier_attempt_that_arrived_after_all_makes_the_repeat_unnecessary() -> None:
    assert receive(State.QUEUED, None, Receipt("SM0", State.DELIVERED), earlier_ids=["SM0"]) is State.DELIVERED


def test_states_before_agrees_with_receive() -> None:
    for reported in State:
        may = {state for state in State if receive(state, SID, Receipt(SID, reported)) is not None}
        assert may == states_before(reported)


def test_we_never_leave_a_text_that_arrived_nor_send_one_that_was_withdrawn() -> None:
    for sources in OWN_MOVES.values():
        assert not sources & {State.DELIVERED, State.READ, State.CANCELLED, State.EXPIRED}


def test_a_claim_takes_only_what_is_queued_and_a_withdrawal_only_what_has_not_left() -> None:
    assert OWN_MOVES[State.SENDING] == OWN_MOVES[State.CANCELLED] == {State.QUEUED}


def test_every_lost_state_is_final_and_sent_is_not() -> None:
    assert LOST < FINAL
    assert State.SENT not in FINAL


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_tells_somebody(cause: Cause) -> None:
    assert REMEDIES[cause].tell


@pytest.mark.parametrize("cause", [Cause.OPTED_OUT, Cause.INVALID_ADDRESS, Cause.UNREACHABLE, Cause.BLOCKED])
def test_a_patient_who_cannot_be_texted_is_made_known_to_staff(cause: Cause) -> None:
    assert Tell.STAFF in REMEDIES[cause].tell


@pytest.mark.parametrize("cause", [Cause.CREDENTIALS, Cause.SENDER])
def test_what_would_fail_every_text_holds_the_queue_instead_of_failing_each(cause: Cause) -> None:
    assert REMEDIES[cause].hold is not None
    assert Tell.OPERATORS in REMEDIES[cause].tell
