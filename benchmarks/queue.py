"""The queue on SQLite: enqueue beside raw inserts, a claim as the queue grows or is blocked, commits a post."""

from __future__ import annotations

import os
import sqlite3
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import event, text

from amplifier.model import Mode, State, content_hash
from amplifier.networks.port import Receipt
from amplifier.publishing import enqueue
from amplifier.publishing.enqueue import Seal, Sealed
from amplifier.publishing.outcome import Next
from amplifier.publishing.queue import Claim, claim
from amplifier.publishing.settle import settle
from amplifier.store.engine import Store, open_store

NOW = datetime(2026, 12, 1, tzinfo=UTC)
ROUNDS = 5
CLAIMS = 30
POSTS = 5


def sealed(number: int, due: datetime) -> Sealed:
    """A thread of five posts."""
    texts = tuple(f"Post {k} of thread {number}, as long as such posts are in life. #Bench" for k in range(POSTS))
    return Sealed(
        name=f"t{number}", network="x", mode=Mode.DRY, hash=content_hash("x", "main", "dry", texts), texts=texts,
        origin="bench", fingerprint="", place=number, start=due, post_gap=0, thread_gap=0, late=1e9, resume_within=1e9,
    )  # fmt: skip


def fill(store: Store, threads: int, *, campaign: str = "bench", account: str = "main") -> None:
    """Queue this many threads, due one second after another."""
    with store.write() as connection:
        campaign_id = enqueue.ensure_campaign(connection, campaign, "UTC", NOW)
        account_id = enqueue.ensure_account(connection, account, Mode.DRY, "x")
        for number in range(threads):
            due = NOW + timedelta(seconds=number)
            enqueue.add(connection, campaign_id, account_id, sealed(number, due), Seal("bench", NOW))


def raw(path: Path, posts: int) -> float:
    """Seconds for the same number of rows by sqlite3 alone, one executemany."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE post (id INTEGER PRIMARY KEY, text TEXT, state TEXT, due_at TEXT)")
    rows = [(f"Post {n} as long as such posts are in life. #Bench", "queued", str(n)) for n in range(posts)]
    begun = time.perf_counter()
    with connection:
        connection.executemany("INSERT INTO post (text, state, due_at) VALUES (?, ?, ?)", rows)
    spent = time.perf_counter() - begun
    connection.close()
    return spent


def claims(store: Store) -> float:
    """Median seconds of a claim; each is undone, so that the queue stays as it is."""
    spent = []
    for _ in range(CLAIMS):
        begun = time.perf_counter()
        taken = claim(
            store, now=NOW + timedelta(days=30), modes={Mode.DRY},
            lease=timedelta(seconds=300), worker="bench",
        )  # fmt: skip
        spent.append(time.perf_counter() - begun)
        if not isinstance(taken, Claim):
            raise SystemExit("the benchmark's queue is empty")
        with store.write() as connection:
            connection.execute(text("UPDATE post SET state = 'queued' WHERE id = :id"), {"id": taken.post_id})
            connection.execute(text("UPDATE account SET open_thread_id = NULL"))
    return statistics.median(spent)


def run() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="amplifier-bench-") as name:
        folder = Path(name)
        _enqueue(folder)
        _claims(folder)
        _commits(folder)


def _enqueue(folder: Path) -> None:
    ratios = []
    for number in range(ROUNDS):
        store = open_store(None, folder / f"enqueue{number}.db")
        begun = time.perf_counter()
        fill(store, 400)
        ours = time.perf_counter() - begun
        ratios.append(ours / raw(folder / f"raw{number}.db", 400 * POSTS))
        store.close()
    print(f"enqueue 2,000 posts in 400 sealed threads: {statistics.median(ratios):.0f} x raw executemany of 2,000 rows")


def _claims(folder: Path) -> None:
    small = open_store(None, folder / "small.db", synchronous="OFF")
    large = open_store(None, folder / "large.db", synchronous="OFF")
    blocked = open_store(None, folder / "blocked.db", synchronous="OFF")
    fill(small, 200)
    fill(large, 20_000)
    fill(blocked, 20_000, account="stopped")
    fill(blocked, 200)
    with blocked.write() as connection:
        connection.execute(
            text("UPDATE account SET blocked_at = :now WHERE name = 'stopped'"), {"now": NOW.isoformat()}
        )
    rounds = [(claims(small), claims(large), claims(blocked)) for _ in range(ROUNDS)]
    grown = statistics.median(large_ / small_ for small_, large_, _ in rounds)
    stopped = statistics.median(blocked_ / small_ for small_, _, blocked_ in rounds)
    print(f"claim with 100,000 queued posts: {grown:.2f} x that with 1,000")
    print(f"claim with 100,000 due but blocked posts: {stopped:.2f} x that with 1,000 and none blocked")
    for store in (small, large, blocked):
        store.close()


def _commits(folder: Path) -> None:
    store = open_store(None, folder / "commits.db")
    fill(store, 20)
    count = 0

    @event.listens_for(store.engine, "commit")
    def _count(_: object) -> None:
        nonlocal count
        count += 1

    probe = os.open(folder / "fsync", os.O_RDWR | os.O_CREAT)
    ours, limit = 0.0, 0.0
    for number in range(100):
        begun = time.perf_counter()
        os.write(probe, b"x" * 4096)
        os.fdatasync(probe)
        os.write(probe, b"x" * 4096)
        os.fdatasync(probe)
        limit += time.perf_counter() - begun
        begun = time.perf_counter()
        at = NOW + timedelta(days=1, seconds=number)
        taken = claim(store, now=at, modes={Mode.DRY}, lease=timedelta(seconds=300), worker="bench")
        if not isinstance(taken, Claim):
            raise SystemExit("the benchmark's queue is empty")
        settle(store, taken, Next(State.SENT, receipt=Receipt(str(number), None, at)), at, "bench")
        ours += time.perf_counter() - begun
    print(f"dispatch (claim and settle): {limit / ours:.2f} of two fdatasync a post; {count / 100:.2f} commits a post")
    os.close(probe)
    store.close()
