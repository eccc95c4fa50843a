"""Calls staff through Twilio: says its sentence twice, takes a key, hangs up."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from twilio.base.exceptions import TwilioException
from twilio.twiml.voice_response import Gather, Say, VoiceResponse

from service.core.delivery import Accepted, Outcome, Receipt, State, Unknown
from service.core.sms import clean
from service.core.twilio_codes import call_receipt
from service.gateways.base import OutboundCall, Speech
from service.gateways.twilio_client import FAILURES, Clients, unavailable
from service.gateways.twilio_errors import outcome_of

ROUNDS = 2
KEY_TIMEOUT_SECONDS = 8
RING_SECONDS = 30
LOOKUP_LIMIT = 20
CLOCK_SKEW = timedelta(seconds=5)
# All of it happens within the 15 s that Twilio allows a call's webhook.
OVERRIDES = "#rc=2&rp=all"


class TwilioVoice:
    """`VoiceGateway` over Twilio's Programmable Voice, calling from `voice_from`."""

    def __init__(self, clients: Clients, voice_from: str) -> None:
        self._clients = clients
        self._from = voice_from

    def call(self, call: OutboundCall) -> Outcome:
        """See `VoiceGateway.call`. What is said goes along, so that the phone speaks also while our web is down."""
        client, transport = self._clients.mine()
        try:
            made = client.calls.create(
                to=call.to,
                from_=self._from,
                twiml=summons(call),
                timeout=RING_SECONDS,
                status_callback=call.status_url + OVERRIDES,
                status_callback_event=["answered", "completed"],
            )
        except FAILURES as error:
            return outcome_of(error, transport.retry_after)
        if not made.sid:
            return Unknown("the answer named no call")
        return Accepted(str(made.sid), State.ACCEPTED)

    def find_call(self, to: str, since: datetime, known_ids: Collection[str] = ()) -> Receipt | None:
        """See `VoiceGateway.find_call`."""
        client, _ = self._clients.mine()
        try:
            # Filtered by recipient only: a call that waits its turn has no time of start yet.
            listed = client.calls.list(to=to, limit=LOOKUP_LIMIT)
        except FAILURES as error:
            raise unavailable(error) from None
        earliest = since.astimezone(UTC) - CLOCK_SKEW
        recent = [
            one for one in listed if one.sid not in known_ids and one.date_created and one.date_created >= earliest
        ]
        if not recent:
            return None
        latest = max(recent, key=lambda one: one.date_created)
        return call_receipt(str(latest.sid), str(latest.status or ""))

    def fetch_call(self, provider_id: str) -> Receipt | None:
        """See `VoiceGateway.fetch_call`."""
        client, _ = self._clients.mine()
        try:
            return call_receipt(provider_id, str(client.calls(provider_id).fetch().status or ""))
        except FAILURES as error:
            if isinstance(error, TwilioException) and getattr(error, "status", None) == 404:
                return None
            raise unavailable(error) from None


def summons(call: OutboundCall) -> str:
    """The TwiML of the whole call: the same sentence in each round, a key ends it, silence goes on to the next."""
    response = VoiceResponse()
    for _ in range(ROUNDS):
        response.append(_ask(call.spoken, call.answer_url))
    response.append(_say(call.farewell))
    response.hangup()
    return str(response)


def answer(speech: Speech, ask_at: str | None) -> str:
    """The TwiML after a key: something said, then another key awaited at `ask_at`, or the end."""
    response = VoiceResponse()
    if ask_at is None:
        response.append(_say(speech))
    else:
        response.append(_ask(speech, ask_at))
    response.hangup()
    return str(response)


def _ask(speech: Speech, url: str) -> Gather:
    gather = Gather(
        input="dtmf", num_digits=1, timeout=KEY_TIMEOUT_SECONDS, action=url + OVERRIDES, action_on_empty_result=False
    )
    gather.append(_say(speech))
    return gather


def _say(speech: Speech) -> Say:
    # The SDK lets control characters through, and with one the whole call would be silent.
    return Say(clean(speech.text), language=speech.language, voice=speech.voice)
