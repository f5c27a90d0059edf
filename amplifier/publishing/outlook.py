"""What the queue has ahead: what is being waited for, until when, and what needs a person. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, literal_column, or_, select

from amplifier.publishing.moves import running_accounts, running_campaigns
from amplifier.publishing.queue import IN_DOUBT, QUEUED, heads
from amplifier.store.tables import account, campaign, pause, post

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from amplifier.model import Mode
    from amplifier.store.engine import Store


class Waiting(Enum):
    """What kind of waiting an instant ends."""

    BEGUN = "begun"  # a post in doubt, or the next post of a begun thread
    LIMITED = "limited"  # due, but the network asked its account to be silent
    LATER = "later"  # a slot that is not due yet


@dataclass(frozen=True, slots=True)
class Outlook:
    """The instants at which a beat could do something, and the states that a person must know of."""

    waits: tuple[tuple[datetime, Waiting], ...]
    paused: bool
    """Everything is paused."""
    partly_paused: bool
    """An account or a campaign is paused."""
    blocked: tuple[str, ...]
    """Accounts that the network refuses."""
    troubled: int
    """Posts held or failed that nobody has acknowledged."""
    live_left: int
    """Live posts that are due or in doubt, and not touched because live is off."""

    @property
    def next_at(self) -> datetime | None:
        """The next instant at which there is something to do."""
        return min((at for at, _ in self.waits), default=None)

    def until(self, *kinds: Waiting) -> datetime | None:
        """The next instant of these kinds of waiting."""
        return min((at for at, kind in self.waits if kind in kinds), default=None)


def outlook(store: Store, now: datetime, modes: Collection[Mode]) -> Outlook:
    """Read it all in one consistent view."""
    wanted = [mode.value for mode in modes]
    with store.read() as connection:
        paused = set(connection.execute(select(pause.c.scope).where(pause.c.since.is_not(None))).scalars())
        blocked = connection.execute(select(account.c.name).where(account.c.blocked_at.is_not(None)).distinct())
        unseen = and_(
            post.c.state.in_([literal_column("'held'"), literal_column("'failed'")]), post.c.acked_at.is_(None)
        )
        left_alone = or_(IN_DOUBT, and_(QUEUED, post.c.due_at <= now))
        live_left = (
            0
            if "live" in wanted
            else connection.execute(
                select(func.count()).select_from(post).join(account).where(account.c.mode == "live", left_alone)
            ).scalar_one()
        )
        return Outlook(
            waits=(*_in_doubt(connection, wanted), *_queued(connection, now, modes)),
            paused="all" in paused,
            partly_paused=bool(paused - {"all"}),
            blocked=tuple(blocked.scalars()),
            troubled=connection.execute(select(func.count()).select_from(post).where(unseen)).scalar_one(),
            live_left=live_left,
        )


def _in_doubt(connection: Connection, modes: list[str]) -> list[tuple[datetime, Waiting]]:
    rows = connection.execute(
        select(post.c.state, post.c.due_at, post.c.lease_until)
        .join(account, account.c.id == post.c.account_id)
        .join(campaign, campaign.c.id == post.c.campaign_id)
        .where(IN_DOUBT, account.c.mode.in_(modes), running_campaigns(), running_accounts())
    )
    waits = []
    for state, due_at, lease_until in rows:
        at = lease_until if state == "sending" else max(due_at, lease_until or due_at)
        waits.append((at, Waiting.BEGUN))
    return waits


def _queued(connection: Connection, now: datetime, modes: Collection[Mode]) -> list[tuple[datetime, Waiting]]:
    waits = []
    for row in heads(connection, modes):
        limit = row["wait_until"]
        if limit and limit > now and limit >= row["due_at"]:
            waits.append((limit, Waiting.LIMITED))
        else:
            begun = row["open_thread_id"] is not None or row["due_at"] <= now
            waits.append((row["due_at"], Waiting.BEGUN if begun else Waiting.LATER))
    return waits
