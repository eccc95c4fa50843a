"""One patient as the care team sees them: what was said and understood, temperatures, what was missed, who was told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from service.core import flags
from service.core.history import History
from service.core.reading.temperature import FEVER_C
from service.core.schedule import day_number
from service.core.selftest import POINTS
from service.flows.access import Actor, own_enrolment
from service.flows.case import Case, view_case
from service.flows.queue import Waiting, alerts_of
from service.flows.services import Services
from service.store import notes, patients
from service.store.checkins import CheckIn, CheckInKind
from service.store.messages import Direction, Message
from service.store.notes import Correction, Note
from service.store.patients import Consent, Contact, ContactKind
from service.store.staff import StaffMember
from service.store.uow import UnitOfWork

BUBBLES = 60
CHART_DAYS = 28
_MOST_READINGS = 300
_MOST_CHECKINS = 120
_MOST_ALERTS = 10


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an inbound text; `gloss` is what the reader took it for, "" for the words between. `denied`: the
    writer says that it is not so."""

    text: str
    gloss: str = ""
    denied: bool = False


@dataclass(frozen=True, slots=True)
class Understood:
    """What was made of a text. `lines`: findings in plain English. `certainty`: share of the words explained, 0 to 1.
    `corrected_by`: a person read it otherwise, and `lines` say how."""

    lines: tuple[str, ...]
    temperature_c: float | None
    answer: str | None
    certainty: float
    unclear: bool
    read_in: str
    level: str
    corrected_by: str | None = None


@dataclass(frozen=True, slots=True)
class Bubble:
    """One text, note or logged call. `kind`: in, out or note. `who`: patient, caregiver, or a member of staff's name.
    `at` is in the patient's zone."""

    id: int
    kind: str
    who: str
    at: datetime
    pieces: tuple[Piece, ...]
    language: str | None
    state: str
    purpose: str = ""
    fallback: bool = False
    error_code: str | None = None
    understood: Understood | None = None


@dataclass(frozen=True, slots=True)
class Phone:
    """A contact. `standing`: consented, asked, opted_out or unreachable."""

    id: int
    kind: str
    number: str
    language: str
    standing: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Measurement:
    at: datetime
    celsius: float


@dataclass(frozen=True, slots=True)
class Scored:
    """A self-test of 0 to 10 points; `outstanding` items were not answered."""

    at: datetime
    points: int
    outstanding: int


@dataclass(frozen=True, slots=True)
class DayOfChecks:
    """What became of the check-ins of one day: the worst state of them, and how many there were."""

    day: date
    number: int
    state: str
    checkins: int
    level: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A consent given, declined, withdrawn or taken up again."""

    kind: str
    decision: str
    at: datetime
    source: str
    language: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything on the page. All instants are in the patient's zone."""

    enrolment_id: int
    case_number: str
    state: str
    protocol: str
    phase: str
    day: int
    zone: str
    now: datetime
    infused_at: datetime
    next_checkin_at: datetime | None
    flags: tuple[str, ...]
    phones: tuple[Phone, ...]
    bubbles: tuple[Bubble, ...]
    older_than: int | None
    temperatures: tuple[Measurement, ...]
    baseline_c: float | None
    threshold_c: float
    tests: tuple[Scored, ...]
    days: tuple[DayOfChecks, ...]
    alerts: tuple[Waiting, ...]
    decisions: tuple[Decision, ...]

    @property
    def open_alert(self) -> Waiting | None:
        return next((alert for alert in self.alerts if alert.state != "resolved"), None)

    def phone(self, kind: str) -> Phone | None:
        return next((one for one in self.phones if one.kind == kind), None)


def chart(services: Services, actor: Actor, enrolment_id: int, now: datetime, before: int | None = None) -> Chart:
    """The patient's page; `before`: texts older than this one. The look is audited. Raises NotFound."""
    with services.work() as work:
        enrolment = own_enrolment(work, actor, enrolment_id)
        case = view_case(work, services, enrolment, now)
        found = _chart(case, actor, before)
        work.record(now, actor.key, "patient viewed", case.subject)
        work.commit()
    return found


def _chart(case: Case, actor: Actor, before: int | None) -> Chart:
    enrolment, zone = case.enrolment, case.zone
    contacts = {contact.id: contact for contact in case.contacts()}
    texts = _texts(case.work, contacts, before)
    readings = _readings(case.work, contacts, case.now - timedelta(days=CHART_DAYS))
    corrections = notes.corrections_of(case.work.session, [message.id for message in (*texts, *readings)])
    written = notes.of_enrolment(case.work.session, enrolment.id, BUBBLES) if before is None else []
    names = _names(case.work, [*corrections.values(), *written])
    checkins = _checkins(case)
    return Chart(
        enrolment_id=enrolment.id,
        case_number=enrolment.patient.case_number,
        state=enrolment.state,
        protocol=f"{enrolment.protocol_id} {enrolment.protocol_version}",
        phase=case.phase.name,
        day=case.day,
        zone=enrolment.timezone,
        now=case.now.astimezone(zone),
        infused_at=enrolment.infused_at.astimezone(zone),
        next_checkin_at=enrolment.next_checkin_at.astimezone(zone) if enrolment.next_checkin_at else None,
        flags=tuple(flags.LASTING.get(flag, flag) for flag in sorted(case.lasting_flags)),
        phones=tuple(_phone(contact, zone) for contact in contacts.values()),
        bubbles=tuple(_bubbles(texts, written, contacts, corrections, names, zone)),
        older_than=min(message.id for message in texts) if len(texts) == BUBBLES else None,
        temperatures=tuple(_temperatures(readings, corrections, zone)),
        baseline_c=History.from_json(enrolment.history).own_temperature,
        threshold_c=FEVER_C,
        tests=tuple(_tests(checkins, zone)),
        days=tuple(_days(case, checkins)),
        alerts=tuple(alerts_of(case.work, actor, enrolment.id, case.now, _MOST_ALERTS)),
        decisions=tuple(_decisions(case.work, contacts, zone)),
    )


def _texts(work: UnitOfWork, contacts: Mapping[int, Contact], before: int | None) -> list[Message]:
    """The latest texts to and from these contacts, oldest first."""
    query = select(Message).where(Message.contact_id.in_(contacts)).order_by(Message.id.desc()).limit(BUBBLES)
    if before is not None:
        query = query.where(Message.id < before)
    return list(reversed(work.session.scalars(query).all()))


def _readings(work: UnitOfWork, contacts: Mapping[int, Contact], since: datetime) -> list[Message]:
    """The patient's own texts of the last weeks, oldest first."""
    own = [contact.id for contact in contacts.values() if contact.kind == ContactKind.PATIENT]
    query = (
        select(Message)
        .where(Message.contact_id.in_(own), Message.direction == Direction.INBOUND, Message.created_at >= since)
        .order_by(Message.id.desc())
        .limit(_MOST_READINGS)
    )
    return list(reversed(work.session.scalars(query).all()))


def _names(work: UnitOfWork, written: Sequence[Note | Correction]) -> dict[int, str]:
    ids = {one.staff_id for one in written}
    people = work.session.scalars(select(StaffMember).where(StaffMember.id.in_(ids))) if ids else ()
    return {person.id: person.name for person in people}


def _checkins(case: Case) -> list[CheckIn]:
    """The latest check-ins, oldest first."""
    query = select(CheckIn).where(CheckIn.enrolment_id == case.enrolment.id).order_by(CheckIn.id.desc())
    return list(reversed(case.work.session.scalars(query.limit(_MOST_CHECKINS)).all()))


def _phone(contact: Contact, zone: ZoneInfo) -> Phone:
    standings = (
        ("opted_out", contact.opted_out_at),
        ("unreachable", contact.unreachable_at),
        ("consented", contact.consented_at),
    )
    standing, since = next(((word, at) for word, at in standings if at is not None), ("asked", contact.created_at))
    return Phone(contact.id, contact.kind, contact.phone, contact.language, standing, since.astimezone(zone))


def _bubbles(
    texts: Sequence[Message],
    written: Sequence[Note],
    contacts: Mapping[int, Contact],
    corrections: Mapping[int, Correction],
    names: Mapping[int, str],
    zone: ZoneInfo,
) -> list[Bubble]:
    found = [_bubble(message, contacts, corrections.get(message.id), names, zone) for message in texts]
    for note in written:
        state = "" if note.reached is None else "reached" if note.reached else "not_reached"
        who, at = names.get(note.staff_id, "?"), note.at.astimezone(zone)
        found.append(Bubble(note.id, "note", who, at, (Piece(note.text),), None, state, purpose=note.kind))
    return sorted(found, key=lambda bubble: bubble.at)


def _bubble(
    message: Message,
    contacts: Mapping[int, Contact],
    correction: Correction | None,
    names: Mapping[int, str],
    zone: ZoneInfo,
) -> Bubble:
    inbound = message.direction == Direction.INBOUND
    reading = message.reading if inbound else None
    return Bubble(
        id=message.id,
        kind="in" if inbound else "out",
        who=contacts[message.contact_id or 0].kind,
        at=message.created_at.astimezone(zone),
        pieces=tuple(marked(message.body, reading)),
        language=message.language,
        state=message.state,
        purpose=message.purpose,
        fallback=message.fallback,
        error_code=message.error_code,
        understood=understood(reading, message.level or "ok", correction, names) if reading else None,
    )


def marked(body: str, reading: Mapping[str, Any] | None) -> Iterable[Piece]:
    """The text in pieces: those that the reader took for something, and those between."""
    spans = sorted(
        (finding["start"], finding["end"], finding["gloss"] or finding["code"], finding["status"] == "absent")
        for finding in (reading or {}).get("findings", ())
        if finding.get("start") is not None and finding["end"] > finding["start"]
    )
    done = 0
    for start, end, gloss, denied in spans:
        if start < done or end > len(body):
            continue
        if start > done:
            yield Piece(body[done:start])
        yield Piece(body[start:end], gloss, denied)
        done = end
    if done < len(body) or not body:
        yield Piece(body[done:])


def understood(
    reading: Mapping[str, Any], level: str, correction: Correction | None, names: Mapping[int, str]
) -> Understood:
    """What was made of a text, or what a person made of it afterwards."""
    if correction is not None:
        said = correction.reading
        return Understood(
            lines=tuple(plain(code) for code in said["present"]),
            temperature_c=said["temperature_c"],
            answer=said["answer"],
            certainty=1.0,
            unclear=False,
            read_in=reading["read_in"],
            level=level,
            corrected_by=names.get(correction.staff_id, "?"),
        )
    return Understood(
        lines=tuple(dict.fromkeys(_line(finding) for finding in reading["findings"])),
        temperature_c=reading["temperature_c"],
        answer=reading["answer"],
        certainty=reading["understood"],
        unclear=reading["unclear"],
        read_in=reading["read_in"],
        level=level,
    )


def _line(finding: Mapping[str, Any]) -> str:
    """A finding for a nurse who does not read the language."""
    parts = [finding["gloss"] or plain(finding["code"])]
    if finding["status"] == "absent":
        parts.insert(0, "no:")
    if finding["status"] == "uncertain":
        parts.append("(perhaps)")
    if finding["severity"] == "severe":
        parts.append("(severe)")
    if finding["when"] != "now":
        parts.append(f"({finding['when']})")
    if finding["whose"] != "patient":
        parts.append("(somebody else)")
    return " ".join(parts)


def plain(code: str) -> str:
    """A symptom code as words."""
    return code.replace("_", " ")


def _temperatures(
    readings: Sequence[Message], corrections: Mapping[int, Correction], zone: ZoneInfo
) -> Iterable[Measurement]:
    for message in readings:
        correction = corrections.get(message.id)
        said = correction.reading if correction else message.reading or {}
        celsius = said.get("temperature_c")
        if celsius is not None:
            yield Measurement(message.created_at.astimezone(zone), celsius)


def _tests(checkins: Sequence[CheckIn], zone: ZoneInfo) -> Iterable[Scored]:
    for checkin in checkins:
        points: Mapping[str, int] = checkin.conversation.get("points") or {}
        if points:
            outstanding = len(set(POINTS) - set(points))
            yield Scored(checkin.opened_at.astimezone(zone), sum(points.values()), outstanding)


_WORST_FIRST = ("undeliverable", "escalated", "open", "withdrawn", "answered")


def _days(case: Case, checkins: Sequence[CheckIn]) -> Iterable[DayOfChecks]:
    """Scheduled check-ins by the day on which they were due."""
    by_day: dict[date, list[CheckIn]] = {}
    for checkin in checkins:
        if checkin.kind == CheckInKind.SCHEDULED:
            by_day.setdefault(checkin.scheduled_at.astimezone(case.zone).date(), []).append(checkin)
    for day, group in sorted(by_day.items())[-CHART_DAYS:]:
        state = min((checkin.state for checkin in group), key=_WORST_FIRST.index)
        levels = [word for word in ("emergency", "urgent", "review") if any(one.level == word for one in group)]
        number = day_number(group[0].scheduled_at, case.enrolment.infused_at, case.zone)
        yield DayOfChecks(day, number, state, len(group), levels[0] if levels else "ok")


def _decisions(work: UnitOfWork, contacts: Mapping[int, Contact], zone: ZoneInfo) -> Iterable[Decision]:
    rows = work.session.scalars(select(Consent).where(Consent.contact_id.in_(contacts)).order_by(Consent.id.desc()))
    for row in rows:
        kind = contacts[row.contact_id].kind
        yield Decision(kind, row.decision, row.at.astimezone(zone), row.source, row.language)


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of the list of patients."""

    enrolment_id: int
    case_number: str
    state: str
    language: str
    day: int
    last_level: str
    next_checkin_at: datetime | None


@dataclass(frozen=True, slots=True)
class Listing:
    """`older_than`: where the next page of the list goes on, None on the last."""

    rows: tuple[Listed, ...]
    older_than: int | None


PAGE = 50


def listing(
    services: Services, actor: Actor, now: datetime, *, sought: str = "", state: str = "", before: int | None = None
) -> Listing:
    """The patients of the actor's site, latest first. `sought`: a case number, or a phone with + and country code."""
    with services.work() as work:
        rows = patients.listed(
            work.session,
            actor.site_id,
            case_number=sought.strip().upper() if sought and not sought.strip().startswith("+") else None,
            phone_index=work.phone_index(_digits(sought)) if sought.strip().startswith("+") else None,
            state=state or None,
            before=before,
            limit=PAGE,
        )
        found = tuple(
            Listed(
                enrolment.id,
                case_number,
                enrolment.state,
                language,
                day_number(now, enrolment.infused_at, ZoneInfo(enrolment.timezone)),
                enrolment.last_level,
                enrolment.next_checkin_at.astimezone(ZoneInfo(enrolment.timezone))
                if enrolment.next_checkin_at
                else None,
            )
            for enrolment, case_number, language in rows
        )
        work.record(now, actor.key, "patients listed", f"site:{actor.site_id}", rows=len(found))
        work.commit()
    return Listing(found, found[-1].enrolment_id if len(found) == PAGE else None)


def _digits(phone: str) -> str:
    return "+" + "".join(char for char in phone if char.isdigit())
