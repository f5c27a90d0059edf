from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from amplifier.engagement.collect import collect
from amplifier.engagement.query import plain, rows, views
from amplifier.errors import UsageError
from amplifier.networks.port import Measured, Metrics
from tests.support.metrics import Telling
from tests.support.rows import SENT, add_thread

if TYPE_CHECKING:
    from amplifier.store.engine import Store


def test_the_names_and_columns_are_those_of_the_database(store: Store) -> None:
    assert {"post_log", "thread_status", "engagement_latest", "campaign_summary"} <= set(views())
    with store.read() as connection:
        for view, columns in views().items():
            assert list(connection.execute(text(f"SELECT * FROM {view}")).keys()) == columns


def test_values_are_the_same_from_both_engines_and_fit_json(store: Store) -> None:
    [first, second] = add_thread(store, [SENT, None])
    network = Telling(answer=lambda ids: Measured(dict.fromkeys(ids, Metrics(likes=3, replies=0))))
    collect(store, lambda _name, _mode: network, now=lambda: SENT, worker="w", everything=True)
    log = rows(store, "post_log")
    assert [row["post_id"] for row in log] == [first, second]
    assert log[0]["sent_at"] == "2026-12-01T00:30:00.000000Z"
    assert log[0]["sent_at_local"] == "2026-12-01T09:30:00+09:00"
    assert log[0]["remote_id"] == str(first)
    assert log[1]["sent_at"] is None
    [summary] = rows(store, "campaign_summary")
    assert (summary["likes"], summary["replies"], summary["impressions"]) == (3, 0, None)
    assert {type(value) for value in summary.values()} == {str, int, type(None)}
    [reading] = rows(store, "engagement_readings")
    assert (reading["taken_unix"], reading["age_mark"], reading["likes"]) == (int(SENT.timestamp()), None, 3)


def test_a_number_of_postgresql_is_whole_where_it_can_be_and_never_cut() -> None:
    told = [plain(Decimal(given)) for given in ("12", "12.00", "1e3", "0.25", "-3.5", "0")]
    assert told == [12, 12, 1000, 0.25, -3.5, 0]
    assert [type(value) for value in told] == [int, int, int, float, float, int]


def test_where_asks_for_equal_values_and_none_asks_nothing(sqlite_store: Store) -> None:
    add_thread(sqlite_store, [SENT], campaign="one")
    add_thread(sqlite_store, [SENT], campaign="two")
    assert [row["campaign"] for row in rows(sqlite_store, "post_log", campaign="two", k=1)] == ["two"]
    assert len(rows(sqlite_store, "post_log", campaign=None)) == 2


def test_rows_without_a_post_are_sorted_by_their_names(sqlite_store: Store) -> None:
    for campaign in ("two", "one"):
        add_thread(sqlite_store, [SENT], campaign=campaign, thread="b")
        add_thread(sqlite_store, [SENT], campaign=campaign, thread="a")
    names = [(row["campaign"], row["thread"]) for row in rows(sqlite_store, "thread_status")]
    assert names == [("one", "a"), ("one", "b"), ("two", "a"), ("two", "b")]


def test_an_unknown_view_is_refused_with_the_views_there_are(sqlite_store: Store) -> None:
    with pytest.raises(UsageError) as caught:
        rows(sqlite_store, "post_logs")
    assert "did you mean post_log? views: post_log, thread_status" in caught.value.hint
    with pytest.raises(UsageError):
        rows(sqlite_store, "post; DROP TABLE post")
