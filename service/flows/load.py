"""A clinic as large as it may ever become, for a look at how quick its pages are. Never where real patients are.

A few patients live through a fever as anybody would; PostgreSQL copies them and what was said as often as is asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, Select, func, select, text, update

from service.core.delivery import State
from service.errors import BadInput, Conflict
from service.flows import enrolment, inbound, upkeep
from service.flows.enrolment import Enrol
from service.flows.services import Services
from service.gateways.base import InboundText
from service.store.alerts import Alert, AlertState, Page, Reason
from service.store.checkins import CheckIn, CheckInState
from service.store.copying import copies
from service.store.messages import Direction, Message
from service.store.patients import Contact, Enrolment, EnrolmentState, Patient

SITES = 4
ZONE = "America/New_York"
# Out of the way of whatever has been given an id already.
FIRST = 100_000
CHECKINS = 10
ONE_ALERT_IN, ONE_OPEN_IN = 20, 200
WORDS = (("en", "38.9 and chills"), ("es", "tengo 38,9 y escalofríos"), ("ar", "حرارتي ٣٨٫٩ وعندي قشعريرة"))


@dataclass(frozen=True, slots=True)
class Pattern:
    """The rows of one patient that are copied."""

    enrolment_id: int
    patient_id: int
    contact_id: int
    checkin_id: int
    texts: tuple[int, ...]
    alert_id: int
    reasons: tuple[int, ...]
    pages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """`nurse`: the e-mail of somebody at the first site who may be given a password."""

    patients: int
    messages: int
    alerts: int
    waiting: int
    nurse: str


def load(services: Services, engine: Engine, patients: int, messages: int, now: datetime) -> Loaded:
    """Fill an empty PostgreSQL. Raises BadInput, and Conflict where there are patients or this is production."""
    _refuse_elsewhere(services, engine)
    if patients < len(WORDS) or messages < patients:
        raise BadInput("patients", "must be 3 at least, with a message for each at least")
    began = now - timedelta(days=2)
    sites = [_site(services, number, began) for number in range(SITES)]
    nurse = "nurse0@example.org"
    patterns = [_live(services, sites[0], number, began) for number in range(len(WORDS))]
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        found = [_pattern(connection, one) for one in patterns]
        share = -(-patients // len(found))
        for number, pattern in enumerate(found):
            count = min(share, patients - share * number)
            _copy(connection, pattern, FIRST + share * number, count, sites, -(-messages // patients), now)
        _settle(connection)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE"))
        waiting = select(func.count()).select_from(Alert).where(Alert.state != AlertState.RESOLVED)

        def number_of(query: Select[int]) -> int:
            return connection.scalar(query) or 0

        return Loaded(
            patients=number_of(select(func.count()).select_from(Patient)),
            messages=number_of(select(func.count()).select_from(Message)),
            alerts=number_of(select(func.count()).select_from(Alert)),
            waiting=number_of(waiting),
            nurse=nurse,
        )


def _refuse_elsewhere(services: Services, engine: Engine) -> None:
    if services.production:
        raise Conflict("this is production; invented patients do not belong here")
    if engine.dialect.name != "postgresql":
        raise Conflict("so many patients belong into PostgreSQL; set AFTERCELL_DATABASE_URL")
    with services.read_work() as work:
        if work.session.scalar(select(Patient.id).limit(1)) is not None:
            raise Conflict("there are patients already; take an empty database")


def _site(services: Services, number: int, now: datetime) -> int:
    site_id = enrolment.add_site(
        services,
        name=f"Clinic {number}",
        timezone=ZONE,
        emergency_number="911",
        phone=f"+1212555010{number}",
        language="en",
        now=now,
    )
    enrolment.add_staff(
        services,
        site_id=site_id,
        name=f"Nurse {number}",
        phone=f"+1212555011{number}",
        email=f"nurse{number}@example.org",
        role="coordinator",
        on_call=True,
        now=now,
    )
    return site_id


def _live(services: Services, site_id: int, number: int, now: datetime) -> int:
    """One patient who is asked, and has a fever."""
    language, words = WORDS[number]
    phone = f"+1212555012{number}"
    request = Enrol(
        site_id=site_id,
        phone=phone,
        language=language,
        timezone=ZONE,
        infused_at=now - timedelta(days=20),
        consented_at=now,
    )
    enrolled = enrolment.enrol(services, request, now).enrolment_id
    with services.read_work() as work:
        due = work.session.get_one(Enrolment, enrolled).next_checkin_at or now
    upkeep.tick(services, due)
    received = inbound.receive(services, InboundText(f"LOAD{number}", phone, words), due)
    inbound.process(services, received.message_id, due)
    upkeep.tick(services, due)
    return enrolled


def _pattern(connection: Connection, enrolment_id: int) -> Pattern:
    def ids(query: Select[int]) -> tuple[int, ...]:
        return tuple(connection.execute(query).scalars())

    patient_id = ids(select(Enrolment.patient_id).where(Enrolment.id == enrolment_id))[0]
    heard = select(Message.id).where(Message.enrolment_id == enrolment_id)
    alert_id = ids(select(Alert.id).where(Alert.enrolment_id == enrolment_id).order_by(Alert.id))[0]
    return Pattern(
        enrolment_id,
        patient_id,
        ids(select(Contact.id).where(Contact.patient_id == patient_id))[0],
        ids(select(CheckIn.id).where(CheckIn.enrolment_id == enrolment_id))[0],
        (
            ids(heard.where(Message.direction == Direction.OUTBOUND).order_by(Message.id))[0],
            ids(heard.where(Message.direction == Direction.INBOUND))[0],
        ),
        alert_id,
        ids(select(Reason.id).where(Reason.alert_id == alert_id)),
        ids(select(Page.id).where(Page.alert_id == alert_id))[:1],
    )


def _copy(
    connection: Connection, of: Pattern, first: int, count: int, sites: Sequence[int], each: int, now: datetime
) -> None:
    """`count` patients from id `first` on, with `each` texts. Ids of their rows follow from theirs."""
    me, here = f"({first} + g)", f"({{}} + g % {len(sites)})".format(sites[0])
    moment = f"timestamptz '{now.isoformat()}'"
    copies(
        connection,
        Patient.__tablename__,
        of.patient_id,
        count,
        {"id": me, "site_id": here, "case_number": f"'X' || {me}"},
    )
    index = f"lpad(to_hex({me}), 64, '0')"
    copies(connection, Contact.__tablename__, of.contact_id, count, {"id": me, "patient_id": me, "phone_index": index})
    ahead = f"{moment} + random() * interval '60 days'"
    copies(
        connection,
        Enrolment.__tablename__,
        of.enrolment_id,
        count,
        {"id": me, "patient_id": me, "site_id": here, "next_checkin_at": ahead, "state": f"'{EnrolmentState.ACTIVE}'"},
    )
    for number in range(CHECKINS):
        then = f"{moment} - interval '{12 * (CHECKINS - number)} hours'"
        changes = {
            "id": f"{me} * {CHECKINS} + {number}",
            "enrolment_id": me,
            "contact_id": me,
            "slot": f"'load {number}'",
        }
        changes |= {name: then for name in ("scheduled_at", "covers_from", "opened_at", "closed_at")}
        changes |= {"state": f"'{CheckInState.ANSWERED}'", "next_action_at": "NULL"}
        copies(connection, CheckIn.__tablename__, of.checkin_id, count, changes)
    for number in range(each):
        changes = {"id": f"{me} * {each} + {number}", "enrolment_id": me, "contact_id": me, "site_id": here}
        changes |= {"provider_id": f"'L' || ({me} * {each} + {number})", "phone_index": index, "checkin_id": "NULL"}
        changes |= {name: "NULL" for name in ("look_at", "lease_until")}
        changes["created_at"] = f"{moment} - interval '{6 * (each - number)} hours'"
        if number % 2 == 0:
            changes["state"] = f"'{State.DELIVERED}'"
        copies(connection, Message.__tablename__, of.texts[number % 2], count, changes)
    newest_heard = f"{me} * {each} + {each - 1 - each % 2}"
    for every, state in ((ONE_ALERT_IN, AlertState.RESOLVED), (ONE_OPEN_IN, AlertState.OPEN)):
        _copy_alerts(connection, of, first, count // every, every, state, sites, newest_heard)


def _copy_alerts(
    connection: Connection,
    of: Pattern,
    first: int,
    count: int,
    every: int,
    state: AlertState,
    sites: Sequence[int],
    heard: str,
) -> None:
    """Of each `every`-th patient. Patients of all sites take turns."""
    place = f"(g * {every} + g % {len(sites)})"
    whose = f"({first} + {place})"
    me = f"({whose} * 2 + {int(state == AlertState.OPEN)})"
    changes = {
        "id": me,
        "enrolment_id": whose,
        "site_id": f"({sites[0]} + {place} % {len(sites)})",
        "state": f"'{state}'",
    }
    changes |= {"subject": f"'load:' || {me}", "case_number": f"'X' || {whose}", "next_page_at": "NULL"}
    copies(connection, Alert.__tablename__, of.alert_id, count, changes)
    for number, reason in enumerate(of.reasons):
        changes = {"id": f"{me} * {len(of.reasons)} + {number}", "alert_id": me}
        copies(
            connection,
            Reason.__tablename__,
            reason,
            count,
            changes | {"message_id": heard.replace(f"({first} + g)", whose)},
        )
    for page in of.pages:
        copies(connection, Page.__tablename__, page, count, {"id": me, "alert_id": me, "token": "NULL"})


def _settle(connection: Connection) -> None:
    """Nothing is due for those who were copied."""
    few = Enrolment.id < FIRST
    connection.execute(update(Enrolment).where(few).values(next_checkin_at=None))
    connection.execute(
        update(CheckIn).where(CheckIn.enrolment_id < FIRST).values(state=CheckInState.ANSWERED, next_action_at=None)
    )
    resolved = update(Alert).where(Alert.enrolment_id < FIRST)
    connection.execute(resolved.values(state=AlertState.RESOLVED, next_page_at=None))
