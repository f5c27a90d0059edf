from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from amplifier.store import tables
from tests.support.house import House

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path) -> House:
    built = House.build(tmp_path / "w")
    built.write("one", post_gap="0s")
    return built


def block(house: House) -> None:
    store = house.store()
    with store.write() as connection:
        connection.execute(
            update(tables.account).values(blocked_at=datetime(2026, 12, 1, tzinfo=UTC), blocked_why="suspended")
        )
        connection.execute(update(tables.post).where(tables.post.c.k == 1).values(state="held", why="account blocked"))
    store.close()


def test_without_any_account_it_says_that_all_is_a_dry_run(house: House) -> None:
    told = house.cli("account", "list")
    assert told.stdout == ""
    assert "without one an account is an X dry run" in told.stderr


def test_accounts_of_the_settings_and_of_the_queue_are_listed_once_each(house: House) -> None:
    house.environment = {"AMPLIFIER_ACCOUNTS__SECOND__NETWORK": "simulated", "AMPLIFIER_ACCOUNTS__MAIN__HANDLE": "f"}
    house.cli("approve", str(house.campaign), "--yes")
    data = json.loads(house.cli("account", "list", "--json").stdout)
    assert [(row["name"], row["mode"], row["network"]) for row in data] == [
        ("main", "dry", "x"), ("second", "simulated", "x"),
    ]  # fmt: skip
    told = house.cli("account", "list").stdout
    assert "DRY RUN" in told
    assert "SIMULATED" in told


def test_no_secret_is_listed(house: House) -> None:
    values = {
        f"AMPLIFIER_ACCOUNTS__MAIN__{key}": f"tell-nobody-{key}"
        for key in ("API_KEY", "API_SECRET", "ACCESS_TOKEN", "ACCESS_TOKEN_SECRET")
    }
    house.environment = values
    for options in ((), ("--json",)):
        assert "tell-nobody" not in house.cli("account", "list", *options).output


def test_unblock_says_what_can_go_on_and_with_which_command(house: House) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    assert "is not blocked" in house.cli("account", "unblock", "main", code=2).stderr
    assert "known: main" in house.cli("account", "unblock", "mian", code=2).stderr
    block(house)
    assert "suspended" in house.cli("account", "list").stdout
    house.cli("run", "--once", code=5)
    told = house.cli("account", "unblock", "main", "--because", "a new token", "--by", "Ji-woo")
    assert told.stdout == "unblocked: main\n"
    assert "amplifier queue retry fence/one/main/1@dry" in told.stderr
    assert "next: amplifier run --drain" in told.stderr
    house.cli("queue", "retry", "fence/one/main/1@dry")
    house.cli("run", "--drain")
