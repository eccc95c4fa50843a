from collections.abc import Iterator

import pytest

from service.gateways.twilio import TwilioGateway
from tests.fake_twilio import FakeTwilio
from tests.gateways.outbound import gateway_for


@pytest.fixture
def fake() -> Iterator[FakeTwilio]:
    with FakeTwilio(inbound_url="https://sms.example.org/hooks/twilio/message#rc=2&rp=all") as fake:
        yield fake


@pytest.fixture
def gateway(fake: FakeTwilio) -> TwilioGateway:
    return gateway_for(fake)
