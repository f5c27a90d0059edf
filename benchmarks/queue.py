"""The queue's own work on each engine: enqueue, claim as it grows or is blocked, and dispatch."""

from __future__ import annotations

import statistics
import time
from contextlib import closing
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, select, text

from amplifier.model import Mode, State
from amplifier.networks.port import Receipt
from amplifier.publishing import enqueue
from amplifier.publishing.outcome import Next
from amplifier.publishing.settle import settle
from amplifier.store import tables
from benchmarks.engines import Engine, engines, raw
from benchmarks.measure import Disk, in_turn, note, ratio, row, seconds
from benchmarks.rows import LATER, NOW, POSTS, SEAL, fill, give_back, queue, sealed, take
from benchmarks.scheduler import Scheduler, holding

if TYPE_CHECKING:
    from collections.abc import Callable

    from amplifier.store.engine import Store

ROUNDS = 3
CLAIMS = 40
DISPATCHES = 100
JOBS = 300
THREADS = 2_000
NARROW = "CREATE TABLE narrow (id {key} PRIMARY KEY, text TEXT, state TEXT, due_at TEXT)"


def run() -> None:
    """Print the rows of each engine."""
    with engines() as found:
        for engine in found:
            print(f"\n  {engine.name}")
            for rows in (_enqueue, _dispatch, _lanes, _claims):
                rows(engine)
                engine.close()


# ---------------------------------------------------------------- enqueue


def _enqueue(engine: Engine) -> None:
    threads = [sealed(number, NOW + timedelta(seconds=number)) for number in range(THREADS)]
    posts = THREADS * POSTS
    scheduler = Scheduler(engine.folder / "enqueue-jobs.db")
    number = iter(range(10**9))
    kept: list[Store] = []

    def ours() -> float:
        kept.append(engine.fresh())
        return seconds(partial(queue, kept[-1], threads))

    def jobs() -> float:
        work = partial(_add_jobs, scheduler, number)
        return seconds(work) / JOBS * posts

    works: dict[str, Callable[[], float]] = {
        "ours": ours,
        "narrow": lambda: _raw_narrow(engine.fresh(), posts),
        "same": lambda: _raw_same(kept[-1], engine.fresh()),
    }
    if engine.name == "SQLite":
        works["jobs"] = jobs
    found = in_turn(ROUNDS, works)
    narrow = ratio(found["ours"], found["narrow"])
    row(
        f"enqueue {posts:,} posts, over raw executemany of a narrow table", f"{narrow:.1f} x", "<= 3 x", met=narrow <= 3
    )
    row("  over raw executemany of the same rows into the same tables", f"{ratio(found['ours'], found['same']):.2f} x")
    if "jobs" in found:
        faster = ratio(found["jobs"], found["ours"])
        what = f"  APScheduler, a job for each post ({JOBS} measured)"
        row(what, f"{faster:.0f} x slower", ">= 100 x", met=faster >= 100)
    small = [sealed(number, NOW) for number in range(1_000 // POSTS)]
    large = [sealed(number, NOW) for number in range(100_000 // POSTS)]
    one = statistics.median(seconds(partial(queue, engine.fresh(), small)) / len(small) for _ in range(3))
    many = seconds(partial(queue, engine.fresh(), large)) / len(large)
    row("  cost a post at 100,000 over that at 1,000", f"{many / one:.2f} x", "<= 1.5 x", met=many / one <= 1.5)
    scheduler.close()


def _add_jobs(scheduler: Scheduler, number: Any) -> None:
    for _ in range(JOBS):
        scheduler.add(next(number), LATER)


def _raw_narrow(store: Store, posts: int) -> float:
    """Four columns and a primary key, nothing else."""
    rows = [(n, f"Post {n}, as long as such posts are in life. #Bench", "queued", str(n)) for n in range(posts)]
    mark = "%s" if store.postgresql else "?"
    with closing(raw(store)) as connection:
        connection.execute(NARROW.format(key="BIGINT" if store.postgresql else "INTEGER"))
        connection.commit()
        return seconds(partial(_raw_insert, connection, f"INSERT INTO narrow VALUES ({', '.join([mark] * 4)})", rows))


def _raw_same(source: Store, target: Store) -> float:
    """The very rows that we wrote, with all their columns, into a database like ours."""
    mark, spent = "%s" if source.postgresql else "?", 0.0
    with closing(raw(source)) as read, closing(raw(target)) as written:
        for table in (tables.campaign, tables.account, tables.approval, tables.thread, tables.post, tables.event):
            rows = read.execute(f"SELECT * FROM {table.name} ORDER BY id").fetchall()
            statement = f"INSERT INTO {table.name} VALUES ({', '.join([mark] * len(rows[0]))})"
            spent += seconds(partial(_raw_insert, written, statement, rows))
    return spent


def _raw_insert(connection: Any, statement: str, rows: list[Any]) -> None:
    connection.cursor().executemany(statement, rows)
    connection.commit()


# ---------------------------------------------------------------- claim


def _claims(engine: Engine) -> None:
    """Each claim is undone, so that the queues stay as they are; commits do not wait for the disk."""
    stores = {name: engine.fresh(durable=False) for name in ("1k", "100k", "1M", "blocked")}
    for name, posts in (("1k", 1_000), ("100k", 100_000), ("1M", 1_000_000), ("blocked", 1_000)):
        fill(stores[name], posts)
    fill(stores["blocked"], 100_000, account="stopped", campaign="other")
    with stores["blocked"].write() as connection:
        stop = text("UPDATE account SET blocked_at = :now WHERE name = 'stopped'")
        connection.execute(stop, {"now": NOW.isoformat()})
    works: dict[str, Callable[[], float]] = {name: partial(_claim, store) for name, store in stores.items()}
    if engine.name == "SQLite":
        for name, posts in (("jobs 1k", 1_000), ("jobs 100k", 100_000)):
            works[name] = partial(_job, holding(engine.folder / f"{posts}-jobs.db", posts))
    found = in_turn(ROUNDS, works)
    grown, blocked = ratio(found["1M"], found["1k"]), ratio(found["blocked"], found["1k"])
    row("find and claim with 1,000,000 queued, over 1,000", f"{grown:.2f} x", "<= 1.5 x", met=grown <= 1.5)
    row("  with 100,000 queued", f"{ratio(found['100k'], found['1k']):.2f} x")
    row("  with 100,000 due but blocked", f"{blocked:.2f} x", "<= 2 x", met=blocked <= 2)
    if "jobs 1k" in found:
        jobs = ratio(found["jobs 100k"], found["jobs 1k"])
        row("  APScheduler, find and remove: 100,000 jobs, over 1,000", f"{jobs:.2f} x")


def _claim(store: Store) -> float:
    """Median seconds of a claim."""
    spent = []
    for _ in range(CLAIMS):
        begun = time.perf_counter()
        taken = take(store)
        spent.append(time.perf_counter() - begun)
        give_back(store, taken)
    return statistics.median(spent)


def _job(scheduler: Scheduler) -> float:
    spent = []
    for _ in range(CLAIMS // 4):
        spent.append(seconds(partial(scheduler.take, NOW)))
        scheduler.add(0, NOW)
    return statistics.median(spent)


def _lanes(engine: Engine) -> None:
    """Many accounts and campaigns: with nothing left in most campaigns, and with something queued in all."""
    stores = {name: engine.fresh(durable=False) for name in ("one", "finished", "full")}
    for name, accounts, campaigns in (("one", 1, 1), ("finished", 50, 200), ("full", 50, 200)):
        with stores[name].write() as connection:
            ids = [enqueue.ensure_account(connection, f"a{n}", Mode.DRY, "x") for n in range(accounts)]
            for number in range(campaigns):
                campaign_id = enqueue.ensure_campaign(connection, f"c{number}", "UTC", NOW)
                if name == "full" or number == 0:
                    due = NOW if number == 0 else LATER + timedelta(days=number)
                    threads = [(account_id, sealed(number, due)) for account_id in ids]
                    enqueue.add_all(connection, campaign_id, threads, SEAL)
            if stores[name].postgresql:
                connection.execute(text("ANALYZE"))
    found = in_turn(3, {name: partial(_claim, store) for name, store in stores.items()})
    for name, what in (("finished", "all but one finished"), ("full", "all with something queued")):
        row(f"  50 accounts x 200 campaigns, {what}, over 1 x 1", f"{ratio(found[name], found['one']):.2f} x")


# ---------------------------------------------------------------- dispatch


def _dispatch(engine: Engine) -> None:
    store, disk = engine.fresh(), Disk(engine.folder)
    queue(store, [sealed(number, NOW) for number in range(ROUNDS * DISPATCHES // POSTS + 1)])
    commits = 0

    @event.listens_for(store.engine, "commit")
    def _count(_: object) -> None:
        nonlocal commits
        commits += 1

    number = iter(range(10**9))
    works: dict[str, Callable[[], float]] = {
        "limit": lambda: statistics.median(disk.write() + disk.write() for _ in range(DISPATCHES)),
        "ours": lambda: statistics.median(seconds(partial(_send, store, next(number))) for _ in range(DISPATCHES)),
    }
    jobs: Scheduler | None = None
    if engine.name == "SQLite":
        jobs = Scheduler(engine.folder / "dispatch-jobs.db")
        works["jobs"] = partial(_job, jobs)
        jobs.add(0, NOW)
    found = in_turn(ROUNDS, works)
    share, each = ratio(found["limit"], found["ours"]), commits / (ROUNDS * DISPATCHES)
    row("dispatch (claim and settle), share of fdatasync/2", f"{share:.2f}", ">= 0.4", met=share >= 0.4)
    row("  commits a post", f"{each:.2f}", "2", met=each == 2)
    if jobs:
        row("  APScheduler: 1 commit a job, no intent, no receipt", f"{ratio(found['limit'], found['jobs']):.2f}")
        jobs.close()
    with store.read() as connection:
        sent = connection.execute(select(tables.post.c.id).where(tables.post.c.state == "sent")).all()
    note(f"{len(sent)} posts sent; here fdatasync takes {statistics.median(found['limit']) / 2 * 1e6:.0f} us")
    disk.close()


def _send(store: Store, number: int) -> None:
    at = LATER + timedelta(seconds=number)
    settle(store, take(store, at), Next(State.SENT, receipt=Receipt(str(number), None, at)), at, "bench")
