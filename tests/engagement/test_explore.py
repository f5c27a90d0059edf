"""What Datasette is told: every view, every column, and nothing that would be fetched from elsewhere."""

from __future__ import annotations

import json
import re

import pytest

from amplifier.engagement.explore import DATABASE, OWN_BUSINESS, RECORD, SETTINGS, meanings, metadata
from amplifier.engagement.query import views
from amplifier.engagement.questions import questions
from amplifier.store import tables
from amplifier.store.schema import view_statements

TABLES = sorted({*tables.post.metadata.tables, "alembic_version"})
TOLD = metadata(view_statements(), TABLES, questions(), ["live", "simulated"])
LEDGER = TOLD["databases"][DATABASE]


def test_every_view_and_column_is_described_as_in_the_contract() -> None:
    assert {name: list(columns) for name, (_, columns) in meanings(view_statements()).items()} == views()
    for view, columns in views().items():
        described = LEDGER["tables"][view]
        assert described["description"].endswith(".")
        assert list(described["columns"]) == columns
        assert all(described["columns"].values())
        assert described["description"] in LEDGER["description_html"] or "'" in described["description"]
    assert LEDGER["tables"]["post_log"]["description"] == "A post, whatever became of it."
    assert LEDGER["tables"]["post_log"]["columns"]["post_id"] == "this post's number, the same in every view"


def test_raw_tables_are_behind_the_views_and_amplifiers_own_business_is_closed() -> None:
    assert {*RECORD, *OWN_BUSINESS} <= set(TABLES)
    for table in TABLES:
        told = LEDGER["tables"][table]
        assert "the views are the contract" in told["description"]
        assert told["hidden"] is (table not in RECORD)
        assert (told.get("allow") is False) is (table in OWN_BUSINESS)
    assert LEDGER["tables"]["alert"]["allow"] is False


def test_each_question_has_its_page_its_values_and_links_that_fill_them() -> None:
    assert list(LEDGER["queries"]) == [question.name for question in questions()]
    for question in questions():
        told = LEDGER["queries"][question.name]
        assert (told["title"], told["sql"], told["params"]) == (question.title, question.sql, list(question.names))
        assert f'href="/{DATABASE}/{question.name}?mode=simulated&amp;campaign=' in told["description_html"]
        assert f'href="/{DATABASE}/{question.name}?mode=live&amp;campaign=' in TOLD["description_html"]


@pytest.mark.parametrize(
    ("modes", "opens"),
    (([], "live"), (["dry"], "dry"), (["dry", "simulated"], "simulated"), (["live", "simulated"], "live")),
)
def test_it_opens_with_live_rows_if_there_are_any(modes: list[str], opens: str) -> None:
    told = metadata(view_statements(), TABLES, questions(), modes)
    dashboard = told["plugins"]["datasette-dashboards"]["results"]
    assert dashboard["filters"]["mode"]["default"] == opens
    assert f"/log?mode={opens}&amp;" in told["description_html"]
    assert ("made its numbers up" in told["description_html"]) is ("simulated" in modes)
    assert ("never add modes up" in told["description_html"]) is (len(modes) > 1)


def test_charts_draw_the_answers_to_the_questions() -> None:
    charts = TOLD["plugins"]["datasette-dashboards"]["results"]["charts"]
    asked = {question.name: question.sql for question in questions()}
    assert {name: chart["query"] for name, chart in charts.items() if name != "growth"}.items() <= asked.items()
    assert len(charts) == 8
    for chart in charts.values():
        assert chart["display"]["usermeta"]["embedOptions"] == {"renderer": "svg", "actions": False}


def test_nothing_is_fetched_from_elsewhere_and_everything_is_json() -> None:
    said = json.dumps([TOLD, dict(SETTINGS)])
    assert re.findall(r"https?://|//[a-z]", said) == []
