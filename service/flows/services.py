"""What use cases are given: everything outside the pure core, wired once by `service.app`."""

from collections.abc import Callable
from dataclasses import dataclass

from service.content.catalog import Catalog
from service.core.reading.reader import Reader
from service.gateways.base import MessageGateway, Pager
from service.store.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Services:
    """`work` opens a unit of work, `read_work` one that cannot block a writer. `email` is None without SMTP.

    `time_travels`: outside production the demo and `tick --now` move time forward.
    """

    work: Callable[[], UnitOfWork]
    read_work: Callable[[], UnitOfWork]
    catalog: Catalog
    reader: Reader
    gateway: MessageGateway
    email: Pager | None
    public_url: str
    production: bool

    @property
    def time_travels(self) -> bool:
        return not self.production
