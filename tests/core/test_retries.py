"""What follows an attempt: patients are texted once, pages are never dropped, nothing is tried for ever."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core.delivery import (
    OWN_MOVES,
    Accepted,
    Cause,
    Lane,
    Outcome,
    Scope,
    State,
    Tell,
    Transient,
    Unknown,
    states_before,
)
from service.core.retries import (
    LIFETIMES,
    Await,
    Decision,
    GiveUp,
    Hold,
    LookUp,
    Retry,
    decide,
    expires_at,
    next_look,
    not_found,
    validity_seconds,
)
from service.core.twilio_codes import CODES, outcome_of_code

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=4)


def decided(outcome: Outcome, attempts: int = 1, *, is_page: bool = False, until: datetime = LATER) -> Decision:
    return decide(outcome, attempts=attempts, is_page=is_page, now=NOW, expires_at=until, jitter=0.0)


def test_an_accepted_text_is_polled_if_no_receipt_comes_and_a_page_sooner() -> None:
    text, page = decided(Accepted("SM1")), decided(Accepted("SM1"), is_page=True)
    assert isinstance(text, Await)
    assert isinstance(page, Await)
    assert page.look_at - NOW == timedelta(minutes=1) < text.look_at - NOW
    assert text.state is State.ACCEPTED


def test_a_page_of_unknown_outcome_is_sent_again() -> None:
    decision = decided(Unknown("read timeout"), is_page=True)
    assert isinstance(decision, Retry)
    assert decision.may_duplicate
    assert decision.at - NOW <= timedelta(seconds=30)


@pytest.mark.parametrize("attempts", [1, 2, 10])
def test_a_patients_text_of_unknown_outcome_is_looked_up_and_never_sent_again(attempts: int) -> None:
    decision = decided(Unknown("read timeout"), attempts)
    assert isinstance(decision, LookUp)
    assert decision.state is State.UNKNOWN
    assert decision.at - NOW >= timedelta(seconds=60)


def test_a_text_that_the_provider_never_shows_goes_to_staff() -> None:
    assert isinstance(not_found(unknown_since=NOW - timedelta(minutes=1), is_safety=False, now=NOW), LookUp)
    decision = not_found(unknown_since=NOW - timedelta(minutes=5), is_safety=False, now=NOW)
    assert isinstance(decision, GiveUp)
    assert decision.cause is Cause.UNCONFIRMED
    assert Tell.STAFF in decision.tell


def test_advice_in_danger_is_sent_again_as_soon_as_the_provider_does_not_show_it() -> None:
    decision = not_found(unknown_since=NOW - timedelta(minutes=1), is_safety=True, now=NOW)
    assert isinstance(decision, Retry)
    assert (decision.at, decision.may_duplicate) == (NOW, True)


def test_a_call_of_unknown_outcome_is_asked_after_before_it_is_made_again() -> None:
    looked = decide(
        Unknown("read timeout"),
        attempts=1,
        is_page=True,
        is_call=True,
        now=NOW,
        expires_at=NOW + timedelta(minutes=10),
        jitter=0.5,
    )
    assert isinstance(looked, LookUp)
    assert looked.at - NOW < timedelta(seconds=60), "somebody has to be woken"
    assert isinstance(not_found(unknown_since=NOW, is_safety=False, is_call=True, now=NOW), Retry)


def test_too_many_requests_are_repeated_with_growing_waits_that_respect_the_provider() -> None:
    waits = []
    for attempt in range(1, 12):
        decision = decided(Transient(20429, "busy"), attempt)
        assert isinstance(decision, Retry)
        waits.append(decision.at - NOW)
    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=1)
    assert waits[-1] <= timedelta(minutes=5)
    asked = decided(Transient(20429, "busy", retry_after=timedelta(seconds=90)))
    assert isinstance(asked, Retry)
    assert asked.at == NOW + timedelta(seconds=90)


@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
def test_jitter_spreads_a_repeat_over_the_upper_half_of_its_wait(jitter: float) -> None:
    decision = decide(Transient(20429, "busy"), attempts=3, is_page=False, now=NOW, expires_at=LATER, jitter=jitter)
    assert isinstance(decision, Retry)
    assert decision.at - NOW == timedelta(seconds=4 + 4 * jitter)


def test_a_phone_out_of_reach_is_tried_twice_more_then_staff_know() -> None:
    unreachable = outcome_of_code(30003)
    assert [type(decided(unreachable, attempt)) for attempt in (1, 2, 3)] == [Retry, Retry, GiveUp]
    last = decided(unreachable, 3)
    assert isinstance(last, GiveUp)
    assert Tell.STAFF in last.tell


def test_an_unexplained_failure_is_tried_once_more() -> None:
    unclear = outcome_of_code(30008)
    assert [type(decided(unclear, attempt)) for attempt in (1, 2)] == [Retry, GiveUp]


@pytest.mark.parametrize(("code", "scope"), [(20003, Scope.ACCOUNT), (30034, Scope.SENDER)])
@pytest.mark.parametrize("is_page", [True, False])
def test_refused_credentials_and_senders_hold_the_queue(code: int, scope: Scope, is_page: bool) -> None:
    decision = decided(outcome_of_code(code), is_page=is_page)
    assert isinstance(decision, Hold)
    assert decision.scope is scope
    assert decision.state is State.QUEUED


def test_a_held_text_still_expires() -> None:
    decision = decided(outcome_of_code(20003), until=NOW)
    assert isinstance(decision, GiveUp)
    assert Tell.OPERATORS in decision.tell


def test_a_carrier_timeout_is_repeated_for_a_page_only() -> None:
    maybe = outcome_of_code(30410)
    page, text = decided(maybe, is_page=True), decided(maybe)
    assert isinstance(page, Retry)
    assert page.may_duplicate
    assert isinstance(text, GiveUp)


@pytest.mark.parametrize("outcome", [Transient(20429, "busy"), Unknown("timeout")])
def test_nothing_is_repeated_after_it_has_lost_its_use(outcome: Outcome) -> None:
    decision = decided(outcome, is_page=True, until=NOW + timedelta(seconds=1))
    assert isinstance(decision, GiveUp)
    assert decision.state is State.EXPIRED


OUTCOMES: list[Outcome] = [
    Accepted("SM1"),
    Unknown("timeout"),
    Transient(None, "refused", cause=Cause.OFFLINE),
    *(outcome_of_code(code) for code in CODES),
]


@given(st.sampled_from(OUTCOMES), st.integers(1, 50), st.booleans(), st.integers(-60, 20_000), st.floats(0, 1))
def test_every_decision_lies_ahead_and_within_reach(
    outcome: Outcome, attempts: int, is_page: bool, left: int, jitter: float
) -> None:
    until = NOW + timedelta(seconds=left)
    match decide(outcome, attempts=attempts, is_page=is_page, now=NOW, expires_at=until, jitter=jitter):
        case Await(state=state, look_at=at):
            assert at > NOW
            assert State.SENDING in states_before(state)
        case Retry(at=at, state=state):
            assert NOW < at < until
            assert State.SENDING in OWN_MOVES[state]
        case LookUp(at=at, state=state):
            assert at > NOW
            assert State.SENDING in OWN_MOVES[state]
        case Hold(until=at, state=state):
            assert at > NOW
            assert State.SENDING in OWN_MOVES[state]
        case GiveUp(state=state, tell=tell):
            assert tell
            assert State.SENDING in OWN_MOVES[state]


@pytest.mark.parametrize("lane", Lane)
def test_every_lane_has_a_lifetime_that_the_provider_can_keep(lane: Lane) -> None:
    assert validity_seconds(NOW, expires_at(lane, NOW)) == LIFETIMES[lane].total_seconds() <= 36_000


def test_a_page_never_arrives_stale() -> None:
    assert LIFETIMES[Lane.PAGE] == min(LIFETIMES.values())


@pytest.mark.parametrize(("left", "validity"), [(-5, 6), (0, 6), (90, 90), (90_000, 36_000)])
def test_validity_stays_within_what_the_provider_takes(left: int, validity: int) -> None:
    assert validity_seconds(NOW, NOW + timedelta(seconds=left)) == validity


def test_polling_ends() -> None:
    at: datetime | None = NOW
    looks = 0
    while at is not None:
        at = next_look(is_page=False, accepted_at=NOW, now=at)
        looks += 1
        assert looks < 10
    assert looks > 1
