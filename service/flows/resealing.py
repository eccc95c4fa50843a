"""Changing the encryption key while everything runs: each step is a short transaction, so that nobody waits."""

from datetime import datetime

from service.flows.services import Services
from service.store import resealing
from service.store.resealing import Place

ROWS_AT_ONCE = 500
OPERATOR = "operator"


def reseal_everything(services: Services, now: datetime, rows_at_once: int = ROWS_AT_ONCE) -> list[str]:
    """Seal every row with the newest key; returns the tables that hold sealed columns. Audited when it is done.

    Raises ConfigurationError when a row cannot be opened by any key; what was sealed before that stays sealed.
    """
    place: Place | None = resealing.beginning()
    while place is not None:
        with services.work() as work:
            place = resealing.reseal(work.session, place, rows_at_once)
            work.commit()
    tables = [table.name for table in resealing.sealed_tables()]
    with services.work() as work:
        work.record(now, OPERATOR, "everything resealed", "keys", tables=len(tables))
        work.commit()
    return tables
