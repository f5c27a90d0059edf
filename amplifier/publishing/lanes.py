"""Which queued post is the next of each account: found along indexes, however many wait, are paused or blocked.

A lane is what one account has queued of one campaign: a stretch of the index `ix_post_lane`. Going from lane to lane
costs a few seeks each; lanes without a queued post, and those of accounts that are stopped, cost nothing.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, literal_column, or_, select, union_all

from amplifier.publishing.moves import running_accounts, running_campaigns
from amplifier.store.tables import account, campaign, post, thread
from amplifier.store.types import Instant

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from amplifier.model import Mode

# literals, not bound values: an engine uses a partial index only when it can see that the condition is its own
_QUEUED = post.c.state == literal_column("'queued'")
_ONE: ColumnElement[int] = literal_column("1")
_NOW = bindparam("now", type_=Instant())
_OTHER = post.alias()
_NOTHING_IN_DOUBT = ~exists().where(
    _OTHER.c.account_id == account.c.id,
    _OTHER.c.state.in_([literal_column("'sending'"), literal_column("'unknown'")]),
)
_LISTENING = or_(account.c.wait_until.is_(None), account.c.wait_until <= _NOW)


def firsts(connection: Connection, modes: Collection[Mode], now: datetime | None = None) -> list[int]:
    """The first queued post of every account that may go on: ids, in the order of sending.

    With `now` only posts that are due, and no account that the network asked for silence; a begun thread goes before a
    new one. Without it in the order of their times.
    """
    query = _statement(tuple(sorted(mode.value for mode in modes)), now is not None)
    rows = connection.execute(query, {} if now is None else {"now": now}).all()
    heads = [row for row in rows if now is None or row.due_at <= now]
    begun_first = now is not None
    heads.sort(key=lambda row: (begun_first and row.k == 1, row.due_at, row.place, row.id))
    found: dict[int, int] = {}
    for row in heads:
        found.setdefault(row.account, row.id)
    return list(found.values())


@cache  # a statement is built once: building it costs more than running it
def _statement(modes: tuple[str, ...], due: bool) -> Select[Any]:
    going = [
        account.c.mode.in_([literal_column(f"'{mode}'") for mode in modes]),
        account.c.blocked_at.is_(None),
        running_accounts(),
        _NOTHING_IN_DOUBT,
        *([_LISTENING] if due else []),
    ]
    # a CTE of its own, and a look at each row by its key: joined, PostgreSQL might rather read every post
    head = union_all(_of_lanes(going, due=due), _of_open_threads(going)).cte("head").prefix_with("MATERIALIZED")
    columns = [_of_head(head.c.id, column) for column in (post.c.due_at, post.c.place, post.c.k)]
    return select(head.c.id, head.c.account, *columns).where(head.c.id.is_not(None))


def _of_head(key: ColumnElement[int], column: ColumnElement[Any]) -> ColumnElement[Any]:
    return select(column).where(post.c.id == key).scalar_subquery().correlate_except(post).label(column.key)


def _of_lanes(going: list[ColumnElement[bool]], *, due: bool) -> Select[Any]:
    """The first post of each lane of the accounts that have no thread open."""
    lane = (
        select(account.c.id.label("account"), _next_campaign(account.c.id, literal_column("0")).label("campaign"))
        .where(account.c.open_thread_id.is_(None), *going)
        .cte("lane", recursive=True)
    )
    lane = lane.union_all(
        select(lane.c.account, _next_campaign(lane.c.account, lane.c.campaign)).where(lane.c.campaign.is_not(None))
    )
    first = (
        select(post.c.id)
        .where(_QUEUED, post.c.account_id == lane.c.account, post.c.campaign_id == lane.c.campaign)
        .where(*([post.c.due_at <= _NOW] if due else []))
        .order_by(post.c.due_at, post.c.place, post.c.id)
        .limit(_ONE)
        .scalar_subquery()
        .correlate(lane)
    )
    return (
        select(first.label("id"), lane.c.account)
        .select_from(lane)
        .join(campaign, campaign.c.id == lane.c.campaign)
        .where(running_campaigns())
    )


def _next_campaign(of: ColumnElement[int], after: ColumnElement[int]) -> ColumnElement[Any]:
    """The next campaign of which this account has something queued; NULL after the last."""
    newer = (_QUEUED, post.c.account_id == of, post.c.campaign_id > after)
    return select(func.min(post.c.campaign_id)).where(*newer).scalar_subquery().correlate_except(post)


def _of_open_threads(going: list[ColumnElement[bool]]) -> Select[Any]:
    """The next post of each account's open thread."""
    following = (  # one value an account: as a join, SQLite would walk every lane to find it
        select(post.c.id)
        .where(_QUEUED, post.c.thread_id == account.c.open_thread_id)
        .order_by(post.c.k)
        .limit(_ONE)
        .scalar_subquery()
        .correlate(account)
    )
    return (
        select(following.label("id"), account.c.id.label("account"))
        .select_from(account)
        .join(thread, thread.c.id == account.c.open_thread_id)
        .join(campaign, campaign.c.id == thread.c.campaign_id)
        .where(running_campaigns(), *going)
    )
