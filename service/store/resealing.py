"""Rewrites what is sealed with the newest key, so that an old key can be taken away."""

from dataclasses import dataclass

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from service.store.base import Sealed, SealedJson
from service.store.schema import METADATA


@dataclass(frozen=True, slots=True)
class Place:
    """How far resealing has come: every sealed table before `table`, and in it the rows up to `after_id`."""

    table: str
    after_id: int


def sealed_tables() -> list[Table]:
    """Every table with sealed columns, found by the type of its columns so that a new one cannot be forgotten."""
    return [table for table in METADATA.sorted_tables if _sealed_columns(table)]


def beginning() -> Place:
    return Place(sealed_tables()[0].name, 0)


def reseal(session: Session, place: Place, limit: int) -> Place | None:
    """Seal the next `limit` rows after `place` anew; returns where to go on, None when there is nothing left.

    The caller commits after each call, so that rows are locked briefly, and may begin again from any place: a row
    sealed twice is as good as once. Every process that writes must seal with the new key before the first call, or it
    leaves rows behind that only the old one opens. Raises ConfigurationError when a row cannot be opened.
    """
    tables = sealed_tables()
    position = [table.name for table in tables].index(place.table)
    table = tables[position]
    names = _sealed_columns(table)
    rows = session.execute(
        select(table.c.id, *(table.c[name] for name in names))
        .where(table.c.id > place.after_id)
        .order_by(table.c.id)
        .limit(limit)
        .with_for_update()
    ).all()
    if rows:
        anew = update(table).where(table.c.id == bindparam("row")).values({name: bindparam(name) for name in names})
        session.connection().execute(anew, [{"row": row[0], **dict(zip(names, row[1:], strict=True))} for row in rows])
        return Place(table.name, rows[-1][0])
    return Place(tables[position + 1].name, 0) if position + 1 < len(tables) else None


def _sealed_columns(table: Table) -> list[str]:
    return [column.name for column in table.columns if isinstance(column.type, Sealed | SealedJson)]
