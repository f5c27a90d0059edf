"""The last beat of each runner: how we know that something ran."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

from amplifier.store.tables import beat

if TYPE_CHECKING:
    from collections.abc import Iterable

    from amplifier.model import Mode
    from amplifier.store.engine import Store

PUBLISH = "publish"
COLLECT = "collect"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def touch(
    store: Store, kind: str, worker: str, now: datetime, modes: Iterable[Mode] = (), note: str | None = None
) -> None:
    """Record that this runner is running, for each of the modes that it serves."""
    with store.write() as connection:
        upsert = postgresql.insert if store.postgresql else sqlite.insert
        fresh = {"at": now, "note": note}
        connection.execute(
            upsert(beat)
            .values(
                [
                    {"kind": kind, "mode": mode, "worker": worker, **fresh}
                    for mode in sorted(str(mode) for mode in modes) or [""]
                ]
            )
            .on_conflict_do_update(index_elements=["kind", "mode", "worker"], set_=fresh)
        )


def last(store: Store, kind: str, mode: Mode | None = None) -> datetime:
    """When a runner of this kind last beat, in this mode if one is named; `NEVER` when none ever did."""
    with store.read() as connection:
        found: datetime | None = connection.execute(
            select(beat.c.at)
            .where(beat.c.kind == kind, *([] if mode is None else [beat.c.mode == mode]))
            .order_by(beat.c.at.desc())
            .limit(1)
        ).scalar()
    return found or NEVER


_SEEN = (
    select(beat.c.mode, func.max(beat.c.at).label("at")).where(beat.c.kind == bindparam("kind")).group_by(beat.c.mode)
)


def seen(store: Store, kind: str, modes: Iterable[Mode]) -> dict[Mode, datetime]:
    """When a runner of this kind last beat in each of these modes; `NEVER` where none ever did."""
    with store.read() as connection:
        found = {row.mode: row.at for row in connection.execute(_SEEN, {"kind": kind})}
    return {mode: found.get(mode.value, NEVER) for mode in modes}


def listing(store: Store) -> list[dict[str, Any]]:
    """Every runner's last beat, newest first."""
    with store.read() as connection:
        return [dict(row) for row in connection.execute(select(beat).order_by(beat.c.at.desc())).mappings()]
