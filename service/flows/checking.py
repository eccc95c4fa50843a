"""Looks every hour whether the provider is still configured as it must be: with an inbound URL that somebody has
emptied, patients' texts vanish and nothing else would tell."""

from datetime import datetime, timedelta

import structlog

from service.flows import operators
from service.flows.running import Tally
from service.flows.services import Services
from service.store import upkeep

log = structlog.get_logger()

INBOUND_PATH = "/hooks/twilio/message"
DUTY = ALARM = "configuration"
EVERY = timedelta(hours=1)


def problems_of(services: Services) -> list[str]:
    """What is wrong with the provider's configuration. Raises GatewayUnavailable."""
    return services.gateway.check(services.public_url + INBOUND_PATH)


def watch_configuration(services: Services, now: datetime) -> Tally:
    """A duty of the worker: administrators are told when something is wrong, and told anew when it comes back.

    Raises GatewayUnavailable; the next hour looks again.
    """
    with services.read_work() as work:
        if not upkeep.is_due(work.session, DUTY, now):
            return Tally()
    with services.work() as work:
        claimed = upkeep.claim_duty(work.session, DUTY, now, EVERY)
        work.commit()
    if claimed is None:
        return Tally()
    problems = problems_of(services)
    with services.work() as work:
        if problems:
            log.critical("the provider is not configured as it must be", action="check", problems=problems)
            operators.tell(
                work,
                services,
                ALARM,
                "aftercell: Twilio's configuration is wrong; texts of patients may be lost",
                "Found by the hourly check, as by the command `aftercell check`:\n" + "\n".join(problems),
                now,
            )
        else:
            operators.settled(work, ALARM)
        work.commit()
    return Tally(1)
