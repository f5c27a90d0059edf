"""What an answer writes, in one transaction: readings, gone posts, gaps, roll-ups, costs, and when posts are next due.

Two collectors may run at once. Each answer is written only for posts whose `reading_due_at` is still the one
that was found, checked under a lock in the transaction that moves it: so no age mark is taken twice.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from operator import attrgetter, sub
from typing import TYPE_CHECKING, Any, NamedTuple
from unicodedata import normalize

from sqlalchemy import bindparam, text

from amplifier.content.text.entities import hashtags
from amplifier.engagement.lanes import Published, day_of, read_on
from amplifier.engagement.readings import standing
from amplifier.networks.port import METRICS
from amplifier.store.bulk import stored

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from amplifier.networks.port import Measured
    from amplifier.store.engine import Store

COUNTS = ", ".join(METRICS)
HOUR = 3600
DAY = 86400


class Gap(StrEnum):
    """Why an age mark has no reading."""

    LATE = "not read in time"
    UNTOLD = "the network did not tell of it"
    BUDGET = "the reading budget was used up"


Counts = tuple[int | None, ...]
"""In the order of `METRICS`."""
NOTHING: Counts = (None,) * len(METRICS)
NO_GROWTH: Counts = (0,) * len(METRICS)


class _Told(NamedTuple):
    """What an answer tells of one post, with the row that is locked for it."""

    post: Published
    row: Row[Any]
    counts: Counts
    untold: int


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
    engine: text(_LOCK + lock).bindparams(bindparam("ids", expanding=True))
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
        known = stored(connection)
        _move(connection, [(post.post_id, known(post.due_at), due_at) for post, due_at in posts if post.due_at])


def pass_by(store: Store, posts: Sequence[Published], now: datetime, why: Gap) -> None:
    """Give up the marks that these posts have reached, each a gap, and wait for the next one."""
    with store.write() as connection:
        _pass(connection, _unchanged(connection, posts), now, why)


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
            _Told(post, row, _counts(metrics), int(metrics.untold))
            for post, row in locked
            if (metrics := measured.metrics.get(post.remote_id))
        ]
        rest = [(post, row) for post, row in locked if post.remote_id not in measured.metrics]
        gone = [(post, row) for post, row in rest if post.remote_id in measured.gone]
        untold = [(post, row) for post, row in rest if post.remote_id not in measured.gone]
        second = taken.replace(microsecond=0)
        _roll_up(connection, told, gone, second)  # before the rows that it compares with are changed
        if told:
            _readings(connection, told, taken, second, marked=not everything)
            _tags(connection, [(one.post.post_id, one.row.untagged) for one in told if one.row.untagged is not None])
        if gone:
            at = stored(connection)(second)
            stamps = [(post.post_id, at, int(_age(post, taken).total_seconds()), at) for post, _ in gone]
            _many(connection, _GONE, stamps)
            _many(connection, _STOP, [(post.post_id,) for post, _ in gone])
        if bill:
            _charge(connection, bill, [one.post for one in told], taken)
        if not everything:
            if settled:
                _pass(connection, untold, taken, Gap.UNTOLD)
            _pass(connection, [(one.post, one.row) for one in told], taken, None)
    return Recorded(len(told), len(gone), len(untold))


def _many(connection: Connection, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run a statement for each row by the driver itself: SQLAlchemy's own way costs more than the rows do."""
    if rows:
        mark = "%s" if connection.dialect.name == "postgresql" else "?"
        connection.exec_driver_sql(sql.replace("?", mark), list(rows))


def _move(connection: Connection, moves: Iterable[tuple[int, Any, datetime | None]]) -> None:
    """Post, when it was due (as stored), and when it is next."""
    known = stored(connection)
    _many(connection, _MOVE, [(due_at and known(due_at), post_id, was) for post_id, was, due_at in moves])


def _unchanged(
    connection: Connection, posts: Sequence[Published], *, everything: bool = False
) -> list[tuple[Published, Row[Any]]]:
    """Lock the rows; keep the posts that no other collector has read or moved since they were found."""
    asked = {"ids": [post.post_id for post in posts]}
    found = {row[0]: row for row in connection.execute(_LOCKED[connection.dialect.name], asked).all()}
    known = stored(connection)
    pairs = [(post, found[post.post_id]) for post in posts if post.post_id in found]
    return [
        (post, row) for post, row in pairs if everything or row.reading_due_at == (post.due_at and known(post.due_at))
    ]


def _readings(
    connection: Connection,
    told: Sequence[_Told],
    taken: datetime,
    second: datetime,
    *,
    marked: bool,
) -> None:
    """Append the snapshots and bring the newest readings up to date."""
    at, unix = stored(connection)(second), int(second.timestamp())
    snapshots, newest = [], []
    for post, _, counts, untold in told:
        age = _age(post, taken)
        mark = standing(age, post.last_mark, post.marks).mark if marked else None
        snapshots.append((post.post_id, unix, mark and _seconds(mark), untold, *counts))
        newest.append((post.post_id, at, _seconds(age), untold, *counts))
    _many(connection, _SNAPSHOT, snapshots)
    _many(connection, _LATEST, newest)


def _tags(connection: Connection, texts: Sequence[tuple[int, str]]) -> None:
    """The hashtags of posts that are read for the first time."""
    tags = [(post_id, normalize("NFC", tag.text)) for post_id, words in texts for tag in hashtags(words)]
    rows = [(post_id, tag.casefold(), tag) for post_id, tag in tags]
    _many(connection, _TAG, rows)


def _roll_up(
    connection: Connection, told: Sequence[_Told], gone: Sequence[tuple[Published, Row[Any]]], second: datetime
) -> None:
    """Add what this answer changed to its campaigns' hour: by how much each newest known count grew."""
    at = stored(connection)(second)
    grown: dict[tuple[int, str], list[Counts]] = {}
    for one in told:
        grown.setdefault((one.post.campaign_id, one.row.mode), []).append(_growth(connection, one, second, at))
    left = Counter((post.campaign_id, row.mode) for post, row in gone if row.gone_at is None)
    hour = int(second.timestamp()) // HOUR
    rows = [
        (*key, hour, len(grown.get(key, ())), left[key], *map(_sum, zip(*grown.get(key, [NOTHING]), strict=True)))
        for key in sorted(grown.keys() | {(post.campaign_id, row.mode) for post, row in gone})
    ]
    _many(connection, _HOUR, rows)


def _sum(values: tuple[int | None, ...]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _growth(connection: Connection, told: _Told, second: datetime, at: Any) -> Counts:
    """By how much the counts differ from what was last told of them; an older reading that came late changes nothing.

    `at` is the second as it is stored.
    """
    row, counts = told.row, told.counts
    if row.taken_at is None:
        return counts
    known: Counts = row[-len(METRICS) :]
    newer = row.taken_at > at
    if None not in counts and None not in known:
        return NO_GROWTH if newer else tuple(map(sub, counts, known))
    grown: list[int | None] = []
    for name, value, before in zip(METRICS, counts, known, strict=True):
        if value is not None and before is None:  # the newest reading did not tell it: an older one may have
            grown.append(_since(connection, row.id, name, value, second))
        else:
            grown.append(None if value is None or before is None else 0 if newer else value - before)
    return tuple(grown)


def _since(connection: Connection, post_id: int, name: str, value: int, second: datetime) -> int:
    found = connection.execute(text(_LAST_TOLD.format(name)), {"post": post_id}).first()
    if found is None:
        return value
    before, taken_at = found
    return value - int(before) if taken_at <= second.timestamp() else 0


def _charge(connection: Connection, bill: Bill, told: Sequence[Published], taken: datetime) -> None:
    day = day_of(taken)
    units: dict[int, int] = {0: bill.others} if bill.others else {}
    for post in told:
        if not read_on(post, taken):
            units[post.campaign_id] = units.get(post.campaign_id, 0) + 1
    rows = [(day, bill.account_id, key, "read", count, count * bill.each) for key, count in sorted(units.items())]
    _many(connection, _COST, rows)


def _pass(
    connection: Connection, posts: Sequence[tuple[Published, Row[Any]]], taken: datetime, why: Gap | None
) -> None:
    """Write the marks that will have no reading, and wait for the next; `why` is said of one that could be met now."""
    at = stored(connection)(taken)
    gaps: list[tuple[Any, ...]] = []
    moves = []
    for post, row in posts:
        mark, missed, ahead = standing(_age(post, taken), post.last_mark, post.marks)
        gaps += [(post.post_id, _seconds(one), at, Gap.LATE.value) for one in missed]
        if why and mark is not None:
            gaps.append((post.post_id, _seconds(mark), at, why.value))
        moves.append((post.post_id, row.reading_due_at, post.sent_at + ahead if ahead else None))
    _many(connection, _GAP, gaps)
    _move(connection, moves)


def _age(post: Published, taken: datetime) -> timedelta:
    """The post's true age; a network's clock may be ahead of ours, but no post is younger than new."""
    return max(taken - post.sent_at, timedelta())


def _seconds(span: timedelta) -> int:
    return span.days * DAY + span.seconds


_COUNT = (
    "INSERT INTO account_snapshot (account_id, day, taken_at, followers) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (account_id, day) DO NOTHING"
)


def count_followers(store: Store, account_id: int, followers: int | None, now: datetime, cost: int) -> None:
    """Keep how many follow an account today, and what asking cost, in millionths of a US dollar."""
    with store.write() as connection:
        _many(connection, _COUNT, [(account_id, day_of(now), stored(connection)(now), followers)])
        _many(connection, _COST, [(day_of(now), account_id, 0, "account", 1, cost)])
