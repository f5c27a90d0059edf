"""Stop and go on: everything, one account, or one campaign. It is in the rows, so it survives a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sqlalchemy import ColumnElement, insert, select, true, update

from amplifier.errors import UsageError
from amplifier.publishing import moves
from amplifier.publishing.missed import hold_missed
from amplifier.publishing.queue import lock
from amplifier.store import journal
from amplifier.store.tables import account, campaign, pause

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from amplifier.store.engine import Store

Scope = Literal["all", "account", "campaign"]


def stop(store: Store, scope: Scope, name: str, *, why: str | None, who: str, now: datetime) -> bool:
    """Pause; False when it was paused already. After this commits, no new claim of the scope commits."""
    with store.write() as connection:
        lock(connection)
        _known(connection, scope, name)
        found = connection.execute(select(pause).where(pause.c.scope == scope, pause.c.name == name)).mappings().first()
        if found and found["since"]:
            return False
        values = {"since": now, "who": who, "why": why}
        if found:
            connection.execute(update(pause).where(pause.c.id == found["id"]).values(values))
        else:
            connection.execute(insert(pause).values(scope=scope, name=name, **values))
        if scope == "campaign":
            moves.release(connection, account.c.open_thread_id.is_not(None))
            moves.reopen(connection, true())
        journal.record(connection, now, who, "pause", why=why, data={"scope": scope, "name": name})
        return True


def go_on(store: Store, scope: Scope, name: str, *, why: str, who: str, now: datetime) -> list[str] | None:
    """Resume; None when it was not paused. What was missed by more than its campaign allows is held instead:
    its addresses are returned, and nothing floods out.
    """
    with store.write() as connection:
        lock(connection)
        _known(connection, scope, name)
        stopped = (pause.c.scope == scope, pause.c.name == name, pause.c.since.is_not(None))
        since = connection.execute(select(pause.c.since).where(*stopped)).scalar()
        if since is None:
            return None
        connection.execute(update(pause).where(*stopped).values(since=None, who=who, why=why))
        journal.record(connection, now, who, "resume", why=why, data={"scope": scope, "name": name})
        held = hold_missed(connection, since, who, now, _scope(scope, name), because="it was paused")
        moves.reopen(connection, true())
        return [str(found.address) for found in held]


def paused(store: Store) -> list[dict[str, object]]:
    """What is paused now: scope, name, since, who, why."""
    with store.read() as connection:
        rows = connection.execute(
            select(pause.c.scope, pause.c.name, pause.c.since, pause.c.who, pause.c.why)
            .where(pause.c.since.is_not(None))
            .order_by(pause.c.scope, pause.c.name)
        )
        return [dict(row) for row in rows.mappings()]


def _known(connection: Connection, scope: Scope, name: str) -> None:
    if scope == "all":
        return
    column = account.c.name if scope == "account" else campaign.c.name
    names = sorted(set(connection.execute(select(column)).scalars()))
    if name not in names:
        raise UsageError(
            f"there is no {scope} {name!r} in the queue",
            f"known: {', '.join(names) or 'none yet; approve a campaign first'}",
        )


def _scope(scope: Scope, name: str) -> ColumnElement[bool]:
    if scope == "account":
        return account.c.name == name
    return campaign.c.name == name if scope == "campaign" else true()
