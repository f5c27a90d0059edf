from __future__ import annotations

import csv
import io
import json
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, insert

from amplifier.engagement.collect import collect
from amplifier.engagement.export import FORMULA, export
from amplifier.engagement.query import views
from amplifier.errors import UsageError
from amplifier.networks.port import Measured, Metrics
from amplifier.store import tables
from amplifier.store.engine import Store, open_store
from tests.support.metrics import Telling
from tests.support.rows import SENT, add_thread

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(None, tmp_path_factory.mktemp("export") / "amplifier.db", synchronous="OFF")
    yield opened
    opened.close()


def written(store: Store, view: str, file_format: str) -> str:
    out = io.StringIO(newline="")
    export(store, view, file_format, out)
    return out.getvalue()


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40)
starts = st.sampled_from(("", *FORMULA))


@given(start=starts, text=texts)
def test_texts_are_exact_in_json_and_harmless_in_csv(kept: Store, start: str, text: str) -> None:
    campaign = f"c{len(json.loads(written(kept, 'campaign_summary', 'json')))}"
    add_thread(kept, [None], campaign=campaign, texts=[start + text])
    exact = json.loads(written(kept, "post_log", "json"))[-1]["text"]
    assert exact == start + text
    assert not text.isprintable() or '"' in text or "\\" in text or text in written(kept, "post_log", "json")
    read = list(csv.DictReader(io.StringIO(written(kept, "post_log", "csv"), newline="")))[-1]["text"]
    assert not read.startswith(FORMULA)
    assert read in (exact, f"'{exact}")
    assert (read == exact) is not exact.startswith(FORMULA)


def test_null_is_empty_in_csv_and_null_in_json_and_zero_is_zero(store: Store) -> None:
    add_thread(store, [SENT])
    network = Telling(answer=lambda ids: Measured(dict.fromkeys(ids, Metrics(likes=0))))
    collect(store, lambda _name, _mode: network, now=lambda: SENT, worker="w", everything=True)
    [row] = csv.DictReader(io.StringIO(written(store, "engagement_latest", "csv"), newline=""))
    assert (row["likes"], row["impressions"], row["gone_at"]) == ("0", "", "")
    [exact] = json.loads(written(store, "engagement_latest", "json"))
    assert (exact["likes"], exact["impressions"], exact["gone_at"]) == (0, None, None)
    assert exact["taken_at"] == "2026-12-01T00:30:00.000000Z"


def test_every_view_is_written_in_its_own_columns_also_when_it_is_empty(store: Store) -> None:
    for view, columns in views().items():
        assert written(store, view, "csv") == ",".join(columns) + "\r\n"
        assert written(store, view, "json") == "[]\n"


def test_the_number_of_rows_is_told_and_the_rows_are_in_order(store: Store) -> None:
    ids = add_thread(store, [SENT, SENT, None])
    for file_format in ("csv", "json"):
        assert export(store, "post_log", file_format, io.StringIO(newline="")) == 3
    assert [row["post_id"] for row in json.loads(written(store, "post_log", "json"))] == ids
    assert len(written(store, "post_log", "json").splitlines()) == 5  # a row a line, for those who look at differences


def test_unknown_views_and_formats_are_refused_with_what_there_is(sqlite_store: Store) -> None:
    out = io.StringIO()
    with pytest.raises(UsageError, match="no view 'snapshot'") as caught:
        export(sqlite_store, "snapshot", "csv", out)
    assert all(view in caught.value.hint for view in views())
    with pytest.raises(UsageError, match="no format 'parquet'") as caught:
        export(sqlite_store, "post_log", "parquet", out)
    assert "csv, json" in caught.value.hint
    assert out.getvalue() == ""


class Nowhere(io.StringIO):
    def write(self, text: str, /) -> int:
        return len(text)


def peak(store: Store) -> int:
    tracemalloc.start()
    export(store, "engagement_readings", "json", Nowhere())
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def add_readings(store: Store, post: int, seconds: range) -> None:
    with store.write() as connection:
        rows = [{"post_id": post, "taken_at": second, "likes": second} for second in seconds]
        connection.execute(insert(tables.snapshot), rows)


def test_memory_stays_flat_however_many_rows_there_are(sqlite_store: Store) -> None:
    [post] = add_thread(sqlite_store, [SENT])
    add_readings(sqlite_store, post, range(1_500))
    few = peak(sqlite_store)
    add_readings(sqlite_store, post, range(1_500, 8_000))
    assert peak(sqlite_store) < 1.5 * few


def test_postgresql_keeps_the_rows_on_its_side(store: Store) -> None:
    kinds: list[str] = []
    event.listen(store.engine, "after_cursor_execute", lambda _c, cursor, *_: kinds.append(type(cursor).__name__))
    export(store, "post_log", "json", io.StringIO())
    assert ("ServerCursor" in kinds) is store.postgresql
