"""Plausible patients: what befalls them, how they feel on a day, and how they answer a text.

The rates are those of the clinical content, section 5: 11 of 15 had CRS, nearly all grade 1; 1 of 15 ICANS; 77 % a
local organ reaction around day 10 for about 11 days; 23 % an infection by day 28, then 0.67 per 100 days to day 90 and
5.6 per 100 person-months; about one in ten relapses in a year; over 90 % of checks are answered.
"""

from dataclasses import dataclass, field
from random import Random

from service.content.languages import Language
from service.core.protocol import Protocol
from service.core.questions import Expects, Question, SelfTestItem
from service.simulation.answers import WELL_C

CRS, ICANS, ORGAN, INFECTION_BY_28 = 11 / 15, 1 / 15, 0.77, 0.23
INFECTIONS_A_DAY_TO_90, INFECTIONS_A_DAY_LATER, RELAPSE_A_DAY = 0.67 / 100, 5.6 / 100 / 30, 0.1 / 365
MISSES, BREAKS_OFF, ANSWERS_REMINDER = 0.08, 0.005, 0.7

ORGAN_SIGNS = (("rash",), ("joint_swelling", "pain"), ("kidney_signs",), ("diarrhea",), ("fatigue", "pain"))
INFECTION_SIGNS = (("cough",), ("sore_throat", "cough"), ("painful_urination",), ("diarrhea", "vomiting"), ("chills",))


@dataclass(frozen=True, slots=True)
class Episode:
    """Something that is wrong from one day to another. `fever`: the highest temperature, Celsius, or none."""

    first_day: float
    last_day: float
    signs: tuple[str, ...]
    fever: float | None = None
    muddles: bool = False


@dataclass(slots=True)
class Patient:
    """One simulated person. `minutes`: the usual time to an answer. `words`: answers in words, not in numbers."""

    number: int
    language: Language
    flags: frozenset[str]
    chance: Random
    minutes: float
    words: bool
    fahrenheit: bool
    own_temperature: float
    episodes: list[Episode] = field(default_factory=list)

    def now_wrong(self, day: float) -> list[Episode]:
        return [episode for episode in self.episodes if episode.first_day <= day < episode.last_day]

    def temperature(self, day: float) -> float:
        fevers = [episode.fever for episode in self.now_wrong(day) if episode.fever]
        highest = max(fevers, default=self.own_temperature)
        return round(max(highest - self.chance.random() * 0.5, self.own_temperature) + self.chance.gauss(0, 0.1), 1)

    def answers_after(self, *, reminded: bool, first: bool, day: float) -> float | None:
        """Minutes until the answer, or None when there will be none to this text. Whoever has begun mostly goes on."""
        muddled = any(episode.muddles for episode in self.now_wrong(day))
        misses = 1 - ANSWERS_REMINDER if reminded else MISSES if first else BREAKS_OFF
        if self.chance.random() < misses * (4 if muddled else 1):
            return None
        return self.minutes * self.chance.lognormvariate(0, 0.6) * (8 if muddled else 1)


def make_patient(number: int, language: Language, flags: frozenset[str], chance: Random, days: int) -> Patient:
    """A patient with a course of their own."""
    patient = Patient(
        number,
        language,
        flags,
        chance,
        minutes=chance.lognormvariate(1.2, 0.7),
        words=chance.random() < 0.4,
        fahrenheit=language.code in ("en", "ht") and chance.random() < 0.7,
        own_temperature=round(chance.gauss(36.5, 0.2), 1),
    )
    patient.episodes = list(_course(chance, days))
    return patient


def _course(chance: Random, days: int) -> list[Episode]:
    found = []
    if chance.random() < CRS:
        start = max(0.5, chance.gauss(3, 2))
        peak = 39.3 if chance.random() < 0.15 else 38.0 + chance.random() * 0.9
        found.append(Episode(start, start + 1 + chance.random() * 3, ("fever", "fatigue", "chills"), peak))
    if chance.random() < ICANS:
        start = 3 + chance.random() * 6
        signs = ("word_finding", "tremor") if chance.random() < 0.6 else ("confusion",)
        found.append(Episode(start, start + 1 + chance.random() * 3, signs, muddles=True))
    if chance.random() < ORGAN:
        start = max(3.0, chance.gauss(11, 5))
        found.append(Episode(start, start + 4 + chance.random() * 14, chance.choice(ORGAN_SIGNS)))
    if chance.random() < INFECTION_BY_28:
        found.append(_infection(chance, 4 + chance.random() * 24))
    for day in range(28, days):
        if chance.random() < (INFECTIONS_A_DAY_TO_90 if day < 90 else INFECTIONS_A_DAY_LATER):
            found.append(_infection(chance, day))
        if chance.random() < RELAPSE_A_DAY:
            found.append(Episode(day, day + 40, ("disease_flare", "fatigue")))
    return found


def _infection(chance: Random, start: float) -> Episode:
    fever = 38.0 + chance.random() * 1.2 if chance.random() < 0.5 else None
    return Episode(start, start + 3 + chance.random() * 5, chance.choice(INFECTION_SIGNS), fever)


def reply(patient: Patient, question: Question, well: str, day: float) -> str:
    """What the patient types. `well` is what somebody who is well would."""
    wrong = patient.now_wrong(day)
    signs = {sign for episode in wrong for sign in episode.signs}
    match question.expects:
        case Expects.TEMPERATURE:
            return _degrees(patient, patient.temperature(day)) if well == WELL_C else well
        case Expects.NUMBERS | Expects.NUMBER | Expects.COUNT:
            return _number(patient, question, signs, well)
        case Expects.YES_NO:
            return _yes_or_no(patient, question, signs, well)
        case Expects.WORDS if question.test and any(episode.muddles for episode in wrong):
            return _muddled(patient, question.test, well)
    return well


def _degrees(patient: Patient, celsius: float) -> str:
    if patient.fahrenheit:
        return f"{celsius * 9 / 5 + 32:.1f}"
    return str(celsius).replace(
        ".", "," if patient.language.code in ("es", "fr", "de", "it", "pt_BR", "ru", "pl") else "."
    )


def _number(patient: Patient, question: Question, signs: set[str], well: str) -> str:
    named = [key for key, effect in question.answers.items() if any(report.code in signs for report in effect.report)]
    if named:
        return " ".join(named) if question.expects is Expects.NUMBERS else named[0]
    best = next((key for key, effect in question.answers.items() if not effect.report and not effect.ask), None)
    return well if patient.words or best is None else best


def _yes_or_no(patient: Patient, question: Question, signs: set[str], well: str) -> str:
    answers = patient.language.answers
    for word, said in (("yes", answers.yes), ("no", answers.no)):
        effect = question.answers.get(word)
        if effect is not None and any(report.code in signs for report in effect.report):
            return said
    return well


def _muddled(patient: Patient, test: SelfTestItem, well: str) -> str:
    words = well.split()
    if test is SelfTestItem.COUNTDOWN:
        return " ".join(words[:4])
    return " ".join(words[: max(1, len(words) // 3)])


def questions_by_text(protocol: Protocol) -> dict[str, Question]:
    """The question that each text asks; of several the first."""
    found: dict[str, Question] = {}
    for question in protocol.questions.values():
        for text_id in question.text:
            found.setdefault(text_id, question)
    return found
