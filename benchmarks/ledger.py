"""The ledger of readings: what a reading costs to write and to keep, and what it costs to ask, as the ledger grows."""

from __future__ import annotations

import os
import random
import statistics
import tempfile
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from sqlalchemy import create_engine, event, insert, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, select

from amplifier.engagement import ledger
from amplifier.engagement.export import export_file
from amplifier.engagement.lanes import due
from amplifier.engagement.query import rows
from amplifier.engagement.readings import MARKS
from amplifier.engagement.report import report
from amplifier.networks.port import METRICS, Measured, Metrics
from amplifier.store import engagement
from amplifier.store.types import instant_text
from benchmarks.engines import Engine, engines, raw
from benchmarks.ledger_rows import POSTS as PER_THREAD
from benchmarks.ledger_rows import THREADS, fill, publish
from benchmarks.measure import in_turn, note, ratio, row, seconds
from benchmarks.rows import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from amplifier.engagement.lanes import Published
    from amplifier.store.engine import Store

FULL = os.environ.get("BENCH_FULL") == "1"
SMALL, LARGE = (1_000_000, 10_000_000) if FULL else (100_000, 1_000_000)
"""Readings."""
POSTS = 1_000
BATCH = 100
ROUNDS = 5
ASKED = 10
"""Campaigns that are asked about, of each size of ledger."""


def run() -> None:
    """Print the rows of each engine."""
    with engines() as found:
        for engine in found:
            print(f"\n  {engine.name}")
            _writing(engine)
            engine.close()
            _asking(engine)
            engine.close()


# ---------------------------------------------------------------- writing


def _writing(engine: Engine) -> None:
    """Readings of 1,000 posts at one mark after the other, 100 to a transaction, each way in its own database."""
    for durable in (True, False):
        stores = {name: _published(engine.fresh(durable=durable)) for name in ("ours", "orm", "core", "raw")}
        ways = {
            "ours": _Ours(stores["ours"]),
            "orm": _Orm(stores["orm"], durable),
            "core": _Core(stores["core"], durable),
        }
        works = {name: way.round for name, way in (ways | {"raw": _Raw(stores["raw"], durable)}).items()}
        found = in_turn(ROUNDS, works)
        share = ratio(found["raw"], found["ours"])
        how = "as in life" if durable else "without waiting for the disk"
        row(f"readings with their newest row, {how}, share of raw", f"{share:.2f}", ">= 0.5", met=share >= 0.5)
        row("  SQLAlchemy Core, the two rows alone", f"{ratio(found['raw'], found['core']):.2f}")
        row("  SQLModel, the two rows alone", f"{ratio(found['raw'], found['orm']):.2f}")
        engine.close()
    note("ours also writes the hour's sum, hashtags, gaps, the cost and when each post is next due")


def _published(store: Store) -> Store:
    publish(store, POSTS // THREADS // PER_THREAD, NOW)
    return store


def _metrics(post_id: int, n: int) -> Metrics:
    seen = (200 + post_id * 7919 % 3000) * n
    return Metrics(
        seen // 50, seen // 200, seen // 400, seen // 900, seen // 500, seen, seen // 90, seen // 170, seen // 30
    )


class _Way:
    """One way to write the readings of a round; the rows are made before the clock runs."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.mark = 0

    def round(self) -> float:
        at = NOW + MARKS[self.mark]
        self.mark += 1
        posts = [post for lane in due(self.store, at) for post in lane.posts]
        if len(posts) != POSTS:
            raise SystemExit(f"{len(posts)} posts are due, not {POSTS}")
        batches = [posts[begin : begin + BATCH] for begin in range(0, len(posts), BATCH)]
        return seconds(partial(self.all, self.ready(batches, at), at))

    def all(self, ready: Sequence[Any], at: datetime) -> None:
        for batch in ready:
            self.write(batch, at)

    def ready(self, batches: Sequence[Sequence[Published]], at: datetime) -> list[Any]:
        """Of each batch its snapshots, and the values of its newest rows."""
        unix, mark = int(at.timestamp()), int(MARKS[self.mark - 1].total_seconds())
        made = []
        for batch in batches:
            counts = [(post.post_id, _metrics(post.post_id, self.mark)) for post in batch]
            told = [
                (key, {name: getattr(metrics, name) for name in METRICS} | {"untold": 0}) for key, metrics in counts
            ]
            made.append((
                [{"post_id": key, "taken_at": unix, "age_mark": mark, **values} for key, values in told],
                [{"post_id": key, "taken_at": at, "age_seconds": mark, **values} for key, values in told],
            ))  # fmt: skip
        return made

    def write(self, batch: Any, _at: datetime) -> None:
        raise NotImplementedError


class _Ours(_Way):
    """`record`, as the collector calls it."""

    def ready(self, batches: Sequence[Sequence[Published]], _at: datetime) -> list[Any]:
        n = self.mark
        return [(batch, Measured({post.remote_id: _metrics(post.post_id, n) for post in batch})) for batch in batches]

    def write(self, batch: Any, _at: datetime) -> None:
        posts, measured = batch
        bill = ledger.Bill(1, 5_000)
        done = ledger.record(self.store, posts, measured, _at, everything=False, settled=True, bill=bill)
        if done.readings != BATCH:
            raise SystemExit(f"{done} of {BATCH}")


class _Library(_Way):
    """SQLAlchemy, with an engine as its own documentation makes it."""

    def __init__(self, store: Store, durable: bool) -> None:
        super().__init__(store)
        self.engine = create_engine(store.engine.url)
        if not store.postgresql:

            @event.listens_for(self.engine, "connect")
            def _connect(connection: Any, _record: Any) -> None:
                connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")


class _Orm(_Library):
    def write(self, batch: Any, _at: datetime) -> None:
        snapshots, newest = batch
        with Session(self.engine) as session:
            session.add_all([engagement.SnapshotRow(**values) for values in snapshots])
            ids = [one["post_id"] for one in newest]
            asked = select(engagement.LatestRow).where(engagement.latest.c.post_id.in_(ids))
            known = {found.post_id: found for found in session.exec(asked)}
            for values in newest:
                if values["post_id"] in known:
                    known[values["post_id"]].sqlmodel_update(values)
                else:
                    session.add(engagement.LatestRow(**values))
            session.commit()


class _Core(_Library):
    def write(self, batch: Any, _at: datetime) -> None:
        snapshots, newest = batch
        dialect = postgresql if self.store.postgresql else sqlite
        upsert = dialect.insert(engagement.latest)
        changed = {name: upsert.excluded[name] for name in newest[0] if name != "post_id"}
        upsert = upsert.on_conflict_do_update(index_elements=["post_id"], set_=changed)
        with self.engine.begin() as connection:
            connection.execute(insert(engagement.snapshot), snapshots)
            connection.execute(upsert, newest)


class _Raw(_Way):
    """The driver's executemany, in a transaction of its own for each batch."""

    def __init__(self, store: Store, durable: bool) -> None:
        super().__init__(store)
        self.connection = raw(store, durable=durable)
        mark = "%s" if store.postgresql else "?"
        names = ["taken_at", "age_mark", *METRICS, "untold"]
        self.snapshot = f"INSERT INTO snapshot (post_id, {', '.join(names)}) VALUES ({', '.join([mark] * 13)})"
        names[1] = "age_seconds"
        self.newest = (
            f"INSERT INTO latest (post_id, {', '.join(names)}) VALUES ({', '.join([mark] * 13)}) "
            f"ON CONFLICT (post_id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in names)}"
        )

    def ready(self, batches: Sequence[Sequence[Published]], at: datetime) -> list[Any]:
        stored = at if self.store.postgresql else instant_text(at)
        return [
            (
                [tuple(one.values()) for one in snapshots],
                [tuple((one | {"taken_at": stored}).values()) for one in newest],
            )
            for snapshots, newest in super().ready(batches, at)
        ]

    def write(self, batch: Any, _at: datetime) -> None:
        snapshots, newest = batch
        cursor = self.connection.cursor()
        cursor.executemany(self.snapshot, snapshots)
        cursor.executemany(self.newest, newest)
        self.connection.commit()


# ---------------------------------------------------------------- asking about one campaign

QUESTIONS: dict[str, Callable[[Store, str], Any]] = {
    "engagement_at_age": lambda store, name: rows(store, "engagement_at_age", campaign=name, age_mark=86_400),
    "engagement_growth": lambda store, name: rows(store, "engagement_growth", campaign=name, mode="live"),
    "engagement_latest": lambda store, name: rows(store, "engagement_latest", campaign=name, mode="live"),
    "engagement_readings": lambda store, name: rows(store, "engagement_readings", campaign=name, mode="live"),
    "thread_retention": lambda store, name: rows(store, "thread_retention", campaign=name, mode="live"),
    "thread_results": lambda store, name: rows(store, "thread_results", campaign=name, age_mark=86_400),
    "variant_results": lambda store, name: rows(store, "variant_results", campaign=name, age_mark=86_400),
    "slot_results": lambda store, name: rows(store, "slot_results", campaign=name, age_mark=86_400),
    "hashtag_results": lambda store, name: rows(store, "hashtag_results", campaign=name, age_mark=86_400),
    "campaign_summary": lambda store, name: rows(store, "campaign_summary", campaign=name, mode="live"),
    "engagement_hourly": lambda store, name: rows(store, "engagement_hourly", campaign=name, mode="live"),
    "cost_log": lambda store, name: rows(store, "cost_log", campaign=name, mode="live"),
    "report": lambda store, name: report(store, name, "live"),
}


def _asking(engine: Engine) -> None:
    stores, campaigns = {}, {}
    for name, readings in (("small", SMALL), ("large", LARGE)):
        stores[name] = engine.fresh(durable=False)
        campaigns[name] = fill(stores[name], readings)
    if not stores["large"].postgresql:
        _size(stores["large"])
    numbers = random.Random(5).sample(range(1, campaigns["small"]), ASKED)
    names = [f"c{number}" for number in numbers]  # the same campaigns in both
    row(f"a campaign's questions: {LARGE:,} readings over {SMALL:,}", "")
    for question, ask in QUESTIONS.items():
        works = {name: partial(_ask, ask, store, names) for name, store in stores.items()}
        found = in_turn(3, works)
        grown = ratio(found["large"], found["small"])
        took = statistics.median(found["large"]) * 1e3
        row(f"  {question} ({took:.1f} ms)", f"{grown:.2f} x", "<= 2 x", met=grown <= 2)
    if not stores["large"].postgresql:
        _scanning(engine, stores["large"])


def _ask(ask: Callable[[Store, str], Any], store: Store, names: Sequence[str]) -> float:
    """Median seconds of an answer; the first is not timed."""
    ask(store, names[0])
    return statistics.median(seconds(partial(ask, store, name)) for name in names[1:])


def _size(store: Store) -> None:
    query = "SELECT SUM(pgsize) * 1.0 / (SELECT COUNT(*) FROM snapshot) FROM dbstat WHERE name = 'snapshot'"
    with store.read() as connection:
        size = connection.execute(text(query)).scalar_one()
    row(f"bytes a reading, {LARGE:,} in the order they are taken", f"{size:.1f}", "<= 40", met=size <= 40)


# ---------------------------------------------------------------- asking about all of it

SCANS = {
    "impressions at each age, by the day of the post": (
        "SELECT {day} AS day, age_mark, COUNT(impressions), SUM(impressions) FROM {engagement_at_age} "
        "GROUP BY 1, 2 ORDER BY 1, 2"
    ),
    "rate by account and age": (
        "SELECT account, age_mark, COUNT(rate), SUM(interactions) * 1.0 / SUM(impressions) FROM {engagement_at_age} "
        "GROUP BY 1, 2 ORDER BY 1, 2"
    ),
    "retention along the thread": (
        "SELECT k, COUNT(retention), AVG(retention), MIN(retention), MAX(retention) FROM {thread_retention} "
        "GROUP BY k ORDER BY k"
    ),
    "cost an interaction, by campaign": (
        "SELECT l.campaign, SUM(c.cost_usd) / SUM(l.interactions) FROM "
        "(SELECT campaign, SUM(interactions) AS interactions FROM {engagement_latest} GROUP BY 1) l "
        "JOIN (SELECT campaign, SUM(cost_usd) AS cost_usd FROM {cost_log} GROUP BY 1) c ON c.campaign = l.campaign "
        "GROUP BY 1 ORDER BY 1"
    ),
}
"""Questions about the whole history, in words that both know."""
EXPORTED = ("engagement_at_age", "thread_retention", "engagement_latest", "cost_log")


def _scanning(engine: Engine, store: Store) -> None:
    with tempfile.TemporaryDirectory(dir=engine.folder) as folder, closing(duckdb.connect()) as duck:
        spent, written = 0.0, 0
        for view in EXPORTED:
            goal = Path(folder) / f"{view}.parquet"
            spent += seconds(partial(export_file, store, view, "parquet", goal))
            written += duck.execute(f"SELECT COUNT(*) FROM '{goal}'").fetchall()[0][0]
        files = {view: f"'{folder}/{view}.parquet'" for view in EXPORTED} | {
            "day": "CAST(make_timestamp(epoch_us(sent_at)) AS DATE)"
        }
        views = {view: view for view in EXPORTED} | {"day": "substr(sent_at, 1, 10)"}
        row(f"whole-history scans at {LARGE:,}: the views of SQLite over Parquet", "")
        for what, query in SCANS.items():
            from_views, from_files = query.format(**views), query.format(**files)
            answers = [_scan(store, from_views), duck.execute(from_files).fetchall()]
            if len(answers[0]) != len(answers[1]) or not answers[0]:
                raise SystemExit(f"{what}: {answers[0][:2]} is not {answers[1][:2]}")
            works = {
                "views": partial(seconds, partial(_scan, store, from_views)),
                "files": partial(seconds, lambda: duck.execute(from_files).fetchall()),  # noqa: B023 - called in this turn
            }
            faster = ratio(*in_turn(1 if FULL else 3, works).values())
            row(f"  {what}", f"{faster:.0f} x", ">= 10 x", met=faster >= 10)
        note(f"the export of {written:,} rows took {spent / written * 1e6:.1f} us a row, once")
    _rolled_up(store)


def _rolled_up(store: Store) -> None:
    """The sums of an hour that are kept, beside the same from every reading."""
    where = {"one campaign": "WHERE campaign = 'c7' AND mode = 'live'", "all campaigns": "WHERE mode = 'live'"}
    for what, condition in where.items():
        kept = f"SELECT substr(hour, 1, 13), SUM(impressions) FROM engagement_hourly {condition} GROUP BY 1 ORDER BY 1"
        anew = (
            "SELECT substr(taken_at, 1, 13), "
            "SUM(CASE WHEN seconds_gained IS NULL THEN impressions ELSE impressions_gained END) "
            f"FROM engagement_growth {condition} GROUP BY 1 ORDER BY 1"
        )
        if _scan(store, kept) != _scan(store, anew):
            raise SystemExit(f"the sums of the hours are not those of the readings: {what}")
        found = in_turn(
            1 if FULL and what == "all campaigns" else 3,
            {
                "anew": partial(seconds, partial(_scan, store, anew)),
                "kept": partial(seconds, partial(_scan, store, kept)),
            },
        )
        row(f"impressions by hour, {what}: from the readings over the roll-up", f"{ratio(*found.values()):.1f} x")


def _scan(store: Store, query: str) -> list[Any]:
    with store.read() as connection:
        return [tuple(one) for one in connection.execute(text(query))]
