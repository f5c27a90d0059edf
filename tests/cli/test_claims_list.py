"""What a person sees of tracing: `claims list`, the line below each card, and `check`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.house import House

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = {
    "one": "Two sisters met at a fence in the rain.\n---\nThey had not seen each other for nine years. Who would?",
    "two": "A minute is enough for 2 letters.\n---\nIt took her a year. A guard looked away for a minute.",
}
LEDGER = """\
article: articles/fence.txt
sentences:
  - text: They had not seen each other for nine years.
    claims:
      - {id: C01, quote: nine years, kind: quantity, status: contradicted, note: It was eight.}
  - text: A guard looked away for a minute.
    say: A guard slept for an hour.
    claims:
      - {id: C02, quote: a minute, kind: quantity, status: disputed}
wordings:
  - text: A minute is enough for 2 letters.
    approved_by:
"""
UNSIGNED = "“A minute is enough for 2 letters.”"


@pytest.fixture
def house(tmp_path: Path) -> House:
    built = House.build(tmp_path / "w", **TEXTS)
    (built.root / "campaigns/fence.claims.yaml").write_text(LEDGER, "utf-8")
    return built


def test_list_tells_for_each_sentence_what_it_rests_on_and_where(house: House) -> None:
    told = house.cli("claims", "list", str(house.campaign))
    assert told.stdout.splitlines() == [
        "one 1 · main · campaigns/threads/one.md:1",
        "  article   Two sisters met at a fence in the rain.",
        "            campaigns/articles/fence.txt:3:1",
        "one 2 · main · campaigns/threads/one.md:3",
        "  article   They had not seen each other for nine years.",
        "            campaigns/articles/fence.txt:3:41 · C01 contradicted",
        "  voice     Who would?",
        "two 1 · main · campaigns/threads/two.md:1",
        "  unsigned  A minute is enough for 2 letters.",
        "            campaigns/fence.claims.yaml:11:5",
        "two 2 · main · campaigns/threads/two.md:3",
        "  article   It took her a year.",
        "            campaigns/articles/fence.txt:7:80",
        "  article   A guard looked away for a minute.",
        "            campaigns/articles/fence.txt:7:1 · C02 disputed",
    ]
    assert "the posts make 2 of 2 claims: 1 contradicted · 1 disputed" in told.stderr


def test_list_as_data_has_the_same(house: House) -> None:
    posts = json.loads(house.cli("claims", "list", str(house.campaign), "--json", "--thread", "one").stdout)
    assert [(post["thread"], post["account"], post["k"]) for post in posts] == [("one", "main", 1), ("one", "main", 2)]
    first, second = posts[1]["sentences"]
    assert first == {
        "text": "They had not seen each other for nine years.",
        "start": 0,
        "end": 44,
        "basis": "article",
        "near": "They had not seen each other for nine years.",
        "claims": [{"id": "C01", "quote": "nine years", "standing": "contradicted"}],
        "untraced": [],
        "place": "campaigns/articles/fence.txt:3:41",
    }
    assert (second["basis"], second["place"], second["untraced"]) == ("voice", "", [])


def test_list_names_what_a_sentence_that_rests_on_nothing_resembles(house: House) -> None:
    house.text("one", "Two sisters met at a fence in 1998.")
    told = house.cli("claims", "list", str(house.campaign), "--thread", "one").stdout
    assert "  nothing   Two sisters met at a fence in 1998.\n" in told
    assert "resembles “Two sisters met at a fence in the rain.”" in told


def test_list_says_so_when_claims_are_off(house: House) -> None:
    house.campaign.write_text(house.campaign.read_text("utf-8") + "claims: off\n", "utf-8")
    told = house.cli("claims", "list", str(house.campaign))
    assert "claims: off, so nothing is traced" in told.stderr
    assert "article" not in told.stdout.replace("articles", "")


def test_preview_shows_below_each_post_its_claims_and_voice(house: House) -> None:
    told = house.cli("preview", str(house.campaign)).stdout
    assert "  ├ from the article, nothing in it is in the ledger\n" in told
    assert "  └ C01 contradicted · your own words: “Who would?”\n" in told
    assert f"  ├ not approved: {UNSIGNED}\n" in told
    assert "  └ C02 disputed\n" in told
    threads = json.loads(house.cli("preview", str(house.campaign), "--json").stdout)
    assert [one["basis"] for one in threads[0]["posts"][1]["sentences"]] == ["article", "voice"]


def test_an_answered_claim_is_told_as_such(house: House) -> None:
    house.text("two", "A guard slept for an hour.\n---\nRead on.")
    assert "  ├ C02 disputed, reworded\n" in house.cli("preview", str(house.campaign)).stdout


def test_check_exits_3_for_a_contradicted_claim_and_says_where(house: House) -> None:
    told = house.cli("check", str(house.campaign), code=3)
    assert (
        "campaigns/threads/one.md:3: error: post one 2: says “nine years”, which is contradicted (C01: It was eight)"
        in (told.output)
    )
    house.text("one", "Two sisters met at a fence in the rain.")
    told = house.cli("check", str(house.campaign))
    assert f"warning: post two 1: says in your own words {UNSIGNED}: not approved" in told.output
    house.campaign.write_text(house.campaign.read_text("utf-8") + "claims: block\n", "utf-8")
    house.cli("check", str(house.campaign), code=3)
    assert json.loads(house.cli("check", str(house.campaign), "--json", code=3).stdout)["ok"] is False


def test_without_a_ledger_check_points_to_scan_and_passes(house: House) -> None:
    (house.root / "campaigns/fence.claims.yaml").unlink()
    told = house.cli("check", str(house.campaign)).output
    assert "note: has no ledger of claims" in told
    assert "amplifier claims scan campaigns/fence.yaml" in told
    assert f"warning: post two 1: {UNSIGNED} is not what the article says" in told
    shown = house.cli("preview", str(house.campaign)).stdout
    assert "ledger" not in shown
    assert "  ├\n" in shown


def test_a_campaign_without_a_ledger_is_told_of_one_with_the_claims_of_its_article(house: House) -> None:
    ledger = house.root / "campaigns/fence.claims.yaml"
    ledger.rename(ledger.with_name("other.claims.yaml"))
    told = house.cli("check", str(house.campaign)).output
    assert "campaigns/other.claims.yaml has the claims of the same article (1 contradicted, 1 disputed)" in told
    assert "    copy it to campaigns/fence.claims.yaml to use it" in told
    assert "amplifier claims scan campaigns/fence.yaml writes" not in told
    ledger.with_name("other.claims.yaml").rename(ledger)
    house.cli("check", str(house.campaign), code=3)


def test_what_check_stops_approve_stops(house: House) -> None:
    house.cli("approve", str(house.campaign), "--yes", code=3)
    house.text("one", "Two sisters met at a fence in the rain.")
    house.cli("check", str(house.campaign))
    house.cli("approve", str(house.campaign), "--yes")


def test_words_that_were_approved_are_no_proof_of_the_claims_in_them(house: House) -> None:
    ledger = house.root / "campaigns/fence.claims.yaml"
    own = "  - text: They had not met for nine years, and a guard looked away for a minute.\n    approved_by: Lee\n"
    ledger.write_text(LEDGER + own, "utf-8")
    house.text("two", "They had not met for nine years, and a guard looked away for a minute.")
    told = house.cli("preview", str(house.campaign)).stdout
    [line] = [line for line in told.splitlines() if "your own words, approved:" in line]
    assert "C01 contradicted" in line, "a doubt is told, whoever has approved the words"
    ledger.write_text((LEDGER + own).replace("contradicted, note: It was eight.", "verified, checked_by: Ann"), "utf-8")
    told = house.cli("preview", str(house.campaign)).stdout
    [line] = [line for line in told.splitlines() if "your own words, approved:" in line]
    assert "verified" not in line, "what was verified is the article's sentence, and not this one"
