"""Findings that follow from a measured number: pressure, pulse, oxygen, and the temperature itself.

Bounds are those at which a careful nurse would act: systolic under 90 mmHg, pulse of 120 or more at rest, oxygen
saturation of 92 % or less, temperature of 38.0 C or more, or under 35.0 C.
"""

from collections.abc import Iterable, Sequence

from service.core.reading.lexicon import Cue
from service.core.reading.model import Evidence, Finding, Severity, Status, When
from service.core.reading.numbers import Number
from service.core.reading.scene import Scene
from service.core.reading.temperature import FEVER_C, Temperature

_COLD_C = 35.0
_HOT_C = 40.0
_LOW_SYSTOLIC, _HIGH_SYSTOLIC = 90, 180
_FAST_PULSE = 120
_LOW_OXYGEN = 92
_CENTIMETRES = 26


def vital_findings(numbers: Sequence[Number], temperature: Temperature, scene: Scene, original: str) -> list[Finding]:
    """Findings that the numbers alone give, with the numbers as evidence."""
    found = list(_from_temperature(temperature, scene, original))
    for number in numbers:
        code, gloss = _meaning(number, scene)
        if code:
            found.append(
                Finding(code, Status.PRESENT, evidence=_evidence(number.first, number.last, scene, original, gloss))
            )
    return found


def _meaning(number: Number, scene: Scene) -> tuple[str, str]:
    if number.second is not None:
        systolic = number.whole * 10 if number.whole < _CENTIMETRES else number.whole
        if systolic < _LOW_SYSTOLIC and number.second < number.whole:
            return "low_blood_pressure", f"blood pressure {systolic} systolic"
        if _HIGH_SYSTOLIC <= systolic < 280:
            return "high_blood_pressure", f"blood pressure {systolic} systolic"
        return "", ""
    clause = scene.clause[number.first]
    if number.tenths is None and _FAST_PULSE <= number.whole <= 250 and scene.in_clause(clause, Cue.PULSE):
        return "fast_heartbeat", f"pulse {number.whole}"
    if number.tenths is None and 50 <= number.whole <= _LOW_OXYGEN and scene.in_clause(clause, Cue.OXYGEN):
        return "hypoxia", f"oxygen saturation {number.whole} %"
    return "", ""


def _from_temperature(temperature: Temperature, scene: Scene, original: str) -> Iterable[Finding]:
    if temperature.celsius is not None:
        evidence = _evidence(
            temperature.first, temperature.last, scene, original, f"temperature {temperature.celsius} C"
        )
        if temperature.celsius >= FEVER_C:
            severity = Severity.SEVERE if temperature.celsius >= _HOT_C else Severity.MODERATE
            yield Finding("fever", Status.PRESENT, severity, evidence=evidence)
        elif temperature.celsius < _COLD_C:
            yield Finding("hypothermia", Status.PRESENT, evidence=evidence)
    if any(value >= FEVER_C for value in temperature.earlier):
        yield Finding("fever", Status.PRESENT, when=When.PAST)


def _evidence(first: int, last: int, scene: Scene, original: str, gloss: str) -> Evidence:
    start, end = scene.tokens[first].start, scene.tokens[last].end
    return Evidence(start, end, original[start:end], gloss)
