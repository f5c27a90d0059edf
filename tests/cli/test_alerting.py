from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from amplifier.clock import system_now
from amplifier.publishing import alert
from amplifier.store import tables
from tests.support.alerts import keeper, kept
from tests.support.house import House
from tests.support.listener import Listener, listener

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CANARY = "canary-0123456789"
AT = datetime(2026, 12, 1, 0, 42, 20, tzinfo=UTC)


@pytest.fixture
def house(tmp_path: Path) -> House:
    built = House.build(tmp_path / "w")
    built.write("one", post_gap="0s")
    return built


@pytest.fixture
def server() -> Iterator[Listener]:
    with listener() as found:
        yield found


def hold(house: House) -> None:
    """Approve, and change the first text behind the approval's back."""
    house.cli("approve", str(house.campaign), "--now", "--yes")
    store = house.store()
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE post SET text = 'another' WHERE k = 1")
    store.close()


# ---------------------------------------------------------------- trying it


def test_a_test_tries_both_and_says_so(house: House, server: Listener) -> None:
    path = house.root / "told"
    house.environment = {
        "AMPLIFIER_ALERT_COMMAND": keeper(path), "AMPLIFIER_HEARTBEAT_URL": server.url(f"/{CANARY}"),
    }  # fmt: skip
    told = house.cli("alert", "--test")
    assert told.stdout == (
        "the alert command: it took a test message; look whether it arrived\nthe heartbeat: its address was fetched\n"
    )
    assert "next: amplifier status" in told.stderr
    (message,) = kept(path)
    assert (message["kind"], message["title"]) == ("test", "Amplifier · test")
    assert message["id"].endswith("-0")
    assert server.asked == [f"GET /{CANARY}"]
    assert CANARY not in told.output


def test_what_fails_is_1_and_says_why_without_a_secret(house: House, server: Listener) -> None:
    server.status = 500
    house.environment = {
        "AMPLIFIER_ALERT_COMMAND": f"/no/such/program {CANARY}", "AMPLIFIER_HEARTBEAT_URL": server.url(f"/{CANARY}"),
    }  # fmt: skip
    told = house.cli("alert", "--test", code=1)
    assert "the alert command: failed: it cannot be run: No such file or directory" in told.stdout
    assert "the heartbeat: failed: the answer was HTTP 500" in told.stdout
    assert "mend what failed in .env" in told.stderr
    assert CANARY not in told.output


def test_one_of_the_two_is_enough_and_the_other_is_named(house: House, server: Listener) -> None:
    house.environment = {"AMPLIFIER_HEARTBEAT_URL": server.url()}
    assert "AMPLIFIER_ALERT_COMMAND is not set" in house.cli("alert", "--test").stderr
    house.environment = {"AMPLIFIER_ALERT_COMMAND": keeper(house.root / "told")}
    assert "AMPLIFIER_HEARTBEAT_URL is not set" in house.cli("alert", "--test").stderr


def test_neither_is_78(house: House) -> None:
    told = house.cli("alert", "--test", code=78)
    assert "nobody would be told" in told.stderr
    assert "set them in .env" in told.stderr


def test_alert_alone_says_what_it_can(house: House) -> None:
    assert "say --test, or a command: list" in house.cli("alert", code=2).stderr
    assert "--test goes without a command" in house.cli("alert", "--test", "list", code=2).stderr


# ---------------------------------------------------------------- what was told


def test_the_list_says_what_was_told_and_whether_it_was_delivered(house: House) -> None:
    assert "nobody had to be told" in house.cli("alert", "list").stderr
    hold(house)
    house.cli("run", "--once", code=1)
    told = house.cli("alert", "list")
    assert "fence/one/main/1@dry" in told.stdout
    assert "not delivered: no alert command was set" in told.stdout
    house.environment = {"AMPLIFIER_ALERT_COMMAND": "/no/such/program"}
    store = house.store()
    with store.write() as connection:
        alert.tell(connection, system_now(), alert.Kind.BUDGET, "spent")
        alert.tell(connection, system_now(), alert.Kind.RESTORED, "an older copy")
        connection.execute(update(tables.beat).values(at=system_now()))
        connection.execute(tables.beat.insert().values(kind="alert", mode="", worker="w/once", at=system_now()))
    store.close()
    house.cli("run", "--once", code=1)
    told = house.cli("alert", "list")
    assert "not delivered yet: it cannot be run: No such file or directory" in told.stdout
    assert "2 messages not delivered yet: amplifier alert --test" in told.stderr
    house.environment = {"AMPLIFIER_ALERT_COMMAND": keeper(house.root / "told")}
    store = house.store()
    with store.write() as connection:
        connection.execute(update(tables.alert).where(tables.alert.c.next_at.is_not(None)).values(next_at=system_now()))
    store.close()
    house.cli("run", "--once", code=1)
    assert "next: amplifier status" in house.cli("alert", "list").stderr
    found = json.loads(house.cli("alert", "list", "--json").stdout)
    assert [(row["kind"], row["delivered_at"] is None) for row in found] == [
        ("restored", False), ("budget", False), ("held", True),
    ]  # fmt: skip
    assert [message["kind"] for message in kept(house.root / "told")] == ["budget", "restored"]


def test_each_message_is_a_block_that_holds_all_of_it_and_ends_in_what_to_type(house: House) -> None:
    store = house.store()
    detail = "[gone] " + "so long that no column of a table would hold it, " * 9 + "to its end"
    with store.write() as connection:
        alert.tell(connection, AT, alert.Kind.RESTORED, "an older copy")
        connection.execute(update(tables.alert).values(next_at=None, delivered_at=AT + timedelta(seconds=2)))
        connection.execute(tables.account.insert().values(name="main", mode="dry", network="x"))
        alert.tell(connection, AT, alert.Kind.BUDGET, detail, account_id=1, command="amplifier queue list")
    store.close()
    assert house.cli("alert", "list").stdout.splitlines() == [
        "2026-12-01T00:42:20Z  budget  DRY RUN  main  not delivered yet",
        f"    {detail}",
        "    amplifier queue list",
        "2026-12-01T00:42:20Z  restored  delivered 2026-12-01T00:42:22Z",
        "    an older copy",
        "    amplifier status",
    ]


def test_a_message_never_holds_a_setting(house: House, server: Listener) -> None:
    """Canaries in every secret; the program sees neither them nor the database's address."""
    path, seen = house.root / "told", house.root / "seen"
    script = house.root / "tell.sh"
    script.write_text(f"#!/bin/sh\nenv > {seen}\ncat >> {path}\n", "utf-8")
    script.chmod(0o755)
    secrets = ("API_KEY", "API_SECRET", "ACCESS_TOKEN", "ACCESS_TOKEN_SECRET")
    house.environment = {
        **{f"AMPLIFIER_ACCOUNTS__MAIN__{name}": f"{CANARY}-{name}" for name in secrets},
        "AMPLIFIER_HEARTBEAT_URL": server.url(f"/{CANARY}"),
        "AMPLIFIER_DATABASE_URL": f"sqlite:///{house.root / 'amplifier.db'}",
        "AMPLIFIER_ALERT_COMMAND": f"./tell.sh {CANARY}",
    }
    hold(house)
    store = house.store()
    with store.write() as connection:
        connection.exec_driver_sql(f"UPDATE post SET text = 'again {CANARY}-API_KEY' WHERE k = 1")
    store.close()
    ran = house.process("run", "--once", code=1)
    assert len(kept(path)) == 1
    assert CANARY not in path.read_text("utf-8")
    environment = seen.read_text("utf-8")
    assert CANARY not in environment
    assert "AMPLIFIER_" not in environment
    assert "PATH=" in environment
    assert CANARY not in ran.stdout + ran.stderr
