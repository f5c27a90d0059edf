"""The ten questions, on a ledger with everything that they ask about, on either engine."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from amplifier.engagement.ask import Limit, ask
from amplifier.engagement.questions import named, questions
from amplifier.errors import UsageError
from amplifier.networks.port import Metrics, Untold
from tests.support.metrics import read
from tests.support.rows import SENT, add_thread

if TYPE_CHECKING:
    from amplifier.store.engine import Store

DAY = timedelta(days=1)
NAMES = ("log", "now", "best", "retention", "hooks", "templates", "slots", "hashtags", "cost", "unknown")
FULL = Metrics(likes=4, reposts=3, replies=2, quotes=1, bookmarks=0, impressions=200)
HALF = Metrics(likes=1, reposts=0, replies=0, quotes=0, bookmarks=0, impressions=100)

SOME = Metrics(likes=5, untold=Untold.NOT_TOLD)


@pytest.fixture
def ledger(store: Store) -> Store:
    """Two threads after a day: one told whole, one with a post that is gone and one that is told in part."""
    whole = add_thread(store, [SENT, SENT], thread="whole", texts=["First #One #Two", "Second #two"])
    part = add_thread(store, [SENT, SENT], thread="part", texts=["First #One", "Second"])
    late = add_thread(store, [SENT + DAY], thread="late")
    made_up = add_thread(store, [SENT], thread="whole", mode="simulated", account="main")
    with store.write() as connection:
        connection.execute(text("UPDATE thread SET hook = 1, origin = 'templates/a.j2' WHERE name = 'whole'"))
        connection.execute(text("UPDATE thread SET hook = 2, origin = 'templates/b.j2' WHERE name = 'part'"))
        connection.execute(text("UPDATE post SET cost = 15000"))
    told = {whole[0]: FULL, whole[1]: HALF, part[0]: SOME, part[1]: None, made_up[0]: FULL}
    read(store, told, SENT + DAY + timedelta(minutes=1))
    assert late
    return store


def answer(store: Store, name: str, **values: str) -> list[dict[str, Any]]:
    question = named(name)
    url = store.engine.url.render_as_string(hide_password=False) if store.postgresql else None
    given = dict.fromkeys(question.names, "") | values
    with ask(url, store.path or Path("unused"), question.sql, given, Limit(60, lambda: 0.0)) as (columns, rows):
        return [dict(zip(columns, row, strict=True)) for row in rows]


def test_there_are_ten_each_with_a_title_and_words_about_its_answer() -> None:
    assert tuple(question.name for question in questions()) == NAMES
    for question in questions():
        assert question.title.endswith("?")
        assert question.description.endswith(".")
        assert set(question.names) <= {"mode", "campaign", "age_mark"}
        assert {"mode", "campaign"} <= set(question.names)
        assert not question.sql.endswith(";")
        assert "--" not in question.sql


@pytest.mark.parametrize("name", NAMES)
def test_each_has_an_answer_and_only_about_the_mode_and_campaign_asked_for(ledger: Store, name: str) -> None:
    found = [row for row in answer(ledger, name) if row.get("campaign", "")]
    assert found
    assert answer(ledger, name, campaign="dmz-escape", mode="live") == found
    assert answer(ledger, name, campaign="another") == []
    assert answer(ledger, name, mode="dry") == []


@pytest.mark.parametrize("name", NAMES)
def test_each_row_says_its_mode(ledger: Store, name: str) -> None:
    assert {row["mode"] for row in answer(ledger, name)} == {"live"}
    assert {row["mode"] for row in answer(ledger, name, mode="simulated")} <= {"simulated"}


@pytest.mark.parametrize("name", ("best", "hooks", "templates", "slots", "hashtags"))
@pytest.mark.parametrize(("age", "same"), (("24h", "86400"), ("1d", ""), ("1440m", "24h")))
def test_an_age_is_written_as_in_reports_or_in_seconds(ledger: Store, name: str, age: str, same: str) -> None:
    found = answer(ledger, name, age_mark=age)
    assert found
    assert found == answer(ledger, name, age_mark=same)
    assert answer(ledger, name, age_mark="6h") == answer(ledger, name, age_mark="21600") == []


def test_what_went_out_and_where_we_stand_have_every_post_that_is_out(ledger: Store) -> None:
    log = [(row["thread"], row["k"]) for row in answer(ledger, "log")]
    assert log[0] == ("late", 1)
    assert len(log) == 5
    now = {(row["thread"], row["k"]): row for row in answer(ledger, "now")}
    assert now["whole", 1]["interactions"] == 10
    assert now["whole", 1]["rate_percent"] == 5
    assert (now["part", 1]["likes"], now["part", 1]["impressions"], now["part", 1]["interactions"]) == (5, None, None)
    assert now["part", 1]["not_told"]
    assert now["part", 2]["gone_at"]
    assert now["late", 1]["taken_at"] is None


def test_threads_are_compared_at_one_age_and_what_is_not_told_has_no_sum(ledger: Store) -> None:
    whole, part = answer(ledger, "best")
    assert (whole["thread"], whole["told"], whole["interactions"]) == ("whole", 2, 11)
    assert whole["rate_percent"] == pytest.approx(3.67)
    assert (part["thread"], part["interactions"], part["rate_percent"]) == ("part", None, None)
    assert answer(ledger, "best", age_mark="604800") == []


def test_retention_hooks_templates_slots_and_hashtags(ledger: Store) -> None:
    stayed = {(row["thread"], row["k"]): row["stayed_percent"] for row in answer(ledger, "retention")}
    assert stayed["whole", 1] == 100
    assert stayed["whole", 2] == 50
    assert stayed["part", 2] is None
    first, second = answer(ledger, "hooks")
    assert (first["hook"], first["threads"], first["verdict"]) == (1, 1, "too early to tell")
    assert (second["hook"], second["threads"], second["left_out"], second["rate_percent"]) == (2, 0, 1, None)
    assert [row["template"] for row in answer(ledger, "templates")] == ["templates/a.j2", "templates/b.j2"]
    [slot] = answer(ledger, "slots")
    assert (slot["weekday"], slot["hour"], slot["threads"], slot["left_out"]) == (2, 9, 1, 1)
    tags = {row["hashtag"].casefold(): row for row in answer(ledger, "hashtags")}
    assert tags["two"]["interactions"] == 11
    assert (tags["one"]["posts"], tags["one"]["told"]) == (2, 1)


def test_a_cost_per_interaction_needs_every_post_to_be_told(ledger: Store) -> None:
    [cost] = [row for row in answer(ledger, "cost") if row["campaign"]]
    assert (cost["posts"], cost["create_usd"], cost["told"]) == (5, 0.075, 2)
    assert cost["usd_per_interaction"] is None
    [made_up] = [row for row in answer(ledger, "cost", mode="simulated") if row["campaign"]]
    assert (made_up["posts"], made_up["told"], made_up["interactions"]) == (1, 1, 10)
    assert made_up["usd_per_interaction"] == pytest.approx(made_up["cost_usd"] / 10, abs=1e-4)


def test_what_is_not_known_is_listed_and_why(ledger: Store) -> None:
    found = {(row["what"], row["thread"], row["k"]) for row in answer(ledger, "unknown")}
    assert ("not read yet", "late", 1) in found
    assert ("gone", "part", 2) in found
    assert ("counts not told", "part", 1) in found
    assert ("missed reading", "whole", 1) in found
    assert all(row["why"] and row["since"].endswith("Z") for row in answer(ledger, "unknown"))


def test_a_name_that_does_not_exist_lists_those_that_do() -> None:
    with pytest.raises(UsageError) as caught:
        named("slot")
    assert "did you mean slots?" in caught.value.hint
    assert all(question.title in caught.value.hint for question in questions())
