"""`plan` and `approve` where a campaign asks for several people, and where another account says the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.support.house import TEXTS, House
from tests.support.postgres import USER

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = House.build(tmp_path / "h", one=TEXTS["one"])
    made.write("one", post_gap="0s")
    path = made.campaign
    path.write_text(path.read_text("utf-8").replace("accounts:", "approvals: 2\naccounts:"), "utf-8")
    return made


def test_two_names_publish_and_one_does_not(house: House) -> None:
    file = str(house.campaign)
    assert "needs 2 approvals, each under another name" in " ".join(house.cli("plan", file).stdout.split())
    first = house.cli("approve", file, "--yes", "--now", "--by", "Kim").stderr
    assert "approved by Kim: 1 thread held: second approval, waiting for another name" in first
    assert f"next: another person types: amplifier approve {file} --by NAME" in first
    house.cli("run", "--drain")
    assert json.loads(house.cli("queue", "list", "--json", "--state", "sent").stdout) == []
    assert "wait  one/main" in house.cli("plan", file).stdout
    told = house.cli("status").stdout  # nothing is red
    assert "1 thread approved, but not by enough people: fence/one/main@dry" in told
    assert "    first: ask another person\n    amplifier approve FILE --by NAME\n" in told
    (waiting,) = json.loads(house.cli("status", "--json").stdout)["waiting_for_approval"]
    assert (waiting["thread"], waiting["approved_by"], waiting["approvals"]) == ("fence/one/main@dry", ["Kim"], 2)

    again = house.cli("approve", file, "--yes", "--now", "--by", "kim", code=4)
    assert "you have approved this already, and it needs another name: one/main" in again.stderr
    assert "1 of 2 approvals, by Kim; waits for another name" in again.stderr
    retried = house.cli("queue", "retry", "fence/one/main@dry", "--by", "Kim", code=4).stderr
    assert "a retry does not stand for it; another person types: amplifier approve FILE --by NAME" in retried

    second = house.cli("approve", file, "--yes", "--now", "--by", "Lee")
    assert "agree  one/main" in second.stdout
    assert "approved by Lee: 1 thread approved and queued" in second.stderr
    assert "next: amplifier run --drain" in second.stderr
    assert "not by enough people" not in house.cli("status").stdout


def test_data_tells_how_many_are_missing(house: House) -> None:
    file = str(house.campaign)
    for by, missing in (("Kim", 1), ("Lee", 0)):
        (step,) = json.loads(house.cli("approve", file, "--yes", "--json", "--by", by).stdout)["steps"]
        assert step["approvals_missing"] == missing
    path = house.campaign
    path.write_text(path.read_text("utf-8").replace("approvals: 2", "approvals: 4"), "utf-8")
    assert (
        "1 thread held: second approval, waiting for 2 more names"
        in house.cli("approve", file, "--yes", "--by", "Kim").stderr
    )


def test_an_unlisted_mention_or_hashtag_stops_an_approval(house: House) -> None:
    file = str(house.campaign)
    house.text("one", "Ask @somebody about it. #Fence #Freedom")
    for command in (("check",), ("approve", "--yes")):
        told = house.cli(command[0], file, *command[1:], code=3)
        assert "error: post one 1: names @somebody, which is not among the campaign's mentions" in told.output
        assert "error: post one 1: has #Freedom, which is not among the campaign's hashtags" in told.output
    assert "names @somebody" in house.cli("preview", file).output
    house.text("one", "Ask @somebody about it. #Fence #Freedom")
    path = house.campaign
    path.write_text(
        path.read_text("utf-8").replace("hashtags: [Fence]", "hashtags: [Fence, Freedom]\nmentions: [somebody]"),
        "utf-8",
    )
    house.cli("approve", file, "--yes")


def test_what_another_account_says_already_is_shown_in_the_plan_and_refused(house: House) -> None:
    house.cli("approve", str(house.campaign), "--yes", "--by", "Kim")
    other = house.campaign.with_name("other.yaml")
    words = house.campaign.read_text("utf-8")
    other.write_text(words.replace("name: fence", "name: other").replace("[main]", "[second]"), "utf-8")
    told = " ".join(house.cli("plan", str(other)).stderr.split())
    assert "other/one/second/1@dry says nearly the same as fence/one/main/1@dry, which is held: second approval" in told
    assert "mend what is listed, then plan again" in told
    house.cli("approve", str(other), "--yes", code=3)


@pytest.mark.postgresql
def test_several_names_and_other_accounts_words_on_postgresql(house: House, cluster: str) -> None:
    with psycopg.connect(cluster.format(name="postgres"), user=USER, autocommit=True) as connection:
        connection.execute("CREATE DATABASE approving")
    house.environment["AMPLIFIER_DATABASE_URL"] = cluster.format(name="approving")
    file = str(house.campaign)
    house.cli("approve", file, "--yes", "--now", "--by", "Kim")
    house.cli("approve", file, "--yes", "--now", "--by", "kim", code=4)
    other = house.campaign.with_name("other.yaml")
    words = house.campaign.read_text("utf-8").replace("name: fence", "name: other")
    other.write_text(words.replace("[main]", "[second]"), "utf-8")
    house.cli("approve", str(other), "--yes", code=3)
    assert "fence/one/main@dry" in house.cli("status").stdout
    assert "agree  one/main" in house.cli("approve", file, "--yes", "--now", "--by", "Lee").stdout
    house.cli("run", "--drain")
    told = house.cli("approve", str(other), "--yes", code=3).stderr
    assert "which is sent" in told
    other.write_text(words, "utf-8")
    assert "which is sent" in house.cli("plan", str(other)).stderr
    house.cli("doctor", code=None)


def test_an_empty_name_or_reason_of_a_script_is_refused(tmp_path: Path) -> None:
    house = House.build(tmp_path / "w")
    assert "is no name" in house.cli("approve", str(house.campaign), "--yes", "--by", "", code=2).output
    for words in (
        ("approve", str(house.campaign), "--yes", "--because", " "),
        ("withdraw", "fence", "--because", ""),
        ("pause", "--why", ""),
        ("resume", "--why", ""),
    ):
        assert "is empty" in house.cli(*words, code=2).output
