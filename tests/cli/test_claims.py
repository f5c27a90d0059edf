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


def say_it(house: House, words: str) -> None:
    """Put words to use instead of the sentence about her age into the ledger."""
    line = "  - text: She was 19 then.   # in that year\n"
    path_of(house).write_text(LEDGER.replace(line, f"{line}    say: {words}\n"))


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
        ("say instead", "w\n"),
        ("say instead", "They may\n"),
        ("say instead", "She was 34 then.\n"),
        ("so?", "n\n"),
        ("say instead", "She was 24 then.\n"),
        ("so?", "\n"),
        "d",
        ("say instead", "\n"),
        ("a reason", "Reuters: counted twice\n"),
        "nonsense",
        "verified",
        ("title", "Shots at the fence\n"),
        ("publisher", "v\n"),
        ("publisher", "\n"),
        ("date", "1998\n"),
        ("link", "reuters.com\n"),
        ("link", "https://example.org/shots\n"),
        "r",
        "v",
        "a",
        ("how do you know?", "the list of the border guard\n"),
    )
    assert code == 0
    assert re.findall(r"^  (\w\d) \w+ “.*”: (\w+).*, not signed", shown, re.MULTILINE) == [
        ("A1", "contradicted"),
        ("S1", "disputed"),
        ("S2", "unverified"),
        ("D1", "unverified"),
    ]
    assert "Q1" not in shown  # no post makes it
    assert shown.count("A guard fired 40 shots, per Reuters.") == 1  # one screen for both of its claims
    assert "campaigns/articles/fence.txt:3:103, in one 3\n  the article says: She was 19 then.\n" in shown
    assert "  A1 age “19”: contradicted (good sources say it is wrong), not signed\n" in shown
    assert "      Her papers say 24.\n      source: The Post\n" in shown
    assert "\nA1: the article says “19”. Does it hold?\n" in shown
    assert "that still says “19”" in shown
    assert "that is the sentence itself" in shown
    assert "“w” alone says nothing" in shown
    assert "“They may” is no sentence; write all that is to go out, at least three words\n" in shown
    assert "type one of v, d, w, r, s, x, u, q, ?" in shown
    assert "names that nobody has checked:\n  N1  Ann Lee  in one 1\n" in shown
    assert "your own words, which the article does not have:\n  At least 300 people tried it" in shown
    assert "no source named: readers and colleagues will ask\n" in shown
    assert "\ndone: 6 answers saved in campaigns/fence.claims.yaml; 1 of 2 verified without a source\n" in shown
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
    assert (
        "wordings:\n  - text: At least 300 people tried it after her.\n    approved_by: Kim\n"
        "    note: the list of the border guard\n"
    ) in text
    again = house.cli("claims", "review", str(house.campaign))
    assert again.stdout == "nothing to ask: every claim that the posts make has been answered\n"


@pytest.mark.slow
def test_a_doubt_is_overruled_by_no_stray_letter_and_words_in_place_are_named(house: House) -> None:
    say_it(house, "She was 24 then.")
    shown, _ = review(
        house,
        "v",
        ("really verified? [y/N]", "\n"),
        "r",
        ("really rhetorical? [y/N]", "n\n"),
        "w",
        ("say instead (Enter: they may)", "\n"),
        "q",
    )
    assert "  the article says: She was 19 then.\n  goes out instead: She was 24 then.\n" in shown
    assert shown.count("the note says: Her papers say 24.\n") == 2
    assert "these words go out instead: “She was 24 then.”\n" in shown
    assert "posts that use it stop" not in shown.split("these words")[1]
    assert "left: 1 answer saved" in shown
    assert re.findall(r"status: (\w+)\n        source:", text_of(house)) == ["contradicted"]


@pytest.mark.slow
def test_who_means_it_overrules_a_doubt_also_without_a_note(house: House) -> None:
    path_of(house).write_text(LEDGER.replace("        note: Her papers say 24.\n", ""))
    shown, _ = review(
        house,
        "v",
        ("really verified? [y/N]", "y\n"),
        ("title", "\n"),
        ("publisher", "\n"),
        ("date", "\n"),
        ("link", "\n"),
        "q",
    )
    assert "the ledger says contradicted: good sources say it is wrong\n" in shown
    assert "status: verified" in text_of(house)
    assert "no source named" not in shown  # the ledger had one


@pytest.mark.slow
def test_words_in_place_that_are_wrong_themselves_are_no_answer(house: House) -> None:
    say_it(house, "She was just 19 then.")
    shown, _ = review(house, "w", ("say instead (Enter: nothing)", "\n"), "q")
    assert "these words go out instead, and still say “19”: “She was just 19 then.”\n" in shown
    assert "then the posts that use it stop\n" in shown


@pytest.mark.slow
def test_a_source_is_typed_once_and_dates_are_dates(house: House) -> None:
    shown, _ = review(
        house,
        "s",
        "s",
        "v",
        ("title", "\n"),
        ("publisher", "The Post\n"),
        ("date", "soon\n"),
        ("date", "autumn 2018\n"),
        ("date [autumn 2018]", "\n"),
        ("link", "\n"),
        "v",
        ("same source as before (The Post, autumn 2018)? [Y/n]", "\n"),
        "q",
    )
    assert "“soon” is no date such as 2018, 2018-11 or 2018-11-19\n" in shown
    assert "“autumn 2018” is no date such as 2018, 2018-11 or 2018-11-19 (Enter: keep it)\n" in shown
    assert text_of(house).count("          publisher: The Post\n          date: autumn 2018\n") == 2
    assert "\nleft: 2 answers saved in campaigns/fence.claims.yaml\n" in shown


@pytest.mark.slow
def test_a_claim_with_another_source_is_not_offered_the_one_before(house: House) -> None:
    path_of(house).write_text(LEDGER.replace("checked_by:", "source: {publisher: BBC}"))
    shown, _ = review(
        house,
        "v",
        ("really verified?", "y\n"),
        ("title", "\n"),
        ("publisher [The Post]", "\n"),
        ("date", "\n"),
        ("link", "\n"),
        "s",
        "v",
        ("title", "\n"),
        ("publisher [BBC]", "\n"),
        ("date", "\n"),
        ("link", "\n"),
        "q",
    )
    assert "same source" not in shown
    assert "left: 2 answers saved" in shown


def test_the_last_answer_is_taken_back_and_asked_again(house: House) -> None:
    shown, code = review(
        house,
        "u",
        "w",
        ("say instead", "She was 24 then.\n"),
        ("so?", "\n"),
        "x",
        ("never use this sentence? [y/N]", "y\n"),
        "u",
        "u",
        "s",
        "s",
        "q",
    )
    assert code == 0
    assert "nothing to undo: no answer of this session is saved\n" in shown
    assert shown.count("taken back: ") == 2
    screens = re.findall(r"^(\d) of 5$", shown, re.MULTILINE)
    assert screens == ["1", "2", "3", "2", "1", "2"]
    assert "left: 0 answers saved" in shown
    text = text_of(house)
    assert "24 then" not in text
    assert "Kim" not in text
    assert "    drop: false\n" in text


@pytest.mark.slow
def test_names_and_own_words_are_taken_back_too(house: House) -> None:
    skipped = ("s", "s", "s", "s")
    how = ("how do you know?", "Ann\n")
    shown, _ = review(house, *skipped, "v", "a", how, by="Moon")
    assert "done: 2 answers saved in campaigns/fence.claims.yaml; 1 of 1 verified without a source" in shown
    written = text_of(house)
    path_of(house).write_text(LEDGER)

    def look() -> str:
        assert text_of(house).count("Moon") == 2
        return "u\n"

    house.text("one", POSTS + "---\nAbout 20 more were seen there.\n")
    shown, _ = review(house, *skipped, "v", "a", how, ("your answer", look), "u", "o", "r", "u", "q", by="Moon")
    assert shown.count("taken back: ") == 3
    assert "left: 0 answers saved in campaigns/fence.claims.yaml\n" in shown
    assert "verified without" not in shown
    assert "Moon" not in text_of(house)
    house.text("one", POSTS)
    review(house, *skipped, "v", "a", how, by="Moon")
    assert written.split("wordings:")[1] == text_of(house).split("wordings:")[1]


@pytest.mark.slow
def test_the_letters_are_explained_in_plain_words(house: House) -> None:
    shown, _ = review(house, "?", "h", "q")
    assert shown.count("  w  wrong: good sources say it is wrong (contradicted); posts that say it stop") == 2
    for letter in "vdwrsxuq?":
        assert f"\n  {letter}  " in shown


@pytest.mark.slow
def test_claims_that_were_answered_are_asked_about_again_by_name(house: House) -> None:
    path_of(house).write_text(
        LEDGER.replace("kind: date", "kind: date\n        checked_by: Lee\n        status: verified")
    )
    shown, _ = interview(
        house,
        *("claims", "review", str(house.campaign), "--by", "Kim", "--again", "D1", "--again", "Q1"),
        answers=[("your answer", "x\n"), ("never use", "y\n"), ("your answer", "r\n")],
    )
    assert "1 of 2\n" in shown
    assert "D1 date “1998”: verified, checked by Lee\n" in shown
    assert "names that nobody has checked" not in shown
    assert "your own words" not in shown
    assert "status: rhetorical" in text_of(house)
    assert "drop: true" in text_of(house)
    shown, _ = interview(
        house,
        *("claims", "review", str(house.campaign), "--by", "Kim", "--again", "Q1"),
        answers=[("your answer", "x\n"), ("your answer", "s\n")],
    )
    assert "  never used: a person has dropped the sentence\n" in shown
    assert "x take the sentence back" in shown
    assert shown.count("1 of 1\n") == shown.count("x drop the sentence") + 1 == 2
    assert "drop: false" in text_of(house)
    for name, hint in (("D11", "did you mean D1?"), ("foo", "amplifier claims list names those that the posts make")):
        result = house.cli("claims", "review", str(house.campaign), "--again", name, code=2)
        assert f"there is no claim {name} in campaigns/fence.claims.yaml\n  {hint}\n" in result.stderr


@pytest.mark.slow
def test_a_name_without_a_verdict_is_no_answer(house: House) -> None:
    path_of(house).write_text(LEDGER.replace("kind: date", "kind: date\n        checked_by: Lee"))
    shown, _ = review(house, "s", "s", "s", "r", "q")
    assert "D1 date “1998”: unverified, checked by Lee\n" in shown
    assert "status: rhetorical\n        checked_by: Kim\n" in signed_today(text_of(house))


def test_a_ledger_without_claims_says_so(house: House) -> None:
    house.text("one", "Come and see.\n")
    result = house.cli("claims", "review", str(house.campaign))
    assert result.stdout == "nothing to ask: no post makes a claim of campaigns/fence.claims.yaml\n"
    path_of(house).write_text("article: articles/fence.txt\n")
    result = house.cli("claims", "review", str(house.campaign))
    assert result.stdout == "nothing to ask: there are no claims in campaigns/fence.claims.yaml\n"


@pytest.mark.slow
def test_a_dropped_sentence_is_not_asked_about_again_and_skipping_writes_nothing(house: House) -> None:
    shown, code = review(house, "", "x", ("never use", "\n"), "x", ("never use", "y\n"), "s", "s", "q")
    assert code == 0
    assert "\nleft: 1 answer saved in" in shown
    assert text_of(house) == LEDGER.replace(
        "  - text: A guard fired 40 shots, per Reuters.\n",
        "  - text: A guard fired 40 shots, per Reuters.\n    drop: true\n",
    )


@pytest.mark.parametrize("key", ("\x03", "\x04"))
def test_whoever_leaves_loses_nothing(house: House, key: str) -> None:

    def at_last() -> str:
        time.sleep(1)  # until the question is waiting: a signal before that would wait for the next key
        return key

    shown, code = review(house, "w", ("say instead", "\n"), ("your answer", at_last))
    assert (code, "then the posts that use it stop" in shown) == (0, True)
    assert "\nleft: 1 answer saved in campaigns/fence.claims.yaml\n" in shown
    assert text_of(house).count("checked_by: Kim") == 1


@pytest.mark.slow
def test_names_can_be_taken_one_at_a_time(house: House) -> None:
    shown, _ = review(
        house, "s", "s", "s", "s", "o", "w", ("say instead", "A woman crossed it in 1998.\n"), ("so?", "\n"), "q"
    )
    assert shown.count("N1 name “Ann Lee”: unverified, not signed") == 1
    assert "    say: A woman crossed it in 1998.\n" in text_of(house)


@pytest.mark.slow
def test_what_is_changed_meanwhile_is_kept_and_never_written_over(house: House) -> None:
    def elsewhere() -> str:
        path_of(house).write_text(text_of(house).replace("# the fence", "# our fence"))
        return "y\n"

    def here() -> str:
        path_of(house).write_text(text_of(house).replace("The report says thirty.", "The report says 31."))
        return "y\n"

    shown, code = review(house, "r", ("really", elsewhere), "r", ("really", here))
    assert code == 2
    assert "the ledger has been changed meanwhile, about “A guard fired 40 shots, per Reuters.”" in shown
    text = text_of(house)
    assert "# our fence" in text
    assert "note: The report says 31." in text
    assert re.findall(r"status: (\w+)", text) == ["contradicted", "disputed", "rhetorical"]


def test_every_claim_is_asked_about_while_the_posts_are_not_known(house: House) -> None:
    house.text("one", "---\n")
    result = house.cli("claims", "review", str(house.campaign), code=4)
    assert "so the posts are not known: every claim of the article is asked about\n" in result.stderr
    assert "error: 5 questions" in result.stderr
    house.text("one", POSTS)
    house.campaign.write_text(house.campaign.read_text() + "claims: off\n")
    result = house.cli("claims", "review", str(house.campaign), code=4)
    assert (
        "claims are off in this campaign: every claim of the article is asked about\nerror: 5 questions"
        in result.stderr
    )
    result = house.cli("claims", "review", str(house.campaign), "--again", "D1", code=4)
    assert result.stderr.startswith("error: 1 question for a person\n")
