from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from amplifier.engagement import lanes, ledger
from amplifier.networks.port import Measured
from amplifier.store import tables
from tests.support.rows import SENT, add_thread

if TYPE_CHECKING:
    from amplifier.store.engine import Store


def test_when_a_post_was_first_gone_stays(store: Store) -> None:
    add_thread(store, [SENT])
    [lane] = lanes.published(store)  # as two collectors saw it
    first = SENT + timedelta(minutes=16)
    for at in (first, first + timedelta(hours=1)):
        gone = Measured(gone=frozenset({lane.posts[0].remote_id}))
        recorded = ledger.record(store, lane.posts, gone, at, everything=True, settled=True)
        assert recorded == ledger.Recorded(gone=1)
    with store.read() as connection:
        assert connection.execute(select(tables.latest.c.gone_at)).scalar_one() == first


@pytest.mark.parametrize("query", (lanes.DUE, lanes.NEXT.format("reading_due_at > :now")))
def test_due_readings_are_found_by_the_index(sqlite_store: Store, query: str) -> None:
    with sqlite_store.read() as connection:
        plan = connection.execute(text(f"EXPLAIN QUERY PLAN {query}"), {"now": "2026-12-01"}).all()
    lines = [row.detail for row in plan]
    assert any("ix_post_reading_due" in line for line in lines), lines
    assert not any(line.startswith("SCAN") for line in lines), lines
