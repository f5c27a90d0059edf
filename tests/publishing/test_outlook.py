from __future__ import annotations

from datetime import timedelta

import pytest

from amplifier.model import Mode, State
from amplifier.networks.port import Answer, Kind
from amplifier.publishing.outlook import Holder, live_urls, outlook
from amplifier.publishing.queue import claim
from amplifier.publishing.reconcile import take_look
from tests.support.queue import LEASE, SETTLE, START, Bench


@pytest.fixture
def bench(sqlite_bench: Bench) -> Bench:
    """SQLite alone: it only reads."""
    return sqlite_bench


def holders(bench: Bench) -> tuple[Holder, ...]:
    return outlook(bench.store, bench.clock.now(), frozenset(Mode)).holders


def test_who_sends_a_post_is_named_with_the_end_of_the_lease(bench: Bench) -> None:
    bench.thread()
    assert holders(bench) == ()
    claim(bench.store, now=START, modes=frozenset(Mode), lease=LEASE, worker="mail/daemon/7")
    (holder,) = holders(bench)
    assert (holder.state, holder.worker, holder.until, holder.at_it) == (
        State.SENDING, "mail/daemon/7", START + LEASE, True,
    )  # fmt: skip
    assert str(holder) == (
        "account main: mail/daemon/7 is sending dmz-escape/story/main/1, until 2026-12-01 00:35:00 UTC at the latest"
    )


def test_who_looks_for_a_post_is_named_and_between_two_looks_who_was_last_at_it(bench: Bench) -> None:
    bench.thread(posts=1)
    bench.timeline().script.append(Answer(Kind.UNCLEAR))
    bench.beat(worker="mail/daemon/7")
    (holder,) = holders(bench)
    assert (holder.at_it, holder.worker, holder.until) == (False, "mail/daemon/7", START + SETTLE)
    bench.clock.move(seconds=90)
    take_look(bench.store, now=bench.clock.now(), modes=frozenset(Mode), lease=LEASE, worker="web/once/9")
    (holder,) = holders(bench)
    assert "account main: web/once/9 is looking for dmz-escape/story/main/1, until" in str(holder)


def test_between_two_posts_of_a_thread_its_account_is_held_by_who_began_it(bench: Bench) -> None:
    bench.thread("story", 2)
    bench.thread("other", 1)
    bench.thread("theirs", 1, account="second", at=START + timedelta(hours=1))
    bench.beat(worker="mail/daemon/7")
    (holder,) = holders(bench)
    assert str(holder) == (
        "account main: mail/daemon/7 began the thread, dmz-escape/story/main/2 is next, at 2026-12-01 00:30:20 UTC"
    )


def test_a_lease_that_is_over_is_held_by_nobody(bench: Bench) -> None:
    bench.thread(posts=1)
    claim(bench.store, now=START, modes=frozenset(Mode), lease=LEASE, worker="mail/daemon/7")
    bench.clock.move(seconds=301)
    (holder,) = holders(bench)
    assert not holder.at_it


def test_where_the_posts_of_a_thread_are_that_are_out(bench: Bench) -> None:
    thread = bench.thread(posts=3, gap=0)
    assert live_urls(bench.store, thread) == []
    bench.beat()
    bench.beat()
    bench.change("story", 2, url=None)
    assert live_urls(bench.store, thread) == ["https://x.example/status/main-1000", "main-1001"]
    bench.change("story", 1, deleted_at=START)
    assert live_urls(bench.store, thread) == ["main-1001"]
