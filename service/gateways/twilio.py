"""Sends texts through Twilio's REST API, one attempt per call, and says honestly what became of each.

Twilio's POST is not idempotent, so nothing here repeats a request.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from twilio.base.values import unset
from twilio.rest import Client
from twilio.rest.api.v2010.account.incoming_phone_number import IncomingPhoneNumberInstance
from twilio.rest.api.v2010.account.message import MessageInstance
from twilio.rest.messaging.v1.service import ServiceInstance

from service.core.delivery import Accepted, Outcome, Permanent, Receipt, State, Unknown
from service.core.sms import clean
from service.core.twilio_codes import lacks_part, receipt
from service.gateways.base import InboundText, OutboundText
from service.gateways.twilio_client import FAILURES, Clients, Login, reason_of, unavailable
from service.gateways.twilio_errors import outcome_of
from service.gateways.twilio_texts import decode_possible_base64, default_opt_out

_LOOKUP_LIMIT = 50
_PAGE_SIZE = 1000
_CLOCK_SKEW = timedelta(seconds=5)


class TwilioGateway:
    """`MessageGateway` over Twilio's Programmable Messaging.

    Patients are texted by the Messaging Service; pages go out from `alert_from` when it is set, so that no queue of
    check-ins can delay them. `timeout` is in seconds. `api_base` replaces Twilio's host, in which case no request
    goes anywhere else. Raises ConfigurationError without credentials.
    """

    answers_opt_out_itself = True

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str | None = None,
        api_key: str | None = None,
        api_secret: str | None = None,
        messaging_service_sid: str,
        alert_from: str | None = None,
        api_base: str | None = None,
        timeout: float = 15.0,
    ) -> None:
        login = Login(account_sid, auth_token, api_key, api_secret)
        self._clients = Clients(login, api_base=api_base, timeout=timeout)
        self._service_sid = messaging_service_sid
        self._alert_from = alert_from

    @property
    def pages_have_own_sender(self) -> bool:
        """See `MessageGateway.pages_have_own_sender`."""
        return self._alert_from is not None

    def send(self, text: OutboundText) -> Outcome:
        """See `MessageGateway.send`. The body is sent without characters that SMS cannot carry."""
        client, transport = self._clients.mine()
        body = clean(text.body)
        by_alert_sender = text.is_page and self._alert_from is not None
        try:
            message = client.messages.create(
                to=text.to,
                body=body,
                from_=self._alert_from if by_alert_sender else unset,
                messaging_service_sid=unset if by_alert_sender else self._service_sid,
                validity_period=text.validity_seconds,
                status_callback=text.status_callback,
            )
        except FAILURES as error:
            return outcome_of(error, transport.retry_after)
        if not message.sid:
            return Unknown("the answer named no message")
        return Accepted(message.sid, _receipt(message).state or State.ACCEPTED)

    def find(self, to: str, body: str, since: datetime, known_ids: Collection[str] = ()) -> Receipt | None:
        """See `MessageGateway.find`. Fails to find texts whose bodies Twilio redacts."""
        sent = clean(body)
        earliest = since.astimezone(UTC) - _CLOCK_SKEW
        client, _ = self._clients.mine()
        try:
            # Filtered by recipient only: DateSent and From are empty until Twilio has picked a sender and sent it.
            listed = client.messages.list(to=to, limit=_LOOKUP_LIMIT)
        except FAILURES as error:
            raise unavailable(error) from None
        matching = (one for one in listed if one.body == sent and one.sid not in known_ids)
        recent = [one for one in matching if one.date_created and one.date_created >= earliest]
        return _receipt(max(recent, key=lambda one: one.date_created)) if recent else None

    def fetch_status(self, provider_id: str) -> Receipt | None:
        """See `MessageGateway.fetch_status`."""
        client, _ = self._clients.mine()
        try:
            return _receipt(client.messages(provider_id).fetch())
        except FAILURES as error:
            if getattr(error, "status", None) == 404:
                return None
            raise unavailable(error) from None

    def list_inbound(self, since: datetime) -> list[InboundText]:
        """See `MessageGateway.list_inbound`. A text's date is that of Twilio's call to our webhook, heard or not."""
        client, _ = self._clients.mine()
        # The SDK writes a time without converting it, so any other zone would be taken for UTC.
        after = since.astimezone(UTC)
        try:
            listed = [
                one
                for number in self._own_numbers(client)
                for one in client.messages.stream(to=number, date_sent_after=after, page_size=_PAGE_SIZE)
                if one.direction == "inbound" and one.sid
            ]
        except FAILURES as error:
            raise unavailable(error) from None
        # Twilio lists the newest first, and dates to the second: turned round, what is of one second keeps its order.
        return [_inbound(one) for one in sorted(reversed(listed), key=lambda one: one.date_sent or after)]

    def _own_numbers(self, client: Client) -> list[str]:
        numbers = [one.phone_number for one in client.messaging.v1.services(self._service_sid).phone_numbers.list()]
        return sorted({str(number) for number in [*numbers, self._alert_from] if number})

    def check(self, inbound_url: str) -> list[str]:
        """See `MessageGateway.check`. An inbound URL left empty means that Twilio drops replies without a trace."""
        client, _ = self._clients.mine()
        try:
            service = client.messaging.v1.services(self._service_sid).fetch()
            numbers = (
                client.incoming_phone_numbers.list(phone_number=self._alert_from, limit=1) if self._alert_from else []
            )
        except FAILURES as error:
            if isinstance(outcome_of(error), Permanent):
                return [f"Twilio could not be asked about its configuration: {reason_of(error)}"]
            raise unavailable(error) from None
        problems = _service_problems(service, inbound_url)
        if self._alert_from:
            problems += _alert_number_problems(numbers, inbound_url)
        return problems


def _receipt(message: MessageInstance) -> Receipt:
    return receipt(str(message.sid), str(message.status or ""), message.error_code)


def _inbound(message: MessageInstance) -> InboundText:
    body = decode_possible_base64(message.body or "")
    return InboundText(
        provider_id=str(message.sid),
        phone=str(message.from_),
        body=body,
        media=int(message.num_media or 0),
        carrier_opt_out=default_opt_out(body),
        lacks_part=lacks_part(message.error_code),
    )


def _service_problems(service: ServiceInstance, inbound_url: str) -> list[str]:
    if service.use_inbound_webhook_on_number:
        return ["The Messaging Service defers to each number's own webhook: set its own inbound URL instead."]
    if not service.inbound_request_url:
        return [f"The Messaging Service has no inbound URL, so Twilio drops every reply: set it to {inbound_url}"]
    problems = _url_problems("The Messaging Service", service.inbound_request_url, inbound_url)
    if service.inbound_method != "POST":
        problems.append("The Messaging Service calls its inbound URL by GET, which Twilio logs in clear: choose POST.")
    if not service.fallback_url:
        problems.append("The Messaging Service has no fallback URL: replies are lost while the inbound URL is down.")
    return problems


def _alert_number_problems(numbers: list[IncomingPhoneNumberInstance], inbound_url: str) -> list[str]:
    if not numbers:
        return ["The account does not own the number that alerts are to be sent from (AFTERCELL_TWILIO_ALERT_FROM)."]
    return _url_problems("The alert number", numbers[0].sms_url or "", inbound_url)


def _url_problems(whose: str, url: str, inbound_url: str) -> list[str]:
    address, _, overrides = url.partition("#")
    if address != inbound_url:
        return [f"{whose} delivers replies to {address or 'nowhere'}: set its inbound URL to {inbound_url}"]
    if "rp=all" not in overrides:
        return [f"{whose} repeats a failed delivery only if it could not connect: end its inbound URL in #rc=2&rp=all"]
    return []
