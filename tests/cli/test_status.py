from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from amplifier.cli.status import read_status
from amplifier.store import tables
from tests.support.house import House, Stage

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path) -> House:
    built = House.build(tmp_path / "w")
    built.write("one", "two", post_gap="0s")
    return built


def set_first(house: House, **values: object) -> None:
    """Bring the campaign's first post into a state that a network would have to bring it into."""
    store = house.store()
    with store.write() as connection:
        connection.execute(update(tables.post).where(tables.post.c.id == 1).values(**values))
    store.close()


def test_before_anything_is_approved_it_says_how_to_begin(house: House) -> None:
    told = house.cli("status")
    assert "nothing was approved yet" in told.stdout
    assert "last beat: never" in told.stdout
    assert "next: amplifier check, preview and approve" in told.stderr


def test_it_names_the_mode_the_counts_the_next_instant_and_the_next_command(house: House) -> None:
    house.cli("approve", str(house.campaign), "--yes")
    told = house.cli("status")
    assert told.stdout.startswith(f"DRY RUN · {house.root}/amplifier.db · live is off\n")
    assert "3 waiting, 2 queued" in told.stdout
    assert "next: cron runs `amplifier run --once`" in told.stderr
    house.cli("approve", str(house.campaign), "--now", "--yes")
    assert "next: amplifier run --drain" in house.cli("status").stderr
    house.cli("run", "--drain")
    assert "next: amplifier report" in house.cli("status").stderr


def test_each_thing_that_needs_a_person_stands_beside_the_command_that_mends_it(house: House) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    set_first(house, state="held", why="perhaps sent", detail="two looks found nothing")
    told = house.cli("status", code=1)
    assert "held: fence/one/main/1@dry  perhaps sent: two looks found nothing\n" in told.stdout
    assert "    amplifier queue resolve fence/one/main/1@dry --sent URL, or --not-sent\n" in told.stdout
    set_first(house, state="failed", why="refused", detail="too long")
    told = house.cli("status", code=1)
    assert "    amplifier queue retry fence/one/main/1@dry, cancel or ack\n" in told.stdout
    set_first(house, acked_at=datetime.now(UTC))
    assert "amplifier queue retry" not in house.cli("status").stdout


def test_a_blocked_account_is_5_with_the_way_out(house: House) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    store = house.store()
    with store.write() as connection:
        connection.execute(
            update(tables.account).values(blocked_at=datetime(2026, 12, 1, tzinfo=UTC), blocked_why="suspended")
        )
    store.close()
    told = house.cli("status", code=5)
    assert "blocked: account main since 2026-12-01T00:00:00Z: suspended" in told.stdout
    assert "amplifier account unblock main" in told.stdout
    assert json.loads(house.cli("status", "--json", code=5).stdout)["blocked"] == ["main"]


def test_an_unknown_post_is_shown_with_its_next_look_and_is_nobodys_fault_yet(house: House) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    look = datetime(2026, 12, 1, 9, tzinfo=UTC)
    set_first(house, state="unknown", why="perhaps sent", unknown_at=look, due_at=look)
    assert "nothing: looked for at 2026-12-01T09:00:00Z" in house.cli("status").stdout


def test_silence_of_the_publisher_is_not_hidden_by_a_reader_that_goes_on(house: House) -> None:
    house.cli("run", "--once")
    house.cli("collect")
    told = house.cli("status").stdout
    assert "last beat: publish " in told
    assert ", collect " in told


@pytest.mark.parametrize(
    ("blocked", "held", "paused", "code"), ((True, True, True, 5), (False, True, True, 1), (False, False, True, 75))
)
def test_the_worst_thing_decides_the_exit_code(
    house: House, blocked: bool, held: bool, paused: bool, code: int
) -> None:
    stage = Stage.open(house)
    stage.approve(at_once=True)
    with stage.app.store.write() as connection:
        if blocked:
            connection.execute(update(tables.account).values(blocked_at=stage.clock.now(), blocked_why="x"))
        if held:
            connection.execute(update(tables.post).where(tables.post.c.k == 1).values(state="held", why="late"))
        if paused:
            connection.execute(update(tables.pause).values(since=stage.clock.now() - timedelta(hours=1)))
    assert read_status(stage.app).exit_code == code
    stage.app.close()
