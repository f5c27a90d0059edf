"""What a question costs must not grow with the ledger: how SQLite finds the rows is looked at, not timed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from amplifier.engagement.query import views
from amplifier.engagement.report import report
from tests.support.rows import SENT, add_thread

if TYPE_CHECKING:
    from amplifier.store.engine import Store

OF_CAMPAIGNS = [view for view, columns in views().items() if "campaign" in columns]
BY_POST = [view for view, columns in views().items() if "post_id" in columns]


def plan(store: Store, query: str) -> list[str]:
    with store.read() as connection:
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")]


def tables(store: Store) -> set[str]:
    """The tables, under the names that views.sql gives them: one letter each."""
    with store.read() as connection:
        made = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE type = 'view'").scalars().all()
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
    found = {alias for sql in made for table, alias in re.findall(r"(?:FROM|JOIN) (\w+) (\w)\b", sql) if table in names}
    return found | set(names)


@pytest.mark.parametrize("view", OF_CAMPAIGNS)
def test_one_campaign_is_found_by_its_name_and_nothing_else_is_read(sqlite_store: Store, view: str) -> None:
    narrowed = {"age_mark": "86400", "mode": "'live'"}
    for condition in ("", *(f" AND {name} = {value}" for name, value in narrowed.items() if name in views()[view])):
        steps = plan(sqlite_store, f"SELECT * FROM {view} WHERE campaign = 'dmz-escape'{condition}")
        assert any(re.match(r"SEARCH c USING .*\(name=\?\)", step) for step in steps), steps
        read_whole = [step for step in steps if re.match(rf"SCAN ({'|'.join(tables(sqlite_store))})\b", step)]
        assert read_whole == [], steps


def test_a_report_on_one_campaign_reads_no_table_whole(sqlite_store: Store) -> None:
    add_thread(sqlite_store, [SENT])
    asked: list[tuple[str, Any]] = []

    @event.listens_for(sqlite_store.engine, "before_cursor_execute")
    def _note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    report(sqlite_store, "dmz-escape")
    selects = [(statement, values) for statement, values in asked if statement.startswith("SELECT")]
    assert len(selects) > 5
    with sqlite_store.read() as connection:
        for statement, values in selects:
            steps = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
            assert not any(re.match(r"SCAN \w( |$)", step) and step != "SCAN g" for step in steps), (statement, steps)


@pytest.mark.parametrize("view", [view for view in (*BY_POST, "engagement_hourly") if view != "engagement_growth"])
def test_a_whole_export_of_posts_sorts_no_ledger(sqlite_store: Store, view: str) -> None:
    """What was gained is counted in the order of names: `engagement_growth` is sorted, on the disk where it is long."""
    key = "post_id" if view in BY_POST else "campaign, mode"
    steps = plan(sqlite_store, f"SELECT * FROM {view} ORDER BY {key}")
    sorts = [n for n, step in enumerate(steps) if step == "USE TEMP B-TREE FOR ORDER BY"]
    # the counts of imported files are few: they are sorted apart, and merged
    assert sorts == ([len(steps) - 1] if view == "engagement_readings" else [])
    assert ("MERGE (UNION ALL)" in steps) == (view == "engagement_readings")
