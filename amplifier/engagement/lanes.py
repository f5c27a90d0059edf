"""Which posts are due for a reading, lane by lane: one account in one mode, one token, one rate limit, one bill."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, text

from amplifier.model import READINGS
from amplifier.store.types import Instant, spans

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import TextClause

    from amplifier.store.engine import Store


@dataclass(frozen=True, slots=True)
class Published:
    """A post that can be asked about, as it was when it was found."""

    post_id: int
    remote_id: str
    sent_at: datetime
    due_at: datetime | None
    last_mark: timedelta | None
    """The last age mark that it has a reading for."""
    marks: tuple[timedelta, ...]
    """The ages at which its campaign has it read."""
    campaign_id: int
    read_at: datetime | None
    """When it was last read."""


@dataclass(frozen=True, slots=True)
class Lane:
    """The posts of one account in one mode: one token, one rate limit, one bill."""

    account_id: int
    account: str
    mode: str
    network: str
    remote_id: str | None
    """The account's own id on the network, if it is known."""
    wait_until: datetime | None
    """The network asked the account for silence until then."""
    posts: tuple[Published, ...]


def read_on(post: Published, at: datetime) -> bool:
    """Whether a post was read on this day (UTC) before: reading it again is free."""
    return post.read_at is not None and post.read_at.astimezone(UTC).date() == at.astimezone(UTC).date()


def _typed(sql: str, *instants: str) -> TextClause:
    return text(sql).bindparams(*(bindparam(name, type_=Instant) for name in instants))


_FIND = """
SELECT p.id, p.account_id, p.campaign_id, p.mode, p.remote_id, p.sent_at, p.reading_due_at, a.name, a.network,
       a.remote_id AS author, a.wait_until, c.readings, l.taken_at,
       (SELECT MAX(s.age_mark) FROM snapshot s WHERE s.post_id = p.id) AS last_mark
FROM post p
JOIN account a ON a.id = p.account_id
JOIN campaign c ON c.id = p.campaign_id
LEFT JOIN latest l ON l.post_id = p.id
WHERE p.state = 'sent' AND """
DUE = _FIND + "p.reading_due_at <= :now ORDER BY p.reading_due_at, p.id"
PUBLISHED = _FIND + "p.mode <> 'dry' AND l.gone_at IS NULL ORDER BY p.account_id, p.sent_at, p.id"
NEXT = "SELECT reading_due_at FROM post WHERE state = 'sent' AND {} ORDER BY reading_due_at LIMIT 1"


def due(store: Store, now: datetime) -> list[Lane]:
    """The posts whose reading is due, by account and mode, longest due first."""
    return _lanes(store, _typed(DUE, "now"), {"now": now})


def published(store: Store) -> list[Lane]:
    """Every post that is out on a network and not known to be gone, by account and mode."""
    return _lanes(store, text(PUBLISHED), {})


def _lanes(store: Store, query: TextClause, values: Mapping[str, Any]) -> list[Lane]:
    typed = query.columns(sent_at=Instant, reading_due_at=Instant, wait_until=Instant, taken_at=Instant)
    heads: dict[int, Any] = {}
    posts: dict[int, list[Published]] = {}
    marks = lru_cache(lambda stored: READINGS if stored is None else spans(stored))
    with store.read() as connection:
        for row in connection.execute(typed, values):
            heads.setdefault(row.account_id, row)
            last = None if row.last_mark is None else timedelta(seconds=row.last_mark)
            posts.setdefault(row.account_id, []).append(
                Published(
                    row.id, row.remote_id, row.sent_at, row.reading_due_at, last, marks(row.readings), row.campaign_id,
                    row.taken_at,
                )
            )  # fmt: skip
    return [
        Lane(key, head.name, head.mode, head.network, head.author, head.wait_until, tuple(posts[key]))
        for key, head in heads.items()
    ]


def next_due_at(store: Store, after: datetime | None = None) -> datetime | None:
    """The first instant (after `after`) at which a reading is due; None: there is none."""
    query = (
        _typed(NEXT.format("reading_due_at > :after"), "after")
        if after
        else text(NEXT.format("reading_due_at IS NOT NULL"))
    )
    with store.read() as connection:
        found: datetime | None = connection.execute(
            query.columns(reading_due_at=Instant), {"after": after} if after else {}
        ).scalar()
        return found


_UNCOUNTED = """
SELECT a.id, a.name, a.mode, a.network
FROM account a
WHERE a.mode <> 'dry'
  AND EXISTS (SELECT 1 FROM post p WHERE p.account_id = a.id AND p.reading_due_at IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM account_snapshot s WHERE s.account_id = a.id AND s.day = :day)
ORDER BY a.id
"""


def uncounted(store: Store, now: datetime) -> list[tuple[int, str, str, str]]:
    """Id, name, mode and network of the accounts whose followers were not read today (UTC), while posts are read."""
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(text(_UNCOUNTED), {"day": day_of(now)})]


def spent(store: Store, account_id: int, now: datetime) -> int:
    """What reading has cost this account in this month (UTC), in millionths of a US dollar."""
    query = text("SELECT COALESCE(SUM(cost), 0) FROM reading_cost WHERE day >= :first AND account_id = :account")
    with store.read() as connection:
        return int(connection.execute(query, {"first": f"{day_of(now)[:8]}01", "account": account_id}).scalar_one())


_OWN = (
    text(
        "SELECT p.remote_id, l.taken_at FROM post p LEFT JOIN latest l ON l.post_id = p.id "
        "WHERE p.state = 'sent' AND p.account_id = :account AND p.sent_at BETWEEN :first AND :last"
    )
    .bindparams(bindparam("first", type_=Instant), bindparam("last", type_=Instant))
    .columns(taken_at=Instant)
)


def own(store: Store, lane: Lane) -> list[tuple[str, datetime | None]]:
    """Every post of the lane's account from its oldest post to its newest, and when each was last read."""
    times = [post.sent_at for post in lane.posts]
    span = {"account": lane.account_id, "first": min(times), "last": max(times)}
    with store.read() as connection:
        return [(row.remote_id, row.taken_at) for row in connection.execute(_OWN, span)]


def day_of(at: datetime) -> str:
    """The day (UTC) of an instant as text, as bills have it: 2026-12-01."""
    return f"{at.astimezone(UTC):%Y-%m-%d}"
