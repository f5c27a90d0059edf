from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

import pytest

from amplifier.errors import ConfigurationError
from amplifier.publishing import alert, messenger
from amplifier.publishing.handover import Command
from amplifier.publishing.messenger import Messenger
from tests.support.alerts import keeper, kept, outbox, python
from tests.support.listener import Listener, listener
from tests.support.queue import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from amplifier.store.engine import Store


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server() -> Iterator[Listener]:
    with listener() as found:
        yield found


def made(store: Store, clock: Clock, **more: Any) -> Messenger:
    return Messenger(store, now=clock.now, ticks=clock.ticks, runner="host/daemon", **more)


def say(store: Store, clock: Clock, detail: str) -> None:
    with store.write() as connection:
        alert.tell(connection, clock.now(), alert.Kind.BUDGET, detail)


def until(condition: Any, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert condition()


def test_what_a_run_tells_is_delivered_before_it_ends(sqlite_store: Store, clock: Clock, tmp_path: Path) -> None:
    courier = made(sqlite_store, clock, command=Command(keeper(tmp_path / "told")))
    courier.open()
    say(sqlite_store, clock, "while it ran")
    courier.close()
    assert [message["detail"] for message in kept(tmp_path / "told")] == ["while it ran"]


def test_what_was_told_before_anybody_listened_is_set_aside_but_not_the_first_beats_own(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    say(sqlite_store, clock, "long ago")
    courier = made(sqlite_store, clock, command=Command(keeper(tmp_path / "told")))
    courier.open()
    say(sqlite_store, clock, "now")
    courier.close()
    assert [message["detail"] for message in kept(tmp_path / "told")] == ["now"]


def test_without_a_command_messages_are_set_aside(sqlite_store: Store, clock: Clock) -> None:
    courier = made(sqlite_store, clock)
    courier.open()
    say(sqlite_store, clock, "to nobody")
    courier.direct({"kind": "stopped", "detail": "d", "next": "n"})
    courier.close()
    assert outbox(sqlite_store)[0]["next_at"] is None


def test_a_slow_command_holds_nobody_up_and_is_left_when_the_run_was_stopped(
    sqlite_store: Store, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    courier = made(sqlite_store, clock, command=Command(python("import time; time.sleep(60)")))
    courier.open()
    say(sqlite_store, clock, "slow")
    begun = time.monotonic()
    courier.beat()
    assert time.monotonic() - begun < 0.5
    courier.close(lambda: True)
    assert time.monotonic() - begun < 2 * messenger.HURRIED + 1
    (row,) = outbox(sqlite_store)
    assert (row["delivered_at"], row["detail"]) == (None, "it was stopped with the run")
    assert row["next_at"] is not None, "the next run delivers it"


def test_a_run_that_is_done_waits_for_one_try_and_no_longer() -> None:
    assert messenger.PATIENCE > 10
    assert messenger.PATIENCE + messenger.HURRIED < 20


def test_the_heart_sounds_after_a_beat_and_once_a_minute(sqlite_store: Store, clock: Clock, server: Listener) -> None:
    courier = made(sqlite_store, clock, sound=server.url())
    courier.open()
    time.sleep(0.05)
    assert server.asked == [], "no beat has ended yet"
    courier.beat()
    until(lambda: len(server.asked) == 1)
    clock.move(seconds=59)
    courier.beat()
    time.sleep(0.1)
    assert len(server.asked) == 1
    clock.move(seconds=1)
    courier.beat()
    until(lambda: len(server.asked) == 2)
    courier.close()
    assert len(server.asked) == 2


def test_the_heart_does_not_sound_while_nobody_can_be_told(
    sqlite_store: Store, clock: Clock, server: Listener, tmp_path: Path
) -> None:
    command = Command(python("raise SystemExit(1)"))
    courier = made(sqlite_store, clock, command=command, sound=server.url())
    courier.open()
    say(sqlite_store, clock, "tried in vain")
    courier.direct({"kind": "stopped", "detail": "d", "next": "n"})
    until(lambda: outbox(sqlite_store)[0]["tries"] == 1)
    clock.move(minutes=16)
    courier.beat()
    courier.close()
    assert server.asked == []
    assert not (tmp_path / "told").exists()


def test_a_heartbeat_that_fails_is_a_warning_without_the_address(
    sqlite_store: Store, clock: Clock, server: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    server.status = 500
    courier = made(sqlite_store, clock, sound=server.url("/canary"))
    courier.open()
    courier.beat()
    with caplog.at_level(logging.DEBUG):
        courier.close()
    assert "the heartbeat address was not fetched: the answer was HTTP 500" in caplog.text
    assert "canary" not in caplog.text


def test_figures_are_written_after_a_beat_and_trouble_with_them_stops_nothing(
    sqlite_store: Store, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    written: list[int] = []

    def figures() -> None:
        written.append(1)
        if len(written) == 1:
            raise ConfigurationError("no such folder", "make it")
        if len(written) == 2:
            raise RuntimeError("a mistake of ours")

    courier = made(sqlite_store, clock, command=Command(keeper(tmp_path / "told")), figures=figures)
    courier.open()
    for number in (1, 2, 3):
        courier.beat()
        until(lambda number=number: len(written) == number)
    say(sqlite_store, clock, "still here")
    courier.close()
    assert "no such folder" in caplog.text
    assert "a mistake of ours" in caplog.text
    assert len(kept(tmp_path / "told")) == 1


def test_a_direct_message_needs_no_database_and_is_tried_until_it_is_taken(clock: Clock, tmp_path: Path) -> None:
    class Gone:
        def read(self) -> Any:
            raise ConfigurationError("the database is gone")

    class Locked(Clock):
        def now(self) -> Any:
            raise ConfigurationError("and its clock with it")

    flag = tmp_path / "well"
    picky = python(
        f"import os, sys; data = sys.stdin.buffer.read(); os.path.exists({str(flag)!r}) or sys.exit(1);"
        f"open({str(tmp_path / 'told')!r}, 'ab').write(data + b'\\n')"
    )
    courier = Messenger(
        Gone(),  # type: ignore[arg-type]
        now=Locked().now, ticks=clock.ticks, runner="host/daemon", command=Command(picky),
    )  # fmt: skip
    courier.open()
    courier.direct({"id": "1", "kind": "stopped", "detail": "publishing stands still", "next": "look"})
    time.sleep(0.3)
    assert kept(tmp_path / "told") == []
    flag.touch()
    courier.close()
    assert [message["detail"] for message in kept(tmp_path / "told")] == ["publishing stands still"]
