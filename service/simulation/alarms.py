"""The simulated team: paged by the protocol's policy until somebody acknowledges, and closing alerts after a while."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from service.core.escalation import Colleague, first_page_at, page_now
from service.core.protocol import Protocol
from service.core.rules import Rule
from service.core.urgency import Level, Urgency, worst
from service.simulation.tally import Tally

ROTA = (Colleague(1, "coordinator", True), Colleague(2, "clinician", False), Colleague(3, "admin", False))
ACKNOWLEDGES = 0.6
"""The chance that somebody who is paged takes the alert."""

Later = Callable[[datetime, Callable[[datetime], None]], None]


@dataclass(slots=True)
class Alarm:
    """The one unresolved alert of a patient."""

    urgency: Urgency
    reasons: set[str]
    worst: Level
    step: int = 0
    next_at: datetime | None = None
    acknowledged: bool = False
    round: int = 0


@dataclass(slots=True)
class Team:
    """Answers for one patient's alerts. `later` plans something in simulated time."""

    protocol: Protocol
    zone: ZoneInfo
    chance: Random
    tally: Tally
    later: Later
    alarm: Alarm | None = None
    attended_at: datetime | None = None
    raised: list[str] = field(default_factory=list)

    @property
    def has_it(self) -> bool:
        """Somebody is at it, or nothing is left to do."""
        return self.alarm is None or self.alarm.acknowledged

    def raise_for(self, rules: Iterable[Rule], column: str, now: datetime, urgency: Urgency | None = None) -> None:
        """Raise an alert, or extend the one there is; a cause that is worse, or new to a taken alert, pages anew."""
        causes = {rule.id: urgency or rule.urgency(column) for rule in rules}
        causes = {name: one for name, one in causes.items() if one.level > Level.OK}
        if not causes:
            return
        self.tally.reasons.update(list(causes))
        hardest = worst(list(causes.values()))
        if self.alarm is None:
            self.alarm = Alarm(hardest, set(causes), hardest.level)
            self._start(first_page_at(hardest, now, self.zone))
            return
        alarm = self.alarm
        new = set(causes) - alarm.reasons
        alarm.reasons |= set(causes)
        alarm.worst = max(alarm.worst, hardest.level)
        if hardest.worse_than(alarm.urgency) or (alarm.acknowledged and new):
            alarm.urgency = worst([hardest, alarm.urgency])
            self._start(first_page_at(hardest, now, self.zone))

    def _start(self, at: datetime) -> None:
        alarm = self.alarm
        assert alarm is not None
        alarm.round += 1
        alarm.step, alarm.acknowledged, alarm.next_at = 0, False, at
        turn = alarm.round
        self.later(at, lambda now: self._page(alarm, turn, now))

    def _page(self, alarm: Alarm, turn: int, now: datetime) -> None:
        if alarm is not self.alarm or alarm.round != turn or alarm.acknowledged:
            return
        call = page_now(self.protocol.escalation[alarm.urgency.level.word], alarm.step, now, ROTA)
        self.tally.pages += len(call.staff_ids)
        alarm.step, alarm.next_at = call.next_step, call.next_at
        if self.chance.random() < 1 - (1 - ACKNOWLEDGES) ** len(call.staff_ids):
            self.later(now + timedelta(minutes=1 + self.chance.random() * 4), lambda at: self._take(alarm, turn, at))
        self.later(call.next_at, lambda at: self._page(alarm, turn, at))

    def _take(self, alarm: Alarm, turn: int, now: datetime) -> None:
        if alarm is not self.alarm or alarm.round != turn:
            return
        alarm.acknowledged, alarm.next_at = True, None
        self.later(now + timedelta(minutes=5 + self.chance.random() * 10), lambda at: self._close(alarm, turn, at))

    def _close(self, alarm: Alarm, turn: int, now: datetime) -> None:
        if alarm is not self.alarm or alarm.round != turn:
            return
        self.tally.alerts[alarm.worst.word] += 1
        self.alarm, self.attended_at = None, now
