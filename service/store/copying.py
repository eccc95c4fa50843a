"""Very many rows, quickly: the database copies one, and what must differ differs. For load tests, on PostgreSQL.

Columns are taken from the tables themselves, so that a new one cannot be forgotten. What is sealed is shared by all.
"""

from collections.abc import Mapping

from sqlalchemy import Connection, text

from service.store.schema import METADATA


def copies(connection: Connection, table: str, row_id: int, count: int, changes: Mapping[str, str]) -> None:
    """`count` copies of a row. `changes`: SQL for the columns that differ, in which g counts from 0."""
    names = [column.name for column in METADATA.tables[table].columns]
    values = ", ".join(changes.get(name, name) for name in names)
    connection.execute(
        text(
            f"INSERT INTO {table} ({', '.join(names)}) "
            f"SELECT {values} FROM {table}, generate_series(0, :count - 1) g WHERE id = :row"
        ),
        {"count": count, "row": row_id},
    )
    connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"))
