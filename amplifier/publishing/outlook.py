"""What the queue has ahead: what is being waited for, until when, and what needs a person. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, func, literal_column, select, true

from amplifier.model import State
from amplifier.publishing.budget import waits_until
from amplifier.publishing.moves import running_accounts, running_campaigns
from amplifier.publishing.queue import IN_DOUBT, QUEUED, address_of, heads, with_context
from amplifier.store.tables import account, attempt, campaign, pause, post

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, RowMapping

    from amplifier.model import Address, Mode
    from amplifier.store.engine import Store

_LAST_WORKER = (
    select(attempt.c.worker)
    .join(post, post.c.id == attempt.c.post_id)
    .where(post.c.thread_id == bindparam("thread"))
    .order_by(attempt.c.id.desc())
    .limit(1)
)


class Waiting(Enum):
    """What kind of waiting an instant ends."""

    BEGUN = "begun"  # a post in doubt, or the next post of a begun thread
    LIMITED = "limited"  # due, but the network asked its account to be silent
    BUDGET = "budget"  # due, but its account's budget is used up until then; a run does not stay for it
    LATER = "later"  # a slot that is not due yet


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has an account in hand: no other worker begins anything there."""

    address: Address
    """The post in flight, or the next one of the account's open thread."""
    state: State
    worker: str
    """Host, runner and process: the one at it, or the last one that was."""
    until: datetime
    """When its lease ends, or when the post may be dealt with again."""
    at_it: bool
    """Whether the worker has a lease on the post now."""

    def __str__(self) -> str:
        at = f"{self.until:%Y-%m-%d %H:%M:%S} UTC"
        if not self.at_it:
            return f"account {self.address.account}: {self.worker} began the thread, {self.address} is next, at {at}"
        doing = "is sending" if self.state is State.SENDING else "is looking for"
        return f"account {self.address.account}: {self.worker} {doing} {self.address}, until {at} at the latest"


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
    holders: tuple[Holder, ...] = ()
    """Who has which account in hand, those first that are due first."""

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
        doubtful, queued = _in_doubt(connection, wanted), heads(connection, modes)
        return Outlook(
            waits=(*map(_end_of_doubt, doubtful), *(_end_of_wait(row, now) for row in queued)),
            paused="all" in paused,
            partly_paused=bool(paused - {"all"}),
            blocked=tuple(blocked.scalars()),
            troubled=connection.execute(select(func.count()).select_from(post).where(unseen)).scalar_one(),
            live_left=0 if "live" in wanted else _live_left(connection, now),
            holders=_holders(connection, now, [*doubtful, *(row for row in queued if row["open_thread_id"])]),
        )


def _live_left(connection: Connection, now: datetime) -> int:
    """Live posts that are in doubt or due: lane by lane, so that it does not cost more with a longer queue."""
    live = account.c.mode == "live"
    doubtful = select(func.count()).select_from(post).join(account).where(live, IN_DOUBT)
    lane = (QUEUED, post.c.account_id == account.c.id, post.c.campaign_id == campaign.c.id, post.c.due_at <= now)
    of_lane = select(func.count()).select_from(post).where(*lane).correlate(account, campaign).scalar_subquery()
    due = select(func.coalesce(func.sum(of_lane), 0)).select_from(account).join(campaign, true()).where(live)
    return sum(int(connection.execute(count).scalar_one()) for count in (doubtful, due))


def live_urls(store: Store, thread_id: int) -> list[str]:
    """Where the posts of a thread are that are out, in order."""
    mine = (post.c.thread_id == thread_id, post.c.state == State.SENT.value, post.c.deleted_at.is_(None))
    with store.read() as connection:
        found = connection.execute(select(post.c.url, post.c.remote_id).where(*mine).order_by(post.c.k))
        return [url or remote_id for url, remote_id in found]


def _in_doubt(connection: Connection, modes: list[str]) -> list[RowMapping]:
    going = (IN_DOUBT, account.c.mode.in_(modes), running_campaigns(), running_accounts())
    return list(connection.execute(with_context().where(*going).order_by(post.c.due_at, post.c.id)).mappings())


def _end_of_doubt(row: RowMapping) -> tuple[datetime, Waiting]:
    lease_until = row["lease_until"] or row["due_at"]
    return lease_until if row["state"] == "sending" else max(row["due_at"], lease_until), Waiting.BEGUN


def _holders(connection: Connection, now: datetime, rows: Sequence[RowMapping]) -> tuple[Holder, ...]:
    found = []
    for row in rows:
        at_it = row["state"] != State.QUEUED and row["lease_until"] is not None and row["lease_until"] > now
        worker = row["worker"] if at_it else connection.execute(_LAST_WORKER, {"thread": row["thread_id"]}).scalar()
        until = row["lease_until"] if at_it else _end_of_doubt(row)[0]
        found.append(Holder(address_of(row), State(row["state"]), worker or "nobody", until, at_it))
    return tuple(sorted(found, key=lambda holder: (holder.until, holder.address)))


def _end_of_wait(row: RowMapping, now: datetime) -> tuple[datetime, Waiting]:
    limit = waits_until(row)
    if limit and limit > now and limit >= row["due_at"]:
        return limit, Waiting.LIMITED if limit == row["wait_until"] else Waiting.BUDGET
    begun = row["open_thread_id"] is not None or row["due_at"] <= now
    return row["due_at"], Waiting.BEGUN if begun else Waiting.LATER
