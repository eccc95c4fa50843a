"""What use cases are given: everything outside the pure core, wired once by `service.app`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from service.content.catalog import Catalog
from service.core.reading.model import Context, Reading
from service.gateways.base import KeptTexts, MessageGateway, Pager, VoiceGateway
from service.store.uow import UnitOfWork


class ReplyReader(Protocol):
    """What understands replies; `service.core.reading.reader.Reader`, or one that is built when first needed."""

    def read(self, text: str, *, language: str, context: Context) -> Reading: ...


@dataclass(frozen=True, slots=True)
class Services:
    """`work` opens a unit of work, `read_work` one that cannot block a writer. `email` is None without SMTP.

    `voice` is None where staff cannot be called. `rates`: segments per second of the senders "texts" and "pages"; one
    that is not named is not paced. `in_flight`: how many texts are handed to the gateway at once; pages have slots of
    their own beside them. With 1 everything goes one after the other.

    `fetch` gets a calendar from an address; it raises BadInput.

    `kept`: what the fallback has kept, where its folder is within reach.

    `time_travels`: outside production the demo and `tick --now` move time forward.
    """

    work: Callable[[], UnitOfWork]
    read_work: Callable[[], UnitOfWork]
    catalog: Catalog
    reader: ReplyReader
    gateway: MessageGateway
    email: Pager | None
    public_url: str
    production: bool
    voice: VoiceGateway | None = None
    rates: Mapping[str, float] = field(default_factory=dict)
    in_flight: int = 32
    fetch: Callable[[str], bytes] | None = None
    kept: KeptTexts | None = None

    @property
    def time_travels(self) -> bool:
        return not self.production
