"""One question to either engine: what comes back, what is refused, and how that is said."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, text

from amplifier.engagement.ask import Limit, ask
from amplifier.engagement.collect import collect
from amplifier.engagement.query import rows
from amplifier.errors import AmplifierError, ConfigurationError, TryLater, UsageError
from amplifier.networks.port import Measured, Metrics
from amplifier.store import engagement
from amplifier.store.engine import Store, open_store
from tests.support.memory import peak
from tests.support.metrics import Telling
from tests.support.postgres import USER
from tests.support.rows import SENT, add_thread

if TYPE_CHECKING:
    from collections.abc import Callable

ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT MAX(x) FROM c"


def url_of(store: Store) -> str | None:
    return store.engine.url.render_as_string(hide_password=False) if store.postgresql else None


def answer(store: Store, sql: str, seconds: float = 30, **values: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    limit = Limit(seconds, ticking())
    with ask(url_of(store), store.path or Path("unused"), sql, values, limit) as (columns, found):
        return columns, list(found)


def ticking() -> Callable[[], float]:
    """Half a second passes at every look."""
    state = [0.0]

    def ticks() -> float:
        state[0] += 0.5
        return state[0]

    return ticks


def refused(store: Store, sql: str, kind: type[AmplifierError] = UsageError, **values: str) -> str:
    with pytest.raises(kind) as caught:
        answer(store, sql, 30, **values)
    return str(caught.value)


def test_an_answer_has_the_values_that_an_export_has(store: Store) -> None:
    add_thread(store, [SENT, None])
    network = Telling(answer=lambda ids: Measured(dict.fromkeys(ids, Metrics(likes=0))))
    collect(store, lambda _name, _mode: network, now=lambda: SENT, worker="w", everything=True)
    for view in ("post_log", "engagement_latest", "campaign_summary"):
        columns, found = answer(store, f"SELECT * FROM {view}")
        assert [dict(zip(columns, row, strict=True)) for row in found] == rows(store, view)
    columns, [row] = answer(store, "SELECT likes, impressions, taken_at, 5 / 2.0 AS half FROM engagement_latest")
    assert columns == ["likes", "impressions", "taken_at", "half"]
    assert row == (0, None, "2026-12-01T00:30:00.000000Z", 2.5)


def test_an_answer_without_rows_has_its_columns(store: Store) -> None:
    assert answer(store, "SELECT thread, k FROM post_log") == (["thread", "k"], [])


def test_values_are_bound_and_never_part_of_the_statement(store: Store) -> None:
    add_thread(store, [None], texts=["100 % of it: 'x'"])
    sql = "SELECT k FROM post_log WHERE text = :text AND thread LIKE '%story%' AND k = CAST(:k AS INTEGER)"
    assert answer(store, sql, text="100 % of it: 'x'", k="1")[1] == [(1,)]
    assert answer(store, sql, text="' OR 1 = 1 --", k="1")[1] == []
    assert "the value of :k is not given" in refused(store, sql, text="a")
    assert answer(store, "SELECT k FROM post_log WHERE text LIKE '100 %'")[1] == [(1,)]


@pytest.mark.parametrize(
    "sql",
    (
        "WITH gone AS (DELETE FROM post RETURNING id) SELECT * FROM gone",
        "WITH one AS (SELECT 1) DELETE FROM post",
        "WITH one AS (SELECT 1) INSERT INTO meta (key, value) VALUES ('a', 'b')",
        "EXPLAIN DELETE FROM post; DELETE FROM post",
        "SELECT 1; DELETE FROM post",
        "SELECT 1; COMMIT; DELETE FROM post",
        "DELETE FROM post",
    ),
)
def test_nothing_is_written_whatever_the_words_hide(store: Store, sql: str) -> None:
    add_thread(store, [None])
    refused(store, sql)
    assert len(answer(store, "SELECT * FROM post")[1]) == 1


def test_what_would_write_is_told_so(store: Store) -> None:
    assert "amplifier sql only reads" in refused(store, "WITH one AS (SELECT 1) DELETE FROM post")
    assert "ask one question at a time" in refused(store, "SELECT 1; SELECT 2")


@pytest.mark.parametrize(
    "sql",
    (
        "SELECT load_extension('x')",
        "SELECT * FROM pragma_journal_mode",
        "EXPLAIN ATTACH '/tmp/other.db' AS other",
        "EXPLAIN PRAGMA user_version = 3",
        "EXPLAIN CREATE TABLE x (y)",
    ),
)
def test_on_sqlite_nothing_outside_is_reached(sqlite_store: Store, sql: str) -> None:
    assert "only reads: this would change something, or reach outside" in refused(sqlite_store, sql)


def test_on_sqlite_what_there_is_may_be_asked(sqlite_store: Store) -> None:
    _, found = answer(sqlite_store, "SELECT name FROM pragma_table_info('thread_status')")
    assert ("campaign",) in found
    assert ("post_log",) in answer(sqlite_store, "SELECT name FROM sqlite_master WHERE type = 'view'")[1]


@pytest.mark.postgresql
@pytest.mark.parametrize(
    "sql",
    (
        "SELECT nextval('post_id_seq')",
        "SELECT * FROM post FOR UPDATE",
        "EXPLAIN ANALYZE DELETE FROM post",
        "SELECT set_config('transaction_read_only', 'off', true)",
    ),
)
def test_on_postgresql_the_transaction_stays_read_only(postgresql_store: Store, sql: str) -> None:
    add_thread(postgresql_store, [None])
    refused(postgresql_store, sql)
    assert len(answer(postgresql_store, "SELECT * FROM post")[1]) == 1


def test_mistakes_say_where_and_what_may_have_been_meant(store: Store) -> None:
    assert 'near "FORM"' in refused(store, "SELECT *\nFORM post_log")
    assert "line 2, column 1" in refused(store, "SELECT *\nFORM post_log")
    told = refused(store, "SELECT * FROM post_logs")
    assert "there is no table or view 'post_logs'" in told
    assert "did you mean post_log?" in told
    told = refused(store, "SELECT l.impresions FROM engagement_latest l")
    assert "there is no column 'l.impresions'" in told
    assert "did you mean impressions?\n  engagement_latest has post_id" in told
    assert "frobnicate" in refused(store, "SELECT frobnicate(1)")
    assert "the question has a mistake" in refused(store, "SELECT 'open")


def test_a_view_that_is_not_there_yet_is_no_mistake_of_the_person(store: Store) -> None:
    with store.write() as connection:
        connection.execute(text("DROP VIEW thread_status"))
    assert "amplifier status brings it up to date" in refused(store, "SELECT * FROM thread_status")


def test_a_question_that_takes_too_long_is_ended(store: Store) -> None:
    with pytest.raises(TryLater) as caught:
        answer(store, ENDLESS, seconds=1)
    assert "took longer than 1 s" in caught.value.message
    assert "export to Parquet" in caught.value.hint


def test_the_time_of_a_reader_does_not_count() -> None:
    at = [0.0]
    limit = Limit(1, lambda: at[0])
    for _ in range(5):
        with limit.running():
            at[0] += 0.2
        at[0] += 100
        assert not limit.over()
    with limit.running():
        at[0] += 0.1
        assert limit.over()
    assert limit.over()


def test_memory_stays_flat_however_many_rows_there_are(store: Store) -> None:
    [post] = add_thread(store, [SENT])
    readings = [{"post_id": post, "taken_at": second, "likes": second} for second in range(9_000)]

    def answered() -> None:
        limit = Limit(1e9, ticking())
        sql = "SELECT * FROM engagement_readings"
        with ask(url_of(store), store.path or Path("unused"), sql, {}, limit) as (_, found):
            count = sum(1 for _ in found)
        assert count in {1_500, 9_000}

    with store.write() as connection:
        connection.execute(insert(engagement.snapshot), readings[:1_500])
    answered()  # what is imported once
    few = peak(answered)
    with store.write() as connection:
        connection.execute(insert(engagement.snapshot), readings[1_500:])
    assert peak(answered) < 1.5 * few


def test_a_reader_may_stop_at_any_row(store: Store) -> None:
    add_thread(store, [SENT] * 20)
    limit = Limit(1e9, ticking())
    with ask(url_of(store), store.path or Path("unused"), "SELECT k FROM post_log", {}, limit) as (_, found):
        assert next(found) == (1,)
    assert len(answer(store, "SELECT k FROM post_log")[1]) == 20


def test_where_there_is_no_database_none_is_made(tmp_path: Path) -> None:
    limit = Limit(1, ticking())
    with (
        pytest.raises(ConfigurationError, match="there is no database yet"),
        ask(None, tmp_path / "none.db", "SELECT 1", {}, limit),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_file_with_signs_in_its_name_is_found(tmp_path: Path) -> None:
    path = tmp_path / "50% of #2?.db"
    store = open_store(None, path)
    assert answer(store, "SELECT COUNT(*) FROM post_log")[1] == [(0,)]
    store.close()


def test_a_damaged_file_is_no_mistake_of_the_question(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"no database at all" * 100)
    limit = Limit(1, ticking())
    with (
        pytest.raises(ConfigurationError, match="is damaged"),
        ask(None, tmp_path / "a.db", "SELECT 1 FROM a", {}, limit),
    ):
        pass


@pytest.mark.postgresql
def test_a_role_that_may_only_read_the_views_can_ask(postgresql_store: Store, cluster: str) -> None:
    add_thread(postgresql_store, [None])
    url = url_of(postgresql_store)
    assert url is not None
    with postgresql_store.write() as connection:
        connection.execute(text("DROP ROLE IF EXISTS analyst"))
        connection.execute(text("CREATE ROLE analyst LOGIN"))
        connection.execute(text("GRANT SELECT ON post_log TO analyst"))
    theirs = url.replace(f"{USER}@", "analyst@", 1)
    limit = Limit(30, ticking())
    with ask(theirs, Path("unused"), "SELECT thread FROM post_log", {}, limit) as (_, found):
        assert list(found) == [("story",)]
    refusal = pytest.raises(ConfigurationError, match="may not do this: permission denied for table post")
    with refusal, ask(theirs, Path("unused"), "SELECT * FROM post", {}, limit):
        pass


@pytest.mark.postgresql
def test_a_server_that_is_not_there_is_said_without_the_password(tmp_path: Path) -> None:
    url, limit = "postgresql://person:canary@127.0.0.1:1/name", Limit(1, ticking())
    with (
        pytest.raises(ConfigurationError, match="cannot be reached") as caught,
        ask(url, tmp_path, "SELECT 1", {}, limit),
    ):
        pass
    assert "canary" not in str(caught.value)
