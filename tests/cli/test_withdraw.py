from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes import x_faults
from tests.fakes.x_server import XServer
from tests.support.house import House
from tests.support.terminal import interview

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ONE = "fence/one/main@dry"


@pytest.fixture
def house(tmp_path: Path) -> House:
    built = House.build(tmp_path / "w")
    built.write("one", "two", post_gap="0s")
    built.cli("approve", str(built.campaign), "--now", "--yes")
    return built


@pytest.fixture
def x() -> Iterator[XServer]:
    with XServer() as server:
        yield server


@pytest.fixture
def live(house: House, x: XServer) -> House:
    house.environment = {**x.credentials("main"), "AMPLIFIER_LIVE": "1"}
    house.cli("approve", str(house.campaign), "--now", "--yes")
    house.cli("run", "--drain")
    assert len(x.posts) == 5
    return house


def states(house: House) -> dict[str, str]:
    log = json.loads(house.cli("queue", "list", "--json").stdout)
    return {row["post"]: row["state"] + (" deleted" if row["deleted_at"] else "") for row in log}


def events(house: House, kind: str) -> int:
    with closing(sqlite3.connect(house.root / "amplifier.db")) as raw:
        found: int = raw.execute("SELECT COUNT(*) FROM event WHERE kind = ?", (kind,)).fetchone()[0]
        return found


def withdraw(house: House, *arguments: str, code: int = 0) -> Any:
    return house.cli("withdraw", *arguments, "--because", "she asked", "--by", "Kim", code=code)


def test_what_is_not_out_is_cancelled_and_needs_no_second_yes(house: House) -> None:
    told = withdraw(house, ONE)
    assert told.stdout.splitlines() == [f"cancelled: {ONE.replace('@', f'/{k}@')}" for k in (1, 2, 3)]
    assert "nothing is out" in told.stderr
    house.cli("run", "--drain")
    assert list(states(house).values()).count("sent") == 2
    again = house.cli("plan", str(house.campaign))
    assert "was withdrawn by Kim" in again.output


def test_without_a_terminal_nothing_is_deleted_until_the_address_stands_there_twice(house: House) -> None:
    house.cli("run", "--drain")
    told = withdraw(house, ONE, code=4)
    assert "nothing was deleted: 3 posts are still out. Deleting costs nothing." in told.stderr
    assert f"amplifier withdraw {ONE} --because … --confirm {ONE}" in told.stderr
    withdraw(house, ONE, "--confirm", "fence", code=4)
    assert events(house, "deleting") == 0
    told = withdraw(house, ONE, "--confirm", ONE)
    assert [line.split("  ")[0] for line in told.stdout.splitlines() if "deleted" in line] == [
        f"deleted: fence/one/main/{k}@dry" for k in (3, 2, 1)
    ]
    assert {state for post, state in states(house).items() if "/one/" in post} == {"sent deleted"}
    assert (house.root / "outbox/posts.md").read_text("utf-8").count("(deleted)") == 3
    assert "nothing is out" in withdraw(house, ONE).stderr


@pytest.mark.parametrize(("typed", "code"), ((ONE, 0), ("fence", 4)))
def test_at_a_terminal_the_address_is_typed(house: House, typed: str, code: int) -> None:
    house.cli("run", "--drain")
    told, ended = interview(
        house, "withdraw", ONE, "--because", "she asked", answers=[("out):", f"{typed}\n")], columns=160
    )
    assert ended == code, told
    assert f"Type {ONE} to delete" in told
    assert events(house, "deleted") == (3 if code == 0 else 0)


def test_live_posts_go_from_the_network_with_their_price_and_a_record(live: House, x: XServer) -> None:
    told = withdraw(live, "fence/one/main", code=4)
    assert "LIVE" in told.stderr
    assert "3 posts are still out. Deleting costs $0.03 (prices of 2026-04-20)." in told.stderr
    assert "https://x.com/" in told.stdout
    record = json.loads(withdraw(live, "fence/one/main", "--confirm", "fence/one/main", "--json").stdout)
    assert (record["address"], record["by"], record["because"], record["confirmed"], record["cost_usd"]) == (
        "fence/one/main", "Kim", "she asked", True, 0.03,
    )  # fmt: skip
    assert [(item["post"], item["deleted"]) for item in record["out"]] == [
        (f"fence/one/main/{k}", True) for k in (3, 2, 1)
    ]
    assert len(x.posts) == 2
    assert record["cancelled"] == record["may_be_out"] == record["perhaps_sent"] == []


def test_what_the_network_does_not_do_is_said_and_done_the_next_time(live: House, x: XServer) -> None:
    on, reset = x_faults.DELETE, {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(int(time.time()) + 600)}
    x.script(x_faults.passed(on), x_faults.reset(on), x_faults.rate_limited(on, reset))
    told = withdraw(live, "fence", "--confirm", "fence", code=75)
    said = [line.split("  ") for line in told.stdout.splitlines() if "deleted" in line]
    assert [line[0].partition(":")[0] for line in said] == ["deleted", *["not deleted"] * 4]
    assert [line[2].partition(":")[0] for line in said[1:3]] == ["unclear", "limited"]
    assert "not before" in said[2][2]
    assert said[3][2] == said[4][2] == "not asked, for the reason above"
    assert "type the same again: amplifier withdraw fence" in told.stderr
    x.script(x_faults.rate_limited(on))
    assert "try again in 15 minutes" in withdraw(live, "fence", "--confirm", "fence", code=75).stdout
    withdraw(live, "fence", "--confirm", "fence")
    assert x.posts == []


def test_what_the_network_refuses_is_for_a_person(live: House, x: XServer) -> None:
    x.script(replace(x_faults.reply_refused(), on=x_faults.DELETE))
    told = withdraw(live, "fence/one/main/3", "--confirm", "fence/one/main/3", code=1)
    assert "refused" in told.stdout
    assert "delete it there by hand" in told.stderr


def test_a_refused_account_is_exit_5(live: House, x: XServer) -> None:
    live.environment["AMPLIFIER_ACCOUNTS__MAIN__ACCESS_TOKEN"] = "another"
    told = withdraw(live, "fence", "--confirm", "fence", code=5)
    assert told.stdout.count("not asked, for the reason above") == 4
    assert "amplifier doctor --online" in told.stderr
    assert len(x.posts) == 5


def test_what_may_be_out_is_named_with_what_to_do(house: House) -> None:
    with closing(sqlite3.connect(house.root / "amplifier.db")) as raw:
        raw.execute("UPDATE post SET state = 'sending', lease_until = '2099-01-01T00:00:00.000000Z' WHERE id = 1")
        raw.commit()
    told = withdraw(house, "fence", code=75)
    assert "may be out, and not cancelled: fence/one/main/1@dry" in told.stderr
    assert "amplifier run --drain settles it; then type the same again: amplifier withdraw fence" in told.stderr
    assert told.stdout.count("cancelled: ") == 4
    assert_may_be_out(told)
    with closing(sqlite3.connect(house.root / "amplifier.db")) as raw:
        raw.execute("UPDATE post SET state = 'held', why = 'perhaps sent' WHERE id = 1")
        raw.commit()
    told = withdraw(house, "fence", code=1)
    assert "perhaps out, and not cancelled: fence/one/main/1@dry" in told.stderr
    assert "amplifier queue resolve fence/one/main/1@dry --sent URL, or --not-sent" in told.stderr
    assert_may_be_out(told)


def assert_may_be_out(told: Any) -> None:
    """What may be out is listed under its mode, and nobody reads above it that nothing is."""
    assert "nothing is out" not in told.stderr
    assert told.stderr.startswith("DRY RUN · fence, withdrawn by Kim\n")
    assert "may be out: fence/one/main/1@dry\n" in told.stdout


def test_undo_lets_the_file_bring_it_back(house: House) -> None:
    withdraw(house, "fence")
    assert "was withdrawn by Kim" in house.cli("approve", str(house.campaign), "--yes", code=None).output
    told = withdraw(house, "fence", "--undo")
    assert told.stdout == "may be approved again: fence\n"
    withdraw(house, "fence", "--undo", code=2)
    withdraw(house, "fence", "--undo", "--confirm", "fence", code=2)


def test_undo_of_a_campaign_leaves_what_was_withdrawn_on_its_own_and_says_so(house: House) -> None:
    withdraw(house, ONE)
    withdraw(house, "fence@dry")
    told = withdraw(house, "fence@dry", "--undo")
    assert f"{ONE} was withdrawn on its own, and stays so: amplifier withdraw {ONE} --undo" in told.stderr
    house.text("one", "They met at the fence again, nine years later. #Fence")
    house.text("two", "A guard looked away, for one whole minute. #Fence")
    approved = house.cli("approve", str(house.campaign), "--now", "--yes")
    assert "was withdrawn by Kim" in approved.output
    assert [post for post, state in states(house).items() if state == "queued"] == ["fence/two/main/1@dry"]


@pytest.mark.parametrize("wrong", ("Fence", "fence/one", "fence/one/main/0", "fence@paper"))
def test_what_is_no_address_is_said(house: House, wrong: str) -> None:
    assert "is neither a campaign, nor" in withdraw(house, wrong, code=2).stderr


def test_a_reason_is_needed(house: House) -> None:
    house.cli("withdraw", "fence", code=2)
    assert set(states(house).values()) == {"queued", "waiting"}


def test_after_a_restore_a_run_looks_first_and_what_it_finds_is_deleted(house: House) -> None:
    """The copy is older than what went out: it would say that nothing is."""
    house.environment["AMPLIFIER_SETTLE_SECONDS"] = "0.2"
    copy = house.root / "copy.db"
    house.cli("backup", "--out", str(copy))
    house.cli("run", "--drain")
    for old in house.root.glob("amplifier.db*"):
        old.unlink()
    copy.replace(house.root / "amplifier.db")
    told = withdraw(house, ONE, "--confirm", ONE, code=75)
    assert "nothing is out" not in told.output
    house.cli("run", "--drain")
    withdraw(house, ONE, "--confirm", ONE)
    found = states(house)
    assert [found[f"fence/one/main/{k}@dry"] for k in (1, 2, 3)] == ["sent deleted"] * 3
    assert [found[f"fence/two/main/{k}@dry"] for k in (1, 2)] == ["sent"] * 2
