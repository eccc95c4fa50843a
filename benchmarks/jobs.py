"""What people build instead: one APScheduler job for each text, kept in its SQLAlchemyJobStore.

100,000 texts are scheduled and 1,000 fall due; a job does nothing but count. aftercell's tick does far more for each.
"""

import pickle
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.job import Job
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.util import datetime_to_utc_timestamp
from sqlalchemy import insert

from benchmarks.measuring import Figure, timed
from benchmarks.stage import Stage, stage

NAME = "jobs"
ADDED = 500
THREADS = 32
GIVE_UP_SECONDS = 300

_runs: Counter[str] = Counter()
_guard = threading.Lock()


def send(job: str) -> None:
    """Stands for sending a text."""
    with _guard:
        _runs[job] += 1


def run(*, quick: bool) -> Iterator[Figure]:
    scheduled, due = (2_000, 100) if quick else (100_000, 1_000)
    with stage() as here:
        yield from _add(here, 50 if quick else ADDED)
        for schedulers in (1, 2):
            _schedule(here, scheduled, due)
            seconds = _run_due(here, schedulers, due)
            twice = sum(count > 1 for count in _runs.values())
            who = "one process" if schedulers == 1 else f"{schedulers} processes"
            yield Figure(NAME, f"APScheduler, {who}: {due:,} due among {scheduled:,}", seconds, "s")
            yield Figure(NAME, f"APScheduler, {who}: texts sent more than once", twice, f"of {due:,}")


def _add(here: Stage, count: int) -> Iterator[Figure]:
    """As one is told to: `add_job` for each text."""
    scheduler = _scheduler(here)
    scheduler.start(paused=True)
    later = datetime.now(UTC) + timedelta(days=1)
    with timed() as watch:
        for number in range(count):
            scheduler.add_job(send, DateTrigger(later), args=[str(number)])
    scheduler.shutdown()
    yield Figure(NAME, "APScheduler: add_job", count / watch.seconds, "jobs/s")


def _schedule(here: Stage, scheduled: int, due: int) -> None:
    """All rows at once, as `add_job` would have written them one by one."""
    store = SQLAlchemyJobStore(engine=here.engine)
    now = datetime.now(UTC)
    scheduler = _scheduler(here)
    scheduler.start(paused=True)
    rows = [_row(scheduler, number, now, now + timedelta(days=number >= due)) for number in range(scheduled)]
    scheduler.shutdown()
    with here.engine.begin() as connection:
        connection.execute(store.jobs_t.delete())
        connection.execute(insert(store.jobs_t), rows)
    _runs.clear()


def _row(scheduler: BackgroundScheduler, number: int, now: datetime, at: datetime) -> dict[str, object]:
    job = Job(
        scheduler,
        id=str(number),
        func=send,
        args=[str(number)],
        kwargs={},
        name="send",
        trigger=DateTrigger(at),
        executor="default",
        misfire_grace_time=3600,
        coalesce=True,
        max_instances=1,
        next_run_time=at,
    )
    state = pickle.dumps(job.__getstate__(), pickle.HIGHEST_PROTOCOL)
    return {"id": str(number), "next_run_time": datetime_to_utc_timestamp(at), "job_state": state}


def _run_due(here: Stage, count: int, due: int) -> float:
    schedulers = [_scheduler(here) for _ in range(count)]
    with timed() as watch:
        for scheduler in schedulers:
            scheduler.start()
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while len(_runs) < due and time.monotonic() < deadline:
            time.sleep(0.01)
    for scheduler in schedulers:
        scheduler.shutdown(wait=True)
    return watch.seconds


def _scheduler(here: Stage) -> BackgroundScheduler:
    return BackgroundScheduler(
        timezone="UTC",
        jobstores={"default": SQLAlchemyJobStore(engine=here.engine)},
        executors={"default": ThreadPoolExecutor(THREADS)},
        job_defaults={"misfire_grace_time": 3600},
    )
