"""Twilio's webhooks: what patients text, what became of our texts, and what staff do when we call them.

Nothing is believed before its signature is verified. A text is answered with 200 only when it is durable; then always,
since from there the worker sees to it. While it cannot be stored the answer is 503, so that the carrier calls its
fallback.
"""

import structlog
from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, Forbidden, NotFound

from service.flows import answering, calling, delivery, inbound
from service.flows.running import where
from service.gateways.signature import verify
from service.gateways.twilio_form import call_id, inbound_text, provider_id
from service.gateways.twilio_voice import answer
from service.web.context import context
from service.web.wire import NO_REPLY, SIGNATURE, raw_target

log = structlog.get_logger()

# Ids are 64 bit integers in both databases.
MAX_ID = 2**63 - 1
STATUS_LENGTH = 32

hooks = Blueprint("hooks", __name__, url_prefix="/hooks/twilio")


@hooks.post("/message")
def message() -> Response:
    """A text from a phone. Replies go by the queue, never in the answer: a repeated webhook must not repeat them."""
    _verify("message")
    here = context()
    text = inbound_text(request.form, carrier_answers_stop=here.services.gateway.answers_opt_out_itself)
    if text is None:
        raise BadRequest
    received = inbound.receive(here.services, text, here.clock.now())
    here.metrics.inbound("duplicate" if received.duplicate else "received")
    _process(received)
    return Response(NO_REPLY, mimetype="text/xml")


def _process(received: inbound.Received) -> None:
    """Act on a stored text at once. It is durable: whatever happens here, the worker takes it up."""
    here = context()
    try:
        acted = inbound.process(here.services, received.message_id, here.clock.now())
    except Exception as error:  # noqa: BLE001
        # An error answer would make the carrier call its fallback for a text that we have.
        log.error(
            "inbound deferred",
            action="inbound",
            message=received.message_id,
            error=type(error).__name__,
            trace=where(error),
        )
        acted = False
    if not acted and not received.duplicate:
        here.metrics.inbound("deferred")


@hooks.post("/status/<int:message_id>")
def status(message_id: int) -> Response:
    """What became of one of our texts; `message_id` is ours and was put into the URL when it was sent."""
    _verify("status")
    here = context()
    sid, word = provider_id(request.form), request.form.get("MessageStatus", "")
    if sid is None or not word:
        raise BadRequest
    code = request.form.get("ErrorCode", "")
    known = message_id <= MAX_ID and delivery.hear_receipt(
        here.services, message_id, sid, word[:STATUS_LENGTH], code[:STATUS_LENGTH], here.clock.now()
    )
    here.metrics.receipt(known=known)
    if not known:
        raise NotFound
    return Response(status=204)


@hooks.post("/voice/<token>")
def voice(token: str) -> Response:
    """Somebody pressed a key in a call about a page."""
    _verify("voice")
    here = context()
    said = answering.hear_key(here.services, token, request.form.get("Digits", ""), here.clock.now())
    ask_at = f"{here.settings.public_url}{calling.VOICE_PATH}/{token}" if said.ask else None
    return Response(answer(said.speech, ask_at), mimetype="text/xml")


@hooks.post("/voice/<token>/status")
def voice_status(token: str) -> Response:
    """What became of a call."""
    _verify("voice")
    here = context()
    sid, word = call_id(request.form), request.form.get("CallStatus", "")
    if sid is None or not word:
        raise BadRequest
    answering.hear_call_status(here.services, token, sid, word[:STATUS_LENGTH], here.clock.now())
    return Response(status=204)


def _verify(hook: str) -> None:
    """Raises Forbidden unless the request is signed with one of our tokens for the URL by which the carrier called."""
    here = context()
    pairs = list(request.form.items(multi=True))
    header = request.headers.get(SIGNATURE)
    if not verify(here.settings.hook_tokens, here.settings.public_url, raw_target(request), pairs, header):
        here.metrics.rejected(hook)
        log.warning("webhook refused", action="webhook", hook=hook, signed=header is not None)
        raise Forbidden
