"""Has every web process look after the workers: when the last of them dies, who else would tell?"""

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from service.clock import Clock
from service.errors import StoreUnavailable
from service.flows import watch
from service.flows.services import Services

log = structlog.get_logger()

EVERY_SECONDS = 15


def set_watch(services: Services, clock: Clock) -> BackgroundScheduler:
    """Look every few seconds for as long as the process lives."""
    up_since = clock.now()

    def look() -> None:
        try:
            watch.look(services, clock.now(), up_since)
        except StoreUnavailable as error:
            # Without the database there is nobody whose address we know; /health/ready tells the outside.
            log.error("cannot look after the workers", action="watch", reason=str(error))

    scheduler = BackgroundScheduler(timezone="UTC", daemon=True)
    scheduler.add_job(look, "interval", seconds=EVERY_SECONDS, coalesce=True, max_instances=1)
    scheduler.start()
    return scheduler
