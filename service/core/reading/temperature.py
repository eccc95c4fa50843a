"""The patient's own current body temperature among the numbers of a text, in Celsius."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.core.reading.lexicon import Cue
from service.core.reading.model import Context
from service.core.reading.numbers import Number
from service.core.reading.scene import Scene
from service.core.reading.text import Kind

FEVER_C = 38.0
_LOWEST_C, _HIGHEST_C = 34.0, 43.0
_LOWEST_F, _HIGHEST_F = 93.0, 109.4


@dataclass(frozen=True, slots=True)
class Temperature:
    """`celsius`: None when none is stated; `implausible`: a number is, but no body has it; `earlier`: past readings."""

    celsius: float | None = None
    implausible: bool = False
    first: int = 0
    last: int = 0
    earlier: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class _Candidate:
    number: Number
    celsius: float


def read_temperature(numbers: Sequence[Number], scene: Scene, context: Context) -> Temperature:
    """Chooses by unit, plausibility, time words and place in the text; several equals give the highest."""
    candidates, odd = [], False
    for number in numbers:
        if number.is_pair or _counts_something(number, scene):
            continue
        unit = _unit(number, scene)
        celsius = _celsius(number, unit)
        sure = unit is not None or number.tenths is not None or _after_word(number, scene) or len(number.digits) == 3
        if celsius is None:
            odd = odd or unit is not None or context is Context.TEMPERATURE
        elif context is Context.TEMPERATURE or (sure and not _is_another_measure(number, scene)):
            candidates.append(_Candidate(number, celsius))
    if not candidates:
        return Temperature(implausible=odd)
    return _choose(candidates, scene)


def _choose(candidates: list[_Candidate], scene: Scene) -> Temperature:
    own = [c for c in candidates if not _is_supposed(c, scene) and not _is_anothers(c, scene)]
    past = [c for c in own if _was(c, scene)]
    current = [c for c in own if c not in past]
    if not own:
        return Temperature()
    chosen = _best(current, scene) if current else past[-1]
    earlier = tuple(c.celsius for c in past if c is not chosen)
    return Temperature(chosen.celsius, False, chosen.number.first, chosen.number.last, earlier)


def _best(current: list[_Candidate], scene: Scene) -> _Candidate:
    now = [c for c in current if _in_clause(c, scene, Cue.NOW) and not _was(c, scene)]
    if now and len(now) < len(current):
        return now[-1]
    if any(cue.first > current[0].number.last for cue in scene.cues.get(Cue.CORRECTION, ())):
        return current[-1]
    exact = [c for c in current if c.number.tenths is not None] or current
    if scene.has(Cue.LATER):
        return exact[-1]
    return max(exact, key=lambda c: c.celsius)


def _was(candidate: _Candidate, scene: Scene) -> bool:
    """ "39 yesterday"; where a clause says both, the time word that follows decides: "38.9 last night 37.1 now"."""
    clause, last = scene.clause[candidate.number.first], candidate.number.last
    pasts, nows = scene.in_clause(clause, Cue.PAST), scene.in_clause(clause, Cue.NOW)
    if pasts and nows:
        after = [cue for cue in (*pasts, *nows) if cue.first > last]
        return len(after) > 1 and min(after, key=lambda cue: cue.first) in pasts
    return bool(pasts)


def _in_clause(candidate: _Candidate, scene: Scene, cue: Cue) -> bool:
    return bool(scene.in_clause(scene.clause[candidate.number.first], cue))


def _is_supposed(candidate: _Candidate, scene: Scene) -> bool:
    first = candidate.number.first
    sentence = scene.sentence[first]
    return any(
        cue.last < first and scene.sentence[cue.first] == sentence
        for kind in (Cue.IF, Cue.IF_ASKING)
        for cue in scene.cues.get(kind, ())
    )


def _is_anothers(candidate: _Candidate, scene: Scene) -> bool:
    """Somebody else's reading: a stranger's, or a relative's whose writer says "I have not measured mine"."""
    first = candidate.number.first
    clause = scene.clause[first]
    if any(cue.first < first for cue in scene.in_clause(clause, Cue.OTHERS)):
        return True
    sentence = scene.sentence[first]
    kin = any(cue.first < first and scene.sentence[cue.first] == sentence for cue in scene.cues.get(Cue.KIN, ()))
    return kin and any(
        scene.in_clause(scene.clause[cue.first], Cue.ME) and scene.clause[cue.first] != clause
        for cue in scene.cues.get(Cue.NOT_MEASURED, ())
    )


def _unit(number: Number, scene: Scene) -> Cue | None:
    after = range(number.last + 1, min(number.last + 4, len(scene.tokens)))
    for place in after:
        if scene.tokens[place].kind is Kind.NUMBER:
            break
        for unit in (Cue.FAHRENHEIT, Cue.CELSIUS):
            if unit in scene.held[place]:
                return unit
    if scene.has(Cue.FAHRENHEIT) and not scene.has(Cue.CELSIUS) and number.whole > 90:
        return Cue.FAHRENHEIT
    return None


def _celsius(number: Number, unit: Cue | None) -> float | None:
    value = number.value
    if number.tenths is None and len(number.digits) in (3, 4) and value > 300 and not number.digits.startswith("0"):
        value = value / 10
    if unit is not Cue.FAHRENHEIT and _LOWEST_C <= value <= _HIGHEST_C:
        return round(value + 1e-9, 1)
    if unit is not Cue.CELSIUS and _LOWEST_F <= value <= _HIGHEST_F:
        return round((value - 32) * 5 / 9 + 1e-9, 1)
    return None


def _counts_something(number: Number, scene: Scene) -> bool:
    """ "2 pills", "3 times", "at 16:30", "room 38": a count, a time, an address."""
    clause = scene.clause[number.first]
    after = number.last + 1
    if after < len(scene.tokens) and scene.clause[after] == clause and Cue.THINGS in scene.held[after]:
        return True
    before = number.first - 1
    if before >= 0 and Cue.CLOCK in scene.held[before] and scene.tokens[before].kind is not Kind.NUMBER:
        return number.tenths is None
    clock = after < len(scene.tokens) and scene.tokens[after].kind is Kind.NUMBER and scene.tokens[after].before == ":"
    clock = clock or scene.tokens[number.first].before == ":"
    return clock and number.tenths is None and number.whole < 60


def _after_word(number: Number, scene: Scene) -> bool:
    clause = scene.clause[number.first]
    return bool(scene.in_clause(clause, Cue.TEMPERATURE, Cue.DEGREE)) or any(
        match.phrase.code == "fever" and scene.clause[match.first] == clause for match in scene.symptoms
    )


def _is_another_measure(number: Number, scene: Scene) -> bool:
    clause = scene.clause[number.first]
    return number.tenths is None and bool(scene.in_clause(clause, Cue.PULSE, Cue.PRESSURE, Cue.OXYGEN))
