"""`aftercell read`: JSON lines in, JSON lines out, one reading each. The level is that of the text-only rules; the
codes are those of the labelled corpus."""

import json
from collections.abc import Iterable, Iterator

from service.core.protocol import Protocol
from service.core.reading.model import Context
from service.core.reading.reader import Reader
from service.core.symptoms import CORPUS_CODES
from service.core.triage import Facts, judge
from service.errors import BadInput

COLUMN = "every"


def read_lines(reader: Reader, rules: Protocol, lines: Iterable[str]) -> Iterator[str]:
    """One answer a line, in order, as soon as it is read. Raises BadInput that names the line."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield json.dumps(_read(reader, rules, _parse(line, number)), ensure_ascii=False)


def _parse(line: str, number: int) -> dict[str, str]:
    try:
        asked = json.loads(line)
        return {name: str(asked[name]) for name in ("id", "lang", "context", "text")}
    except (json.JSONDecodeError, TypeError, KeyError) as error:
        raise BadInput(f"line {number}", "must be a JSON object with id, lang, context and text") from error


def _read(reader: Reader, rules: Protocol, asked: dict[str, str]) -> dict[str, object]:
    try:
        context = Context(asked["context"])
    except ValueError:
        raise BadInput("context", f"{asked['context']!r} must be one of {', '.join(Context)}") from None
    reading = reader.read(asked["text"], language=asked["lang"], context=context)
    return {
        "id": asked["id"],
        "intent": reading.intent,
        "answer": reading.answer if reading.answer in ("yes", "no") else None,
        "temperature_c": reading.temperature_c,
        "present": sorted(reading.present & CORPUS_CODES),
        "absent": sorted(reading.absent & CORPUS_CODES),
        "level": judge(rules, COLUMN, Facts.of(reading)).level.word,
    }
