"""Hears what the fallback has kept while we could not be reached: each text like any other, and it is forgotten there
only when it is safe here."""

from datetime import datetime

import structlog

from service.errors import ConfigurationError
from service.flows import inbound, operators
from service.flows.running import Tally
from service.flows.services import Services
from service.gateways.base import KeptTexts
from service.store import upkeep

log = structlog.get_logger()

ALARM = "kept texts"


def hand_over(services: Services, kept: KeptTexts, now: datetime) -> tuple[int, list[str]]:
    """How many texts were taken, and what is wrong with those that were not; these stay where they are.

    Safe to run twice, by several at once, and while the fallback writes. Raises StoreUnavailable: then the rest stays.
    """
    taken, problems = 0, []
    for name in kept.waiting():
        try:
            text = kept.read(name)
        except ConfigurationError as error:
            problems.append(str(error))
            continue
        if text is None:
            # Somebody else was quicker.
            continue
        received = inbound.receive(services, text, now)
        kept.forget(name)
        if not received.duplicate:
            inbound.process(services, received.message_id, now)
        taken += 1
    return taken, problems


def take_kept(services: Services, now: datetime) -> Tally:
    """A duty of the worker, where a folder is configured. Administrators are told of texts that cannot be read: each
    is a patient who waits for an answer."""
    if services.kept is None:
        return Tally()
    taken, problems = hand_over(services, services.kept, now)
    with services.read_work() as work:
        was_wrong = ALARM in upkeep.alarms(work.session)
    if bool(problems) != was_wrong:
        _tell(services, problems, now)
    return Tally(taken, len(problems))


def _tell(services: Services, problems: list[str], now: datetime) -> None:
    with services.work() as work:
        if problems:
            log.critical("kept texts cannot be read", action="hand over", problems=problems)
            body = "Texts of patients lie unread in the fallback's folder:\n" + "\n".join(problems)
            operators.tell(work, services, ALARM, "aftercell: texts of patients cannot be read", body, now)
        else:
            operators.settled(work, ALARM)
        work.commit()
