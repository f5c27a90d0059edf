"""Stop and go on: everything, one account, or one campaign. It is in the rows, so it survives a restart."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from sqlalchemy import ColumnElement, func, insert, select, update

from amplifier.errors import UsageError
from amplifier.model import State, Why
from amplifier.publishing import moves
from amplifier.publishing.queue import QUEUED, running_accounts, running_campaigns, with_context
from amplifier.store import journal
from amplifier.store.tables import account, campaign, pause, post

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from amplifier.store.engine import Store

Scope = Literal["all", "account", "campaign"]


def stop(store: Store, scope: Scope, name: str, *, why: str | None, who: str, now: datetime) -> bool:
    """Pause; False when it was paused already. After this commits, no new claim of the scope commits."""
    with store.write() as connection:
        _lock(connection)
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
        journal.record(connection, now, who, "pause", why=why, data={"scope": scope, "name": name})
        return True


def go_on(store: Store, scope: Scope, name: str, *, why: str, who: str, now: datetime) -> list[str] | None:
    """Resume; None when it was not paused. What was missed by more than its campaign allows is held instead:
    its addresses are returned, and nothing floods out.
    """
    with store.write() as connection:
        _lock(connection)
        _known(connection, scope, name)
        done = connection.execute(
            update(pause)
            .where(pause.c.scope == scope, pause.c.name == name, pause.c.since.is_not(None))
            .values(since=None, who=who, why=why)
        ).rowcount
        if not done:
            return None
        journal.record(connection, now, who, "resume", why=why, data={"scope": scope, "name": name})
        held = hold_overdue(connection, _scope(scope, name), who, now)
        _reopen(connection)
        return held


def hold_overdue(connection: Connection, scope: ColumnElement[bool], who: str, now: datetime) -> list[str]:
    """Hold queued posts that a stop made late: a root by more than `late`, a later post by `resume_within`."""
    overdue = with_context().where(QUEUED, post.c.due_at < now, scope, running_campaigns(), running_accounts())
    held = []
    for row in list(connection.execute(overdue.order_by(post.c.due_at, post.c.place, post.c.id)).mappings()):
        limit = timedelta(seconds=row["late"] if row["k"] == 1 else row["resume_within"])
        if now - row["due_at"] <= limit:
            continue
        why = Why.LATE if row["k"] == 1 else Why.INTERRUPTED
        detail = f"due {row['due_at']:%Y-%m-%d %H:%M} UTC, and stopped until {now:%Y-%m-%d %H:%M} UTC"
        if moves.move(connection, row, State.QUEUED, State.HELD, who, now, why=why, detail=detail):
            held.append(f"{row['campaign']}/{row['thread']}/{row['account']}/{row['k']}")
    return held


def paused(store: Store) -> list[dict[str, object]]:
    """What is paused now: scope, name, since, who, why."""
    with store.read() as connection:
        rows = connection.execute(
            select(pause.c.scope, pause.c.name, pause.c.since, pause.c.who, pause.c.why)
            .where(pause.c.since.is_not(None))
            .order_by(pause.c.scope, pause.c.name)
        )
        return [dict(row) for row in rows.mappings()]


def _lock(connection: Connection) -> None:
    connection.execute(select(pause.c.id).where(pause.c.scope == "all").with_for_update())


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
    return campaign.c.name == name if scope == "campaign" else post.c.id.is_not(None)


def _reopen(connection: Connection) -> None:
    """A begun thread has priority when its pause ends: it takes its account back if that is free."""
    begun = (
        select(func.min(post.c.thread_id))
        .where(
            post.c.account_id == account.c.id,
            QUEUED,
            post.c.k > 1,
            post.c.campaign_id == campaign.c.id,
            running_campaigns(),
        )
        .scalar_subquery()
    )
    connection.execute(
        update(account).where(account.c.open_thread_id.is_(None), begun.is_not(None)).values(open_thread_id=begun)
    )
