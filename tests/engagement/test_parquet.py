from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplifier.engagement.kinds import Kind, kind_of
from amplifier.engagement.parquet import write_parquet
from amplifier.engagement.query import views

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

COLUMNS = ["post_id", "text", "rate"]
texts = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
shares = st.none() | st.floats(allow_nan=False, allow_infinity=False)


@pytest.fixture(scope="module")
def goal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parquet") / "rows.parquet"


def write(rows: Sequence[tuple[Any, ...]], goal: Path, chunk: int) -> list[tuple[Any, ...]]:
    """The rows as they come back, in their order."""
    lines = (json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False) for row in rows)
    assert write_parquet("engagement_at_age", COLUMNS, lines, goal, chunk=chunk) == len(rows)
    return duckdb.read_parquet(str(goal)).fetchall()


@settings(max_examples=40)  # each writes files, and the shapes that matter are few: 7 rows in chunks of 4
@given(told=st.lists(st.tuples(texts, shares), max_size=7), chunk=st.integers(1, 4))
def test_every_row_comes_back_exactly_and_in_its_order(
    goal: Path, told: list[tuple[str | None, float | None]], chunk: int
) -> None:
    rows = [(2**62 + n, *values) for n, values in enumerate(told)]
    assert write(rows, goal, chunk) == rows


def test_a_long_text_is_exact(goal: Path) -> None:
    rows = [(1, '"\\\n\r\n\0' * 100_000, 0.1)]
    assert write(rows, goal, 10) == rows


def test_every_column_has_its_type_also_where_there_is_no_row(goal: Path) -> None:
    for view, columns in views().items():
        assert write_parquet(view, columns, iter(()), goal) == 0
        empty = duckdb.read_parquet(str(goal))
        assert empty.fetchall() == []
        assert [str(kind) for kind in empty.types] == [kind_of(view, column).value for column in columns]
    assert {kind.value for kind in Kind} == {"VARCHAR", "TIMESTAMP WITH TIME ZONE", "BIGINT", "DOUBLE"}


def test_what_stops_the_rows_is_told_and_what_duckdb_refuses_is_an_error_of_the_file(goal: Path) -> None:
    def broken() -> Iterator[str]:
        yield '{"post_id": 1}'
        raise LookupError("the database went away")

    with pytest.raises(LookupError, match="went away"):
        write_parquet("engagement_at_age", COLUMNS, broken(), goal, chunk=1)
    with pytest.raises(OSError, match="No such file"):
        write_parquet("engagement_at_age", COLUMNS, iter(()), goal.parent / "absent" / "rows.parquet")
