"""Append to the history: one row per change, in the transaction that makes the change."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from amplifier.store.tables import event
from amplifier.store.types import instant_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.engine import Connection

_APPEND = insert(event)  # built once: building it costs more than running it
COLUMNS = ("post_id", "thread_id", "account_id", "campaign_id", "from_state", "to_state", "why")


def entry(at: datetime, who: str, kind: str, data: Mapping[str, Any] | None = None, **about: Any) -> dict[str, Any]:
    """One event as a row; `about` are columns of `COLUMNS`, `data` anything JSON can hold (instants as text)."""
    unknown = set(about) - set(COLUMNS)
    if unknown:
        raise TypeError(f"an event has no {', '.join(sorted(unknown))}")
    packed = json.dumps(data, ensure_ascii=False, default=_text) if data else None
    return {"at": at, "who": who, "kind": kind, "data": packed, **dict.fromkeys(COLUMNS), **about}


def record(connection: Connection, at: datetime, who: str, kind: str, **about: Any) -> None:
    """Append one event."""
    record_all(connection, [entry(at, who, kind, **about)])


def record_all(connection: Connection, entries: Iterable[dict[str, Any]]) -> None:
    """Append many events in one statement."""
    rows = list(entries)
    if rows:
        connection.execute(_APPEND, rows)


def _text(value: object) -> str:
    """Instants inside an event's data look as they do in every column."""
    return instant_text(value) if isinstance(value, datetime) else str(value)
