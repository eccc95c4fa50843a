"""A phone texts, and the service hears it: for tests that need no socket in between."""

from itertools import count

from service.flows import inbound
from service.gateways.twilio_form import inbound_text
from tests.world import World

_numbers = count(1)


def hear(world: World, phone: str, body: str) -> int:
    """Store the text and act on it at once, as the webhook does. Returns the message's id."""
    form = {"MessageSid": f"heard-{next(_numbers)}", "From": phone, "Body": body}
    text = inbound_text(form, carrier_answers_stop=world.services.gateway.answers_opt_out_itself)
    assert text is not None
    received = inbound.receive(world.services, text, world.now)
    assert inbound.process(world.services, received.message_id, world.now)
    return received.message_id
