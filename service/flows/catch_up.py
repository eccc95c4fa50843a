"""The safety net under the webhook: what phones have texted is asked of the provider as well.

Whatever kept a webhook from reaching us, an outage of ours, a wrong URL, a lost call, the provider has the text. It is
stored and acted on like any other; the provider's id keeps what was heard already from being heard twice.
"""

from datetime import datetime, timedelta

import structlog

from service.flows import inbound
from service.flows.missing_parts import hear_of_loss
from service.flows.running import Tally, each
from service.flows.services import Services
from service.gateways.base import InboundText
from service.store import messages, upkeep

log = structlog.get_logger()

DUTY = "catch up"
EVERY = timedelta(minutes=5)
# Texts are listed again for so long: clocks differ, and a list may lag behind.
OVERLAP = timedelta(minutes=15)


def catch_up(services: Services, now: datetime, *, at_once: bool = False) -> Tally:
    """Every few minutes, or `at_once`: act on what phones have texted since the last time and we have not heard.

    The first time there is nothing to catch up with: it only marks where to begin. Raises GatewayUnavailable, after
    which the next round begins where this one did.
    """
    with services.work() as work:
        duty = upkeep.claim_duty(work.session, DUTY, now, EVERY, at_once=at_once)
        if duty is None:
            return Tally()
        since = duty.mark
        if since is None:
            duty.mark = now
        work.commit()
    if since is None:
        return Tally()
    texts = services.gateway.list_inbound(since - OVERLAP)
    tally = each("catch up", _unknown(services, texts), lambda text: _hear(services, text, now))
    torn = [text.provider_id for text in texts if text.lacks_part]
    losses = each("missing part", torn, lambda provider_id: hear_of_loss(services, provider_id, now))
    if not tally.failed and not losses.failed:
        with services.work() as work:
            upkeep.advance(work.session, DUTY, now)
            work.commit()
    return tally


def _unknown(services: Services, texts: list[InboundText]) -> list[InboundText]:
    """Those that we do not have. Nearly all were heard: to try to store each would be as much work as to hear it."""
    with services.read_work() as work:
        known = messages.known_provider_ids(work.session, [text.provider_id for text in texts])
    return [text for text in texts if text.provider_id not in known]


def _hear(services: Services, text: InboundText, now: datetime) -> bool:
    received = inbound.receive(services, text, now)
    if received.duplicate:
        return False
    log.warning("a text was missed by its webhook", action="catch up", message=received.message_id)
    return inbound.process(services, received.message_id, now)
