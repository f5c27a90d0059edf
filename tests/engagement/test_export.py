from __future__ import annotations

import csv
import io
import json
import sys
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, insert

from amplifier.engagement.collect import collect
from amplifier.engagement.export import FORMULA, export, export_all, export_file
from amplifier.engagement.query import rows, views
from amplifier.errors import ConfigurationError, UsageError
from amplifier.networks.port import Measured, Metrics
from amplifier.store import engagement
from amplifier.store.engine import Store, open_store
from tests.support.ledger_rows import AWKWARD, fill
from tests.support.memory import peak
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
    with pytest.raises(UsageError, match="no format 'xml'") as caught:
        export(sqlite_store, "post_log", "xml", out)
    assert "csv, json, parquet" in caught.value.hint
    with pytest.raises(UsageError, match="not text") as caught:
        export(sqlite_store, "post_log", "parquet", out)
    assert caught.value.hint == "name it: --out post_log.parquet"
    assert out.getvalue() == ""


class Nowhere(io.StringIO):
    def write(self, text: str, /) -> int:
        return len(text)


def exported(store: Store, file_format: str) -> None:
    if file_format == "parquet":
        with TemporaryDirectory() as folder:
            export_file(store, "engagement_readings", file_format, Path(folder) / "readings.parquet")
    else:
        export(store, "engagement_readings", file_format, Nowhere())


def add_readings(store: Store, post: int, seconds: range) -> None:
    with store.write() as connection:
        rows = [{"post_id": post, "taken_at": second, "likes": second} for second in seconds]
        connection.execute(insert(engagement.snapshot), rows)


@pytest.mark.parametrize("file_format", ("csv", "json", "parquet"))
def test_memory_stays_flat_however_many_rows_there_are(sqlite_store: Store, file_format: str) -> None:
    [post] = add_thread(sqlite_store, [SENT])
    add_readings(sqlite_store, post, range(2_000))
    few = peak(lambda: exported(sqlite_store, file_format))
    add_readings(sqlite_store, post, range(2_000, 10_000))
    assert peak(lambda: exported(sqlite_store, file_format)) < 1.5 * few


def test_postgresql_keeps_the_rows_on_its_side(store: Store) -> None:
    kinds: list[str] = []
    event.listen(store.engine, "after_cursor_execute", lambda _c, cursor, *_: kinds.append(type(cursor).__name__))
    export(store, "post_log", "json", io.StringIO())
    assert ("ServerCursor" in kinds) is store.postgresql


@pytest.mark.postgresql
def test_the_same_rows_are_the_same_bytes_from_both_engines(sqlite_store: Store, postgresql_store: Store) -> None:
    for opened in (sqlite_store, postgresql_store):
        fill(opened)
    for view in views():
        for file_format in ("csv", "json"):
            told = written(sqlite_store, view, file_format)
            assert told == written(postgresql_store, view, file_format), view
        assert json.loads(told), f"{view} has no row to compare"


def test_every_format_holds_the_same_rows_in_the_same_columns(store: Store, tmp_path: Path) -> None:
    fill(store)
    counts = {name: export_all(store, name, tmp_path / name) for name in ("csv", "json", "parquet")}
    assert counts["csv"] == counts["json"] == counts["parquet"]
    for view, columns in views().items():
        exact = json.loads((tmp_path / "json" / f"{view}.json").read_text("utf-8"))
        assert exact == rows(store, view)
        assert len(exact) == counts["json"][view]
        with (tmp_path / "csv" / f"{view}.csv").open(encoding="utf-8", newline="") as file:
            table = list(csv.DictReader(file))
        assert [list(row) for row in (*table, *exact)] == [columns] * 2 * len(exact)
        cells = duckdb.read_parquet(str(tmp_path / "parquet" / f"{view}.parquet"))
        assert cells.columns == columns
        assert [dict(zip(columns, row, strict=True)) for row in as_texts(cells)] == exact


def as_texts(cells: duckdb.DuckDBPyRelation) -> list[tuple[object, ...]]:
    """The rows with their instants as our JSON writes them."""
    shown = [
        f"strftime({name} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')" if "TIME" in str(kind) else name
        for name, kind in zip(cells.columns, cells.types, strict=True)
    ]
    return cells.project(", ".join(shown)).fetchall()


def test_awkward_texts_are_exact_in_parquet(sqlite_store: Store, tmp_path: Path) -> None:
    posts = fill(sqlite_store)
    goal = tmp_path / "it's [a] *.parquet"
    assert export_file(sqlite_store, "post_log", "parquet", goal) == len(rows(sqlite_store, "post_log"))
    [copy] = tmp_path.glob("it's*")
    copy = copy.rename(tmp_path / "plain.parquet")
    told = duckdb.read_parquet(str(copy)).filter(f"post_id <= {posts[-1]}").order("post_id").project("text").fetchall()
    assert [text for (text,) in told] == list(AWKWARD)


def test_with_since_only_rows_of_then_or_later_are_written(store: Store, tmp_path: Path) -> None:
    fill(store)
    since = SENT + timedelta(days=2)
    all_rows = export_all(store, "json", tmp_path / "all")
    later = export_all(store, "json", tmp_path / "later", since)
    log = json.loads((tmp_path / "later/post_log.json").read_text("utf-8"))
    assert {row["thread"] for row in log} == {"Zebra"}  # what is not out yet has no time
    readings = json.loads((tmp_path / "later/engagement_readings.json").read_text("utf-8"))
    assert {row["taken_at"] >= "2026-12-03T00:30" for row in readings} == {True}
    origins = {row["origin"] for row in readings if row["campaign"] == "dmz-escape"}
    assert origins == {"x.csv"}  # a reading has a time of its own, not its post's
    assert later["cost_log"] == 0  # a day counts from its midnight
    assert later["campaign_summary"] == all_rows["campaign_summary"]
    midnight = export_all(store, "json", tmp_path / "later", since.replace(hour=0, minute=0))
    assert (all_rows["cost_log"], midnight["cost_log"]) == (9, 3)
    assert (all_rows["engagement_hourly"], midnight["engagement_hourly"], later["engagement_hourly"]) == (3, 1, 0)
    assert (all_rows["reading_gaps"], later["reading_gaps"]) == (1, 1)


def test_a_file_is_there_whole_or_not_at_all(sqlite_store: Store, tmp_path: Path) -> None:
    add_thread(sqlite_store, [SENT])
    for file_format in ("csv", "json", "parquet"):
        goal = tmp_path / f"log.{file_format}"
        export_file(sqlite_store, "post_log", file_format, goal)
        before = goal.read_bytes()
        with sqlite_store.write() as connection:  # the view breaks when it comes to this row
            connection.exec_driver_sql("UPDATE post SET text = CAST(x'ff' AS TEXT)")
        with pytest.raises(Exception, match="UTF-8"):
            export_file(sqlite_store, "post_log", file_format, goal)
        with pytest.raises(Exception, match="UTF-8"):
            export_all(sqlite_store, file_format, tmp_path / "all")
        assert goal.read_bytes() == before
        assert list((tmp_path / "all").iterdir()) == []
        with sqlite_store.write() as connection:
            connection.exec_driver_sql("UPDATE post SET text = 'well'")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith((".log", "log"))) == [
        "log.csv",
        "log.json",
        "log.parquet",
    ]


def test_where_nothing_can_be_written_it_is_said(sqlite_store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept", "utf-8")
    [post] = add_thread(sqlite_store, [SENT])
    add_readings(sqlite_store, post, range(10))
    for file_format in ("csv", "json", "parquet"):
        with pytest.raises(ConfigurationError, match="cannot write") as caught:
            export_file(sqlite_store, "engagement_readings", file_format, tmp_path / "absent" / "log")
        assert "No such file" in str(caught.value)
        with pytest.raises(ConfigurationError, match="cannot write"):
            export_file(sqlite_store, "post_log", file_format, tmp_path)
        with pytest.raises(ConfigurationError, match="cannot make the folder"):
            export_all(sqlite_store, file_format, tmp_path / "file")
    assert (tmp_path / "file").read_text("utf-8") == "kept"


def test_without_duckdb_one_line_says_what_to_install(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    for written_to in (
        lambda: export_file(sqlite_store, "post_log", "parquet", tmp_path / "new" / "log.parquet"),
        lambda: export_all(sqlite_store, "parquet", tmp_path / "new"),
    ):
        with pytest.raises(ConfigurationError) as caught:
            written_to()
        assert str(caught.value) == "Parquet needs DuckDB: make analyst, in the folder of Amplifier's code"
    assert not (tmp_path / "new").exists()
