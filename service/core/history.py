"""What earlier check-ins said, as far as a later one is judged by it: one small record per enrolment.

It keeps what the rules ask for and no more: the patient's own baseline, temperatures of the last days, how fast replies
come, what was reported lately, and what the other one (patient or caregiver) last said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Self

from service.core.content_model import Who
from service.core.reading.model import Finding, Severity, Status
from service.core.selftest import Baseline

TEMPERATURES_FOR = timedelta(days=3)
HIGH_AGAIN_WITHIN = timedelta(hours=24)
WORD_OF_ANOTHER_FOR = timedelta(hours=12)
"""How long a report of the caregiver still counts beside the patient's, and the other way round."""

_LATENCIES = 30
_LATENCIES_NEEDED = 5
_SLOW = timedelta(minutes=30)
_SLOWER = 3
_MOST_BASELINE = 30


@dataclass(frozen=True, slots=True)
class Measured:
    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody last said is the matter now."""

    at: datetime
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class History:
    """`reported`: when a symptom was last said to be there. `latencies`: seconds from question to answer."""

    own_temperatures: tuple[float, ...] = ()
    own_pressures: tuple[int, ...] = ()
    own_test: Baseline = field(default_factory=Baseline)
    temperatures: tuple[Measured, ...] = ()
    reported: Mapping[str, datetime] = field(default_factory=dict)
    latencies: tuple[int, ...] = ()
    said: Mapping[Who, Said] = field(default_factory=dict)

    @property
    def own_temperature(self) -> float | None:
        """The median of the temperatures before the infusion, Celsius."""
        return median(self.own_temperatures) if self.own_temperatures else None

    @property
    def own_systolic(self) -> float | None:
        """The median of the upper blood pressures before the infusion, mmHg."""
        return median(self.own_pressures) if self.own_pressures else None

    @property
    def is_slow(self) -> bool:
        """The last two replies each took over half an hour and over three times what is usual for this patient."""
        *earlier, before, last = self.latencies if len(self.latencies) >= 2 else (0, 0)
        if len(earlier) < _LATENCIES_NEEDED:
            return False
        usual = median(earlier)
        return all(late > max(_SLOW.total_seconds(), _SLOWER * usual) for late in (before, last))

    def still(self, hours: Mapping[str, int], now: datetime) -> frozenset[str]:
        """Symptoms that were reported so recently that they still count; `hours` says for how long each does."""
        return frozenset(code for code, at in self.reported.items() if now - at <= timedelta(hours=hours.get(code, 0)))

    def word_of_another(self, who: Who, now: datetime) -> tuple[Finding, ...]:
        """What the other one of patient and caregiver lately said of the patient."""
        return tuple(
            finding
            for other, said in self.said.items()
            if other is not who and now - said.at <= WORD_OF_ANOTHER_FOR
            for finding in said.findings
        )

    def with_temperature(self, celsius: float, now: datetime, *, baseline: bool) -> Self:
        kept = tuple(one for one in self.temperatures if now - one.at <= TEMPERATURES_FOR)
        own = (*self.own_temperatures, celsius)[-_MOST_BASELINE:] if baseline else self.own_temperatures
        return replace(self, temperatures=(*kept, Measured(now, celsius)), own_temperatures=own)

    def with_pressure(self, systolic: int, *, baseline: bool) -> Self:
        own = (*self.own_pressures, systolic)[-_MOST_BASELINE:] if baseline else self.own_pressures
        return replace(self, own_pressures=own)

    def with_words(self, who: Who, findings: Sequence[Finding], remembered: Mapping[str, int], now: datetime) -> Self:
        """After a text: what is the matter now, and what must be remembered of it."""
        there = {finding.code: replace(finding, evidence=None) for finding in findings if finding.is_now}
        reported = {code: at for code, at in self.reported.items() if code in remembered}
        reported |= {code: now for code in there if code in remembered}
        kept = self.said.get(who)
        # A text that reports nothing does not take back what was said before; time does.
        if kept is not None and now - kept.at <= WORD_OF_ANOTHER_FOR:
            before = {finding.code: finding for finding in kept.findings}
            latest = now if there else kept.at
            return replace(
                self, reported=reported, said={**self.said, who: Said(latest, tuple((before | there).values()))}
            )
        said = {other: one for other, one in self.said.items() if other is not who}
        if there:
            said[who] = Said(now, tuple(there.values()))
        return replace(self, reported=reported, said=said)

    def with_latency(self, took: timedelta) -> Self:
        return replace(self, latencies=(*self.latencies, round(took.total_seconds()))[-_LATENCIES:])

    def with_own_test(self, items: Mapping[str, int], places: Sequence[str]) -> Self:
        return replace(self, own_test=self.own_test.and_also(items, places))

    def to_json(self) -> dict[str, Any]:
        return {
            "own_temperatures": list(self.own_temperatures),
            "own_pressures": list(self.own_pressures),
            "own_test": self.own_test.to_json(),
            "temperatures": [[one.at.isoformat(), one.value] for one in self.temperatures],
            "reported": {code: at.isoformat() for code, at in self.reported.items()},
            "latencies": list(self.latencies),
            "said": {
                who.value: {
                    "at": said.at.isoformat(),
                    "findings": [[finding.code, finding.severity.value] for finding in said.findings],
                }
                for who, said in self.said.items()
            },
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> Self:
        """The record as it was kept; an empty one for an enrolment that has none yet."""
        if not stored:
            return cls()
        return cls(
            own_temperatures=tuple(stored["own_temperatures"]),
            own_pressures=tuple(stored["own_pressures"]),
            own_test=Baseline.from_json(stored["own_test"]),
            temperatures=tuple(Measured(datetime.fromisoformat(at), value) for at, value in stored["temperatures"]),
            reported={code: datetime.fromisoformat(at) for code, at in stored["reported"].items()},
            latencies=tuple(stored["latencies"]),
            said={
                Who(who): Said(
                    datetime.fromisoformat(said["at"]),
                    tuple(Finding(code, Status.PRESENT, Severity(severity)) for code, severity in said["findings"]),
                )
                for who, said in stored["said"].items()
            },
        )
