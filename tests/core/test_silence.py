"""Silence is a finding: every rung has its time, tightened when the last word was worrying, and the last is a human."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from service.core.plan import SilenceAction, SilenceLadder, SilenceStep
from service.core.silence import rung
from service.core.urgency import Level, Urgency

ASKED = datetime(2026, 3, 4, 8, 0, tzinfo=UTC)
LADDER = SilenceLadder(
    steps=(
        SilenceStep(after_minutes=30, do=SilenceAction.REMIND),
        SilenceStep(after_minutes=60, do=SilenceAction.ASK_CAREGIVER),
        SilenceStep(after_minutes=90, do=SilenceAction.ALERT, urgency=Urgency.parse("U30")),
    ),
    halve_from="review",
)


@pytest.mark.parametrize(("step", "minutes"), [(0, 30), (1, 60), (2, 90)])
def test_rungs_are_counted_from_the_question(step: int, minutes: int) -> None:
    found = rung(LADDER, step, ASKED, Level.OK)
    assert found is not None
    assert found.at == ASKED + timedelta(minutes=minutes)


@pytest.mark.parametrize("level", [Level.REVIEW, Level.URGENT, Level.EMERGENCY])
def test_all_times_are_halved_after_a_worrying_check(level: Level) -> None:
    found = rung(LADDER, 0, ASKED, level)
    assert found is not None
    assert found.at == ASKED + timedelta(minutes=15)


def test_past_the_last_rung_there_is_nothing() -> None:
    assert rung(LADDER, 3, ASKED, Level.OK) is None


def test_a_ladder_that_does_not_end_with_a_human_is_refused() -> None:
    with pytest.raises(ValidationError, match="last step of a silence ladder must be an alert"):
        SilenceLadder(steps=LADDER.steps[:2])


def test_an_alert_rung_must_say_how_urgent_it_is() -> None:
    with pytest.raises(ValidationError, match="names its urgency"):
        SilenceStep(after_minutes=30, do=SilenceAction.ALERT)
