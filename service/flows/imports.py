"""Enrolling many patients from a CSV file: all of them, or nobody and a list of everything that is wrong."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from service.core.schedule import instant
from service.errors import AftercellError, BadInput
from service.flows.enrolment import DEFAULT_PROTOCOL, Enrol, enrol_within, parse_zone
from service.flows.services import Services

MOST_ROWS = 2000
MOST_BYTES = 1_000_000
REQUIRED = ("phone", "language", "timezone", "infused_at")
OPTIONAL = ("protocol", "caregiver_phone", "caregiver_language", "consented_at", "flags")
EXAMPLE = (
    ",".join((*REQUIRED, *OPTIONAL)) + "\n"
    "+12125550123,es,America/New_York,2026-11-24 11:00,,,,2026-11-20 09:30,lupus autologous\n"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in one row, the first below the head being 2 as in a spreadsheet; row 1 is the head itself."""

    row: int
    field: str
    says: str


@dataclass(slots=True)
class Imported:
    """`enrolled` is what a dry run would enrol, or what was enrolled; 0 when there are faults."""

    rows: int = 0
    enrolled: int = 0
    faults: list[Fault] = field(default_factory=list)
    cases: list[str] = field(default_factory=list)


def import_patients(
    services: Services, site_id: int, content: bytes, now: datetime, *, by: str, dry_run: bool
) -> Imported:
    """Enrol everybody in the file, in one transaction. With any fault, and in a dry run, nothing is kept."""
    found = Imported()
    try:
        rows = list(_rows(content))
    except BadInput as problem:
        found.faults.append(Fault(1, problem.field, problem.message))
        return found
    found.rows = len(rows)
    with services.work() as work:
        for number, row in rows:
            try:
                with work.session.begin_nested():
                    done = enrol_within(work, services, _request(row, site_id), now, by)
                found.cases.append(done.case_number)
            except BadInput as problem:
                found.faults.append(Fault(number, problem.field.replace("-", "_"), problem.message))
            except AftercellError as problem:
                found.faults.append(Fault(number, "protocol", str(problem)))
        found.enrolled = 0 if found.faults else len(found.cases)
        if not found.faults and not dry_run:
            work.record(now, by, "patients imported", f"site:{site_id}", rows=found.enrolled)
            work.commit()
        else:
            found.cases = []
    return found


def _rows(content: bytes) -> Iterator[tuple[int, Mapping[str, str]]]:
    """(number, row) without empty rows. Raises BadInput for a file that is no such table."""
    if len(content) > MOST_BYTES:
        raise BadInput("file", f"is larger than {MOST_BYTES // 1000} kB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise BadInput("file", f"is not UTF-8 (byte {problem.start}); save it as CSV UTF-8") from None
    if "\0" in text:
        raise BadInput("file", "is no text; save the table as CSV")
    head = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ",", strict=True)
    try:
        names = [(name or "").strip().lower() for name in reader.fieldnames or ()]
        _check_head(names)
        reader.fieldnames = names
        for row in reader:
            if not any(value for value in row.values() if value):
                continue
            if None in row:
                raise BadInput("file", f"line {reader.line_num} has more cells than the head has names")
            if reader.line_num > MOST_ROWS + 1:
                raise BadInput("file", f"has more than {MOST_ROWS} rows")
            yield reader.line_num, {name: (value or "").strip() for name, value in row.items()}
    except csv.Error as problem:
        raise BadInput("file", f"line {reader.line_num} is no CSV: {problem}") from None


def _check_head(names: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise BadInput("head", f"lacks {', '.join(missing)}")
    strange = [name for name in names if name not in (*REQUIRED, *OPTIONAL)]
    if strange:
        raise BadInput("head", f"{strange[0]!r} is none of {', '.join((*REQUIRED, *OPTIONAL))}")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput("head", f"{twice[0]!r} stands there twice")


def _request(row: Mapping[str, str], site_id: int) -> Enrol:
    zone = ZoneInfo(parse_zone("timezone", row["timezone"]))
    return Enrol(
        site_id=site_id,
        phone=row["phone"],
        language=row["language"],
        timezone=row["timezone"],
        infused_at=local_time("infused_at", row["infused_at"], zone),
        protocol=row.get("protocol") or DEFAULT_PROTOCOL,
        caregiver_phone=row.get("caregiver_phone") or None,
        caregiver_language=row.get("caregiver_language") or None,
        consented_at=local_time("consented_at", row["consented_at"], zone) if row.get("consented_at") else None,
        flags=tuple((row.get("flags") or "").split()),
    )


def local_time(name: str, given: str, zone: ZoneInfo) -> datetime:
    """A date and time on the patient's clock; with an offset, that instant. Raises BadInput."""
    try:
        moment = datetime.fromisoformat(given.strip())
    except ValueError:
        raise BadInput(name, f"{given!r} is no date and time, such as 2026-11-24 11:00") from None
    if moment.tzinfo is not None:
        return moment
    return instant(date(moment.year, moment.month, moment.day), time(moment.hour, moment.minute), zone)
