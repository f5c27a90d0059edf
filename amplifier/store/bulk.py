"""Insert many rows the way each engine takes them fastest, run by the driver.

SQLite prepares a CHECK with a list anew for every execution, which costs it more than the row: there one statement
carries many rows. PostgreSQL's driver sends the executions of one statement without waiting for each.
"""

from __future__ import annotations

from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, literal_column, select

from amplifier.store.types import Instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection

VARIABLES = 8_000
"""Values in one statement; SQLite takes 32,766."""


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows in this order; the columns are the keys of the first one, which all have.

    Values are given as the driver takes them: an instant is what `stored` makes of it.
    """
    if not rows:
        return
    columns = tuple(rows[0])
    values = itemgetter(*columns)
    into = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES "
    if connection.dialect.name == "postgresql":
        marks = f"({', '.join(['%s'] * len(columns))})"
        connection.exec_driver_sql(into + marks, [values(row) for row in rows])
        return
    size, marks = VARIABLES // len(columns), f"({', '.join('?' * len(columns))})"
    for begin in range(0, len(rows), size):
        part = rows[begin : begin + size]
        given = tuple(chain.from_iterable(map(values, part)))
        connection.exec_driver_sql(into + ", ".join([marks] * len(part)), given)


def stored(connection: Connection) -> Callable[[datetime], Any]:
    """How an instant is handed to the driver of this connection."""
    kind, dialect = Instant(), connection.dialect
    return lambda value: kind.process_bind_param(value, dialect)


def reserve(connection: Connection, table: Table, count: int) -> list[int]:
    """So many new ids of a table, ascending, that no other transaction gets.

    On SQLite the caller is the only writer until it commits; on PostgreSQL a sequence gives each id once.
    """
    if connection.dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(table.name, "id")
        drawn = select(func.nextval(sequence)).select_from(func.generate_series(1, count))
        return sorted(connection.execute(drawn).scalars())
    newest = connection.execute(select(func.coalesce(func.max(table.c.id), literal_column("0")))).scalar_one()
    return list(range(newest + 1, newest + 1 + count))
