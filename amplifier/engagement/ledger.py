"""What an answer writes, in one transaction: readings, gone posts, gaps, roll-ups, costs, and when posts are next due.

Two collectors may run at once. Each answer is written only for posts whose `reading_due_at` is still the one
that was found, checked under a lock in the transaction that moves it: so no age mark is taken twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from sqlalchemy import bindparam, text

from amplifier.content.text.entities import hashtags
from amplifier.engagement.lanes import Published, day_of, read_on
from amplifier.engagement.readings import mark_of, missed, next_due
from amplifier.networks.port import METRICS
from amplifier.store.bulk import stored
from amplifier.store.types import Instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy.engine import Connection, Row

    from amplifier.networks.port import Measured, Metrics
    from amplifier.store.engine import Store

COUNTS = ", ".join(METRICS)
HOUR = 3600


class Gap(StrEnum):
    """Why an age mark has no reading."""

    LATE = "not read in time"
    UNTOLD = "the network did not tell of it"
    BUDGET = "the reading budget was used up"


@dataclass(frozen=True, slots=True)
class Bill:
    """What a network charges for an answer, in millionths of a US dollar: a post is billed once a day (UTC)."""

    account_id: int
    each: int
    others: int = 0
    """Posts in the answer that nobody asked about."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one answer wrote, in posts."""

    readings: int = 0
    gone: int = 0
    untold: int = 0
    """Asked about, and neither told nor gone."""

    def __add__(self, other: Recorded) -> Recorded:
        return Recorded(self.readings + other.readings, self.gone + other.gone, self.untold + other.untold)


_LOCK = (
    "SELECT p.id, p.reading_due_at, p.campaign_id, p.mode, l.taken_at, l.gone_at, "
    "CASE WHEN EXISTS (SELECT 1 FROM post_tag h WHERE h.post_id = p.id) THEN NULL ELSE p.text END AS untagged, "
    + ", ".join(f"l.{name}" for name in METRICS)
    + " FROM post p LEFT JOIN latest l ON l.post_id = p.id WHERE p.id IN :ids ORDER BY p.id"
)
_LOCKED = {
    engine: text(_LOCK + lock)
    .bindparams(bindparam("ids", expanding=True))
    .columns(reading_due_at=Instant, taken_at=Instant, gone_at=Instant)
    for engine, lock in (("sqlite", ""), ("postgresql", " FOR NO KEY UPDATE OF p"))
}
"""Made once, as it is asked for each answer; SQLite has one writer at a time, and needs no lock."""
_LAST_TOLD = (
    "SELECT {0} AS count, taken_at FROM snapshot WHERE post_id = :post AND {0} IS NOT NULL "
    "ORDER BY taken_at DESC LIMIT 1"
)
_MOVE = "UPDATE post SET reading_due_at = ? WHERE id = ? AND reading_due_at = ?"
_STOP = "UPDATE post SET reading_due_at = NULL WHERE id = ?"
_SNAPSHOT = (
    f"INSERT INTO snapshot (post_id, taken_at, age_mark, untold, {COUNTS}) VALUES (?, ?, ?, ?{', ?' * len(METRICS)}) "
    # a second reading in this very second is the same one: the network's last word, and it may count for a mark now
    "ON CONFLICT (post_id, taken_at) DO UPDATE SET age_mark = COALESCE(snapshot.age_mark, excluded.age_mark), "
    + ", ".join(f"{name} = COALESCE(excluded.{name}, snapshot.{name})" for name in ("untold", *METRICS))
)
_LATEST = (
    f"INSERT INTO latest (post_id, taken_at, age_seconds, untold, {COUNTS}) VALUES (?, ?, ?, ?{', ?' * len(METRICS)}) "
    "ON CONFLICT (post_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in ("taken_at", "age_seconds", "untold", *METRICS))
    + " WHERE latest.taken_at <= excluded.taken_at"  # two collectors: the newer reading stays
)
_GONE = (
    "INSERT INTO latest (post_id, taken_at, age_seconds, gone_at) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (post_id) DO UPDATE SET gone_at = COALESCE(latest.gone_at, excluded.gone_at)"
)
_GAP = (
    "INSERT INTO gap (post_id, age_mark, found_at, why) VALUES (?, ?, ?, ?) ON CONFLICT (post_id, age_mark) DO NOTHING"
)
_TAG = "INSERT INTO post_tag (post_id, key, tag) VALUES (?, ?, ?) ON CONFLICT (post_id, key) DO NOTHING"
_HOUR = (
    f"INSERT INTO hourly (campaign_id, mode, hour, readings, gone, {COUNTS}) "
    f"VALUES (?, ?, ?, ?, ?{', ?' * len(METRICS)}) ON CONFLICT (campaign_id, mode, hour) DO UPDATE SET "
    "readings = hourly.readings + excluded.readings, gone = hourly.gone + excluded.gone, "
    + ", ".join(f"{n} = COALESCE(hourly.{n} + excluded.{n}, hourly.{n}, excluded.{n})" for n in METRICS)
)
_COST = (
    "INSERT INTO reading_cost (day, account_id, campaign_id, what, units, cost) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (day, account_id, campaign_id, what) DO UPDATE SET "
    "units = reading_cost.units + excluded.units, cost = reading_cost.cost + excluded.cost"
)
_counts = attrgetter(*METRICS)


def move(store: Store, posts: Iterable[tuple[Published, datetime | None]]) -> None:
    """Set when each post is next due (None: never), unless another collector was there first."""
    with store.write() as connection:
        _move(connection, posts)


def pass_by(store: Store, posts: Sequence[Published], now: datetime, why: Gap) -> None:
    """Give up the marks that these posts have reached, each a gap, and wait for the next one."""
    with store.write() as connection:
        posts = [post for post, _ in _unchanged(connection, posts)]
        _gaps(connection, posts, now, why)
        _move(connection, [(post, _after(post, now)) for post in posts])


def record(
    store: Store,
    posts: Sequence[Published],
    measured: Measured,
    taken: datetime,
    *,
    everything: bool,
    settled: bool,
    bill: Bill | None = None,
) -> Recorded:
    """Write one answer in one transaction: snapshots, newest readings, gone posts, roll-ups, gaps, what it cost, and
    when each post is next due.

    With `everything` no reading counts for a mark and nothing due is moved. `settled` says that posts of which
    the answer told nothing will not be told by asking again: they move on to their next mark without a reading.
    """
    with store.write() as connection:
        locked = _unchanged(connection, posts, everything=everything)
        told = [
            (post, row, measured.metrics[post.remote_id]) for post, row in locked if post.remote_id in measured.metrics
        ]
        rest = [(post, row) for post, row in locked if post.remote_id not in measured.metrics]
        gone = [(post, row) for post, row in rest if post.remote_id in measured.gone]
        untold = [post for post, _ in rest if post.remote_id not in measured.gone]
        as_stored = stored(connection)
        second = taken.replace(microsecond=0)
        _roll_up(connection, told, gone, second)  # before the rows that it compares with are changed
        if told:
            _readings(connection, told, taken, second, marked=not everything)
            _tags(connection, [(post.post_id, row.untagged) for post, row, _ in told if row.untagged is not None])
        if gone:
            at = as_stored(second)
            stamps = [(post.post_id, at, int(_age(post, taken).total_seconds()), at) for post, _ in gone]
            _many(connection, _GONE, stamps)
            _many(connection, _STOP, [(post.post_id,) for post, _ in gone])
        if bill:
            _charge(connection, bill, [post for post, _, _ in told], taken)
        if not everything:
            if settled:
                _gaps(connection, untold, taken, Gap.UNTOLD)
            past = [post for post, _, _ in told]
            _gaps(connection, past, taken, None)
            _move(connection, [(post, _after(post, taken)) for post in past + (untold if settled else [])])
    return Recorded(len(told), len(gone), len(untold))


def _many(connection: Connection, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run a statement for each row by the driver itself: SQLAlchemy's own way costs more than the rows do."""
    if rows:
        mark = "%s" if connection.dialect.name == "postgresql" else "?"
        connection.exec_driver_sql(sql.replace("?", mark), list(rows))


def _move(connection: Connection, posts: Iterable[tuple[Published, datetime | None]]) -> None:
    as_stored = stored(connection)
    moves = [
        (_or_none(as_stored, due_at), post.post_id, as_stored(post.due_at)) for post, due_at in posts if post.due_at
    ]
    _many(connection, _MOVE, moves)


def _or_none(as_stored: Callable[[datetime], Any], value: datetime | None) -> Any:
    return None if value is None else as_stored(value)


def _unchanged(
    connection: Connection, posts: Sequence[Published], *, everything: bool = False
) -> list[tuple[Published, Row[Any]]]:
    """Lock the rows; keep the posts that no other collector has read or moved since they were found."""
    found = {
        row.id: row
        for row in connection.execute(_LOCKED[connection.dialect.name], {"ids": [post.post_id for post in posts]})
    }
    pairs = [(post, found[post.post_id]) for post in posts if post.post_id in found]
    return [(post, row) for post, row in pairs if everything or row.reading_due_at == post.due_at]


def _readings(
    connection: Connection,
    told: Sequence[tuple[Published, Row[Any], Metrics]],
    taken: datetime,
    second: datetime,
    *,
    marked: bool,
) -> None:
    """Append the snapshots and bring the newest readings up to date."""
    at, unix = stored(connection)(second), int(second.timestamp())
    snapshots, newest = [], []
    for post, _, metrics in told:
        age = _age(post, taken)
        mark = mark_of(age, post.last_mark, post.marks) if marked else None
        counts = _counts(metrics)
        untold = int(metrics.untold)
        snapshots.append((post.post_id, unix, None if mark is None else int(mark.total_seconds()), untold, *counts))
        newest.append((post.post_id, at, int(age.total_seconds()), untold, *counts))
    _many(connection, _SNAPSHOT, snapshots)
    _many(connection, _LATEST, newest)


def _tags(connection: Connection, texts: Sequence[tuple[int, str]]) -> None:
    """The hashtags of posts that are read for the first time."""
    tags = [(post_id, normalize("NFC", tag.text)) for post_id, words in texts for tag in hashtags(words)]
    rows = [(post_id, tag.casefold(), tag) for post_id, tag in tags]
    _many(connection, _TAG, rows)


def _roll_up(
    connection: Connection,
    told: Sequence[tuple[Published, Row[Any], Metrics]],
    gone: Sequence[tuple[Published, Row[Any]]],
    second: datetime,
) -> None:
    """Add what this answer changed to its campaigns' hour: by how much each newest known count grew."""
    hour = int(second.timestamp()) // HOUR
    sums: dict[tuple[int, str], list[int | None]] = {}
    for post, row, metrics in told:
        total = sums.setdefault((post.campaign_id, row.mode), [0, 0, *[None] * len(METRICS)])
        total[0] = (total[0] or 0) + 1
        for place, (name, value) in enumerate(zip(METRICS, _counts(metrics), strict=True), 2):
            if value is not None:
                total[place] = (total[place] or 0) + _growth(connection, row, name, value, second)
    for post, row in gone:
        total = sums.setdefault((post.campaign_id, row.mode), [0, 0, *[None] * len(METRICS)])
        total[1] = (total[1] or 0) + (row.gone_at is None)
    _many(connection, _HOUR, [(*key, hour, *total) for key, total in sorted(sums.items())])


def _growth(connection: Connection, row: Row[Any], name: str, value: int, second: datetime) -> int:
    """By how much a count differs from what was last told of it; an older reading that came late changes nothing."""
    if row.taken_at is None:
        return value
    known, told_at = getattr(row, name), row.taken_at
    if known is None:  # the newest reading did not tell it: an older one may have
        found = connection.execute(text(_LAST_TOLD.format(name)), {"post": row.id}).first()
        if found is None:
            return value
        known, told_at = found.count, datetime.fromtimestamp(found.taken_at, UTC)
    return value - int(known) if told_at <= second else 0


def _charge(connection: Connection, bill: Bill, told: Sequence[Published], taken: datetime) -> None:
    day = day_of(taken)
    units: dict[int, int] = {0: bill.others} if bill.others else {}
    for post in told:
        if not read_on(post, taken):
            units[post.campaign_id] = units.get(post.campaign_id, 0) + 1
    rows = [(day, bill.account_id, key, "read", count, count * bill.each) for key, count in sorted(units.items())]
    _many(connection, _COST, rows)


def _gaps(connection: Connection, posts: Sequence[Published], taken: datetime, why: Gap | None) -> None:
    """Write the marks that will have no reading; `why` is said of the mark that could be met right now."""
    at = stored(connection)(taken)
    rows: list[tuple[Any, ...]] = []
    for post in posts:
        age = _age(post, taken)
        mark = mark_of(age, post.last_mark, post.marks)
        late = missed(age, mark, post.last_mark, post.marks)
        rows += [(post.post_id, int(one.total_seconds()), at, Gap.LATE.value) for one in late]
        if why and mark is not None:
            rows.append((post.post_id, int(mark.total_seconds()), at, why.value))
    _many(connection, _GAP, rows)


def _age(post: Published, taken: datetime) -> timedelta:
    """The post's true age; a network's clock may be ahead of ours, but no post is younger than new."""
    return max(taken - post.sent_at, timedelta())


def _after(post: Published, taken: datetime) -> datetime | None:
    mark = mark_of(_age(post, taken), post.last_mark, post.marks)
    return next_due(post.sent_at, taken, post.last_mark if mark is None else mark, post.marks)


_COUNT = (
    "INSERT INTO account_snapshot (account_id, day, taken_at, followers) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (account_id, day) DO NOTHING"
)


def count_followers(store: Store, account_id: int, followers: int | None, now: datetime, cost: int) -> None:
    """Keep how many follow an account today, and what asking cost, in millionths of a US dollar."""
    with store.write() as connection:
        _many(connection, _COUNT, [(account_id, day_of(now), stored(connection)(now), followers)])
        _many(connection, _COST, [(day_of(now), account_id, 0, "account", 1, cost)])
