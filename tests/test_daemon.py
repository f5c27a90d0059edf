"""The daemon in this process, on real time with tiny gaps."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from amplifier.app import App, open_app
from amplifier.daemon import Daemon
from amplifier.engagement.query import rows
from amplifier.publishing.run import WAKE
from amplifier.settings import load_settings
from amplifier.store import beats
from amplifier.workspace import Workspace
from tests.support.house import House

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from amplifier.publishing.beat import Done


@pytest.fixture
def house(tmp_path: Path) -> House:
    built = House.build(tmp_path / "w")
    built.write("one", "two", post_gap="0s")
    return built


@pytest.fixture
def app(house: House) -> Iterator[App]:
    opened = open_app(Workspace(house.root), load_settings(house.root, {}))
    yield opened
    opened.close()


def states(app: App) -> list[str]:
    return [row["state"] for row in sorted(rows(app.store, "post_log"), key=lambda row: row["post_id"])]


def run(daemon: Daemon, until: Callable[[], bool], seconds: float = 20) -> None:
    """Let it run until something is so, then stop it; it ends within a moment."""
    thread = threading.Thread(target=daemon.run)
    thread.start()
    deadline = time.monotonic() + seconds
    while not until() and time.monotonic() < deadline:
        time.sleep(0.02)
    daemon.stop()
    thread.join(timeout=10)
    assert not thread.is_alive()
    assert until()


def next_wake(daemon: Daemon, name: str) -> timedelta:
    """How long until the beat of this name; the scheduler is not running, so that it is still there."""
    at: datetime = [job.trigger.run_date for job in daemon.scheduler.get_jobs() if job.id == name][-1]
    return at - datetime.now(UTC)


def test_it_publishes_what_is_due_and_beats(house: House, app: App) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    done: list[Done] = []
    run(Daemon(app, done.append), lambda: len(done) == 5)
    assert states(app) == ["sent"] * 5
    assert [(item.address.thread, item.address.k) for item in done] == [
        ("one", 1), ("one", 2), ("one", 3), ("two", 1), ("two", 2),
    ]  # fmt: skip
    assert beats.last(app.store, beats.PUBLISH) > datetime.now(UTC) - timedelta(minutes=1)


def test_it_waits_out_the_gap_between_two_posts_and_no_longer(house: House, app: App) -> None:
    house.write("two", post_gap="1s")
    house.cli("approve", str(house.campaign), "--now", "--yes")
    done: list[Done] = []
    run(Daemon(app, done.append), lambda: len(done) == 2)
    assert timedelta(seconds=1) <= done[1].at - done[0].at < timedelta(seconds=3)


def test_stopped_in_the_middle_of_a_thread_it_leaves_nothing_half_settled(house: House, app: App) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    done: list[Done] = []

    def report(item: Done) -> None:
        done.append(item)
        if len(done) == 2:
            daemon.stop()

    daemon = Daemon(app, report)
    run(daemon, lambda: len(done) >= 2)
    assert states(app) == ["sent", "sent", "queued", "queued", "waiting"]
    run(Daemon(app, done.append), lambda: len(done) == 5)
    assert states(app) == ["sent"] * 5


def test_a_beat_that_raises_is_logged_and_tried_again(house: House, app: App, caplog: pytest.LogCaptureFixture) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    failing = [True]

    def report(_: Done) -> None:
        if failing.pop() if failing else False:
            raise RuntimeError("a mistake of ours")

    daemon = Daemon(app, report)
    with caplog.at_level(logging.WARNING):
        daemon.publish()
    assert "a mistake of ours" in caplog.text
    assert timedelta() < next_wake(daemon, beats.PUBLISH) <= WAKE
    daemon.publish()
    assert states(app) == ["sent"] * 5


def test_a_locked_database_is_waited_for_and_does_not_end_it(
    house: House, app: App, caplog: pytest.LogCaptureFixture
) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    daemon = Daemon(app, lambda _: None)

    @event.listens_for(app.store.engine, "connect")
    def _impatient(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA busy_timeout = 20")

    app.store.engine.dispose()
    other = sqlite3.connect(house.root / "amplifier.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with caplog.at_level(logging.WARNING):
        daemon.publish()
        daemon.collect()
    assert caplog.text.count("is locked by another program") == 2
    assert "Traceback" not in caplog.text
    assert timedelta() < next_wake(daemon, beats.PUBLISH) <= WAKE
    other.rollback()
    other.close()
    daemon.publish()
    assert states(app) == ["sent"] * 5


def test_it_wakes_for_the_next_due_post_but_at_least_every_15_seconds(house: House, app: App) -> None:
    daemon = Daemon(app, lambda _: None)
    daemon.publish()
    assert WAKE - timedelta(seconds=2) < next_wake(daemon, beats.PUBLISH) <= WAKE
    house.write("two", post_gap="5s")
    house.cli("approve", str(house.campaign), "--now", "--yes")
    daemon.publish()
    assert timedelta(seconds=3) < next_wake(daemon, beats.PUBLISH) <= timedelta(seconds=5)


def test_a_pause_is_looked_at_again_and_not_in_a_busy_loop(house: House, app: App) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    house.cli("pause")
    daemon = Daemon(app, lambda _: None)
    daemon.publish()
    assert next_wake(daemon, beats.PUBLISH) > WAKE - timedelta(seconds=2)
    house.cli("resume", "--why", "over")
    (house.root / "PAUSE").touch()
    daemon.publish()
    assert next_wake(daemon, beats.PUBLISH) > WAKE - timedelta(seconds=2)
    assert "sent" not in states(app)
    (house.root / "PAUSE").unlink()
    daemon.publish()
    assert states(app) == ["sent"] * 5


@pytest.mark.parametrize("hours", (-5, 5))
def test_a_database_server_with_another_clock_does_not_delay_the_next_beat(house: House, hours: int) -> None:
    opened = open_app(Workspace(house.root), load_settings(house.root, {}))
    there = App(
        opened.workspace,
        opened.settings,
        opened.store,
        lambda: datetime.now(UTC) + timedelta(hours=hours),
        opened.ticks,
    )
    daemon = Daemon(there, lambda _: None)
    daemon.publish()
    daemon.collect()
    assert timedelta() < next_wake(daemon, beats.PUBLISH) <= WAKE
    assert timedelta() < next_wake(daemon, beats.COLLECT) <= timedelta(minutes=1)
    opened.close()
