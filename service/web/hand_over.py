"""Gives the service what the fallback has kept: each text is heard like any other; its file goes when it is safe."""

import structlog

from service.clock import Clock
from service.errors import ConfigurationError
from service.flows import inbound
from service.flows.services import Services
from service.gateways.spool import Spool
from service.web.twilio_form import inbound_text

log = structlog.get_logger()


def hand_over(services: Services, spool: Spool, clock: Clock) -> tuple[int, list[str]]:
    """How many texts were taken, and what is wrong with the files that were not; those stay where they are.

    Safe to run twice, and while the fallback writes. Raises StoreUnavailable: then the rest stays too.
    """
    taken, problems = 0, []
    for path in spool.files():
        try:
            form = spool.read(path)
        except ConfigurationError as error:
            problems.append(str(error))
            continue
        text = inbound_text(form, carrier_answers_stop=services.gateway.answers_opt_out_itself)
        if text is None:
            problems.append(f"{path}: names no message or no sender")
            continue
        received = inbound.receive(services, text, clock.now())
        spool.remove(path)
        if not received.duplicate:
            inbound.process(services, received.message_id, clock.now())
        taken += 1
    return taken, problems
