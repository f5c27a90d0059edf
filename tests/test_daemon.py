"""The daemon in this process, on real time with tiny gaps."""

from __future__ import annotations

import logging
import socket
import sqlite3
import threading
import time
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from amplifier.app import App, open_app
from amplifier.daemon import Daemon
from amplifier.engagement.query import rows
from amplifier.errors import ConfigurationError
from amplifier.publishing.run import WAKE
from amplifier.publishing.trouble import Trouble
from amplifier.settings import ServiceManager, load_settings
from amplifier.store import beats
from amplifier.workspace import Workspace
from tests.support.alerts import keeper, kept
from tests.support.house import House
from tests.support.listener import listener

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
    first, second = (datetime.fromisoformat(str(row["sent_at"])) for row in rows(app.store, "post_log"))
    assert timedelta(seconds=1) <= abs(second - first) < timedelta(seconds=3)


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


def test_a_stop_between_a_beat_and_its_next_wake_does_not_hang(app: App) -> None:
    """The scheduler waits for its jobs while it holds the lock that a job needs to plan its next run."""
    asked = threading.Event()

    def here() -> datetime:
        if threading.current_thread() is not beating:  # a beat, which has just looked whether to stop
            asked.set()
            daemon.stop()
            time.sleep(0.5)
        return datetime.now(UTC)

    daemon = Daemon(app, report=lambda _: None, here=here)
    beating = threading.Thread(target=daemon.run, daemon=True)
    beating.start()
    beating.join(timeout=10)
    assert asked.is_set()
    assert not beating.is_alive()


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


def test_a_clock_that_is_set_back_does_not_stop_it(house: House, app: App) -> None:
    """The scheduler waits by the wall clock: what was to wake in 15 seconds would have slept for an hour more."""
    ahead = [timedelta(hours=1)]
    done: list[Done] = []
    daemon = Daemon(app, done.append, ServiceManager(None, 0.04), here=lambda: datetime.now(UTC) + ahead[0])

    def both_wait() -> bool:
        return {job.id for job in daemon.scheduler.get_jobs()} >= {beats.PUBLISH, beats.COLLECT}

    def goes_on() -> bool:
        if ahead[0] and beats.last(app.store, beats.PUBLISH) > beats.NEVER and both_wait():
            assert next_wake(daemon, beats.PUBLISH) > timedelta(minutes=59)
            house.cli("approve", str(house.campaign), "--now", "--yes")
            ahead[0] = timedelta(0)
        return len(done) == 5

    run(daemon, goes_on)
    assert states(app) == ["sent"] * 5


def test_a_clock_that_is_put_forward_or_corrected_bit_by_bit_wakes_nothing(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    ahead, waits = [0.0], []

    class Turns(threading.Event):
        """One turn forward by an hour, then a thousandth at a time back, without waiting."""

        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout)
            ahead[0] += 3600 if len(waits) == 1 else -0.01
            return len(waits) > 1000

    daemon = Daemon(app, lambda _: None, here=lambda: datetime.now(UTC) + timedelta(seconds=ahead[0]))
    daemon.stopping = Turns()
    with caplog.at_level(logging.WARNING):
        daemon._watch()
    assert "set back" not in caplog.text
    assert set(waits) == {WAKE.total_seconds()}, "it looks at the clock as often as it promises to wake"


# ---------------------------------------------------------------- messages to people, and to systemd


def gone() -> datetime:
    raise ConfigurationError("db.example.org cannot be reached", "check the server")


def test_a_server_that_is_gone_with_its_clock_does_not_end_it(app: App, caplog: pytest.LogCaptureFixture) -> None:
    daemon = Daemon(App(app.workspace, app.settings, app.store, gone, app.ticks), lambda _: None)
    with caplog.at_level(logging.WARNING):
        daemon.publish()
        daemon.collect()
    assert caplog.text.count("db.example.org cannot be reached") == 2
    assert "Traceback" not in caplog.text
    assert timedelta() < next_wake(daemon, beats.PUBLISH) <= WAKE
    assert timedelta() < next_wake(daemon, beats.COLLECT) <= timedelta(minutes=1)


def test_a_database_that_stays_out_of_reach_is_told_once_and_so_is_its_return(house: House, app: App) -> None:
    path = house.root / "told"
    settings = load_settings(house.root, {"AMPLIFIER_ALERT_COMMAND": keeper(path)})
    reachable: list[bool] = []
    ticks = [0.0]

    def now() -> datetime:
        return datetime.now(UTC) if reachable else gone()

    daemon = Daemon(App(app.workspace, settings, app.store, now, lambda: ticks[0]), lambda _: None)
    for _ in range(10):
        daemon.publish()
        ticks[0] += 15
    reachable.append(True)
    daemon.messenger.open()
    daemon.publish()
    daemon.publish()
    daemon.messenger.close()
    assert [(message["kind"], message["detail"]) for message in kept(path)] == [
        ("stopped", "publishing stands still: db.example.org cannot be reached"),
        ("recovery", "publishing goes on again"),
    ]
    assert kept(path)[0]["first"] == "check the server"


class Hand:
    """Takes what is handed over directly."""

    def __init__(self, handed: list[Any]) -> None:
        self.direct = handed.append


def test_a_mistake_of_ours_that_stays_is_told_without_its_words(house: House, app: App) -> None:
    def broken() -> datetime:
        raise RuntimeError("canary")

    ticks = [0.0]
    daemon = Daemon(App(app.workspace, app.settings, app.store, broken, lambda: ticks[0]), lambda _: None)
    handed: list[Any] = []
    daemon.trouble = Trouble(app.store, Hand(handed), now=broken, here=app.now, ticks=lambda: ticks[0])  # type: ignore[arg-type]
    for _ in range(6):
        daemon.publish()
        daemon.collect()
        ticks[0] += 15
    assert [message["detail"] for message in handed] == ["publishing stands still: a beat ends with RuntimeError"]


def test_it_delivers_what_a_person_must_know_and_sounds_while_it_runs(house: House, app: App) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    with app.store.write() as connection:
        connection.exec_driver_sql("UPDATE post SET text = 'another' WHERE k = 1 AND text LIKE 'They met%'")
    path = house.root / "told"
    with listener() as server:
        environ = {"AMPLIFIER_ALERT_COMMAND": keeper(path), "AMPLIFIER_HEARTBEAT_URL": server.url()}
        daemon = Daemon(
            App(app.workspace, load_settings(house.root, environ), app.store, app.now, app.ticks), lambda _: None
        )
        run(daemon, lambda: bool(kept(path)) and bool(server.asked))
        assert len(server.asked) == 1
    assert [(message["kind"], message["post"]) for message in kept(path)] == [("held", "fence/one/main/1@dry")]


def test_systemd_hears_of_it_only_as_long_as_beats_go_on(app: App, tmp_path: Path) -> None:
    """A beat that hangs lets the watchdog bite; READY and STOPPING are heard from a process in test_stopping.py."""
    ticks = [0.0]
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as server:
        server.bind(str(tmp_path / "notify"))
        there = App(app.workspace, app.settings, app.store, app.now, lambda: ticks[0])
        daemon = Daemon(there, lambda _: None, ServiceManager(str(tmp_path / "notify"), 0.04))
        thread = threading.Thread(target=daemon._watch)
        thread.start()
        try:
            server.settimeout(5)
            assert [server.recv(100) for _ in range(2)] == [b"WATCHDOG=1"] * 2
            ticks[0] += (daemon.publisher.lease + WAKE).total_seconds() + 1  # no beat has ended for a whole lease
            time.sleep(0.1)
            server.setblocking(False)
            with suppress(BlockingIOError):
                while True:
                    server.recv(100)
            time.sleep(0.2)
            with pytest.raises(BlockingIOError):
                server.recv(100)
            daemon.publish()
            server.settimeout(5)
            assert server.recv(100) == b"WATCHDOG=1"
        finally:
            daemon.stop()
            thread.join(timeout=10)


def test_no_reading_is_begun_after_a_stop(house: House, app: App) -> None:
    daemon = Daemon(app, lambda _: None)
    daemon.stop()
    daemon.publish()
    daemon.collect()
    assert daemon.scheduler.get_jobs() == []


def test_it_keeps_backups_beside_its_beats(house: House, app: App) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    done: list[Done] = []
    folder = house.root / "backups"
    run(Daemon(app, done.append), lambda: len(done) == 5 and any(folder.glob("*.db")))
    daemon = Daemon(app, done.append)
    daemon.backup()
    assert timedelta(minutes=59) < next_wake(daemon, "backup") <= timedelta(hours=1)
    assert len(list(folder.glob("*.db"))) == 1
