from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from amplifier.engagement.kinds import Kind, kind_of, time_of
from amplifier.engagement.query import views
from tests.support.ledger_rows import fill

if TYPE_CHECKING:
    from amplifier.store.engine import Store

COLUMNS = [(view, column) for view, columns in views().items() for column in columns]


def test_every_column_of_every_view_has_a_kind() -> None:
    assert {kind_of(view, column) for view, column in COLUMNS} == set(Kind)
    with pytest.raises(KeyError):
        kind_of("post_log", "absent")


def test_no_column_is_named_that_no_view_has() -> None:
    from amplifier.engagement import kinds  # noqa: PLC0415

    assert set(kinds._KINDS) == {column for _, column in COLUMNS}
    assert set(kinds._EXCEPTIONS) <= set(COLUMNS)
    assert sum(len(names.split()) for names in kinds._COLUMNS.values()) == len(kinds._KINDS)


@pytest.mark.postgresql
def test_the_kinds_are_those_of_the_database(postgresql_store: Store) -> None:
    names = {
        "character varying": Kind.TEXT,
        "text": Kind.TEXT,
        "timestamp with time zone": Kind.INSTANT,
        "integer": Kind.COUNT,
        "bigint": Kind.COUNT,
        "numeric": Kind.COUNT,  # a sum of BIGINT
        "double precision": Kind.SHARE,
    }
    asked = text("SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = :s")
    with postgresql_store.read() as connection:
        told = {(row[0], row[1]): names.get(row[2]) for row in connection.execute(asked, {"s": "public"})}
    assert {key: told[key] for key in COLUMNS} == {key: kind_of(*key) for key in COLUMNS}


def test_sqlite_holds_values_of_these_kinds(sqlite_store: Store) -> None:
    fill(sqlite_store)
    types = {Kind.TEXT: {"text"}, Kind.INSTANT: {"text"}, Kind.COUNT: {"integer"}, Kind.SHARE: {"real"}}
    with sqlite_store.read() as connection:
        for view, column in COLUMNS:
            asked = text(
                f"SELECT DISTINCT typeof({column}), substr({column}, 20) FROM {view} WHERE {column} IS NOT NULL"
            )
            told = connection.execute(asked).all()
            assert {row[0] for row in told} <= types[kind_of(view, column)], f"{view}.{column}"
            if kind_of(view, column) is Kind.INSTANT:
                assert all(re.fullmatch(r"\.\d{6}Z", row[1]) for row in told), f"{view}.{column}"


def test_the_time_of_a_row_is_its_own() -> None:
    assert {view: time_of(view, columns) for view, columns in views().items()} == {
        "post_log": "sent_at",
        "thread_status": None,
        "engagement_latest": "taken_at",
        "campaign_summary": None,
        "engagement_readings": "taken_at",
        "engagement_at_age": "taken_at",
        "engagement_growth": "taken_at",
        "thread_retention": "sent_at",
        "thread_results": "sent_at",
        "variant_results": None,
        "template_results": None,
        "slot_results": None,
        "hashtag_results": None,
        "reading_gaps": "found_at",
        "engagement_hourly": "hour",
        "cost_log": "day",
        "account_log": "taken_at",
    }
