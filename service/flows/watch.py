"""Watching the watchers: is any worker alive, and is what is due being done?

Web processes ask, since no worker lives to tell. Administrators are told once for each outage, by the process that
notices it first, which then also sends the message itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

from service.core.delivery import Lane, State
from service.flows import dispatch, operators
from service.flows.routes import ACCOUNT, Route
from service.flows.services import Services
from service.store import sending, upkeep, workers
from service.store.alerts import Alert, AlertState
from service.store.checkins import CheckIn, CheckInState
from service.store.messages import Direction, Handling, Message
from service.store.patients import Enrolment, EnrolmentState
from service.store.uow import UnitOfWork

log = structlog.get_logger()

SILENT_AFTER = timedelta(minutes=1)
"""A worker gives a sign of life every few seconds."""

LATE_AFTER = timedelta(minutes=2)
CHECKINS_LATE_AFTER = timedelta(minutes=30)
"""A morning's check-ins take their time at the sender's pace; everything else is due now."""

NO_WORKER, LATE = "no worker", "late"

Instant = InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]


@dataclass(frozen=True, slots=True)
class Condition:
    """`heartbeat_age`: since the latest sign of life of any worker, None when there never was one. `late`: how long
    the most overdue work has been due, when that is too long."""

    heartbeat_age: timedelta | None
    has_worker: bool
    late: timedelta | None

    @property
    def problems(self) -> tuple[str, ...]:
        return ((NO_WORKER,) if not self.has_worker else ()) + ((LATE,) if self.late is not None else ())


def condition(services: Services, now: datetime, up_since: datetime) -> Condition:
    """How the work goes. `up_since`: when the asker started; what was so before is given the same time to recover."""
    with services.read_work() as work:
        beat = workers.latest_beat(work.session)
        late = _lateness(work, now, up_since)
    alive = now - max(beat or up_since, up_since) <= SILENT_AFTER
    age = None if beat is None else max(now - beat, timedelta(0))
    return Condition(age, alive, late)


def _lateness(work: UnitOfWork, now: datetime, up_since: datetime) -> timedelta | None:
    waiting = [
        (_oldest(work, Alert.next_page_at, now, Alert.state == AlertState.OPEN), LATE_AFTER),
        (_oldest(work, Alert.acknowledgement_expires_at, now, Alert.state == AlertState.ACKNOWLEDGED), LATE_AFTER),
        (_oldest(work, CheckIn.next_action_at, now, CheckIn.state == CheckInState.OPEN), LATE_AFTER),
        (_oldest(work, Enrolment.next_checkin_at, now, Enrolment.state == EnrolmentState.ACTIVE), LATE_AFTER),
        (
            _oldest(
                work,
                Message.created_at,
                now,
                Message.state == Handling.RECEIVED,
                Message.direction == Direction.INBOUND,
            ),
            LATE_AFTER,
        ),
    ]
    # Of what is on hold administrators have been told already.
    held = {row.scope for row in sending.holds(work.session)}
    if not held & {ACCOUNT, Route.TEXTS, Route.PAGES}:
        queued = Message.state == State.QUEUED
        waiting += [
            (_oldest(work, Message.due_at, now, queued, Message.lane < Lane.CHECKIN), LATE_AFTER),
            (_oldest(work, Message.due_at, now, queued, Message.lane == Lane.CHECKIN), CHECKINS_LATE_AFTER),
        ]
    late = [now - max(since, up_since) for since, allowed in waiting if since and now - max(since, up_since) > allowed]
    return max(late, default=None)


def _oldest(work: UnitOfWork, column: Instant, now: datetime, *waits: ColumnElement[bool]) -> datetime | None:
    return work.session.scalar(select(func.min(column)).where(column <= now, *waits))


def look(services: Services, now: datetime, up_since: datetime) -> Condition:
    """Look, and tell administrators of what is wrong, once; note when it is right again."""
    found = condition(services, now, up_since)
    if NO_WORKER in found.problems:
        _tell_of_no_worker(services, now)
    if LATE in found.problems and found.has_worker:
        _tell_of_lateness(services, now)
    _settle(services, found)
    return found


def _tell_of_no_worker(services: Services, now: datetime) -> None:
    with services.work() as work:
        written = operators.tell(
            work,
            services,
            NO_WORKER,
            "aftercell: NO WORKER RUNS. Nothing is sent and nobody is paged.",
            "No worker process has given a sign of life for a minute. Texts of patients are still stored, but no text "
            "is sent and no alert pages anybody. Start a worker: aftercell worker. Until then watch the console.",
            now,
            also_by_text=True,
        )
        work.commit()
    dispatch.send_these(services, [message.id for message in written], now)


def _tell_of_lateness(services: Services, now: datetime) -> None:
    with services.work() as work:
        operators.tell(
            work,
            services,
            LATE,
            "aftercell is late: work that is due is not being done",
            "Workers run, but something has been due for longer than it should. See /metrics and the worker's log; "
            "start another worker, or look for what it fails at.",
            now,
        )
        work.commit()


def _settle(services: Services, found: Condition) -> None:
    with services.read_work() as work:
        over = [name for name in (NO_WORKER, LATE) if name in upkeep.alarms(work.session).keys() - found.problems]
    if not over:
        return
    with services.work() as work:
        for name in over:
            if operators.settled(work, name):
                log.warning("alarm is over", action="alarm", alarm=name)
        work.commit()
