"""Read the analysts' views as rows that JSON can carry: instants as UTC text ending in Z, NULL as None."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from amplifier.errors import UsageError
from amplifier.store.schema import view_statements
from amplifier.store.types import instant_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from amplifier.store.engine import Store

PAGE = 1000
"""Rows in memory at a time while streaming."""
ORDER = ("post_id", "taken_unix", "campaign", "mode", "thread", "account")
"""Rows come sorted by those of these columns that a view has; a post's number alone says the rest."""


def views() -> dict[str, list[str]]:
    """The views in views.sql, each with its columns, in their order there."""
    return {
        re.findall(r"CREATE VIEW (\w+)", statement)[0]: re.findall(r" AS (\w+),?\s*--", statement)
        for statement in view_statements()
    }


def _columns(view: str) -> list[str]:
    known = views()
    if view not in known:
        near = get_close_matches(view, known, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise UsageError(f"there is no view {view!r}", f"{hint}views: {', '.join(known)}")
    return known[view]


@contextmanager
def stream(store: Store, view: str, **where: str | int | None) -> Iterator[tuple[list[str], Iterator[tuple[Any, ...]]]]:
    """Open a view: its column names, and its rows a page at a time, so that memory stays flat.

    `where` names columns and the value they must equal; None asks nothing. Raises `UsageError` for an unknown
    view, listing them all. All rows are of one moment, whatever is written meanwhile.
    """
    columns = _columns(view)
    asked = {column: value for column, value in where.items() if value is not None}
    condition = " AND ".join(f"{column} = :{column}" for column in asked) or "1 = 1"
    order = ["post_id", "taken_unix"] if "post_id" in columns else list(ORDER)
    keys = ", ".join(column for column in order if column in columns)
    query = text(f"SELECT * FROM {view} WHERE {condition} ORDER BY {keys}")
    with store.read() as connection:
        result = connection.execution_options(yield_per=PAGE).execute(query, asked)
        yield columns, (tuple(map(_plain, row)) for row in result)


def rows(store: Store, view: str, **where: str | int | None) -> list[dict[str, Any]]:
    """The rows of a view as dicts; see `stream`."""
    with stream(store, view, **where) as (columns, found):
        return [dict(zip(columns, row, strict=True)) for row in found]


def _plain(value: Any) -> Any:
    """The same value from both engines: PostgreSQL gives instants as `datetime`, and sums as `Decimal`."""
    if isinstance(value, datetime):
        return instant_text(value)
    return int(value) if isinstance(value, Decimal) else value
