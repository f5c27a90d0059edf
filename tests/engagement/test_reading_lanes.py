from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text, update

from amplifier.engagement import lanes
from amplifier.engagement.lanes import read_on
from amplifier.model import READINGS
from amplifier.networks.port import Metrics
from amplifier.store import engagement, tables
from tests.support.metrics import read
from tests.support.rows import SENT, add_thread

if TYPE_CHECKING:
    from amplifier.store.engine import Store

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("query", (lanes.DUE, lanes.NEXT.format("reading_due_at > :now")))
def test_due_readings_are_found_by_the_index(sqlite_store: Store, query: str) -> None:
    with sqlite_store.read() as connection:
        plan = connection.execute(text(f"EXPLAIN QUERY PLAN {query}"), {"now": "2026-12-01"}).all()
    lines = [row.detail for row in plan]
    assert any("ix_post_reading_due" in line for line in lines), lines
    assert not any(line.startswith("SCAN") for line in lines), lines


def test_a_lane_knows_its_account_and_each_post_its_marks_and_when_it_was_read(store: Store) -> None:
    [post] = add_thread(store, [SENT])
    add_thread(store, [SENT], campaign="other", account="second")
    with store.write() as connection:
        connection.execute(update(tables.campaign).where(tables.campaign.c.name == "other").values(readings="3600"))
        connection.execute(update(tables.account).where(tables.account.c.name == "main").values(remote_id="77"))
    read(store, {post: Metrics(likes=1)}, SENT + 16 * MINUTE)
    main, second = sorted(lanes.published(store), key=lambda lane: lane.account)
    assert (main.account, main.mode, main.network, main.remote_id) == ("main", "live", "x", "77")
    assert (main.posts[0].marks, main.posts[0].last_mark) == (READINGS, 15 * MINUTE)
    assert main.posts[0].read_at == SENT + 16 * MINUTE
    assert (second.remote_id, second.posts[0].marks, second.posts[0].read_at) == (None, (HOUR,), None)


def test_a_day_is_a_day_of_utc(sqlite_store: Store) -> None:
    [post] = add_thread(sqlite_store, [SENT])
    read(sqlite_store, {post: Metrics(likes=1)}, SENT + 16 * MINUTE)
    [lane] = lanes.published(sqlite_store)
    assert read_on(lane.posts[0], SENT + 23 * HOUR)
    assert not read_on(lane.posts[0], SENT + 24 * HOUR)
    assert lanes.day_of(SENT) == "2026-12-01"


def test_followers_are_asked_for_once_a_day_while_posts_are_read(store: Store) -> None:
    add_thread(store, [SENT])
    add_thread(store, [SENT], account="dry", mode="dry")
    add_thread(store, [None], account="silent")
    [(account, name, mode, network)] = lanes.uncounted(store, SENT)
    assert (name, mode, network) == ("main", "live", "x")
    with store.write() as connection:
        connection.execute(
            engagement.account_snapshot.insert().values(
                account_id=account, day="2026-12-01", taken_at=SENT, followers=5
            )
        )
    assert lanes.uncounted(store, SENT + HOUR) == []
    assert [found[0] for found in lanes.uncounted(store, SENT + 24 * HOUR)] == [account]
