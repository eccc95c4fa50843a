"""Very many patients, quickly: one is enrolled as usual, and the database copies its rows.

What is sealed is shared by all copies; what must differ, differs.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, text, update

from benchmarks.stage import Stage
from service.core.delivery import State
from service.flows import upkeep
from service.store.checkins import CheckIn, CheckInState
from service.store.copying import copies
from service.store.messages import Direction, Message
from service.store.patients import Contact, Enrolment, Patient

# Out of the way of whatever has been given an id already.
FIRST_COPY = 1_000
# Days over which the next check-ins of all who are not due are spread.
SPREAD_DAYS = 60


def populate(stage: Stage, size: int, now: datetime) -> datetime:
    """Have `size` patients enrolled, each with an answered check-in and its two texts behind it and none due.

    Returns the instant at which every one of them could be asked next.
    """
    pattern = stage.enrol("+12125550121", now)
    upkeep.tick(stage.services, _next_checkin(stage, pattern))
    due = _next_checkin(stage, pattern)
    with stage.engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        _copy_patients(connection, pattern, size, due)
        _copy_history(connection, pattern, size)
        _retire(connection, pattern)
    with stage.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("CHECKPOINT"))
    return due


def make_due(stage: Stage, count: int, round_: int, due: datetime) -> None:
    """Let check-ins of `count` patients fall due; every round takes others, from all over the table."""
    with stage.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE enrolments SET next_checkin_at = :due WHERE id IN (SELECT :first + (g * :stride) + :round "
                "FROM generate_series(0, :count - 1) g)"
            ),
            {
                "due": due,
                "first": FIRST_COPY,
                "stride": max(1, (_size(connection) - 1) // count),
                "round": round_,
                "count": count,
            },
        )


def _size(connection: Connection) -> int:
    return int(connection.execute(text("SELECT count(*) FROM enrolments")).scalar_one())


def _next_checkin(stage: Stage, enrolment_id: int) -> datetime:
    with stage.services.read_work() as work:
        due = work.session.get_one(Enrolment, enrolment_id).next_checkin_at
    assert due is not None
    return due


def _copy_patients(connection: Connection, pattern: int, size: int, due: datetime) -> None:
    row = connection.execute(
        select(Enrolment.patient_id, Contact.id)
        .join(Contact, Contact.patient_id == Enrolment.patient_id)
        .where(Enrolment.id == pattern)
    ).one()
    patient_id, contact_id = row
    copy = f"{FIRST_COPY} + g"
    copies(connection, Patient.__tablename__, patient_id, size, {"id": copy, "case_number": "'X' || g"})
    copies(
        connection,
        Contact.__tablename__,
        contact_id,
        size,
        {"id": copy, "patient_id": copy, "phone_index": "lpad(to_hex(g), 64, '0')"},
    )
    later = f"(timestamptz '{(due + timedelta(days=1)).isoformat()}' + random() * interval '{SPREAD_DAYS} days')"
    copies(
        connection,
        Enrolment.__tablename__,
        pattern,
        size,
        {"id": copy, "patient_id": copy, "next_checkin_at": later},
    )


def _copy_history(connection: Connection, pattern: int, size: int) -> None:
    copy = f"{FIRST_COPY} + g"
    checkin_id = connection.execute(select(CheckIn.id).where(CheckIn.enrolment_id == pattern)).scalars().one()
    message_id = (
        connection.execute(
            select(Message.id).where(Message.enrolment_id == pattern, Message.direction == Direction.OUTBOUND)
        )
        .scalars()
        .first()
    )
    assert message_id is not None
    belongs = {"enrolment_id": copy, "contact_id": copy}
    closed = {"state": f"'{CheckInState.ANSWERED}'", "next_action_at": "NULL", "slot": "'history'"}
    copies(connection, CheckIn.__tablename__, checkin_id, size, {"id": copy, **belongs, **closed})
    for number in range(2):
        sent = {
            "id": f"{FIRST_COPY} + {size} * {number} + g",
            "checkin_id": copy,
            "phone_index": "lpad(to_hex(g), 64, '0')",
            "provider_id": f"'H{number}-' || g",
            "state": f"'{State.DELIVERED}'",
            "due_at": "due_at - interval '30 days' * random()",
            "look_at": "NULL",
            "lease_until": "NULL",
        }
        copies(connection, Message.__tablename__, message_id, size, {**belongs, **sent})


def _retire(connection: Connection, pattern: int) -> None:
    """Nothing is due for the pattern itself any more."""
    connection.execute(update(Enrolment).where(Enrolment.id == pattern).values(next_checkin_at=None))
    connection.execute(
        update(CheckIn).where(CheckIn.enrolment_id == pattern).values(state=CheckInState.ANSWERED, next_action_at=None)
    )
