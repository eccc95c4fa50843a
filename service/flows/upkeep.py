"""One pass of everything that may be due, and the sign of life that goes with it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from service.flows import checking, checkins, delivery, dispatch, handing_over, holds, inbound, paging, quality, rota
from service.flows.running import Tally
from service.flows.services import Services
from service.store import audit, workers

Duty = Callable[[Services, datetime], Tally]

# How long the last sign of life of a worker that is gone is kept.
REMEMBERED = timedelta(days=7)

# In this order a reply that was left lying is answered, an alert paged and a text sent within one pass.
DUTIES: dict[str, Duty] = {
    "inbound_retried": inbound.retry_unhandled,
    "checkins_opened": checkins.open_due,
    "silences_acted_on": checkins.act_on_silence,
    "texts_handed_over": handing_over.take_kept,
    "messages_rescued": delivery.rescue_stranded,
    "messages_looked_up": delivery.look_up,
    "messages_expired": delivery.expire_overdue,
    "alerts_paged": paging.page_due,
    "pages_diverted": holds.divert_pages,
    "calendars_read": rota.read_calendars,
    "cover_watched": rota.watch_cover,
    "languages_watched": quality.watch_languages,
    "configuration_checked": checking.watch_configuration,
    "messages_sent": dispatch.send_due,
}


def tick(services: Services, now: datetime) -> dict[str, int]:
    """Do all that is due at `now`, until nothing more comes of it. Counts by duty, and failures."""
    counts = dict.fromkeys(DUTIES, 0) | {"failed": 0}
    while True:
        done = 0
        for name, duty in DUTIES.items():
            tally = duty(services, now)
            counts[name] += tally.done
            counts["failed"] += tally.failed
            done += tally.done
        if done == 0:
            return counts


def verify_audit(services: Services) -> audit.Verification:
    """Walk the audit trail."""
    with services.read_work() as work:
        return audit.verify(work.session)


def beat(services: Services, worker: str, now: datetime) -> None:
    """Sign of life of a worker process."""
    with services.work() as work:
        workers.beat(work.session, worker, now)
        workers.forget(work.session, now - REMEMBERED)
        work.commit()
