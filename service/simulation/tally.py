"""What a simulated programme amounted to."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """`checkins` by how they ended, `alerts` by their worst level, `parts` SMS parts sent to patients and caregivers.
    `orphans`: what nobody answers for, one line each; there must be none."""

    patients: int = 0
    checkins: Counter[str] = field(default_factory=Counter)
    replies: int = 0
    alerts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    pages: int = 0
    texts: int = 0
    parts: int = 0
    fallbacks: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    orphans: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.patients += other.patients
        self.replies += other.replies
        self.pages += other.pages
        self.texts += other.texts
        self.parts += other.parts
        self.fallbacks += other.fallbacks
        self.orphans += other.orphans
        for mine, theirs in (
            (self.checkins, other.checkins),
            (self.alerts, other.alerts),
            (self.reasons, other.reasons),
            (self.languages, other.languages),
        ):
            mine.update(theirs)
