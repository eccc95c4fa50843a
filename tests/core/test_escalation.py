"""Who is paged, and when: nobody waits for a person who does not exist, and it never stops by itself."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from service.core.escalation import Colleague, first_page_at, page_now
from service.core.rules import EscalationPolicy, EscalationStep, Whom
from service.core.urgency import Urgency

NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
NURSE = Colleague(1, "coordinator", on_call=True)
DOCTOR = Colleague(2, "clinician", on_call=False)
ADMIN = Colleague(3, "admin", on_call=False)
POLICY = EscalationPolicy(
    steps=(
        EscalationStep(after_minutes=0, page=Whom.ON_CALL),
        EscalationStep(after_minutes=5, page=Whom.CLINICIANS),
        EscalationStep(after_minutes=10, page=Whom.EVERYONE),
    ),
    then_every_minutes=5,
    acknowledgement_minutes=20,
)


@pytest.mark.parametrize(
    ("step", "expected", "wait"), [(0, (1,), 5), (1, (2,), 5), (2, (1, 2, 3), 5), (3, (1, 2, 3), 5), (40, (1, 2, 3), 5)]
)
def test_each_step_pages_a_wider_circle_and_the_last_repeats(step: int, expected: tuple[int, ...], wait: int) -> None:
    call = page_now(POLICY, step, NOW, [NURSE, DOCTOR, ADMIN])
    assert call.staff_ids == expected
    assert call.next_step == step + 1
    assert call.next_at == NOW + timedelta(minutes=wait)


def test_with_nobody_on_call_the_clinicians_are_paged_at_once() -> None:
    assert page_now(POLICY, 0, NOW, [DOCTOR, ADMIN]).staff_ids == (DOCTOR.id,)


def test_with_nobody_on_call_and_no_clinician_everyone_is_paged_at_once() -> None:
    assert page_now(POLICY, 0, NOW, [ADMIN]).staff_ids == (ADMIN.id,)


def test_everyone_on_call_is_paged_together() -> None:
    doctor = Colleague(2, "clinician", on_call=True)
    assert page_now(POLICY, 0, NOW, [NURSE, doctor]).staff_ids == (1, 2)


@pytest.mark.parametrize("shorthand", ["EM", "U15", "U60", "R4h"])
def test_what_is_urgent_or_due_within_hours_is_paged_at_night(shorthand: str) -> None:
    assert first_page_at(Urgency.parse(shorthand), NOW, ZoneInfo("America/New_York")) == NOW


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-04T10:00-05:00", "2026-03-04T10:00-05:00"),
        ("2026-03-04T06:00-05:00", "2026-03-04T08:00-05:00"),
        ("2026-03-04T19:00-05:00", "2026-03-05T08:00-05:00"),
        # Friday night and the weekend wait for Monday; that Monday is on summer time.
        ("2026-03-06T19:00-05:00", "2026-03-09T08:00-04:00"),
        ("2026-03-07T10:00-05:00", "2026-03-09T08:00-04:00"),
    ],
)
def test_what_can_wait_for_the_next_working_day_does(now: str, expected: str) -> None:
    zone = ZoneInfo("America/New_York")
    assert first_page_at(Urgency.parse("R1d"), datetime.fromisoformat(now), zone) == datetime.fromisoformat(expected)


def test_a_step_can_ask_for_a_call_as_well() -> None:
    steps = (
        EscalationStep(after_minutes=0, page=Whom.ON_CALL),
        EscalationStep(after_minutes=5, page=Whom.EVERYONE, call=True),
    )
    policy = EscalationPolicy(steps=steps, then_every_minutes=5, acknowledgement_minutes=20)
    assert [page_now(policy, step, NOW, [NURSE, DOCTOR]).ring for step in range(4)] == [False, True, True, True]
