"""SIGTERM and Ctrl-C in every form of `run`: the request on the wire is finished and settled, in a bounded time."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import threading
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from amplifier.cli.running import a_stop_is_no_failure, stoppable, stopped_by_signal
from amplifier.errors import ConfigurationError, TryLater
from tests.fakes import x_faults
from tests.fakes.x_server import Asked, XServer
from tests.support.house import House

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

HTTP_TIMEOUT = 1.0
"""Seconds: a third of the lease."""
FORMS = (("run",), *(pytest.param(("run", how), marks=pytest.mark.slow) for how in ("--once", "--drain")))


@pytest.fixture
def x() -> Iterator[XServer]:
    with XServer() as server:
        yield server


@pytest.fixture
def live(tmp_path: Path, x: XServer) -> House:
    """A workspace with one thread due, and an account on the fake network."""
    house = House.build(tmp_path / "w")
    house.write("one", post_gap="0s")
    house.environment = {
        **x.credentials("main"), "AMPLIFIER_LIVE": "1", "AMPLIFIER_LEASE_SECONDS": str(3 * HTTP_TIMEOUT),
    }  # fmt: skip
    house.cli("approve", str(house.campaign), "--now", "--yes")
    return house


def states(house: House) -> list[str]:
    found = json.loads(house.cli("queue", "list", "--json").stdout)
    return [row["state"] for row in sorted(found, key=lambda row: row["k"])]


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert condition()


@contextmanager
def started(house: House, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command as a process of its own, which does not outlive the test."""
    running = house.start(*arguments)
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def stopped(running: subprocess.Popen[str], *signals: signal.Signals) -> tuple[float, str]:
    """How many seconds it took to end with 0 after these signals, and what it had said on stderr."""
    begun = time.monotonic()
    for name in signals:
        running.send_signal(name)
        time.sleep(0.05)
    out, err = running.communicate(timeout=30)
    assert running.returncode == 0, err
    assert "Traceback" not in out + err
    return time.monotonic() - begun, err


@contextmanager
def systemd_at(path: Path) -> Iterator[list[bytes]]:
    """What is said to a socket, while it is read."""
    heard: list[bytes] = []
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as server:
        server.bind(str(path))

        def read() -> None:
            while (said := server.recv(100)) != b"over":
                heard.append(said)

        thread = threading.Thread(target=read)
        thread.start()
        try:
            yield heard
        finally:
            with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as client:
                client.sendto(b"over", str(path))
            thread.join()


def test_a_signal_is_passed_on_outside_of_whatever_it_interrupts() -> None:
    """`Event.set` in a handler waits for ever when it interrupts whoever holds that event's lock."""
    called: list[threading.Thread] = []
    stop = threading.Event()

    def halt() -> None:
        called.append(threading.current_thread())
        stop.set()

    before = [signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)]
    with stopped_by_signal(halt):
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
            signal.raise_signal(name)
        assert stop.wait(5)
    assert len(called) == 1
    assert called != [threading.main_thread()]
    with stopped_by_signal(halt):
        pass
    assert len(called) == 1, "an end without a signal stops nothing"
    assert [signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)] == before


def test_what_time_mends_is_said_and_no_failure_once_a_stop_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    stop = threading.Event()
    locked = TryLater("amplifier.db, of s3cret, is locked", "nothing was lost")
    with pytest.raises(TryLater), a_stop_is_no_failure(stop, ["s3cret"]):
        raise locked
    stop.set()
    with a_stop_is_no_failure(stop, ["s3cret"]):
        raise locked
    said = capsys.readouterr().err
    assert said.startswith("stopped; amplifier.db, of ")
    assert said.endswith(" is locked\n  nothing was lost\n")
    assert "s3cret" not in said
    with pytest.raises(ConfigurationError), a_stop_is_no_failure(stop, []):
        raise ConfigurationError("amplifier.db is damaged")


def test_a_stop_that_is_heard_of_slowly_is_known_when_the_run_ends() -> None:
    class Slow(threading.Event):
        def set(self) -> None:
            time.sleep(0.2)
            super().set()

    with stoppable(Slow(), []):
        os.kill(os.getpid(), signal.SIGTERM)
        raise TryLater("the database is locked", "wait")


@pytest.mark.slow
@pytest.mark.parametrize("how", ("--once", "--drain"))
def test_a_stop_while_another_program_locks_the_database_is_no_failure(live: House, x: XServer, how: str) -> None:
    with closing(sqlite3.connect(live.root / "amplifier.db", isolation_level=None, check_same_thread=False)) as other:
        locked = threading.Event()

        def lock(moment: str, asked: Asked) -> None:
            if (moment, asked.method) == ("done", "POST") and not locked.is_set():
                other.execute("BEGIN IMMEDIATE")
                locked.set()

        x.watch = lock
        with started(live, "run", how) as running:
            until(locked.is_set)
            _, said = stopped(running, signal.SIGTERM)
        other.execute("ROLLBACK")
    assert "stopped; " in said
    assert "is locked by another program\n  nothing was lost; a run goes on by itself" in said
    assert states(live) == ["sending", "waiting", "waiting"]
    assert len(x.posts) == 1


@pytest.mark.parametrize("form", FORMS)
def test_a_server_that_trickles_does_not_hold_up_the_end_and_the_post_is_unknown(
    live: House, x: XServer, tmp_path: Path, form: tuple[str, ...]
) -> None:
    """The service, started as systemd does it, tells that it is ready, alive, and stopping."""
    x.script(x_faults.trickle(60))
    live.environment |= {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "200000"}
    with systemd_at(tmp_path / "notify") as heard, started(live, *form) as running:
        until(lambda: bool(x.posts))
        took, _ = stopped(running, signal.SIGTERM)
    assert took < HTTP_TIMEOUT + 5
    assert states(live) == ["unknown", "waiting", "waiting"]
    assert len(x.posts) == 1, "and nothing more was sent"
    if form == ("run",):
        assert heard == [b"READY=1", *[b"WATCHDOG=1"] * (len(heard) - 2), b"STOPPING=1"]
        assert len(heard) > 2
    else:
        assert heard == []


def test_an_answer_in_time_is_still_taken_and_a_second_ctrl_c_changes_nothing(live: House, x: XServer) -> None:
    x.script(x_faults.trickle(0.5))
    live.environment["AMPLIFIER_LEASE_SECONDS"] = "60"  # a busy machine may take its time
    with started(live, "run") as running:
        until(lambda: bool(x.posts))
        stopped(running, signal.SIGINT, signal.SIGINT, signal.SIGINT)
    assert states(live) == ["sent", "queued", "waiting"]


@pytest.mark.slow
def test_a_stop_while_the_token_is_asked_for_its_name_sends_nothing(live: House, x: XServer) -> None:
    x.script(x_faults.hang(0.6, x_faults.ME))
    with started(live, "run", "--drain") as running:
        until(lambda: bool(x.asked(x_faults.ME)))
        took, _ = stopped(running, signal.SIGTERM)
    assert took < HTTP_TIMEOUT + 5
    assert states(live) == ["queued", "waiting", "waiting"]
    assert not x.posts


@pytest.mark.slow
def test_a_slow_alert_command_does_not_hold_up_the_end(live: House, tmp_path: Path) -> None:
    slow = tmp_path / "slow.sh"
    slow.write_text("#!/bin/sh\nsleep 60\n", "utf-8")
    slow.chmod(0o755)
    live.environment["AMPLIFIER_ALERT_COMMAND"] = str(slow)
    with closing(live.store().engine.raw_connection()) as connection:
        connection.cursor().execute("UPDATE post SET text = 'another' WHERE k = 1")
        connection.commit()
    with started(live, "run") as running:
        until(lambda: "held" in states(live))
        took, _ = stopped(running, signal.SIGTERM)
    assert took < HTTP_TIMEOUT + 5
