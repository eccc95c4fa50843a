"""One unit of work per use case: leaving the block without `commit()` changes nothing."""

from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from service.errors import StoreUnavailable
from service.store import audit
from service.store.base import OUTAGE, READ_ONLY, Vault, is_outage, translating_outages


class UnitOfWork:
    """A transaction with its audit entries. Raises StoreUnavailable when the database is locked or gone."""

    def __init__(self, engine: Engine, vault: Vault, *, read_only: bool = False) -> None:
        bind = engine.execution_options(**{READ_ONLY: True}) if read_only else engine
        self.session = Session(bind, expire_on_commit=False, autoflush=True)
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


Work = Callable[[], UnitOfWork]
"""Opens a unit of work; what use cases are given."""
