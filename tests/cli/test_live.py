"""The whole way, live: commands as processes, real tweepy over real HTTP, a fake X."""

from __future__ import annotations

import json
import signal
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.fakes import x_faults
from tests.fakes.x_server import XServer
from tests.support.house import House

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.fakes.x_state import FakePost


@pytest.fixture
def x() -> Iterator[XServer]:
    with XServer() as server:
        yield server


@pytest.fixture
def house(tmp_path: Path, x: XServer) -> House:
    built = House.build(tmp_path / "w")
    built.write("one", "two", "three", post_gap="0s")
    built.environment = {
        **x.credentials("main"),
        "AMPLIFIER_LIVE": "1",
        "AMPLIFIER_LEASE_SECONDS": "3",
        "AMPLIFIER_SETTLE_SECONDS": "0.2",
    }
    return built


def threads(posts: list[FakePost]) -> list[list[str]]:
    """Posts as chains from each root, in order of acceptance; every reply must reply to a chain's end."""
    chains: list[list[FakePost]] = []
    for post in posts:
        if post.parent is None:
            chains.append([post])
            continue
        (chain,) = [chain for chain in chains if chain[-1].id == post.parent]
        chain.append(post)
    return [[post.text for post in chain] for chain in chains]


def assert_all_out_once(house: House, x: XServer) -> None:
    log = json.loads(house.cli("export", "json", "post_log").stdout)
    assert {row["state"] for row in log} == {"sent"}
    assert len(x.posts) == len(log) == 7
    assert {row["remote_id"] for row in log} == {post.id for post in x.posts}
    chains = threads(x.posts)
    assert [len(chain) for chain in chains] == [3, 2, 2]
    assert [chain[0].split(".")[0] for chain in chains] == [
        "They met at a fence, after nine years",
        "A guard looked away for one minute",
        "It took her a year to answer",
    ]
    for row, following in pairwise(sorted(log, key=lambda row: row["post_id"])):
        if following["k"] > 1:
            assert following["parent_remote_id"] == row["remote_id"]


def test_three_threads_go_out_once_each_in_order(house: House, x: XServer) -> None:
    house.process("approve", str(house.campaign), "--now", "--yes")
    out = house.process("run", "--drain").stdout
    assert out.count("LIVE") == 7
    assert_all_out_once(house, x)
    assert house.process("run", "--drain").stdout == ""
    assert len(x.posts) == 7


@pytest.mark.parametrize("how", (pytest.param("before it is accepted", marks=pytest.mark.slow), "after it is accepted"))
def test_killed_in_the_middle_and_run_again_nothing_is_lost_or_doubled(house: House, x: XServer, how: str) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    x.script(*[x_faults.passed()] * 3, x_faults.hang(30, store=how.startswith("after")))
    running = house.start("run", "--drain")
    deadline = time.monotonic() + 30
    while len(x.asked(x_faults.POST)) < 4 and time.monotonic() < deadline:
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.communicate(timeout=10)
    log = json.loads(house.cli("export", "json", "post_log").stdout)
    assert [row["state"] for row in log].count("sending") == 1
    house.process("run", "--drain")
    assert_all_out_once(house, x)


@pytest.mark.slow
def test_a_rate_limit_holds_nothing_up_for_good(house: House, x: XServer) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    soon = str(int(time.time()) + 6)
    x.script(x_faults.passed(), x_faults.rate_limited(headers={"x-rate-limit-reset": soon}))
    assert house.process("run", "--once", code=75).stdout == ""
    assert len(x.posts) == 1
    house.process("run", "--drain")
    assert_all_out_once(house, x)


@pytest.mark.slow
def test_a_refused_token_blocks_the_account_and_says_what_to_do(house: House, x: XServer) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    x.script(x_faults.passed(), x_faults.unauthorized())
    told = house.process("run", "--once", code=5)
    assert "held: account blocked" in told.stdout
    assert "account unblock main" in told.stderr
    assert len(x.posts) == 1
    status = house.cli("status", code=5).stdout
    assert "queue retry fence/one/main/2" in status
    house.cli("account", "unblock", "main", "--because", "a new token")
    house.cli("queue", "retry", "fence/one/main/2")
    house.process("run", "--drain")
    assert_all_out_once(house, x)


@pytest.mark.slow
def test_a_refused_reply_holds_its_thread_and_never_sends_the_root_again(house: House, x: XServer) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    x.script(x_faults.passed(), x_faults.reply_refused())
    house.process("run", "--drain", code=1)
    roots = [post.text for post in x.posts if post.parent is None]
    assert len(roots) == len(set(roots)) == 3
    listed = json.loads(house.cli("queue", "list", "--json").stdout)
    states = {row["post"]: (row["state"], row["why"]) for row in listed if row["thread"] == "one"}
    assert states["fence/one/main/2"][0] == "failed"
    assert states["fence/one/main/3"] == ("held", "earlier post")
    house.cli("queue", "ack", "fence/one/main/2")
    house.cli("status", code=0)


@pytest.mark.slow
def test_another_accounts_token_is_never_used(house: House, x: XServer) -> None:
    house.environment["AMPLIFIER_ACCOUNTS__MAIN__HANDLE"] = "somebody_else"
    house.cli("approve", str(house.campaign), "--now", "--yes")
    told = house.process("run", "--drain", code=5)
    assert "the settings say @somebody_else" in told.stdout
    assert x.posts == []


def test_without_live_the_posts_are_left_and_that_is_said(house: House, x: XServer) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    house.environment["AMPLIFIER_LIVE"] = "0"
    assert "AMPLIFIER_LIVE is not 1" in house.process("run", "--once", code=78).stderr
    assert x.posts == []
    assert "live is off" in house.cli("status", code=78).stdout


def test_sigterm_ends_a_run_after_the_request_on_the_wire(house: House, x: XServer) -> None:
    house.write("one", "two", "three", post_gap="2s")
    house.cli("approve", str(house.campaign), "--now", "--yes")
    running = house.start("run")
    deadline = time.monotonic() + 30
    while not x.posts and time.monotonic() < deadline:
        time.sleep(0.02)
    running.send_signal(signal.SIGTERM)
    out, err = running.communicate(timeout=10)
    assert running.returncode == 0, (out, err)
    log = json.loads(house.cli("export", "json", "post_log").stdout)
    assert {row["state"] for row in log} <= {"sent", "queued", "waiting"}
    assert [row["remote_id"] for row in log if row["state"] == "sent"] == [post.id for post in x.posts]


def test_the_daemon_publishes_what_is_approved_while_it_runs_and_reads_it(house: House, x: XServer) -> None:
    running = house.start("run")
    try:
        house.cli("approve", str(house.campaign), "--now", "--yes")
        deadline = time.monotonic() + 40
        while len(x.posts) < 7 and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=20)
    assert_all_out_once(house, x)
    assert house.cli("collect", "--now").stdout.startswith("7 readings")
    table = house.cli("report").stdout
    assert "LIVE" in table


@pytest.mark.slow
def test_a_second_once_exits_quietly_while_the_first_runs(house: House, x: XServer) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    x.script(x_faults.hang(3, store=True))
    first = house.start("run", "--once")
    deadline = time.monotonic() + 30
    while not x.asked(x_faults.POST) and time.monotonic() < deadline:
        time.sleep(0.02)
    second = house.process("run", "--once")
    assert (second.stdout, second.stderr) == ("", "")
    first.communicate(timeout=60)
    house.process("run", "--drain")
    assert_all_out_once(house, x)
