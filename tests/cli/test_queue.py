from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from amplifier.store import tables
from tests.fakes import x_faults
from tests.fakes.x_server import XServer
from tests.support.house import House
from tests.support.terminal import at_a_terminal

if TYPE_CHECKING:
    from pathlib import Path

FIRST = "fence/one/main/1@dry"


@pytest.fixture
def house(tmp_path: Path) -> House:
    built = House.build(tmp_path / "w")
    built.write("one", "two", post_gap="0s")
    built.cli("approve", str(built.campaign), "--now", "--yes")
    return built


def listed(house: House, *options: str) -> list[str]:
    return [row["post"] for row in json.loads(house.cli("queue", "list", *options, "--json").stdout)]


def put(house: House, k: int, **values: object) -> None:
    store = house.store()
    with store.write() as connection:
        connection.execute(update(tables.post).where(tables.post.c.id == k).values(**values))
    store.close()


# ---------------------------------------------------------------- list


def test_the_list_is_in_the_order_of_times_and_says_the_mode(house: House) -> None:
    house.cli("run", "--drain")
    assert listed(house) == [
        FIRST, "fence/one/main/2@dry", "fence/one/main/3@dry", "fence/two/main/1@dry", "fence/two/main/2@dry",
    ]  # fmt: skip
    told = house.cli("queue", "list")
    assert "DRY RUN" in told.stderr
    assert told.stdout.count("sent") >= 5
    assert f"next: amplifier queue show {FIRST}" in told.stderr


def test_the_list_is_filtered_by_campaign_account_and_state(house: House) -> None:
    assert listed(house, "--state", "queued") == [FIRST, "fence/two/main/1@dry"]
    assert len(listed(house, "--campaign", "fence", "--account", "main", "--state", "waiting")) == 3
    assert listed(house, "--state", "failed") == []
    assert "no such post" in house.cli("queue", "list", "--state", "failed").stderr


def test_a_filter_that_names_nothing_there_is_a_slip_of_the_pen(house: House) -> None:
    assert "known: fence" in house.cli("queue", "list", "--campaign", "fecne", code=2).stderr
    assert "known: main" in house.cli("queue", "list", "--account", "mian", code=2).stderr
    assert "'waiting', 'queued'" in house.cli("queue", "list", "--state", "late", code=2).stderr


def test_what_was_deleted_on_the_network_is_not_listed_as_if_it_were_out(house: House) -> None:
    house.cli("run", "--drain")
    put(house, 1, deleted_at=datetime(2026, 11, 30, 15, 45, tzinfo=UTC))
    first, second, *_ = (line for line in house.cli("queue", "list").stdout.splitlines() if line.startswith("fence/"))
    assert "  sent, deleted 2026-11-30T15:45:00Z  " in first
    assert "deleted" not in second
    told = house.cli("status")
    assert "4 sent, 1 deleted" in told.stdout
    (account,) = json.loads(house.cli("status", "--json").stdout)["accounts"]
    assert (account["sent"], account["deleted"]) == (5, 1)


def test_an_empty_queue_says_what_fills_it(tmp_path: Path) -> None:
    told = House.build(tmp_path / "empty").cli("queue", "list")
    assert "next: amplifier approve FILE" in told.stderr


@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
def test_the_table_fits_a_terminal_of_80_columns(house: House) -> None:
    shown, code = at_a_terminal(house, "queue", "list", columns=80)
    assert code == 0
    rows = [line for line in shown.splitlines() if line.startswith("fence/")]
    assert len(rows) == 5, shown
    for row in rows:
        address, state, instant, *_ = row.split()
        assert (address[-4:], state in {"queued", "waiting"}, instant[-1]) == ("@dry", True, "Z")
        assert len(row) <= 80
    assert any(row.rstrip().endswith("…") for row in rows)


# ---------------------------------------------------------------- show


def test_show_tells_the_whole_story_of_a_post_and_of_a_thread(house: House) -> None:
    house.cli("run", "--drain")
    told = house.cli("queue", "show", FIRST).stdout
    assert told.startswith(f"{FIRST}  DRY RUN  sent\n")
    assert "  │ They met at a fence, after nine years. #Fence\n" in told
    assert [line.split("  ")[2] for line in told.splitlines() if line.startswith("  20")] == [
        "approve", "queued", "queued → sending", "sends it, attempt 1", "sending → sent",
    ]  # fmt: skip
    assert house.cli("queue", "show", "fence/one/main@dry").stdout.count("DRY RUN  sent") == 3
    (data,) = json.loads(house.cli("queue", "show", FIRST, "--json").stdout)
    assert data["post"] == FIRST
    assert [item["to_state"] for item in data["events"]] == [None, "queued", "sending", "sent"]
    (tried,) = data["attempts"]
    assert tried["answer"]["what"] == "sending → sent"


@pytest.mark.parametrize("nobody", ("", "  ", "\u200b", "—", "\x1b[31mEvil"))
def test_who_answers_for_it_has_a_name_that_can_be_read(house: House, nobody: str) -> None:
    told = house.cli("pause", "--by", nobody, code=2)
    assert "is no name" in told.stderr
    assert "paused" not in house.cli("status").stdout.lower()
    house.cli("pause", "--by", " 지우 ")
    with closing(sqlite3.connect(house.root / "amplifier.db")) as connection:
        assert connection.execute("SELECT who FROM event WHERE kind = 'pause'").fetchall() == [("지우",)]


@pytest.mark.parametrize("verb", ("show", "cancel", "retry", "ack"))
def test_an_address_without_its_mode_says_what_there_is(house: House, verb: str) -> None:
    told = house.cli("queue", verb, "fence/one/main/1", code=2)
    assert "there is no post fence/one/main/1 in the queue" in told.stderr
    assert f"there is {FIRST}" in told.stderr


@pytest.mark.parametrize("address", ("x", "a/b", "a/b/c/0", "a/b/c/1@wet", "A/b/c/1", "a/b/c/1/2", ""))
def test_what_is_no_address_is_said_with_what_one_looks_like(house: House, address: str) -> None:
    told = house.cli("queue", "show", address, code=2)
    assert (
        f"{address!r} is no address: write campaign/thread/account/NUMBER for a post, campaign/thread/account for a "
        "thread; with @dry or @simulated behind it when it is not live"
    ) in told.stderr


def test_a_post_that_is_nowhere_points_to_the_list(house: House) -> None:
    assert "queue list" in house.cli("queue", "show", "fence/nine/main/1@dry", code=2).stderr


# ---------------------------------------------------------------- cancel, retry, resolve, ack


def test_cancel_takes_what_follows_along_and_retry_brings_it_back(house: House) -> None:
    told = house.cli("queue", "cancel", "fence/one/main/2@dry", "--because", "a doubt", "--by", "Ji-woo")
    assert told.stdout == "cancelled: fence/one/main/2@dry\ncancelled: fence/one/main/3@dry\n"
    assert "queue retry fence/one/main/2@dry" in told.stderr
    assert "by Ji-woo" in house.cli("queue", "show", "fence/one/main/2@dry").stdout
    assert "nothing left to cancel" in house.cli("queue", "cancel", "fence/one/main/2@dry", code=2).stderr
    told = house.cli("queue", "retry", "fence/one/main/2@dry", "--because", "no doubt")
    assert told.stdout == "queued again: fence/one/main/2@dry\n"
    house.cli("run", "--drain")
    assert len(listed(house, "--state", "sent")) == 5


def test_what_may_be_out_is_neither_cancelled_nor_retried(house: House) -> None:
    for state, why in (("sending", None), ("unknown", "perhaps sent")):
        put(house, 1, state=state, why=why, unknown_at=datetime(2026, 12, 1, tzinfo=UTC))
        assert "may be out already" in house.cli("queue", "cancel", FIRST, code=2).stderr
        house.cli("queue", "retry", FIRST, code=2)
    put(house, 1, state="held", why="perhaps sent")
    for verb in ("cancel", "retry"):
        assert f"amplifier queue resolve {FIRST} --sent URL" in house.cli("queue", verb, FIRST, code=2).stderr


def test_resolve_wants_one_answer_and_a_post_in_doubt(house: House) -> None:
    for options in ((), ("--sent", "https://x.com/i/status/12", "--not-sent")):
        assert "say either --sent URL or --not-sent" in house.cli("queue", "resolve", FIRST, *options, code=2).stderr
    assert "is queued" in house.cli("queue", "resolve", FIRST, "--not-sent", code=2).stderr
    assert "is a thread" in house.cli("queue", "resolve", "fence/one/main@dry", "--not-sent", code=2).stderr
    put(house, 1, state="held", why="perhaps sent")
    assert "is not fence/one/main/1@dry" in house.cli(
        "queue", "resolve", FIRST, "--sent", "https://x.com/i/status/12", code=2
    ).stderr  # fmt: skip
    assert house.cli("queue", "resolve", FIRST, "--not-sent").stdout == f"queued again: {FIRST}\n"
    house.cli("run", "--drain")
    assert len(listed(house, "--state", "sent")) == 5


def test_where_nothing_can_be_read_only_the_address_of_a_post_of_x_is_taken(house: House) -> None:
    first = FIRST.removesuffix("@dry")
    with XServer() as x:
        house.environment = {**x.credentials("main"), "AMPLIFIER_LIVE": "1"}
        house.cli("approve", str(house.campaign), "--now", "--yes")
        id_ = next(
            row["post_id"] for row in json.loads(house.cli("queue", "list", "--json").stdout) if row["post"] == first
        )
        put(house, id_, state="held", why="perhaps sent")
        x.script(x_faults.server_error(on=x_faults.TIMELINE))
        for wrong in ("https://x.com/main_on_x/", "https://x.com/main_on_x/photo/1", "outbox-1", "main_on_x"):
            told = house.cli("queue", "resolve", first, "--sent", wrong, "--unchecked", code=2).stderr
            assert f"{wrong!r} names no post of X" in told
            assert "write https://x.com/NAME/status/ID, or the ID alone" in told
        given = "https://x.com/main_on_x/status/1995000000000000001/photo/1"
        assert house.cli("queue", "resolve", first, "--sent", given, "--unchecked").stdout == f"sent: {first}\n"
    (data,) = json.loads(house.cli("queue", "show", first, "--json").stdout)
    assert (data["remote_id"], data["url"]) == ("1995000000000000001", given.removesuffix("/photo/1"))


def test_in_the_outbox_a_post_is_named_by_its_id(house: House) -> None:
    house.cli("run", "--drain")
    (data,) = json.loads(house.cli("queue", "show", FIRST, "--json").stdout)
    put(house, 1, state="held", why="perhaps sent", remote_id=None, sent_at=None)
    assert house.cli("queue", "resolve", FIRST, "--sent", data["remote_id"]).stdout == f"sent: {FIRST}\n"


def test_ack_takes_what_is_held_and_says_so(house: House) -> None:
    assert "nothing held or failed" in house.cli("queue", "ack", FIRST, code=2).stderr
    put(house, 1, state="failed", why="refused")
    assert house.cli("queue", "ack", FIRST, "--by", "Ji-woo").stdout == f"acknowledged: {FIRST}\n"
    house.cli("status")


def test_a_replaced_text_is_not_listed_beside_the_new_one_as_if_it_were_queued(house: House) -> None:
    house.text("one", "Only this remains. #Fence")
    house.cli("approve", str(house.campaign), "--yes")
    rows = json.loads(house.cli("queue", "list", "--json").stdout)
    open_rows = [row for row in rows if row["thread"] == "one" and row["state"] != "cancelled"]
    assert [(row["k"], row["state"]) for row in open_rows] == [(1, "queued")]
    assert all(row["why"].startswith("replaced") for row in rows if row["state"] == "cancelled")


def test_a_retry_counts_under_the_cap_of_the_settings(house: House) -> None:
    house.cli("queue", "cancel", "fence/one/main/2@dry")
    house.cli("run", "--once")
    house.environment = {"AMPLIFIER_ACCOUNTS__MAIN__DAILY_POSTS": "4"}
    told = house.cli("queue", "retry", "fence/one/main/2@dry", code=75)
    assert "3 of 4 posts a day are out or promised, and it has 2" in told.stderr
    assert "raise the cap, or type the same again after" in told.stderr
    house.environment = {"AMPLIFIER_ACCOUNTS__MAIN__DAILY_POSTS": "5"}
    house.cli("queue", "retry", "fence/one/main/2@dry")
