"""Small drawings by the server: where each mark stands. Every drawing has a table beside it that says the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WIDTH, HEIGHT = 460, 220
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 28


@dataclass(frozen=True, slots=True)
class Mark:
    """A point or the top of a bar. `x` and `y` in the drawing's own units; `says` is its label."""

    x: float
    y: float
    says: str
    high: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the scale and its number, or a place on the time axis and its day."""

    at: float
    says: str


@dataclass(frozen=True, slots=True)
class TimeChart:
    """Values over time. `level_lines`: heights of lines across, such as a threshold."""

    marks: tuple[Mark, ...]
    path: str
    scale: tuple[Tick, ...]
    days: tuple[Tick, ...]
    threshold_y: float
    baseline_y: float | None
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def temperature_chart(
    points: Sequence[tuple[datetime, float]], threshold: float, baseline: float | None
) -> TimeChart | None:
    """None without any measurement. The scale holds every value and both lines; days stand in the patient's zone."""
    if not points:
        return None
    values = [value for _, value in points] + [threshold] + ([baseline] if baseline else [])
    low, high = min(36.0, min(values) - 0.3), max(39.5, max(values) + 0.3)
    first = points[0][0].replace(hour=0, minute=0, second=0, microsecond=0)
    last = max(points[-1][0], first + timedelta(days=3))
    length = (last - first).total_seconds()

    def x(at: datetime) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (at - first).total_seconds() / length, 1)

    def y(value: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low), 1)

    marks = tuple(Mark(x(at), y(value), f"{value:.1f}", value >= threshold) for at, value in points)
    path = "M" + " L".join(f"{mark.x} {mark.y}" for mark in marks)
    scale = tuple(Tick(y(degree), f"{degree}") for degree in range(round(low + 0.5), int(high) + 1))
    return TimeChart(marks, path, scale, _days(first, last, x), y(threshold), y(baseline) if baseline else None)


def _days(first: datetime, last: datetime, x: Callable[[datetime], float]) -> tuple[Tick, ...]:
    number = (last - first).days + 1
    step = max(1, -(-number // 7))
    days = [first + timedelta(days=day) for day in range(0, number, step)]
    return tuple(Tick(x(day), f"{day.day}.{day.month}.") for day in days)


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars of a share or a number by group; `says` of each mark is its value, `groups` are below."""

    marks: tuple[Mark, ...]
    groups: tuple[Tick, ...]
    bar: float
    scale: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def _round_above(value: float) -> float:
    """The top of a scale: a round number with room above the highest bar for what it says."""
    steps = (factor * 10**power for power in range(6) for factor in (1, 2, 4, 6, 10))
    return float(next((step for step in steps if step >= value * 1.1), value or 1.0))


def bar_chart(values: Sequence[tuple[str, float, str]], top: float | None = None) -> BarChart | None:
    """Bars for (group, value, label). `top` of the scale; None: the highest value."""
    if not values:
        return None
    highest = top or _round_above(max(value for _, value, _ in values))
    room = (WIDTH - LEFT - RIGHT) / len(values)
    bar = round(min(48.0, room * 0.6), 1)

    def y(value: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - min(value, highest) / highest), 1)

    centres = [round(LEFT + room * (place + 0.5), 1) for place in range(len(values))]
    marks = tuple(
        Mark(round(centre - bar / 2, 1), y(value), says)
        for centre, (_, value, says) in zip(centres, values, strict=True)
    )
    groups = tuple(Tick(centre, group) for centre, (group, _, _) in zip(centres, values, strict=True))
    scale = tuple(Tick(y(highest * part), f"{highest * part:.3g}") for part in (0, 0.5, 1))
    return BarChart(marks, groups, bar, scale)
