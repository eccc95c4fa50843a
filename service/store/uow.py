"""One unit of work per use case: leaving the block without `commit()` changes nothing."""

from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session, UOWTransaction

from service.errors import StoreUnavailable
from service.store import audit
from service.store.alerts import Alert
from service.store.base import OUTAGE, READ_ONLY, Vault, is_outage, translating_outages
from service.store.bell import bell_of
from service.store.messages import Message

BRINGS_WORK = "aftercell_brings_work"


class _Session(Session):
    """Notices when what it writes is work for a worker."""


@event.listens_for(_Session, "after_flush")
def _notice_work(session: Session, _: UOWTransaction) -> None:
    if not session.info.get(BRINGS_WORK):
        touched = [*session.new, *(row for row in session.dirty if isinstance(row, Alert))]
        session.info[BRINGS_WORK] = any(isinstance(row, Message | Alert) for row in touched)


class UnitOfWork:
    """A transaction with its audit entries. Raises StoreUnavailable when the database is locked or gone."""

    def __init__(self, engine: Engine, vault: Vault, *, read_only: bool = False) -> None:
        bind = engine.execution_options(**{READ_ONLY: True}) if read_only else engine
        self._engine = engine
        self.session = _Session(bind, expire_on_commit=False, autoflush=True)
        self._vault = vault
        self._deeds: list[audit.Deed] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        with translating_outages():
            self.session.close()
        if is_outage(error):
            raise StoreUnavailable(OUTAGE) from error

    def phone_index(self, phone: str) -> str:
        return self._vault.phone_index(phone)

    def record(self, at: datetime, actor: str, action: str, subject: str, **detail: str | int | None) -> None:
        """Put a deed on the audit trail, with this transaction or not at all. No PHI in `detail`."""
        self._deeds.append(audit.Deed(at, actor, action, subject, detail))

    def flush(self) -> None:
        """Send what was added to the database, so that ids are there."""
        self.session.flush()

    def commit(self) -> None:
        deeds, self._deeds = self._deeds, []
        audit.append(self.session, deeds)
        self.session.commit()
        if self.session.info.pop(BRINGS_WORK, False):
            bell_of(self._engine).ring()


Work = Callable[[], UnitOfWork]
"""Opens a unit of work; what use cases are given."""
