"""How bad it is and how soon a human must act."""

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

MINUTES_IN_DAY = 24 * 60


class Level(IntEnum):
    """Ordered: a level may only be raised by the system; a clinician lowers or closes."""

    OK = 0
    REVIEW = 1
    URGENT = 2
    EMERGENCY = 3

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Urgency:
    """A level and the minutes within which the patient must have been reached (0: at once; ignored for OK)."""

    level: Level
    minutes: int = 0

    @classmethod
    def parse(cls, shorthand: str) -> Self:
        """Read the clinical shorthand: `ok`, `EM`, `U15` (minutes), `R4h` (hours), `R1d` (next working day).

        Raises ValueError that names the accepted forms. Source: triage ladders of the clinical content.
        """
        if shorthand == "ok":
            return cls(Level.OK)
        if shorthand == "EM":
            return cls(Level.EMERGENCY, 10)
        match = re.fullmatch(r"(?:U(\d+)|R(\d+)([hd]))", shorthand)
        if match is None:
            raise ValueError(f"{shorthand!r} is no urgency; use ok, EM, U15 (minutes), R4h (hours) or R1d (days)")
        if match[1]:
            return cls(Level.URGENT, int(match[1]))
        return cls(Level.REVIEW, int(match[2]) * (60 if match[3] == "h" else MINUTES_IN_DAY))

    @property
    def shorthand(self) -> str:
        match self.level:
            case Level.OK:
                return "ok"
            case Level.EMERGENCY:
                return "EM"
            case Level.URGENT:
                return f"U{self.minutes}"
        days, rest = divmod(self.minutes, MINUTES_IN_DAY)
        return f"R{days}d" if rest == 0 else f"R{self.minutes // 60}h"

    @property
    def waits_for_working_hours(self) -> bool:
        """`R1d` is seen on the next working day; everything shorter is seen at any hour."""
        return self.level is Level.REVIEW and self.minutes >= MINUTES_IN_DAY

    def worse_than(self, other: "Urgency | None") -> bool:
        if other is None or self.level != other.level:
            return other is None or self.level > other.level
        return self.level is not Level.OK and self.minutes < other.minutes


def worst(urgencies: list[Urgency]) -> Urgency:
    """The highest level, and of equal levels the shortest time; OK when there is none."""
    chosen = Urgency(Level.OK)
    for urgency in urgencies:
        if urgency.worse_than(chosen):
            chosen = urgency
    return chosen
