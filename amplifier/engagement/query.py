"""Read the analysts' views as rows that JSON can carry: instants as UTC text ending in Z, NULL as None."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, bindparam, text

from amplifier.engagement.kinds import Kind, kind_of, time_of
from amplifier.errors import UsageError
from amplifier.store.schema import view_statements
from amplifier.store.types import Instant, instant_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.engine import Connection

    from amplifier.store.engine import Store

PAGE = 1000
"""Rows in memory at a time while streaming."""
BY_POST = ("taken_unix", "taken_at", "age_mark")
"""Rows of posts come sorted by the post's number, and by the first of these that the view has: no sort is needed."""
BY_NAME = (
    "campaign", "mode", "thread", "account", "network", "age_mark", "hook", "template", "hashtag", "weekday", "day",
    "what", "hour", "sent_at",
)  # fmt: skip
"""Other rows come sorted by all of these that the view has: no two rows have them all in common."""


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


def has_time(view: str) -> bool:
    """Whether `since` means anything to a view."""
    return time_of(view, _columns(view)) is not None


@contextmanager
def stream(
    store: Store, view: str, since: datetime | None = None, **where: str | int | None
) -> Iterator[tuple[list[str], Iterator[tuple[Any, ...]]]]:
    """Open a view: its column names, and its rows a page at a time, so that memory stays flat.

    `where` names columns and the value they must equal; None asks nothing. With `since` only rows that came to be
    then or later, as `kinds.TIMES` says; a view without such a time is whole. Raises `UsageError` for an unknown
    view, listing them all. All rows are of one moment, whatever is written meanwhile.
    """
    _columns(view)  # before the database is asked for anything
    with store.read() as connection:
        yield select(connection, view, since, **where)


def select(
    connection: Connection, view: str, since: datetime | None, **where: str | int | None
) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """The same within a transaction of the caller's."""
    columns = _columns(view)
    asked: dict[str, Any] = {column: value for column, value in where.items() if value is not None}
    conditions = [f"{column} = :{column}" for column in asked]
    binds = []
    time = time_of(view, columns)
    if since and time:
        conditions.append(f"{time} >= :since")
        kind = Instant() if kind_of(view, time) is Kind.INSTANT else String()
        binds.append(bindparam("since", since if isinstance(kind, Instant) else _day(since), type_=kind))
    condition = " AND ".join(conditions) or "1 = 1"
    query = text(f"SELECT * FROM {view} WHERE {condition} ORDER BY {_order(connection, view, columns)}")
    result = connection.execution_options(yield_per=PAGE).execute(query.bindparams(*binds), asked)
    convert = plain if connection.dialect.name == "postgresql" else None
    return columns, (tuple(map(convert, row)) if convert else tuple(row) for row in result)


def _order(connection: Connection, view: str, columns: Sequence[str]) -> str:
    """The same order on both engines: texts by their characters, NULL first."""
    if "post_id" in columns:
        keys = ["post_id", *[name for name in BY_POST if name in columns][:1]]
        keys += ["origin"] if "origin" in columns else []
    else:
        keys = [name for name in BY_NAME if name in columns]
    if connection.dialect.name != "postgresql":
        return ", ".join(keys)
    texts = {name for name in keys if kind_of(view, name) is Kind.TEXT}
    return ", ".join(f'{name} COLLATE "C" NULLS FIRST' if name in texts else f"{name} NULLS FIRST" for name in keys)


def _day(since: datetime) -> str:
    """The first day (UTC) that begins then or later."""
    return str((since.astimezone(UTC) + timedelta(days=1) - timedelta(microseconds=1)).date())


def rows(store: Store, view: str, **where: str | int | None) -> list[dict[str, Any]]:
    """The rows of a view as dicts; see `stream`."""
    with stream(store, view, None, **where) as (columns, found):
        return [dict(zip(columns, row, strict=True)) for row in found]


def plain(value: Any) -> Any:
    """The same value from both engines: PostgreSQL gives instants as `datetime`, and sums as `Decimal`."""
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, Decimal):  # an average has a fraction, a sum of counts has none
        return int(value) if value.is_finite() and value == value.to_integral_value() else float(value)
    return value
