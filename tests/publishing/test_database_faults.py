"""The database fails while posts go out: whatever it loses, each post is out once, and none is forgotten."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sqlalchemy import event, text

from amplifier.errors import TryLater
from amplifier.networks.port import Answer, Kind

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from amplifier.networks.port import Intent
    from tests.support.queue import Bench

TEXTS = ["Post 1 of story, dmz-escape.", "Post 2 of story, dmz-escape."]


class Cut:
    """Ends the server's side of a connection at the n-th commit: just before it, or after it and before the answer."""

    def __init__(self, bench: Bench, number: int, *, committed: bool) -> None:
        self.left, self.committed, self.bench = number, committed, bench
        event.listen(bench.store.engine, "commit", self)

    def __call__(self, connection: Connection) -> None:
        self.left -= 1
        if self.left:
            return
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        if self.committed:
            connection.exec_driver_sql("COMMIT")
        url = self.bench.store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        if self.committed:
            connection.exec_driver_sql("SELECT 1")  # what the worker hears is only that the connection is gone

    def end(self) -> None:
        event.remove(self.bench.store.engine, "commit", self)


def finish(bench: Bench) -> None:
    for _ in range(20):
        if set(bench.states().split(", ")) == {"sent"}:
            return
        bench.clock.move(minutes=2)
        bench.run()
    raise AssertionError(bench.states())


@pytest.mark.postgresql
@pytest.mark.parametrize("committed", (False, True), ids=("before", "after"))
def test_a_connection_lost_at_any_commit_loses_and_doubles_nothing(postgresql_bench: Bench, committed: bool) -> None:
    """Around T1, T2 and everything else that a run commits: the run ends with `try later`, and the next one goes on."""
    bench, number, ended = postgresql_bench, 0, False
    with bench.store.write() as connection:
        connection.execute(text("SELECT 1"))
    while not ended:
        number += 1
        _empty(bench)
        bench.thread(posts=1)
        cut = Cut(bench, number, committed=committed)
        with suppress(TryLater):
            bench.run()
        ended = cut.left > 0
        cut.end()
        finish(bench)
        assert bench.sent == TEXTS[:1], number
    assert number > 3  # the claim, the settlement, and what goes around them


def _empty(bench: Bench) -> None:
    with bench.store.write() as connection:
        tables = "account, alert, approval, attempt, beat, campaign, event, post, thread"
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    bench.timelines.clear()


@pytest.fixture
def quick(sqlite_bench: Bench) -> Bench:
    """Waits for a lock only a moment."""

    def at_once(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA busy_timeout = 20")

    sqlite_bench.store.engine.dispose()
    event.listen(sqlite_bench.store.engine, "connect", at_once)
    return sqlite_bench


def test_a_lock_that_stands_when_the_answer_comes_loses_no_post(quick: Bench) -> None:
    """The request was made; whether it was written down is found out by looking."""
    bench = quick
    bench.thread(posts=2, gap=0)
    other = sqlite3.connect(str(bench.store.path), isolation_level=None)

    def locked(intent: Intent) -> Answer:
        other.execute("BEGIN IMMEDIATE")
        return bench.timeline().accept(intent)

    bench.timeline().script.append(locked)
    with pytest.raises(TryLater, match="locked by another program"):
        bench.run()
    with pytest.raises(TryLater, match="locked by another program"):
        bench.run()
    other.execute("ROLLBACK")
    other.close()
    assert bench.states() == "sending, waiting"
    finish(bench)
    assert bench.sent == TEXTS


def test_a_disk_that_is_full_when_the_answer_comes_loses_no_post(sqlite_bench: Bench) -> None:
    bench = sqlite_bench
    bench.thread(posts=2, gap=0)

    def pages(count: int | None = None) -> None:
        with bench.store.read() as connection:
            now = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {count or now}")

    def full(intent: Intent) -> Answer:
        bench.timeline().keep(intent)
        pages()
        return Answer(Kind.UNCLEAR, detail="x" * 100_000)

    bench.timeline().script.append(full)
    with pytest.raises(TryLater, match="is full"):
        bench.run()
    assert bench.states() == "sending, waiting"
    pages(1_000_000)
    finish(bench)
    assert bench.sent == TEXTS


def test_a_disk_that_is_full_before_the_claim_sends_nothing(sqlite_bench: Bench) -> None:
    bench = sqlite_bench
    bench.thread(posts=["x" * 200, "y"], gap=0)
    with bench.store.write() as connection:
        connection.execute(text("CREATE TABLE filler (x TEXT)"))
    with bench.store.read() as connection:
        now = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {now}")
    with bench.store.write() as connection:  # what is written goes where there is room, until there is none
        connection.execute(
            text("CREATE TRIGGER full AFTER INSERT ON attempt BEGIN INSERT INTO filler VALUES (zeroblob(1000000)); END")
        )
    with pytest.raises(TryLater, match="is full"):
        bench.run()
    assert (bench.states(), bench.sent) == ("queued, waiting", [])
