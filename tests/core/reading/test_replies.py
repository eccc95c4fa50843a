"""What people who had never seen the lexicons wrote as patients would, in every language (`replies/`).

They were scored once before anybody learned from them: those figures stand in docs/reading.md. Since then they are
here so that what was learned is not lost again.
"""

import json
from pathlib import Path

import pytest

from service.commands.reading_lines import read_lines
from service.content.catalog import load_catalog
from service.core.reading.reader import Reader
from service.readers import ROOT

REPLIES = Path(__file__).parent / "replies"
LANGUAGES = sorted(path.stem for path in REPLIES.glob("*.jsonl"))
DANGER = {"urgent", "emergency"}

Row = dict[str, str]


def rows_and_answers(reader: Reader, language: str) -> list[tuple[Row, Row]]:
    lines = (REPLIES / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
    answers = read_lines(reader, load_catalog(ROOT).protocol("text-only"), lines)
    return [(json.loads(line), json.loads(answer)) for line, answer in zip(lines, answers, strict=True)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_danger_is_read_as_fine_and_no_emergency_as_less_than_urgent(reader: Reader, language: str) -> None:
    wrong = [
        (row["text"], row["level"], answer["level"])
        for row, answer in rows_and_answers(reader, language)
        if (row["level"] in DANGER and answer["level"] == "ok")
        or (row["level"] == "emergency" and answer["level"] not in DANGER)
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nine_of_ten_are_read_as_a_careful_nurse_would(reader: Reader, language: str) -> None:
    pairs = rows_and_answers(reader, language)
    wrong = [(row["text"], row["level"], answer["level"]) for row, answer in pairs if row["level"] != answer["level"]]
    assert len(wrong) <= len(pairs) * 0.1, wrong
