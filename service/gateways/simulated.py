"""Carries texts nowhere: for the demo and for development without an account at a provider.

The simulator's phones read our own messages table, so nothing is kept here.
"""

import secrets
from collections.abc import Collection, Iterable
from datetime import datetime

from service.core.delivery import Accepted, Cause, Outcome, Permanent, Receipt, State
from service.gateways.base import InboundText, OutboundText


class SimulatedGateway:
    """`MessageGateway` that delivers at once, except to the numbers in `unreachable`, which may be changed in play."""

    answers_opt_out_itself = False
    pages_have_own_sender = True

    def __init__(self, unreachable: Iterable[str] = ()) -> None:
        self.unreachable = set(unreachable)

    def send(self, text: OutboundText) -> Outcome:
        """Delivered, under a provider id that no other text has."""
        if text.to in self.unreachable:
            return Permanent(None, "simulated: this phone is out of reach", Cause.UNREACHABLE)
        return Accepted(f"SM{secrets.token_hex(16)}", State.DELIVERED)

    def find(self, to: str, body: str, since: datetime, known_ids: Collection[str] = ()) -> Receipt | None:
        """None: an attempt cut off by a crash was not shown on any phone."""
        return None

    def fetch_status(self, provider_id: str) -> Receipt | None:
        """Whatever was accepted was delivered."""
        return Receipt(provider_id, State.DELIVERED)

    def list_inbound(self, since: datetime) -> list[InboundText]:
        """Nothing: simulated phones have no carrier that could fail to call us."""
        return []

    def check(self, inbound_url: str) -> list[str]:
        """Nothing can be misconfigured."""
        return []
