"""Figures on the labelled replies kept beside the repository: what is reached must not be lost again."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from service.core.reading.model import Answer, Context, Intent, Reading
from service.core.reading.reader import Reader
from service.core.symptoms import CORPUS_CODES

REPLIES = Path(__file__).parents[4] / "shared" / "replies"
INTENTS = {Intent.STOP, Intent.START, Intent.HELP, Intent.CALL_ME, Intent.LANGUAGE, Intent.WRONG_NUMBER}
FLOOR = {"temperature": 0.97, "codes": 0.92, "answer": 0.88, "intent": 0.9}
LANGUAGES = sorted(path.stem for path in REPLIES.glob("*.jsonl"))

pytestmark = pytest.mark.skipif(not REPLIES.is_dir(), reason="the labelled replies are not beside this checkout")

Row = dict[str, object]
Pairs = list[tuple[Row, Reading]]


def pairs_of(reader: Reader, language: str) -> Pairs:
    rows = [json.loads(line) for line in (REPLIES / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()]
    return [(row, reader.read(row["text"], language=language, context=Context(row["context"]))) for row in rows]


def share(hits: Iterable[bool]) -> float:
    told = list(hits)
    return sum(told) / len(told) if told else 1.0


def f1(pairs: list[tuple[set[str], set[str]]]) -> float:
    hit = sum(len(want & got) for want, got in pairs)
    missed = sum(len(want ^ got) for want, got in pairs)
    return 2 * hit / (2 * hit + missed) if hit or missed else 1.0


def figures(pairs: Pairs) -> dict[str, float]:
    stated = [(row["temperature_c"], reading.temperature_c) for row, reading in pairs]
    return {
        "temperature": share(want == got for want, got in stated if want is not None or got is not None),
        "codes": f1([(set(_words(row["present"])), set(reading.present & CORPUS_CODES)) for row, reading in pairs]),
        "answer": share(reading.answer == row["answer"] for row, reading in pairs if row["answer"] in ("yes", "no")),
        "intent": f1([({str(row["intent"])} & INTENTS, {reading.intent.value} & INTENTS) for row, reading in pairs]),
    }


def _words(value: object) -> list[str]:
    assert isinstance(value, list)
    return value


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_figures_reached_are_kept(reader: Reader, language: str) -> None:
    reached = figures(pairs_of(reader, language))
    assert {name: value for name, value in reached.items() if value < FLOOR[name]} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_never_the_opposite_answer(reader: Reader, language: str) -> None:
    opposite = {("yes", Answer.NO), ("no", Answer.YES)}
    wrong = [row["text"] for row, reading in pairs_of(reader, language) if (row["answer"], reading.answer) in opposite]
    assert wrong == []
