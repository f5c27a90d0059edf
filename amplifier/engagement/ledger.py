"""The readings' SQL: which posts are due, and what an answer writes, in one transaction.

Two collectors may run at once. Each answer is written only for posts whose `reading_due_at` is still the one
that was found, checked under a lock in the transaction that moves it: so no age mark is taken twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, text

from amplifier.engagement.readings import mark_of, next_due
from amplifier.networks.port import METRICS
from amplifier.store.types import Instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import TextClause
    from sqlalchemy.engine import Connection

    from amplifier.networks.port import Measured, Metrics
    from amplifier.store.engine import Store

COUNTS = ", ".join(METRICS)
VALUES = ", ".join(f":{name}" for name in METRICS)


@dataclass(frozen=True, slots=True)
class Published:
    """A post that can be asked about, as it was when it was found."""

    post_id: int
    remote_id: str
    sent_at: datetime
    due_at: datetime | None
    last_mark: timedelta | None
    """The last age mark that it has a reading for."""


@dataclass(frozen=True, slots=True)
class Lane:
    """The posts of one account in one mode: one token, one rate limit."""

    account: str
    mode: str
    wait_until: datetime | None
    """The network asked the account for silence until then."""
    posts: tuple[Published, ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one answer wrote, in posts."""

    readings: int = 0
    gone: int = 0
    untold: int = 0
    """Asked about, and neither told nor gone."""

    def __add__(self, other: Recorded) -> Recorded:
        return Recorded(self.readings + other.readings, self.gone + other.gone, self.untold + other.untold)


def _typed(sql: str, *instants: str) -> TextClause:
    return text(sql).bindparams(*(bindparam(name, type_=Instant) for name in instants))


_FIND = """
SELECT p.id, p.account_id, p.mode, p.remote_id, p.sent_at, p.reading_due_at, a.name, a.wait_until,
       (SELECT MAX(s.age_mark) FROM snapshot s WHERE s.post_id = p.id) AS last_mark
FROM post p JOIN account a ON a.id = p.account_id LEFT JOIN latest l ON l.post_id = p.id
WHERE p.state = 'sent' AND """
DUE = _FIND + "p.reading_due_at <= :now ORDER BY p.reading_due_at, p.id"
PUBLISHED = _FIND + "p.mode <> 'dry' AND l.gone_at IS NULL ORDER BY p.account_id, p.sent_at, p.id"
NEXT = "SELECT reading_due_at FROM post WHERE state = 'sent' AND {} ORDER BY reading_due_at LIMIT 1"

_MOVE = _typed("UPDATE post SET reading_due_at = :due WHERE id = :id AND reading_due_at = :seen", "due", "seen")
_STOP = text("UPDATE post SET reading_due_at = NULL WHERE id = :id")
_SNAPSHOT = text(
    f"INSERT INTO snapshot (post_id, taken_at, age_mark, {COUNTS}) VALUES (:post_id, :second, :age_mark, {VALUES}) "
    # a reading without a mark in this very second: it is the same reading, and now it counts for the mark
    "ON CONFLICT (post_id, taken_at) DO UPDATE SET age_mark = excluded.age_mark WHERE snapshot.age_mark IS NULL"
)
_LATEST = _typed(
    f"INSERT INTO latest (post_id, taken_at, age_seconds, {COUNTS}) VALUES (:post_id, :taken_at, :age, {VALUES}) "
    "ON CONFLICT (post_id) DO UPDATE SET taken_at = excluded.taken_at, age_seconds = excluded.age_seconds, "
    + ", ".join(f"{name} = excluded.{name}" for name in METRICS)
    + " WHERE latest.taken_at <= excluded.taken_at",  # two collectors: the newer reading stays
    "taken_at",
)
_GONE = _typed(
    "INSERT INTO latest (post_id, taken_at, age_seconds, gone_at) VALUES (:post_id, :taken_at, :age, :taken_at) "
    "ON CONFLICT (post_id) DO UPDATE SET gone_at = COALESCE(latest.gone_at, excluded.gone_at)",
    "taken_at",
)


def due(store: Store, now: datetime) -> list[Lane]:
    """The posts whose reading is due, by account and mode, longest due first."""
    return _lanes(store, _typed(DUE, "now"), {"now": now})


def published(store: Store) -> list[Lane]:
    """Every post that is out on a network and not known to be gone, by account and mode."""
    return _lanes(store, text(PUBLISHED), {})


def _lanes(store: Store, query: TextClause, values: Mapping[str, Any]) -> list[Lane]:
    typed = query.columns(sent_at=Instant, reading_due_at=Instant, wait_until=Instant)
    heads: dict[int, Any] = {}
    posts: dict[int, list[Published]] = {}
    with store.read() as connection:
        for row in connection.execute(typed, values).mappings():
            heads.setdefault(row["account_id"], row)
            last = None if row["last_mark"] is None else timedelta(seconds=row["last_mark"])
            posts.setdefault(row["account_id"], []).append(
                Published(row["id"], row["remote_id"], row["sent_at"], row["reading_due_at"], last)
            )
    return [Lane(head["name"], head["mode"], head["wait_until"], tuple(posts[key])) for key, head in heads.items()]


def move(store: Store, posts: Iterable[tuple[Published, datetime | None]]) -> None:
    """Set when each post is next due (None: never), unless another collector was there first."""
    with store.write() as connection:
        _move(connection, posts)


def _move(connection: Connection, posts: Iterable[tuple[Published, datetime | None]]) -> None:
    moves = [{"id": post.post_id, "seen": post.due_at, "due": due_at} for post, due_at in posts]
    if moves:
        connection.execute(_MOVE, moves)


def record(
    store: Store, posts: Sequence[Published], measured: Measured, taken: datetime, *, everything: bool, settled: bool
) -> Recorded:
    """Write one answer in one transaction: snapshots, newest readings, gone posts, and when each is next due.

    With `everything` no reading counts for a mark and nothing due is moved. `settled` says that posts of which
    the answer told nothing will not be told by asking again: they move on to their next mark without a reading.
    """
    with store.write() as connection:
        if not everything:
            posts = _unchanged(connection, posts)
        told = [(post, measured.metrics[post.remote_id]) for post in posts if post.remote_id in measured.metrics]
        rest = [post for post in posts if post.remote_id not in measured.metrics]
        gone = [post for post in rest if post.remote_id in measured.gone]
        untold = [post for post in rest if post.remote_id not in measured.gone]
        if told:
            rows = [_row(post, metrics, taken, marked=not everything) for post, metrics in told]
            connection.execute(_SNAPSHOT, rows)
            connection.execute(_LATEST, rows)
        if gone:
            connection.execute(_GONE, [_stamp(post, taken) for post in gone])
            connection.execute(_STOP, [{"id": post.post_id} for post in gone])
        if not everything:
            past = [post for post, _ in told] + (untold if settled else [])
            _move(connection, [(post, _after(post, taken)) for post in past])
    return Recorded(len(told), len(gone), len(untold))


def _unchanged(connection: Connection, posts: Sequence[Published]) -> list[Published]:
    """Lock the rows; keep the posts that no other collector has read or moved since they were found."""
    lock = " FOR NO KEY UPDATE" if connection.dialect.name == "postgresql" else ""  # SQLite: one writer at a time
    query = text(f"SELECT id, reading_due_at FROM post WHERE id IN :ids ORDER BY id{lock}").bindparams(
        bindparam("ids", expanding=True)
    )
    found = connection.execute(query.columns(reading_due_at=Instant), {"ids": [post.post_id for post in posts]})
    now_due = {row.id: row.reading_due_at for row in found}
    return [post for post in posts if now_due.get(post.post_id) == post.due_at]


def _age(post: Published, taken: datetime) -> timedelta:
    """The post's true age; a network's clock may be ahead of ours, but no post is younger than new."""
    return max(taken - post.sent_at, timedelta())


def _after(post: Published, taken: datetime) -> datetime | None:
    mark = mark_of(_age(post, taken), post.last_mark)
    return next_due(post.sent_at, taken, post.last_mark if mark is None else mark)


def _stamp(post: Published, taken: datetime) -> dict[str, Any]:
    """Whole seconds, as a snapshot keeps them, so that its time and the newest reading's are equal."""
    return {
        "post_id": post.post_id,
        "taken_at": taken.replace(microsecond=0),
        "age": int(_age(post, taken).total_seconds()),
    }


def _row(post: Published, metrics: Metrics, taken: datetime, *, marked: bool) -> dict[str, Any]:
    mark = mark_of(_age(post, taken), post.last_mark) if marked else None
    return {
        **_stamp(post, taken),
        "second": int(taken.timestamp()),
        "age_mark": None if mark is None else int(mark.total_seconds()),
        **{name: getattr(metrics, name) for name in METRICS},
    }


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
