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


@dataclass(frozen=True, slots=True)
class InboundText:
    """A text as the carrier handed it over. `carrier_opt_out`: STOP, START or HELP when the carrier took it as such
    and has answered it itself. `lacks_part`: part of a long text never arrived."""

    provider_id: str
    phone: str = field(repr=False)
    body: str = field(repr=False)
    media: int = 0
    carrier_opt_out: str | None = None
    lacks_part: bool = False


@dataclass(frozen=True, slots=True)
class Speech:
    """A sentence and who reads it: of one language, or nobody understands it. `language` is BCP 47; `voice` is the
    provider's name for the reader, None for whoever it uses for the language."""

    text: str
    language: str
    voice: str | None = None


@dataclass(frozen=True, slots=True)
class OutboundCall:
    """One call to a member of staff. It says nothing of a patient, since nobody knows who picks up.

    `spoken` is said twice, each time waiting for a key, which is sent to `answer_url`; `farewell` when none was
    pressed. `status_url` hears what became of the call.
    """

    message_id: str
    to: str = field(repr=False)
    spoken: Speech
    farewell: Speech
    answer_url: str
    status_url: str


class VoiceGateway(Protocol):
    """Calls staff. Implementations are safe to use from several threads at once."""

    def call(self, call: OutboundCall) -> Outcome:
        """Try once. Accepted means that the phone will ring. Never raises, never tries twice."""
        ...

    def find_call(self, to: str, since: datetime, known_ids: Collection[str] = ()) -> Receipt | None:
        """The call to `to` asked for since `since` that is not among `known_ids`, or None if the provider has none.

        Resolves an attempt of unknown outcome. Raises GatewayUnavailable when the provider cannot be asked.
        """
        ...

    def fetch_call(self, provider_id: str) -> Receipt | None:
        """What the provider says of one call; None when it knows no such call. Raises GatewayUnavailable."""
        ...


class MessageGateway(Protocol):
    """Carries texts. Implementations are safe to use from several threads at once."""

    @property
    def answers_opt_out_itself(self) -> bool:
        """True when the provider answers bare STOP, START and HELP: then ours must not be sent as well."""
        ...

    @property
    def pages_have_own_sender(self) -> bool:
        """False when pages and patients' texts share a sender, and so its rate and its troubles."""
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

    def list_inbound(self, since: datetime) -> list[InboundText]:
        """What phones have texted to our numbers since then, oldest first, whether or not we were called for it.

        Raises GatewayUnavailable when the provider cannot be asked.
        """
        ...

    def check(self, inbound_url: str) -> list[str]:
        """Problems in the provider's configuration, one clear sentence each; empty when texts go out and come in.

        `inbound_url` is where the provider must deliver replies. Raises GatewayUnavailable when it cannot be asked.
        """
        ...


class KeptTexts(Protocol):
    """Texts that the fallback took while the service could not be reached."""

    def waiting(self) -> list[str]:
        """Their names there, oldest first: the order in which phones texted."""
        ...

    def read(self, name: str) -> InboundText | None:
        """One of them; None when it has been forgotten. Raises ConfigurationError when it cannot be read."""
        ...

    def forget(self, name: str) -> None:
        """It is safe elsewhere. May be said twice."""
        ...


class Pager(Protocol):
    """Another way to reach staff when texts cannot."""

    def send(self, to: str, subject: str, body: str) -> Outcome:
        """Try once. Never raises for what the network or the server do."""
        ...
