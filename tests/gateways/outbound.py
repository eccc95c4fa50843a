"""Texts to send, and gateways that send them to the fake."""

from service.gateways.base import OutboundText
from service.gateways.twilio import TwilioGateway
from tests.fake_twilio import FakeTwilio

PATIENT = "+15005551234"
ON_CALL = "+15005559999"


def gateway_for(fake: FakeTwilio, *, timeout: float = 5.0, alert_from: str | None = None) -> TwilioGateway:
    return TwilioGateway(
        account_sid=fake.account_sid,
        api_key=fake.api_key,
        api_secret=fake.api_secret,
        messaging_service_sid=fake.messaging_service_sid,
        alert_from=alert_from,
        api_base=fake.base_url,
        timeout=timeout,
    )


def text(
    body: str = "How do you feel?", *, to: str = PATIENT, message_id: str = "m1", is_page: bool = False
) -> OutboundText:
    return OutboundText(
        message_id=message_id,
        to=to,
        body=body,
        is_page=is_page,
        validity_seconds=600,
        status_callback=f"https://sms.example.org/hooks/twilio/status/{message_id}",
    )
