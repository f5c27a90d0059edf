"""What X refuses, on the whole road: commands, real tweepy over real HTTP, a fake X; and what a person does then."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

import pytest

from tests.fakes import x_faults
from tests.fakes.x_server import XServer
from tests.support.house import House

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


TEXTS = [
    "They met at a fence, after nine years. #Fence",
    "Neither of them said a word.",
    "Then it rained.\n\nhttps://example.org/fence",
]
"""The only thread, as it goes out."""


@pytest.fixture
def x() -> Iterator[XServer]:
    with XServer() as server:
        yield server


@pytest.fixture
def house(tmp_path: Path, x: XServer) -> House:
    built = House.build(tmp_path / "w")
    built.write("one", post_gap="0s")
    built.environment = {
        **x.credentials("main"),
        **x.credentials("second"),
        "AMPLIFIER_LIVE": "1",
        "AMPLIFIER_LEASE_SECONDS": "3",
        "AMPLIFIER_SETTLE_SECONDS": "0.1",
    }
    return built


def states(house: House) -> list[str]:
    rows = sorted(json.loads(house.cli("queue", "list", "--json").stdout), key=lambda row: row["k"])
    return [row["state"] + (f": {row['why'].split(';')[0]}" if row["why"] else "") for row in rows]


def approve_now(house: House) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")


def test_a_reply_that_is_refused_holds_its_thread_and_the_root_is_never_posted_again(house: House, x: XServer) -> None:
    approve_now(house)
    x.script(x_faults.passed(), x_faults.reply_refused())
    told = house.cli("run", "--once", code=1)
    (root,) = x.posts
    assert f"out already: https://x.com/main_on_x/status/{root.id}" in told.stdout
    assert [state.split(":")[0] for state in states(house)] == ["sent", "failed", "held"]
    house.cli("approve", str(house.campaign), "--now", "--yes", code=None)
    for _ in range(2):
        house.cli("run", "--drain", code=1)
    assert x.posts == [root]
    house.cli("queue", "retry", "fence/one/main/2")
    house.cli("run", "--drain")
    assert [post.text for post in x.posts] == TEXTS
    assert [post.parent for post in x.posts] == [None, root.id, x.posts[1].id]


@pytest.mark.parametrize("fault", ("unauthorized", "no_credits", "suspended"))
def test_a_refused_account_is_told_of_once_with_what_is_out_and_others_go_on(
    house: House, x: XServer, fault: str
) -> None:
    approve_now(house)
    other = house.campaign.with_name("other.yaml")
    house.write("two", accounts="[second]", post_gap="0s")
    other.write_text(house.campaign.read_text("utf-8").replace("name: fence", "name: other"), "utf-8")
    house.cli("approve", str(other), "--now", "--yes")
    x.script(x_faults.passed(), getattr(x_faults, fault)())
    told = house.cli("run", "--once", code=5)
    root, *theirs = x.posts
    assert told.stdout.count("held: account blocked") == 1
    assert f"out already: https://x.com/main_on_x/status/{root.id}" in told.stdout
    assert len(theirs) == 2
    assert ("credits" in told.stdout) is (fault == "no_credits")
    house.cli("account", "unblock", "main")
    house.cli("queue", "retry", "fence/one/main/2")
    house.cli("run", "--once")
    assert [post.text for post in x.posts if post.account == "main"] == TEXTS


def test_a_strangers_duplicate_is_held_with_both_shown(house: House, x: XServer) -> None:
    """Somebody posted the second post by hand, as a post of its own."""
    first, second, _ = TEXTS
    by_hand = x.state.add("main", second, None)
    approve_now(house)
    told = house.cli("run", "--once", code=1)
    assert "fence/one/main/2 of 3  held: a stranger's duplicate" in told.stdout
    assert f"the account has the text of fence/one/main/2, “{second}”, out already: " in told.stdout
    assert f"https://x.com/main_on_x/status/{by_hand.id}" in told.stdout
    assert [post.text for post in x.posts] == [second, first]


def test_a_duplicate_of_our_own_lost_post_is_adopted(house: House, x: XServer) -> None:
    approve_now(house)
    # lost, not shown by the first two looks, sent once more, and refused as the duplicate that it is
    nothing = x_faults.answer(200, {"meta": {"result_count": 0}}, x_faults.TIMELINE)
    x.script(x_faults.drop(store=True), nothing, nothing)
    house.cli("run", "--once")
    assert [post.text for post in x.posts] == TEXTS
    assert len(x.asked(x_faults.POST)) == 4
    assert states(house) == ["sent"] * 3


# ---------------------------------------------------------------- the PAUSE file, where the database is no help


@pytest.mark.parametrize("how", ("--once", "--drain", None))
@pytest.mark.parametrize("trouble", ("damaged", "a folder"))
def test_a_pause_file_stops_a_run_also_where_the_database_cannot_be_used(
    house: House, x: XServer, how: str | None, trouble: str
) -> None:
    approve_now(house)
    database = house.root / "amplifier.db"
    for path in house.root.glob("amplifier.db*"):
        path.unlink()
    if trouble == "damaged":
        database.write_bytes(b"this is no database, and it is long enough to look like one" * 20)
    else:
        database.mkdir()
    command = ("run", *([how] if how else []))
    assert house.cli(*command, code=78).exit_code == 78
    (house.root / "PAUSE").touch()
    told = house.cli(*command, code=75)
    assert f"paused by the file {house.root / 'PAUSE'}: nothing is published until it is deleted" in told.stderr
    assert "besides: " in told.stderr
    assert "amplifier.db" in told.stderr
    assert not x.posts


def test_a_pause_file_stops_a_run_also_where_the_database_is_locked(house: House, x: XServer) -> None:
    approve_now(house)
    (house.root / "PAUSE").touch()
    other = sqlite3.connect(house.root / "amplifier.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for how in ("--once", "--drain"):
        house.cli("run", how, code=75)
    other.rollback()
    other.close()
    assert not x.posts
    (house.root / "PAUSE").unlink()
    house.cli("run", "--once")
    assert len(x.posts) == 3
