"""What Datasette is told: every view, every column, and nothing that would be fetched from elsewhere."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from amplifier.engagement import explore
from amplifier.engagement.explore import (
    DATABASE,
    MADE_UP,
    OWN_BUSINESS,
    RECORD,
    SETTINGS,
    STATIC,
    UNKNOWN,
    meanings,
    metadata,
)
from amplifier.engagement.query import views
from amplifier.engagement.questions import questions
from amplifier.store import tables
from amplifier.store.schema import view_statements

FILES = Path(explore.__file__).parent / "explore_files"
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
    assert ("the numbers are made up" in told["description_html"]) is ("simulated" in modes)
    assert ("never add modes up" in told["description_html"]) is (len(modes) > 1)


def test_charts_draw_the_answers_to_the_questions() -> None:
    charts = TOLD["plugins"]["datasette-dashboards"]["results"]["charts"]
    asked = {question.name: question.sql for question in questions()}
    same = {name: chart["query"] for name, chart in charts.items() if name not in {"growth", "unknown"}}
    assert same.items() <= asked.items()
    assert asked["unknown"] in charts["unknown"]["query"]
    assert len(charts) == 8
    for chart in charts.values():
        assert chart["display"]["usermeta"]["embedOptions"] == {"renderer": "svg", "actions": False}


def test_what_is_not_known_is_counted_by_the_names_that_its_question_has() -> None:
    asked = {question.name: question.sql for question in questions()}
    assert set(re.findall(r"SELECT '([^']+)'", asked["unknown"])) == set(UNKNOWN)


def test_where_numbers_are_made_up_every_page_and_every_question_says_so() -> None:
    for modes in (["live", "simulated"], ["dry", "live"]):
        told = metadata(view_statements(), TABLES, questions(), modes)
        made_up = "simulated" in modes
        assert (f"/{STATIC}/simulated.css" in told["extra_css_urls"]) is made_up
        said = [query["description"] for query in told["databases"][DATABASE]["queries"].values()]
        said += [query["description_html"] for query in told["databases"][DATABASE]["queries"].values()]
        said.append(told["plugins"]["datasette-dashboards"]["results"]["description"])
        assert {MADE_UP in words for words in said} == {made_up}
    assert 'content: "SIMULATED: ' in (FILES / "simulated.css").read_text("utf-8")


def test_a_chart_says_no_more_than_the_report_does() -> None:
    charts = TOLD["plugins"]["datasette-dashboards"]["results"]["charts"]
    early = {name for name, chart in charts.items() if "under 8 threads: too early to tell" in chart["title"]}
    assert early == {"hooks", "templates", "slots"}
    assert all("datum.threads" in json.dumps(charts[name]["display"]) for name in early)
    [field, _] = charts["slots"]["display"]["layer"]
    assert field["encoding"]["color"]["scale"]["domainMin"] == 0
    for name in ("hooks", "templates"):
        assert {layer["encoding"]["x"]["scale"]["zero"] for layer in charts[name]["display"]["layer"]} == {True}
    assert charts["retention"]["display"]["encoding"]["y"]["title"] == "impressions, % of post 1's"


def test_ages_are_written_as_in_the_report() -> None:
    age = TOLD["plugins"]["datasette-dashboards"]["results"]["filters"]["age_mark"]
    assert age["options"] == ["15m", "1h", "6h", "24h", "3d", "7d", "30d"]
    assert age["default"] in age["options"]
    assert "age_mark 24h" in LEDGER["queries"]["best"]["description_html"]


def test_the_ledger_is_that_of_claims_and_no_sign_of_a_markup_is_left() -> None:
    said = json.dumps(TOLD)
    assert "ledger" not in said.lower()
    assert "`" not in said
    assert LEDGER["title"] == "The engagement log"


def test_the_first_sql_that_is_shown_asks_a_view() -> None:
    assert TOLD["extra_js_urls"] == [{"url": f"/{STATIC}/explore.js", "module": True}]
    proposed = (FILES / "explore.js").read_text("utf-8").split("`")[1]
    [view] = re.findall(r"FROM (\w+)", proposed)
    assert set(re.findall(r"\w+", proposed.split("FROM")[0])) - {"SELECT"} <= set(views()[view])


def test_nothing_is_fetched_from_elsewhere_and_everything_is_json() -> None:
    said = json.dumps([TOLD, dict(SETTINGS)])
    assert re.findall(r"https?://|//[a-z]", said) == []
