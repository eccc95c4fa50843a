"""One row per error code: a wrong row here leaves a patient unwatched or an on-call phone silent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core.delivery import Cause, Permanent, State, Transient, Unknown
from service.core.twilio_codes import CODES, outcome_of_code, read_code, receipt

AGAIN, STOP = Transient, Permanent


ROWS: list[tuple[int, type[Transient | Permanent], Cause]] = [
    (14107, AGAIN, Cause.LOOP),
    (20003, STOP, Cause.CREDENTIALS),
    (20403, STOP, Cause.CREDENTIALS),
    (20404, STOP, Cause.CREDENTIALS),
    (20429, AGAIN, Cause.CONGESTED),
    (21211, STOP, Cause.INVALID_ADDRESS),
    (21212, STOP, Cause.SENDER),
    (21268, STOP, Cause.INVALID_ADDRESS),
    (21408, STOP, Cause.ROUTE),
    (21602, STOP, Cause.PROGRAM_ERROR),
    (21603, STOP, Cause.SENDER),
    (21606, STOP, Cause.SENDER),
    (21608, STOP, Cause.ROUTE),
    (21610, STOP, Cause.OPTED_OUT),
    (21611, AGAIN, Cause.CONGESTED),
    (21612, STOP, Cause.ROUTE),
    (21614, STOP, Cause.INVALID_ADDRESS),
    (21617, STOP, Cause.PROGRAM_ERROR),
    (21635, STOP, Cause.INVALID_ADDRESS),
    (21656, STOP, Cause.PROGRAM_ERROR),
    (21703, STOP, Cause.SENDER),
    (21705, STOP, Cause.SENDER),
    (30001, AGAIN, Cause.CONGESTED),
    (30002, STOP, Cause.CREDENTIALS),
    (30003, AGAIN, Cause.UNREACHABLE),
    (30004, STOP, Cause.BLOCKED),
    (30005, STOP, Cause.INVALID_ADDRESS),
    (30006, STOP, Cause.INVALID_ADDRESS),
    (30007, STOP, Cause.BLOCKED),
    (30008, AGAIN, Cause.UNCLEAR),
    (30009, STOP, Cause.MISSING_PART),
    (30017, AGAIN, Cause.CONGESTED),
    (30022, AGAIN, Cause.CONGESTED),
    (30023, STOP, Cause.QUOTA),
    (30024, STOP, Cause.SENDER),
    (30032, STOP, Cause.SENDER),
    (30033, STOP, Cause.SENDER),
    (30034, STOP, Cause.SENDER),
    (30035, STOP, Cause.SENDER),
    (30036, STOP, Cause.EXPIRED),
    (30410, STOP, Cause.UNCONFIRMED),
    (30450, AGAIN, Cause.PAUSED),
    (63003, STOP, Cause.WRONG_CHANNEL),
    (63016, STOP, Cause.WRONG_CHANNEL),
    (63018, AGAIN, Cause.CONGESTED),
    (63024, STOP, Cause.WRONG_CHANNEL),
    (63028, STOP, Cause.PROGRAM_ERROR),
    (63032, STOP, Cause.WRONG_CHANNEL),
    (63036, STOP, Cause.WRONG_CHANNEL),
]


@pytest.mark.parametrize(("code", "kind", "cause"), ROWS)
def test_each_code_has_its_cause_and_is_repeated_only_where_that_helps(
    code: int, kind: type[Transient | Permanent], cause: Cause
) -> None:
    outcome = outcome_of_code(code)
    assert isinstance(outcome, kind)
    assert (outcome.code, outcome.cause) == (code, cause)


def test_every_row_of_the_table_is_tested_above() -> None:
    assert {code for code, _, _ in ROWS} == set(CODES)


@pytest.mark.parametrize("code", [None, 0, 1, 39999, 99999])
def test_an_unlisted_code_tells_people_and_does_not_crash(code: int | None) -> None:
    outcome = outcome_of_code(code)
    assert isinstance(outcome, Permanent)
    assert outcome.cause is Cause.UNLISTED


@pytest.mark.parametrize("code", [20500, 20503, 20504])
def test_a_failure_inside_the_provider_leaves_the_outcome_unknown(code: int) -> None:
    assert isinstance(outcome_of_code(code), Unknown)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("accepted", State.ACCEPTED),
        ("scheduled", State.ACCEPTED),
        ("queued", State.ACCEPTED),
        ("sending", State.ACCEPTED),
        ("sent", State.SENT),
        ("partially_delivered", State.SENT),
        ("delivered", State.DELIVERED),
        ("Delivered", State.DELIVERED),
        ("read", State.READ),
        ("undelivered", State.UNDELIVERED),
        ("failed", State.FAILED),
        ("canceled", State.CANCELLED),
        ("teleported", None),
        ("", None),
        ("received", None),
    ],
)
def test_status_words(word: str, state: State | None) -> None:
    assert receipt("SM1", word).state is state


@pytest.mark.parametrize(
    ("text", "code"), [("30003", 30003), (" 30003 ", 30003), ("", None), (None, None), ("0", None), ("x", None)]
)
def test_error_codes_of_callbacks(text: str | None, code: int | None) -> None:
    assert read_code(text) == code


@given(st.text())
def test_no_garbage_in_a_callback_raises(text: str) -> None:
    receipt("SM1", text, read_code(text))
