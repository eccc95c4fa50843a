"""Very many texts that wait to be sent."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, text

from benchmarks.stage import Stage
from service.core.delivery import State
from service.store.copying import copies
from service.store.messages import Message
from service.store.patients import Enrolment

PATTERN = "+12125550121"


def write_pattern(stage: Stage) -> int:
    """A patient who has been asked this morning's question: what they were sent is copied. Returns its id."""
    stage.ask([PATTERN])
    with stage.services.read_work() as work:
        message_id = work.session.scalars(select(Message.id).order_by(Message.id.desc())).first()
    assert message_id is not None
    return message_id


def queue(stage: Stage, pattern: int, count: int) -> None:
    """So many texts fall due at this moment, in one commit."""
    now = datetime.now(UTC)
    with stage.engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        # First of all, as everybody does; a worker may be looking at this patient at the same moment.
        connection.execute(select(Enrolment.id).with_for_update())
        first = connection.execute(text("SELECT max(id) + 1 FROM messages")).scalar_one()
        changes = {
            "id": f"{first} + g",
            # To as many patients: one phone gets one text at a time.
            "phone_index": f"lpad(to_hex({first} + g), 64, '0')",
            "provider_id": "NULL",
            "state": f"'{State.QUEUED}'",
            "attempts": "0",
            "created_at": f"timestamptz '{now.isoformat()}'",
            "due_at": f"timestamptz '{now.isoformat()}'",
            "expires_at": f"timestamptz '{(now + timedelta(hours=4)).isoformat()}'",
            "look_at": "NULL",
            "lease_until": "NULL",
        }
        copies(connection, Message.__tablename__, pattern, count, changes)
