"""`report` as it is typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from amplifier.store.engine import open_store
from tests.support.house import House
from tests.support.html import parse
from tests.support.results import fill

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path) -> House:
    built = House.build(tmp_path / "w")
    built.write("one")
    built.cli("status")
    store = open_store(None, built.root / "amplifier.db", synchronous="OFF")
    fill(store, 3)
    store.close()
    return built


def test_a_report_is_written_as_a_page_and_says_what_to_do_next(house: House) -> None:
    path = house.root / "report.html"
    done = house.cli("report", "dmz-escape", "--html", str(path))
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        f"SIMULATED: 1 campaign in {path}",
        f"next: open {path} in a browser",
    ]
    assert parse(path.read_text("utf-8")).texts_of("h1") == ["dmz-escape"]


def test_data_and_a_page_may_be_asked_for_at_once(house: House) -> None:
    path = house.root / "report.html"
    [campaign] = json.loads(house.cli("report", "--json", "--html", str(path)).stdout)["campaigns"]
    assert path.exists()
    assert campaign["age_mark"] == 86400
    assert [one["kind"] for one in campaign["comparisons"]] == ["hook", "template"]
    assert campaign["comparisons"][0]["verdict"] == "too early to tell"
    assert campaign["comparisons"][0]["variants"][0]["variant"] == "hook 1"
    assert {"slots", "top", "hashtags", "cost", "gaps", "gone", "threads"} <= campaign.keys()


@pytest.mark.parametrize(
    ("since", "threads"),
    (("2026-12-01", 3), ("2026-12-02", 2), ("2026-12-03", 1), ("2026-12-03T23:00-01:00", 0), ("2026-12-04", 0)),
)
def test_since_is_a_day_or_an_instant_in_utc(house: House, since: str, threads: int) -> None:
    found = json.loads(house.cli("report", "--since", since, "--json").stdout)
    assert len(found["campaigns"][0]["threads"]) == threads
    assert found["since"].endswith("Z")


def test_an_age_is_named_as_a_campaign_names_it(house: House) -> None:
    found = json.loads(house.cli("report", "--age", "7d", "--json").stdout)
    assert found["campaigns"][0]["age_mark"] == 7 * 86400


@pytest.mark.parametrize(
    ("option", "value", "said"),
    (
        ("--since", "yesterday", "--since 'yesterday' is neither a day nor an instant"),
        ("--age", "24", "'24' is no age: write 15m, 24h or 7d"),
        ("--age", "0h", "'0h' is no age"),
    ),
)
def test_what_is_no_day_or_age_is_refused_with_an_example(house: House, option: str, value: str, said: str) -> None:
    assert said in house.cli("report", option, value, code=2).stderr


def test_a_page_that_cannot_be_written_is_said_in_words(house: House) -> None:
    done = house.cli("report", "--html", str(house.root / "missing" / "report.html"), code=78)
    assert "report.html: No such file or directory" in done.stderr
    assert "make the folder if it is missing" in done.stderr
