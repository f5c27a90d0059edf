"""From a published post that has turned out wrong to its correction, as a person types it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.fakes.x_server import XServer
from tests.support.house import House

if TYPE_CHECKING:
    from pathlib import Path

LEDGER = """\
article: articles/fence.txt
sentences:
  - text: They had not seen each other for nine years.
    at: "3:41"
    say: They had not seen each other for ten years.
    claims:
      - id: C01
        quote: nine years
        at: "3:74"
        kind: quantity
        status: contradicted
        source: {title: , publisher: The Paper, date: 2018-01-02, link: }
        checked_by:
        checked_on:
        note: It was ten.
  - text: A guard looked away for a minute.
    at: "7:1"
    claims:
      - {id: C02, quote: a minute, kind: quantity, status: disputed}
"""
WRONG = "They had not seen each other for nine years.\n---\nA guard looked away for a minute."
CORRECTION = (
    "Correction: we wrote “They had not seen each other for nine years”.\n\n"
    "They had not seen each other for ten years.\n\n"
    "Source: The Paper, 2018-01-02"
)
POST = "fence/said/main/1@dry"


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A thread is out, as a dry run; then the ledger learns that it is wrong, and the thread is mended."""
    built = House.build(tmp_path / "w", said=WRONG)
    publish(built)
    return built


def publish(house: House, *threads: str) -> None:
    house.write("said", *threads, post_gap="0s")
    house.cli("approve", str(house.campaign), "--now", "--yes")
    house.cli("run", "--drain")
    (house.root / "campaigns/fence.claims.yaml").write_text(LEDGER, "utf-8")
    house.text("said", WRONG.replace("nine", "ten"))


def texts(house: House, name: str) -> str:
    return (house.root / f"campaigns/threads/{name}.md").read_text("utf-8").rstrip("\n")


def ledger(house: House, old: str, new: str) -> None:
    path = house.root / "campaigns/fence.claims.yaml"
    written = path.read_text("utf-8")
    assert old in written
    path.write_text(written.replace(old, new, 1), "utf-8")


# ---------------------------------------------------------------- all the way


def test_a_correction_is_composed_approved_and_goes_out_under_the_wrong_post(house: House) -> None:
    before = house.campaign.read_text("utf-8")
    told = house.cli("correct", POST)
    assert texts(house, "correct-said-1") == CORRECTION
    assert "\n".join(f"  │ {line}" for line in CORRECTION.split("\n")) in told.stdout
    assert (
        "wrote campaigns/threads/correct-said-1.md: a reply to fence/said/main/1@dry; nothing is queued" in told.stderr
    )
    assert f"next: amplifier preview {house.campaign} --thread correct-said-1, then plan and approve" in told.stderr
    entry = "  - {id: correct-said-1, text: threads/correct-said-1.md, reply_to: fence/said/main/1}\n"
    assert house.campaign.read_text("utf-8") == before + entry
    assert len(json.loads(house.cli("queue", "list", "--json").stdout)) == 2

    file = str(house.campaign)
    house.cli("check", file)
    assert "replies to fence/said/main/1@dry, as soon as it is approved" in house.cli("plan", file).stdout
    (step,) = [one for one in json.loads(house.cli("plan", file, "--json").stdout)["steps"] if one["action"] == "add"]
    assert (step["thread"], step["reply_to"]) == ("correct-said-1", POST)
    house.cli("approve", file, "--yes")
    assert "fence/correct-said-1/main/1@dry of 1  sent" in house.cli("run", "--drain").stdout
    wrong, _, right = map(json.loads, (house.root / "outbox/posts.jsonl").read_text("utf-8").splitlines())
    assert (right["text"], right["in_reply_to"]) == (CORRECTION, wrong["id"])
    rows = json.loads(house.cli("export", "json", "thread_status").stdout)
    assert {row["thread"]: row["reply_to"] for row in rows} == {"said": None, "correct-said-1": wrong["id"]}


def test_a_link_in_what_is_quoted_is_tagged_for_the_correction_not_for_the_wrong_post(tmp_path: Path) -> None:
    said = "They had not seen each other for nine years (https://example.org/fence)."
    house = House.build(tmp_path / "w", said=said)
    house.write("said", post_gap="0s")
    house.campaign.write_text(f"utm: true\n{house.campaign.read_text('utf-8')}", "utf-8")
    house.cli("approve", str(house.campaign), "--now", "--yes")
    house.cli("run", "--drain")
    (house.root / "campaigns/fence.claims.yaml").write_text(LEDGER, "utf-8")
    told = house.cli("correct", "fence/said/main/1@dry")
    assert "we wrote" in texts(house, "correct-said-1")
    assert "utm" not in texts(house, "correct-said-1")
    assert "utm_content=said-1" not in told.stdout


def test_other_published_posts_that_say_the_same_are_named(tmp_path: Path) -> None:
    house = House.build(tmp_path / "w", said=WRONG, again="They had been nine years apart.")
    publish(house, "again")
    told = house.cli("correct", POST).stderr
    assert "fence/again/main/1@dry says the same: amplifier correct fence/again/main/1@dry\n" in told
    assert "said/main/2" not in told
    assert f"{POST} says the same" not in told


def test_on_x_the_correction_replies_to_the_wrong_post(tmp_path: Path) -> None:
    house = House.build(tmp_path / "w", said=WRONG)
    with XServer() as x:
        house.environment = {**x.credentials("main"), "AMPLIFIER_LIVE": "1"}
        publish(house)
        house.cli("correct", "fence/said/main/1", str(house.campaign))
        house.cli("approve", str(house.campaign), "--yes")
        house.cli("run", "--drain")
        wrong, _, right = x.posts
        assert (right.text, right.parent) == (CORRECTION, wrong.id)
        assert x.requests[-1].body == {"text": CORRECTION, "reply": {"in_reply_to_tweet_id": wrong.id}}
        assert "0 threads" not in house.cli("approve", str(house.campaign), "--yes").stderr
        assert house.cli("run", "--drain").stdout == ""
        assert len(x.posts) == 3


def test_a_rehearsed_correction_replies_to_the_rehearsed_post(tmp_path: Path) -> None:
    house = House.build(tmp_path / "w", said=WRONG)
    house.environment = {"AMPLIFIER_ACCOUNTS__MAIN__NETWORK": "simulated"}
    publish(house)
    house.cli("correct", "fence/said/main/1@simulated")
    house.cli("approve", str(house.campaign), "--yes")
    house.cli("run", "--drain")
    wrong, _, right = map(json.loads, (house.root / "simulated/main.jsonl").read_text("utf-8").splitlines())
    assert (right["text"], right["in_reply_to"]) == (CORRECTION, wrong["id"])


def test_an_address_without_a_mode_is_the_post_in_the_accounts_own_mode(house: House) -> None:
    assert "a reply to fence/said/main/1;" in house.cli("correct", "fence/said/main/1").stderr


# ---------------------------------------------------------------- the gate


def test_a_correction_passes_the_strictest_gate_once_the_ledger_is_signed(house: House) -> None:
    text = house.campaign.read_text("utf-8")
    house.campaign.write_text(text.replace("name: fence", "name: fence\nclaims: block"), "utf-8")
    ledger(house, "status: disputed", "status: verified, checked_by: Ann")
    house.text("said", "They had not seen each other for ten years.")
    house.cli("check", str(house.campaign))
    house.cli("correct", POST)
    house.cli("check", str(house.campaign))
    house.cli("approve", str(house.campaign), "--yes")


@pytest.mark.parametrize(
    ("said", "instead"),
    (
        ("we wrote “They had", "They had"),
        ("nine years”.", "nine years, and Kim Chol shot 312 prisoners, says Amnesty”."),
        ("nine years”.", "nine years” They had not seen each other for nine years."),
        ("for ten years.", "for nine years."),
    ),
)
def test_an_answer_that_says_what_is_wrong_itself_is_stopped(house: House, said: str, instead: str) -> None:
    house.cli("correct", POST)
    assert said in CORRECTION
    house.text("correct-said-1", CORRECTION.replace(said, instead))
    assert "post correct-said-1 1: says" in house.cli("check", str(house.campaign), code=3).stdout
    house.cli("approve", str(house.campaign), "--yes", code=3)


def test_only_an_answer_may_have_the_form_of_a_correction(house: House) -> None:
    house.text("plain", CORRECTION)
    house.write("said", "plain")
    assert "post plain 1: says" in house.cli("check", str(house.campaign), code=3).stdout


# ---------------------------------------------------------------- what is not corrected


def test_a_post_that_claims_nothing_wrong_is_not_corrected_and_its_claims_are_told(house: House) -> None:
    told = house.cli("correct", "fence/said/main/2@dry", code=2).stderr
    assert "nothing that fence/said/main/2@dry claims is contradicted, or disputed with a say" in told
    assert "C02 “a minute” is disputed" in told
    assert "campaigns/fence.claims.yaml" in told
    assert '--because "…"' in told
    ledger(house, "status: contradicted", "status: unverified")
    assert "C01 “nine years” is unverified" in house.cli("correct", POST, code=2).stderr
    assert not list((house.root / "campaigns/threads").glob("correct*"))


def test_what_is_not_out_is_not_corrected(house: House) -> None:
    house.text("later", "A guard looked away.")
    house.write("said", "later")
    house.cli("approve", str(house.campaign), "--yes")
    told = house.cli("correct", "fence/later/main/1@dry", code=2).stderr
    assert "fence/later/main/1@dry is queued: only what is published can be corrected" in told
    assert "there is no post fence/never/main/1@dry" in house.cli("correct", "fence/never/main/1@dry", code=2).stderr
    assert "there is fence/said/main/1@dry" in house.cli("correct", "fence/said/main/1@simulated", code=2).stderr
    assert (
        "name one post of it, such as fence/said/main/1@dry"
        in house.cli("correct", "fence/said/main@dry", code=2).stderr
    )
    assert "is no address" in house.cli("correct", "said", code=2).stderr


def test_what_was_deleted_is_not_corrected(house: House) -> None:
    house.cli("withdraw", POST, "--because", "she asked", "--confirm", POST)
    told = house.cli("correct", POST, code=2).stderr
    assert f"{POST} was deleted on" in told
    assert "a thread of its own" in told


def test_without_a_ledger_there_is_nothing_to_go_by_but_a_persons_words(house: House) -> None:
    (house.root / "campaigns/fence.claims.yaml").unlink()
    told = house.cli("correct", POST, code=2).stderr
    assert f"amplifier claims scan {house.campaign}" in told
    house.cli("correct", POST, "--because", "it was  ten years.")
    assert texts(house, "correct-said-1") == "Correction of the post above: it was ten years."


def test_a_campaign_that_is_not_the_posts_is_refused(house: House) -> None:
    other = house.campaign.with_name("other.yaml")
    other.write_text(house.campaign.read_text("utf-8").replace("name: fence", "name: other"), "utf-8")
    assert "is the campaign other, and the post is of fence" in house.cli("correct", POST, str(other), code=2).stderr
    other.write_text(house.campaign.read_text("utf-8"), "utf-8")
    assert "several campaign files are named fence" in house.cli("correct", POST, code=2).stderr
    other.unlink()
    house.write("said", accounts="[second]")
    assert "add main to accounts" in house.cli("correct", POST, code=2).stderr
    house.campaign.unlink()
    assert "no campaign file is named fence" in house.cli("correct", POST, code=2).stderr


# ---------------------------------------------------------------- again, and by hand


def test_the_same_correction_is_not_composed_twice_and_another_gets_an_id_of_its_own(house: House) -> None:
    house.cli("correct", POST)
    assert "the thread correct-said-1 says this already" in house.cli("correct", POST, code=2).stderr
    ledger(house, "for ten years", "for some ten years")
    house.cli("correct", POST)
    assert "for some ten years" in texts(house, "correct-said-1-2")
    assert "id: correct-said-1-2," in house.campaign.read_text("utf-8")


def test_a_list_that_cannot_be_changed_safely_is_changed_by_a_person(house: House) -> None:
    lines = house.campaign.read_text("utf-8").splitlines()
    lines[-2:] = ["threads: [{id: said, text: threads/said.md}]"]
    house.campaign.write_text("\n".join(lines) + "\n", "utf-8")
    told = house.cli("correct", POST)
    assert told.stdout == "- {id: correct-said-1, text: threads/correct-said-1.md, reply_to: fence/said/main/1}\n"
    assert f"add this line to threads: in {house.campaign}" in told.stderr
    assert texts(house, "correct-said-1") == CORRECTION


def test_where_we_have_no_words_of_a_language_that_is_said(house: House) -> None:
    text = house.campaign.read_text("utf-8")
    house.campaign.write_text(text.replace("name: fence", "name: fence\nlanguage: fr"), "utf-8")
    assert "put them into the campaign's language (fr)" in house.cli("correct", POST).stderr
