from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.house import House
from tests.support.terminal import interview

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ARTICLE = """The fence

Ann Lee crossed the fence in 1998. She waited nine years for it. A guard fired 40 shots, per Reuters. She was 19 then.
"""
POSTS = """\
Ann Lee crossed the fence in 1998. #Fence
---
A guard fired 40 shots, per Reuters.
---
She was 19 then.
---
At least 300 people tried it after her.
"""
LEDGER = """\
# the fence
article: articles/fence.txt
sentences:
  - text: Ann Lee crossed the fence in 1998.
    claims:
      - {id: N1, quote: Ann Lee, kind: name}
      - id: D1
        quote: "1998"
        kind: date
  - text: She waited nine years for it.
    claims:
      - {id: Q1, quote: nine years, kind: quantity, status: contradicted}
  - text: A guard fired 40 shots, per Reuters.
    claims:
      - id: S1
        quote: 40 shots
        kind: number
        status: disputed
        note: The report says thirty.
      - id: S2
        quote: per Reuters
        kind: attribution
        checked_by:
  - text: She was 19 then.   # in that year
    claims:
      - id: A1
        quote: "19"
        kind: age
        status: contradicted
        source:
          publisher: The Post
          date:
        note: Her papers say 24.
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House.build(tmp_path / "house", one=POSTS)
    (house.root / "campaigns/articles/fence.txt").write_text(ARTICLE, "utf-8")
    path_of(house).write_text(LEDGER, "utf-8")
    return house


def path_of(house: House) -> Path:
    return house.root / "campaigns/fence.claims.yaml"


def text_of(house: House) -> str:
    return path_of(house).read_text("utf-8")


def review(house: House, *answers: str | tuple[str, str | Callable[[], str]], by: str = "Kim") -> tuple[str, int]:
    """Review at a terminal; an answer without its question is one to `your answer`."""
    asked = [("your answer", f"{given}\n") if isinstance(given, str) else given for given in answers]
    return interview(house, "claims", "review", str(house.campaign), "--by", by, answers=asked)


def signed_today(text: str) -> str:
    return re.sub(r"checked_on: 20\d\d-\d\d-\d\d", "checked_on: TODAY", text)


# ---------------------------------------------------------------- scan


def test_scan_writes_what_the_article_asserts_and_names_the_next_step(house: House) -> None:
    path_of(house).unlink()
    result = house.cli("claims", "scan", str(house.campaign))
    assert re.search(
        r"fence\.claims\.yaml: \d+ claims in \d sentences\nnew: \d+\n  C01  name: Ann Lee\n", result.stdout
    )
    assert result.stderr == f"next: amplifier claims review {house.campaign}\n"
    text = text_of(house)
    assert text.startswith("# yaml-language-server: $schema=claims.schema.json\n")
    assert "\narticle: articles/fence.txt\nsentences:\n  - text: Ann Lee crossed the fence in 1998.\n" in text
    assert "checked_by:\n" in text
    again = house.cli("claims", "scan", str(house.campaign))
    assert "new:" not in again.stdout
    assert "kept: " in again.stdout
    assert text_of(house) == text


def test_scan_keeps_what_a_person_wrote_and_adds_what_is_new(house: House) -> None:
    data = json.loads(house.cli("claims", "scan", str(house.campaign), "--json").stdout)
    assert {claim["id"] for claim in data["kept"]} >= {"N1", "D1", "S1", "S2", "A1", "Q1"}
    assert (data["gone"], data["void"]) == ([], [])
    text = text_of(house)
    for line in LEDGER.splitlines():
        assert f"{line}\n" in text


def test_scan_says_what_a_changed_article_makes_void(house: House) -> None:
    path_of(house).write_text(
        LEDGER.replace("status: disputed", "status: verified\n        checked_by: Kim\n        checked_on: 2026-12-01")
    )
    changed = ARTICLE.replace("A guard fired 40 shots", "Two guards fired 40 shots").replace("nine years", "long")
    (house.root / "campaigns/articles/fence.txt").write_text(changed, "utf-8")
    result = house.cli("claims", "scan", str(house.campaign))
    assert "\nvoid: 1\n  S1  number: 40 shots\n" in result.stdout
    assert "void: signed once, but the sentence has changed; look at them again\n" in result.stderr
    assert "  - text: Two guards fired 40 shots, per Reuters.\n" in text_of(house)
    assert "        status: unverified\n        checked_by:\n" in text_of(house)


def test_help_lists_the_commands_without_importing_them(house: House) -> None:
    shown = house.cli("claims", "--help").stdout
    assert re.findall(r"^  (scan|review|list) ", shown, re.MULTILINE) == ["scan", "review", "list"]
    assert house.cli("claims", "scann", code=2).exit_code == 2


# ---------------------------------------------------------------- a ledger is no campaign


def test_a_ledger_is_checked_with_its_campaign(house: House) -> None:
    path_of(house).write_text(LEDGER.replace("status: disputed", "status: disputd"))
    result = house.cli("check", str(house.campaign), str(path_of(house)), code=3)
    assert "a ledger of claims is checked with its campaign\n" in result.stderr
    assert "campaigns/fence.claims.yaml:18:17: error: status: 'disputd' is no status\n" in result.stdout
    alone = house.cli("check", str(path_of(house)), code=2)
    assert (
        "campaigns/fence.claims.yaml is a ledger of claims, not a campaign\n  name its campaign: campaigns/fence.yaml"
        in (alone.stderr)
    )


# ---------------------------------------------------------------- review


def test_review_needs_a_ledger_and_a_person(house: House) -> None:
    result = house.cli("claims", "review", str(house.campaign), code=4)
    assert result.stderr.startswith("error: 5 questions for a person\n  type it at a terminal, or edit campaigns/")
    path_of(house).unlink()
    result = house.cli("claims", "review", str(house.campaign), code=2)
    assert f"has no ledger of claims yet\n  amplifier claims scan {house.campaign}\n" in result.stderr


def test_a_review_asks_the_worst_first_and_writes_what_a_person_says(house: House) -> None:
    shown, code = review(
        house,
        "w",
        ("say instead", "She was 19.\n"),
        ("say instead", "She was 19 then.\n"),
        ("say instead", "She was 24 then.\n"),
        "d",
        ("say instead", "\n"),
        ("a reason", "Reuters: counted twice\n"),
        "nonsense",
        "verified",
        ("title", "Shots at the fence\n"),
        ("publisher", "\n"),
        ("date", "1998\n"),
        ("link", "reuters.com\n"),
        ("link", "https://example.org/shots\n"),
        "r",
        "v",
        "a",
    )
    assert code == 0
    assert re.findall(r"^  (\w\d) .*, (\w+), not signed", shown, re.MULTILINE) == [
        ("A1", "contradicted"),
        ("S1", "disputed"),
        ("S2", "unverified"),
        ("D1", "unverified"),
    ]
    assert "Q1" not in shown  # no post makes it
    assert "campaigns/articles/fence.txt:3:103\n  She was 19 then.\n" in shown
    assert "      Her papers say 24.\n      source: The Post\n  in one 3\n" in shown
    assert "that still says “19”" in shown
    assert "type one of v, d, w, r, s, x, q" in shown
    assert "names that nobody has checked:\n  N1  Ann Lee  in one 1\n" in shown
    assert "your own words, which the article does not have:\n  At least 300 people tried it" in shown
    assert "\ndone: 6 answers saved in campaigns/fence.claims.yaml\n" in shown
    signature = "        checked_by: Kim\n        checked_on: TODAY\n"
    text = signed_today(text_of(house))
    assert (
        "  - text: She was 19 then.   # in that year\n    say: She was 24 then.\n    claims:\n"
        '      - id: A1\n        quote: "19"\n        kind: age\n        status: contradicted\n'
        f"        source:\n          publisher: The Post\n          date:\n{signature}"
        "        note: Her papers say 24.\n"
    ) in text
    assert (
        f'        status: disputed\n{signature}        because: "Reuters: counted twice"\n'
        "        note: The report says thirty.\n"
    ) in text
    assert (
        "        kind: attribution\n        status: verified\n        source:\n          title: Shots at the fence\n"
        '          publisher:\n          date: "1998"\n          link: https://example.org/shots\n'
        f"{signature}"
    ) in text
    assert f"        kind: date\n        status: rhetorical\n{signature}" in text
    assert "        kind: name\n        status: verified\n" in text
    assert "wordings:\n  - text: At least 300 people tried it after her.\n    approved_by: Kim\n    note:\n" in text
    again = house.cli("claims", "review", str(house.campaign))
    assert again.stdout == "nothing to ask: every claim that the posts make has been answered\n"


def test_a_dropped_sentence_is_not_asked_about_again_and_skipping_writes_nothing(house: House) -> None:
    shown, code = review(house, "", "x", "s", "s", "q")
    assert code == 0
    assert "\nleft: 1 answer saved in" in shown
    assert text_of(house) == LEDGER.replace(
        "  - text: A guard fired 40 shots, per Reuters.\n",
        "  - text: A guard fired 40 shots, per Reuters.\n    drop: true\n",
    )


@pytest.mark.parametrize("key", ("\x03", "\x04"))
def test_whoever_leaves_loses_nothing(house: House, key: str) -> None:

    def at_last() -> str:
        time.sleep(0.5)  # until the question is waiting: a signal before that would wait for the next key
        return key

    shown, code = review(house, "w", ("say instead", "\n"), ("your answer", at_last))
    assert (code, "then the posts that use it stop" in shown) == (0, True)
    assert "\nleft: 1 answer saved in campaigns/fence.claims.yaml\n" in shown
    assert text_of(house).count("checked_by: Kim") == 1


def test_names_can_be_taken_one_at_a_time(house: House) -> None:
    shown, _ = review(house, "s", "s", "s", "s", "o", "w", ("say instead", "A woman crossed it in 1998.\n"), "q")
    assert shown.count("N1 name, unverified, not signed: Ann Lee") == 1
    assert "    say: A woman crossed it in 1998.\n" in text_of(house)


def test_what_is_changed_meanwhile_is_kept_and_never_written_over(house: House) -> None:
    def elsewhere() -> str:
        path_of(house).write_text(text_of(house).replace("# the fence", "# our fence"))
        return "r\n"

    def here() -> str:
        path_of(house).write_text(text_of(house).replace("The report says thirty.", "The report says 31."))
        return "r\n"

    shown, code = review(house, ("your answer", elsewhere), ("your answer", here))
    assert code == 2
    assert "the ledger has been changed meanwhile, about “A guard fired 40 shots, per Reuters.”" in shown
    text = text_of(house)
    assert "# our fence" in text
    assert "note: The report says 31." in text
    assert re.findall(r"status: (\w+)", text) == ["contradicted", "disputed", "rhetorical"]


def test_every_claim_is_asked_about_while_the_posts_are_not_known(house: House) -> None:
    house.text("one", "---\n")
    result = house.cli("claims", "review", str(house.campaign), code=4)
    assert "so the posts are not known; every claim of the article is asked about\n" in result.stderr
    assert "error: 5 questions" in result.stderr
    house.text("one", POSTS)
    house.campaign.write_text(house.campaign.read_text() + "claims: off\n")
    result = house.cli("claims", "review", str(house.campaign), code=4)
    assert (
        "claims are off in this campaign: every claim of the article is asked about\nerror: 5 questions"
        in result.stderr
    )
