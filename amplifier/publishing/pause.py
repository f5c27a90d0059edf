"""Stop and go on: everything, one account, or one campaign. It is in the rows, so it survives a restart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlalchemy import ColumnElement, Select, false, insert, select, true, update

from amplifier.errors import UsageError
from amplifier.publishing import moves
from amplifier.publishing.missed import find_missed
from amplifier.publishing.moves import running_accounts, running_campaigns
from amplifier.publishing.queue import address_of, lock
from amplifier.publishing.respace import Choice, deal
from amplifier.store import journal
from amplifier.store.tables import account, campaign, pause

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from sqlalchemy.engine import Connection

    from amplifier.model import Address
    from amplifier.publishing.respace import Dealt
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


@dataclass(frozen=True, slots=True)
class Overdue:
    """A post that was missed during a pause, for a person to decide about."""

    post_id: int
    address: Address
    n: int
    due_at: datetime
    span: timedelta
    limit: timedelta


def overdue(store: Store, scope: Scope, name: str, *, now: datetime) -> list[Overdue] | None:
    """What a pause has made later than its campaigns allow, in the order of sending; None when it is not paused."""
    with store.read() as connection:
        _known(connection, scope, name)
        since = connection.execute(_since(scope, name)).scalar()
        if since is None:
            return None
        return [
            Overdue(
                found.row["id"], address_of(found.row), found.row["n"], found.row["due_at"], found.span, found.limit
            )
            for found in find_missed(connection, since, now, *_lanes(connection, scope, name))
        ]


def go_on(
    store: Store,
    scope: Scope,
    name: str,
    *,
    why: str,
    who: str,
    now: datetime,
    chosen: Mapping[int, Choice] | None = None,
    otherwise: Choice = Choice.HOLD,
) -> Dealt | None:
    """Resume; None when it was not paused. What is within `late` or `resume_within` goes on in order.

    What was missed by more is dealt with as `chosen` by post id, and `otherwise` alike; nothing floods out.
    """
    choices = chosen or {}
    with store.write() as connection:
        lock(connection)
        _known(connection, scope, name)
        since = connection.execute(_since(scope, name)).scalar()
        if since is None:
            return None
        ended = (pause.c.scope == scope, pause.c.name == name)
        connection.execute(update(pause).where(*ended).values(since=None, who=who, why=why))
        journal.record(connection, now, who, "resume", why=why, data={"scope": scope, "name": name})
        _hand_over(connection, scope, since)
        dealt = deal(
            connection,
            find_missed(connection, since, now, *_lanes(connection, scope, name)),
            lambda found: choices.get(found.row["id"], otherwise),
            why=why,
            who=who,
            now=now,
            because="it was paused",
        )
        moves.reopen(connection, true())
        return dealt


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


def _since(scope: Scope, name: str) -> Select[datetime]:
    return select(pause.c.since).where(pause.c.scope == scope, pause.c.name == name)


def _hand_over(connection: Connection, scope: Scope, since: datetime) -> None:
    """What another pause still holds was stopped since this one began: the end of that one decides about it."""
    connection.execute(update(pause).where(pause.c.scope != scope, pause.c.since > since).values(since=since))


def _lanes(connection: Connection, scope: Scope, name: str) -> list[ColumnElement[bool]]:
    """What the end of a pause lets go on: not what another pause still holds."""
    others = connection.execute(select(pause.c.id).where(pause.c.scope == "all", pause.c.since.is_not(None)))
    if scope != "all" and others.first():
        return [false()]
    match scope:
        case "account":
            return [account.c.name == name, running_campaigns()]
        case "campaign":
            return [campaign.c.name == name, running_accounts()]
        case _:
            return [running_accounts(), running_campaigns()]
