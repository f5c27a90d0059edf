"""Two hundred readers while a daemon publishes, clients that are slow on purpose, and guesses by the hundred."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import threading
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from amplifier.cli.loopback import HOST
from amplifier.engagement.query import rows
from tests.support.house import House
from tests.support.studio_process import Running, running

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

pytestmark = pytest.mark.slow
POSTS = 20
LISTENING = 40
READING = 160
LATE = timedelta(seconds=1)
SOON = timedelta(seconds=2)


@pytest.fixture
def house(tmp_path: Path) -> House:
    built = House.build(tmp_path / "w")
    built.environment = {"AMPLIFIER_ACCOUNTS__MAIN__NETWORK": "simulated", "AMPLIFIER_ACCOUNTS__MAIN__HANDLE": "voices"}
    built.text("one", "\n---\n".join(f"What was said at the fence, part {n}." for n in range(POSTS)))
    built.write("one", post_gap="1s")
    return built


@contextmanager
def publishing(house: House) -> Iterator[subprocess.Popen[str]]:
    """A daemon of its own process, with a thread that is due at once."""
    house.process("approve", str(house.campaign), "--now", "--yes")
    process = house.start("run")
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


class Crowd:
    """Readers on loopback until they are told to go: some listen, the others load one page after another."""

    def __init__(self, here: Running) -> None:
        self.visitor = here.visitor
        self.answers: list[int] = []
        self.read = self.told = 0
        self.locked: list[str] = []
        self.failed: list[str] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._all()), daemon=True)

    def __enter__(self) -> Crowd:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(timeout=30)
        assert not self._thread.is_alive()

    async def _all(self) -> None:
        pages = ("/live", "/campaigns/fence", "/live", "/campaigns/fence", "/calendar", "/results")
        async with asyncio.TaskGroup() as group:
            for _ in range(LISTENING):
                group.create_task(self._guarded(self._listen()))
            for number in range(READING):
                group.create_task(self._guarded(self._load(pages[number % len(pages)])))

    async def _guarded(self, reader: Any) -> None:
        try:
            await reader
        except (OSError, EOFError, TimeoutError) as exc:
            self.failed.append(repr(exc))

    async def _ask(self, path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(HOST, self.visitor.port)
        asked = f"GET {path} HTTP/1.1\r\nhost: {HOST}:{self.visitor.port}\r\ncookie: {self.visitor.cookie}\r\n"
        writer.write(f"{asked}connection: close\r\n\r\n".encode())
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
        self.answers.append(int(head.split()[1]))
        return reader, writer

    async def _load(self, path: str) -> None:
        while not self._over.is_set():
            reader, writer = await self._ask(path)
            body = (await reader.read()).decode()
            if "is locked" in body:
                self.locked.append(body)
            self.read += 1
            writer.close()

    async def _listen(self) -> None:
        reader, writer = await self._ask("/events")
        while not self._over.is_set():
            with suppress(TimeoutError):
                line = await asyncio.wait_for(reader.readline(), 0.5)
                self.told += line.startswith(b"data:")
        writer.close()


def log(house: House) -> list[dict[str, Any]]:
    store = house.store()
    try:
        return sorted((dict(row) for row in rows(store, "post_log")), key=lambda row: row["k"])
    finally:
        store.close()


def wait_for(house: House, sent: int, seconds: float) -> list[dict[str, Any]]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = log(house)
        if sum(row["state"] == "sent" for row in found) >= sent:
            return found
        time.sleep(0.2)
    raise AssertionError(f"{[row['state'] for row in log(house)]}")


def instant(value: object) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))


def test_two_hundred_readers_delay_no_post_and_a_pause_is_obeyed_at_once(house: House) -> None:
    with running(house) as studio, publishing(house) as daemon, Crowd(studio) as crowd:
        wait_for(house, POSTS - 10, 60)
        studio.visitor.get("/live")
        pressed = datetime.now(UTC)
        assert studio.visitor.post("/pause", why="enough").status == 303
        taken = datetime.now(UTC) - pressed
        time.sleep(5)
        daemon.send_signal(signal.SIGTERM)
        _, said = daemon.communicate(timeout=20)
        crowd._over.set()
    found = log(house)
    late = [instant(row["sent_at"]) - instant(row["due_at"]) for row in found if row["state"] == "sent" and row["k"] > 1]
    print(f"\n{crowd.read} pages read, {crowd.told} told; latest {max(late)}; the pause answered in {taken}")
    assert POSTS - 12 < len(late) < POSTS - 4
    assert max(late) < LATE
    assert taken < SOON, "a crowd of readers keeps no pause waiting"
    assert all(instant(row["sent_at"]) < pressed + SOON for row in found if row["sent_at"])
    assert crowd.failed == []
    assert set(crowd.answers) == {200}
    assert crowd.read > READING
    assert crowd.told > LISTENING, "listeners hear of posts, not only of the beginning"
    assert crowd.locked == []
    for words in (said, "".join(studio.said)):
        assert "locked" not in words
        assert "Traceback" not in words
