"""What the flows need from whoever carries messages: the ports, and the values that cross them."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from service.core.delivery import Outcome, Receipt
from service.errors import AftercellError


class GatewayUnavailable(AftercellError):
    """The provider could not be asked (lookups only; `send` never raises). Ask again later."""


@dataclass(frozen=True, slots=True)
class OutboundText:
    """One text as the carrier gets it. Number and body are left out of its repr, so that no log can show them.

    `message_id` is ours and stands in `status_callback` too, a full URL that names it: the receipt is proof that an
    attempt whose answer was lost did reach the provider. `validity_seconds` bounds the stay in the provider's queue.
    """

    message_id: str
    to: str = field(repr=False)
    body: str = field(repr=False)
    is_page: bool
    validity_seconds: int
    status_callback: str


class MessageGateway(Protocol):
    """Carries texts. Implementations are safe to use from several threads at once."""

    @property
    def answers_opt_out_itself(self) -> bool:
        """True when the provider answers bare STOP, START and HELP: then ours must not be sent as well."""
        ...

    def send(self, text: OutboundText) -> Outcome:
        """Try once. Never raises for what the network or the provider do; never tries twice."""
        ...

    def find(self, to: str, body: str, since: datetime, known_ids: Collection[str] = ()) -> Receipt | None:
        """The text sent to `to` since `since` that is not among `known_ids`, or None if the provider has none.

        Resolves an attempt of unknown outcome. Raises GatewayUnavailable when the provider cannot be asked.
        """
        ...

    def fetch_status(self, provider_id: str) -> Receipt | None:
        """What the provider now says of one message; None when it knows no such message.

        Raises GatewayUnavailable when the provider cannot be asked.
        """
        ...

    def check(self, inbound_url: str) -> list[str]:
        """Problems in the provider's configuration, one clear sentence each; empty when texts go out and come in.

        `inbound_url` is where the provider must deliver replies.
        """
        ...


class Pager(Protocol):
    """Another way to reach staff when texts cannot."""

    def send(self, to: str, subject: str, body: str) -> Outcome:
        """Try once. Never raises for what the network or the server do."""
        ...
