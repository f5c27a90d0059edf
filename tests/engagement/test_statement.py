from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.engagement import statement
from amplifier.errors import UsageError

VIEWS = {"post_log": ["post_id", "text", "sent_at"], "engagement_latest": ["post_id", "impressions", "likes"]}
quiet = st.text(st.characters(exclude_characters="':", exclude_categories=["Cs"]), max_size=20)


@pytest.mark.parametrize(
    "sql",
    ("SELECT 1", "select 1;", " \n-- why\n/* so */ With x AS (SELECT 1) SELECT * FROM x", "(SELECT 1)", "VALUES (1)",
     "EXPLAIN SELECT 1"),
)  # fmt: skip
def test_what_asks_is_a_question(sql: str) -> None:
    assert statement.question(sql) == sql.strip().removesuffix(";")


@pytest.mark.parametrize("word", sorted(statement.CHANGING))
def test_what_changes_something_is_named(word: str) -> None:
    with pytest.raises(UsageError, match=f"amplifier sql only reads, and {word} does not ask"):
        statement.question(f"-- SELECT\n{word.lower()} post")


def test_what_is_neither_is_compared_with_what_asks() -> None:
    with pytest.raises(UsageError) as caught:
        statement.question("SELEC 1")
    assert str(caught.value).startswith("SELEC begins no question\n  did you mean SELECT? a question begins with")
    for nothing in ("", "  ", ";", "-- SELECT 1", "/* SELECT 1 */"):
        with pytest.raises(UsageError, match="there is no question"):
            statement.question(nothing)


def test_no_comment_hides_what_the_database_will_read() -> None:
    with pytest.raises(UsageError, match="a comment within a comment"):
        statement.question("/* /* */ SELECT 1 -- */ COPY post TO PROGRAM 'cat'")
    with pytest.raises(UsageError, match="COPY does not ask"):
        statement.question("-- a\rCOPY post TO PROGRAM 'cat' --\nSELECT 1")


def test_open_values_are_found_and_nothing_that_looks_like_one() -> None:
    sql = "SELECT ':no', \":no\", x::text, '09:30', a[1:2] -- :no\nFROM t /* :no */ WHERE a = :b AND (:c = '' OR d=:b)"
    assert statement.names(sql) == ("b", "c")


@given(text=quiet, name=st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True))
def test_a_text_in_quotes_holds_no_value_and_passes_to_postgresql_with_its_per_cents_doubled(
    text: str, name: str
) -> None:
    sql = f"SELECT '{text}: :{name}' WHERE a LIKE :{name}"
    assert statement.names(sql) == (name,)
    assert statement.percent(sql) == f"SELECT '{text.replace('%', '%%')}: :{name}' WHERE a LIKE %({name})s"


def test_just_the_open_values_are_to_be_given() -> None:
    statement.filled("SELECT :a, :b", {"a", "b"})
    with pytest.raises(UsageError, match="the value of :b is not given") as caught:
        statement.filled("SELECT :a, :b", {"a"})
    assert caught.value.hint == "add --set b=VALUE"
    with pytest.raises(UsageError, match="the question has no :mod") as caught:
        statement.filled("SELECT :mode", {"mode", "mod"})
    assert caught.value.hint == "it leaves open: mode"
    with pytest.raises(UsageError) as caught:
        statement.filled("SELECT 1", {"a"})
    assert caught.value.hint == "it leaves no value open"


@given(st.lists(st.text("ab", max_size=5), min_size=1, max_size=5))
def test_a_place_is_counted_as_a_person_counts(lines: list[str]) -> None:
    sql = "\n".join([*lines, "X"])
    assert statement.place(sql, sql.index("X")) == f"line {len(lines) + 1}, column 1"
    assert statement.place(f"ab{sql}", 2) == "line 1, column 3"


def test_a_piece_is_found_only_where_there_is_one_of_it() -> None:
    assert statement.found_once("SELECT * FORM a -- FORM", "FORM") == 9
    assert statement.found_once("SELECT * FORM a FORM b", "FORM") is None
    assert statement.found_once("SELECT 'FORM'", "FORM") is None


def test_near_names_are_suggested() -> None:
    assert (
        "did you mean post_log? views: post_log, engagement_latest" in statement.unknown_table("post_logs", VIEWS).hint
    )
    assert "did you mean" not in statement.unknown_table("xyz", VIEWS).hint
    missing = statement.unknown_table("post_log", VIEWS)
    assert "this database has no view post_log yet" in missing.message
    column = statement.unknown_column("l.impresions", "SELECT l.impresions FROM engagement_latest l", VIEWS)
    assert column.hint == "did you mean impressions?\n  engagement_latest has post_id, impressions, likes"
    other = statement.unknown_column("snt_at", "SELECT snt_at FROM (SELECT 1)", VIEWS)
    assert other.hint == "did you mean sent_at?"
    assert statement.unknown_column("xyz", "SELECT xyz", VIEWS).hint == "docs/data.md lists every column"
