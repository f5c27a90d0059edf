from __future__ import annotations

import json
import signal
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from amplifier.cli.running import _way_to
from amplifier.model import Mode
from amplifier.publishing.queue import Claim, claim
from tests.fakes import x_faults
from tests.fakes.x_server import XServer
from tests.support.house import House

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path) -> House:
    built = House.build(tmp_path / "w")
    built.write("one", "two", post_gap="0s")
    return built


@pytest.fixture
def x() -> Iterator[XServer]:
    with XServer() as server:
        yield server


@pytest.fixture
def live(house: House, x: XServer) -> House:
    house.environment = {**x.credentials("main"), "AMPLIFIER_LIVE": "1", "AMPLIFIER_LEASE_SECONDS": "3"}
    return house


def states(house: House) -> dict[str, str]:
    return {
        f"{row['thread']}/{row['k']}": row["state"] for row in json.loads(house.cli("queue", "list", "--json").stdout)
    }


def approve_now(house: House) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")


def tamper(house: House) -> None:
    """Change a stored text behind the approval's back: its post is held when it is due."""
    store = house.store()
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE post SET text = 'another' WHERE k = 1 AND text LIKE 'They met%'")
    store.close()


# ---------------------------------------------------------------- exit codes


@pytest.mark.parametrize("how", ("--once", "--drain"))
def test_all_out_is_0(house: House, how: str) -> None:
    approve_now(house)
    assert house.cli("run", how).exit_code == 0
    assert set(states(house).values()) == {"sent"}


@pytest.mark.parametrize("how", ("--once", "--drain"))
def test_nothing_approved_is_0(house: House, how: str) -> None:
    assert house.cli("run", how).stdout == ""


def test_later_slots_are_no_reason_to_stay(house: House) -> None:
    house.cli("approve", str(house.campaign), "--yes")
    told = house.cli("run", "--drain")
    assert "DRY RUN: nothing due; next at " in told.stderr
    assert set(states(house).values()) == {"queued", "waiting"}


def test_held_and_not_acknowledged_is_1_and_says_what_to_type(house: House) -> None:
    approve_now(house)
    tamper(house)
    told = house.cli("run", "--once", code=1)
    assert "fence/one/main/1@dry of 3  held: changed after approval" in told.stdout
    assert "amplifier queue list --state held" in told.stderr
    assert house.cli("run", "--drain", code=1).stdout == ""
    assert states(house) == {
        "one/1": "held", "one/2": "held", "one/3": "held", "two/1": "sent", "two/2": "sent",
    }  # fmt: skip
    house.cli("status", code=1)
    house.cli("queue", "ack", "fence/one/main/1@dry")
    assert house.cli("run", "--once").output == ""
    house.cli("status")


def test_a_blocked_account_is_5_before_anything_else(live: House, x: XServer) -> None:
    approve_now(live)
    tamper(live)
    x.script(x_faults.unauthorized())
    told = live.cli("run", "--once", code=5)
    assert "account main is blocked" in told.stderr
    assert "amplifier account unblock main" in told.stderr


def test_a_rate_limit_is_75_and_waited_for_only_by_drain(live: House, x: XServer) -> None:
    approve_now(live)
    far = str(int(time.time()) + 3600)
    x.script(x_faults.rate_limited(headers={"x-rate-limit-reset": far}))
    assert live.cli("run", "--once", code=75).output == ""
    begun = time.monotonic()
    told = live.cli("run", "--drain", code=75)  # more than a quarter of an hour is not waited out
    assert time.monotonic() - begun < 5
    assert "something due waits: amplifier status" in told.stderr
    assert "limited: account main until" in live.cli("status").stdout


def test_live_posts_while_live_is_off_are_left_with_78(live: House, x: XServer) -> None:
    approve_now(live)
    live.environment["AMPLIFIER_LIVE"] = "0"
    told = live.cli("run", "--once", code=78)
    assert "2 LIVE posts are due and were left" in told.stderr
    assert "AMPLIFIER_LIVE=1" in told.stderr
    assert not x.posts
    assert not (live.root / "outbox/posts.jsonl").exists()
    assert "LIVE posts are queued but live is off" in live.cli("status", code=78).stdout
    live.environment["AMPLIFIER_LIVE"] = "1"
    live.cli("run", "--once")
    assert len(x.posts) == 5


def test_dry_rows_never_reach_the_network_even_when_live_is_turned_on(house: House, x: XServer) -> None:
    approve_now(house)
    house.environment = {**x.credentials("main"), "AMPLIFIER_LIVE": "1"}
    assert "DRY RUN" in house.cli("run", "--drain").stdout
    assert not x.posts
    approve_now(house)  # going live means approving again
    assert "LIVE  fence/one/main/1 of 3" in house.cli("run", "--drain").stdout
    assert len(x.posts) == 5


# ---------------------------------------------------------------- cron


def test_once_and_drain_exclude_each_other(house: House) -> None:
    assert "exclude each other" in house.cli("run", "--once", "--drain", code=2).stderr


def test_once_says_nothing_when_nothing_needs_a_person(house: House) -> None:
    for _ in range(2):
        assert house.cli("run", "--once").output == ""
        approve_now(house)
    assert set(states(house).values()) == {"sent"}


def test_a_second_once_leaves_at_once_and_quietly(house: House) -> None:
    house.write("one", post_gap="1s")
    approve_now(house)
    first = house.start("run", "--once")
    try:
        deadline = time.monotonic() + 30
        while "sent" not in states(house).values() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert house.cli("run", "--once").output == ""
        assert set(states(house).values()) == {"sent", "queued", "waiting"}
    finally:
        out, err = first.communicate(timeout=30)
    assert (first.returncode, out, err) == (0, "", "")
    assert set(states(house).values()) == {"sent"}


def test_a_folder_in_the_place_of_the_lock_is_78_with_what_to_type(house: House) -> None:
    lock = house.root / ".amplifier/run.lock"
    lock.mkdir(parents=True)
    told = house.cli("run", "--once", code=78).stderr
    assert f"error: {lock} cannot be written: " in told
    assert f"type: rmdir {lock}\n" in told
    lock.rmdir()
    house.cli("run", "--once")


def test_a_file_in_the_place_of_the_private_folder_is_78_with_what_to_type(house: House) -> None:
    private = house.root / ".amplifier"
    private.write_text("", "utf-8")
    told = house.cli("run", "--once", code=78).stderr
    assert f"error: {private / 'run.lock'} cannot be written: File exists\n" in told
    assert f"type: rm {private}\n" in told


@pytest.mark.parametrize("exists", (False, True))
def test_a_folder_of_somebody_elses_is_told_with_whose_it_has_to_be(tmp_path: Path, exists: bool) -> None:
    """Asked directly: the tests may run as root, who may write everywhere."""
    private = tmp_path / ".amplifier"
    if exists:
        private.mkdir()
    said = _way_to(private, private / "run.lock", PermissionError(13, "Permission denied"))
    theirs = private if exists else tmp_path
    assert said.startswith(f"sudo chown -R USER {theirs}, with the user that runs Amplifier")


@pytest.mark.parametrize("how", (signal.SIGINT, signal.SIGTERM))
def test_a_signal_ends_a_run_between_two_posts_without_a_traceback(house: House, how: signal.Signals) -> None:
    house.write("one", post_gap="60s")
    approve_now(house)
    running = house.start("run", "--drain")
    assert running.stdout is not None
    assert "fence/one/main/1@dry of 3  sent" in running.stdout.readline()
    running.send_signal(how)
    out, err = running.communicate(timeout=10)
    assert running.returncode == 0, "a stop that was asked for is no failure"
    assert "stopped; something due waits" in err
    assert "Traceback" not in out + err
    assert states(house) == {"one/1": "sent", "one/2": "queued", "one/3": "waiting"}


def test_a_run_gives_the_signals_back(house: House) -> None:
    before = [signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)]
    house.cli("run", "--once")
    house.cli("run", "--drain")
    assert [signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)] == before


# ---------------------------------------------------------------- the PAUSE file


def test_the_pause_file_stops_everything_and_is_said_everywhere(house: House) -> None:
    approve_now(house)
    (house.root / "PAUSE").touch()
    assert house.cli("run", "--once", code=75).output == ""
    assert "paused by the file PAUSE: delete it" in house.cli("run", "--drain", code=75).stderr
    status = house.cli("status", code=75)
    assert f"delete {house.root / 'PAUSE'} to go on" in status.stdout
    assert json.loads(house.cli("status", "--json", code=75).stdout)["pause_file"] is True
    assert "the file PAUSE stops everything" in house.cli("doctor").stdout
    assert "sent" not in states(house).values()
    (house.root / "PAUSE").unlink()
    house.cli("run", "--drain")
    assert set(states(house).values()) == {"sent"}


# ---------------------------------------------------------------- the alert command


def test_a_held_post_is_told_to_the_alert_command_also_when_nobody_reads_stdout(house: House) -> None:
    told = house.root / "told.json"
    house.environment = {"AMPLIFIER_ALERT_COMMAND": f"tee -a {told}"}
    approve_now(house)
    tamper(house)
    running = house.start("run", "--once")
    assert running.stdout is not None
    running.stdout.close()
    assert running.stderr is not None
    err = running.stderr.read()
    running.stderr.close()
    running.wait(timeout=30)
    assert "Traceback" not in err
    message = json.loads(told.read_text("utf-8"))
    assert (message["kind"], message["post"]) == ("held", "fence/one/main/1@dry")


# ---------------------------------------------------------------- trouble below


def test_a_database_that_is_none_is_78_in_words(house: House) -> None:
    (house.root / "amplifier.db").write_bytes(b"this is no database, and it is long enough to look like one" * 20)
    for command in (("status",), ("run", "--once"), ("queue", "list"), ("doctor",)):
        told = house.cli(*command, code=78)
        assert "amplifier.db" in told.output
        assert "Traceback" not in told.output


# ---------------------------------------------------------------- several workers


def taken(house: House, **lease: float) -> None:
    """Another machine has claimed the first post."""
    store = house.store()
    found = claim(
        store, now=datetime.now(UTC), modes=frozenset(Mode), lease=timedelta(**lease), worker="mail/daemon/7"
    )  # fmt: skip
    assert isinstance(found, Claim)
    store.close()


def test_a_run_says_who_has_its_account_and_waits_for_it(house: House) -> None:
    house.environment["AMPLIFIER_SETTLE_SECONDS"] = "0.1"
    approve_now(house)
    taken(house, seconds=1)
    told = house.cli("run", "--drain")
    assert told.stderr.count("account main: mail/daemon/7 is sending fence/one/main/1@dry, until ") == 1
    assert "UTC at the latest; this run waits for it" in told.stderr
    assert set(states(house).values()) == {"sent"}


def test_a_run_that_leaves_says_who_has_its_account(house: House) -> None:
    approve_now(house)
    taken(house, minutes=30)
    told = house.cli("run", "--drain", code=75)
    assert "left to another worker: account main: mail/daemon/7 is sending fence/one/main/1@dry, until " in told.stderr
    house.cli("pause")
    assert "left to another worker: account main: mail/daemon/7" in house.cli("run", "--once", code=75).stderr
