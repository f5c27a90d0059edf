"""Two hundred readers while a daemon publishes, clients that are slow on purpose, and guesses by the hundred."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from amplifier.cli.connections import HEAD, IDLE, MOST, WHOLE
from amplifier.cli.loopback import HOST
from amplifier.engagement.query import rows
from amplifier.studio.changes import OPEN
from tests.support.house import House
from tests.support.studio import Visitor
from tests.support.studio_process import Running, running

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any, Self

pytestmark = pytest.mark.slow
POSTS = 20
PEOPLE = 10
LISTENING = PEOPLE * OPEN
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
        self.cookies = [here.visitor.cookie, *(_enter(here) for _ in range(PEOPLE - 1))]
        self.answers: list[int] = []
        self.read = self.told = 0
        self.locked: list[str] = []
        self.failed: list[str] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._all()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(timeout=30)
        assert not self._thread.is_alive()

    async def _all(self) -> None:
        pages = ("/live", "/campaigns/fence", "/live", "/campaigns/fence", "/calendar", "/results")
        async with asyncio.TaskGroup() as group:
            for number in range(LISTENING):
                group.create_task(self._guarded(self._listen(self.cookies[number % PEOPLE])))
            for number in range(READING):
                own = self.cookies[number % PEOPLE]
                group.create_task(self._guarded(self._load(pages[number % len(pages)], own)))

    async def _guarded(self, reader: Any) -> None:
        try:
            await reader
        except (OSError, EOFError, TimeoutError) as exc:
            self.failed.append(repr(exc))

    async def _ask(self, path: str, cookie: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(HOST, self.visitor.port)
        asked = f"GET {path} HTTP/1.1\r\nhost: {HOST}:{self.visitor.port}\r\ncookie: {cookie}\r\n"
        writer.write(f"{asked}connection: close\r\n\r\n".encode())
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
        self.answers.append(int(head.split()[1]))
        return reader, writer

    async def _load(self, path: str, cookie: str) -> None:
        while not self._over.is_set():
            reader, writer = await self._ask(path, cookie)
            body = (await reader.read()).decode()
            if "is locked" in body:
                self.locked.append(body)
            self.read += 1
            writer.close()

    async def _listen(self, cookie: str) -> None:
        reader, writer = await self._ask("/events", cookie)
        while not self._over.is_set():
            with suppress(TimeoutError):
                line = await asyncio.wait_for(reader.readline(), 0.5)
                if not line:
                    raise EOFError("a stream has ended")
                self.told += line.startswith(b"data:")
        writer.close()


def _enter(here: Running) -> str:
    """The next person who is named comes in: their cookie."""
    assert here.process.stdout
    path = here.process.stdout.readline().split()[0].removeprefix(here.visitor.origin)
    answer = here.visitor.ask("GET", path, cookie="")
    assert answer.status == 200
    return answer.headers["set-cookie"].split(";")[0]


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
    house.environment["AMPLIFIER_STUDIO_PEOPLE"] = ", ".join(f"Person {n}: approver" for n in range(PEOPLE))
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
    sent = [row for row in found if row["state"] == "sent"]
    late = [instant(row["sent_at"]) - instant(row["due_at"]) for row in sent if row["k"] > 1]
    assert POSTS - 12 < len(late) < POSTS - 4
    assert max(late) < LATE
    assert taken < SOON, "a crowd of readers keeps no pause waiting"
    assert all(instant(row["sent_at"]) < pressed + SOON for row in sent)
    assert crowd.failed == []
    assert set(crowd.answers) == {200}
    assert crowd.read > READING
    assert crowd.told > LISTENING, "listeners hear of posts, not only of the beginning"
    assert crowd.locked == []
    for words in (said, "".join(studio.said)):
        assert "locked" not in words
        assert "Traceback" not in words


# ---------------------------------------------------------------- clients that are slow, or never end


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(House.build(tmp_path_factory.mktemp("slow") / "w")) as found:
        yield found


def dial(studio: Running, sent: bytes = b"", *, room: int = 0) -> socket.socket:
    """A connection that has said so much; `room`: and takes so little."""
    raw = socket.socket()
    raw.settimeout(60)
    if room:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    raw.connect((HOST, studio.visitor.port))
    raw.sendall(sent)
    return raw


def asked(studio: Running, path: str) -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nhost: {HOST}:{studio.visitor.port}\r\ncookie: {studio.visitor.cookie}\r\n\r\n"
    ).encode()


def test_more_half_sent_requests_than_it_bears_shut_nobody_out(studio: Running) -> None:
    slow: list[socket.socket] = []
    try:
        slow.extend(dial(studio, b"GET /live HTTP/1.1\r\nhost: ") for _ in range(MOST + 100))
        for path in ("/live", "/campaigns/fence", "/static/studio.css"):
            began = time.monotonic()
            assert studio.visitor.get(path).status == 200
            assert time.monotonic() - began < 2
    finally:
        for one in slow:
            one.close()


def test_readers_who_do_not_read_hold_up_nobody(studio: Running) -> None:
    slow = [dial(studio, asked(studio, "/events"), room=1024) for _ in range(100)]
    slow += [dial(studio, asked(studio, "/campaigns/fence") * 50, room=1024) for _ in range(20)]
    try:
        began = time.monotonic()
        assert studio.visitor.get("/live").status == 200
        assert studio.visitor.post("/pause", why="x").status == 303
        assert time.monotonic() - began < 5
    finally:
        for one in slow:
            one.close()
    assert studio.visitor.get("/live").status == 200


def drip(raw: socket.socket, piece: bytes, seconds: float) -> float:
    """Send a piece again and again until nobody is there any more: after how long, or fail."""
    began = time.monotonic()
    with suppress(OSError):
        while time.monotonic() - began < seconds:
            raw.sendall(piece)
            time.sleep(0.1)
            raw.setblocking(False)
            with suppress(BlockingIOError):
                if not raw.recv(65536):
                    break
            raw.settimeout(60)
    return time.monotonic() - began


NEVER_ENDING = (
    (b"GET /live HTTP/1.1\r\n", b"x: y\r\n"),
    (
        (
            b"POST /pause HTTP/1.1\r\nhost: {host}\r\norigin: http://{host}\r\ncookie: {cookie}\r\n"
            b"content-type: application/x-www-form-urlencoded\r\ncontent-length: 900000\r\n\r\n"
        ),
        b"x",
    ),
    (b"POST /pause HTTP/1.1\r\nhost: elsewhere\r\ncontent-length: 900000\r\n\r\n", b"x"),
)
"""Headers, a form, a form that is refused at once: the beginning, and what is sent again and again."""


def test_what_never_ends_is_ended(studio: Running) -> None:
    host, cookie = f"{HOST}:{studio.visitor.port}".encode(), studio.visitor.cookie.encode()

    def send(begun: bytes, piece: bytes) -> float:
        with dial(studio, begun.replace(b"{host}", host).replace(b"{cookie}", cookie)) as raw:
            return drip(raw, piece, WHOLE + 15)

    with ThreadPoolExecutor(3) as pool:
        took = list(pool.map(send, *zip(*NEVER_ENDING, strict=True)))
    assert max(took) < WHOLE + 5
    with dial(studio, NEVER_ENDING[1][0].replace(b"{host}", host).replace(b"{cookie}", cookie)):
        pass  # and is gone
    time.sleep(0.3)
    assert "Traceback" not in "".join(studio.said), "a client that goes is no mistake of ours"


def test_headers_without_an_end_are_refused_at_once(studio: Running) -> None:
    with dial(studio, b"GET /live HTTP/1.1\r\nx: " + b"y" * (HEAD + 1)) as raw:
        assert raw.recv(100).startswith(b"HTTP/1.1 4")


def test_a_connection_on_which_nothing_is_asked_is_closed(studio: Running) -> None:
    with dial(studio) as silent, dial(studio, asked(studio, "/static/icon.svg")) as idle:
        began = time.monotonic()
        while idle.recv(65536):
            pass
        assert IDLE - 1 < time.monotonic() - began < IDLE + 5
        with suppress(ConnectionResetError):
            assert silent.recv(1) == b""
        assert time.monotonic() - began < WHOLE + 5


def test_whatever_is_no_request_is_answered_in_words_and_is_no_mistake_of_ours(studio: Running) -> None:
    host = f"host: {HOST}:{studio.visitor.port}\r\ncookie: {studio.visitor.cookie}\r\n".encode()
    for raw_request in (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20 + b"\r\n\r\n",
        b"GET /%ff%00%c3 HTTP/1.1\r\n" + host + b"\r\n",
        b"GET /live/%00 HTTP/1.1\r\n" + host + b"\r\n",
        b"GET /campaigns/..%2f..%2fetc HTTP/1.1\r\n" + host + b"\r\n",
        b"GET //evil.example/ HTTP/1.1\r\n" + host + b"\r\n",
        b"GET http://evil.example/live HTTP/1.1\r\n" + host + b"\r\n",
        b"GET /live HTTP/1.1\r\n" + host + host + b"\r\n",
        b"GET /live HTTP/1.0\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\n" + host + b"\r\n",
        b"GET /calendar?month=%ff-99999999 HTTP/1.1\r\n" + host + b"\r\n",
        b"GET /live HTTP/1.1\r\nupgrade: websocket\r\nconnection: upgrade\r\n" + host + b"\r\n",
        b"POST /pause HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n" + host + b"\r\n",
    ):
        with dial(studio, raw_request) as raw:
            status = raw.recv(100)
            assert status.startswith(b"HTTP/1.1 "), raw_request
            assert not status.startswith(b"HTTP/1.1 5"), (raw_request, status)
    assert "Traceback" not in "".join(studio.said)


# ---------------------------------------------------------------- codes and sessions


def test_codes_that_are_guessed_all_at_once_are_counted_all_the_same(tmp_path: Path) -> None:
    house = House.build(tmp_path / "w")
    house.environment = {"AMPLIFIER_STUDIO_PEOPLE": "Kim: approver, Lee: viewer"}
    with running(house) as studio:
        assert studio.process.stdout
        code = studio.process.stdout.readline().split()[0].rpartition("/")[2]
        with ThreadPoolExecutor(50) as pool:
            wrong = pool.map(lambda n: studio.visitor.ask("GET", f"/enter/guess{n}", cookie="").status, range(500))
            assert set(wrong) == {403}
        assert studio.visitor.ask("GET", f"/enter/{code}", cookie="").status == 403, "nobody is let in for a minute"
        assert studio.visitor.get("/live").status == 200, "and who is in stays in"


def test_a_session_is_never_one_that_somebody_else_chose_and_ends_with_the_process(house: House) -> None:
    with running(house) as studio:
        port, cookie, path = studio.visitor.port, studio.visitor.cookie, studio.path
        assert studio.visitor.get("/live").status == 200
    with running(house, port=port) as studio:
        name, _, own = studio.visitor.cookie.partition("=")
        assert name == cookie.partition("=")[0]
        assert own != cookie.partition("=")[2]
        assert studio.visitor.ask("GET", "/live", cookie=cookie).status == 403
        for chosen in ("chosen", own[:-1], own.swapcase(), path.rpartition("/")[2]):
            assert studio.visitor.ask("GET", "/live", cookie=f"{name}={chosen}").status == 403
        assert studio.visitor.ask("GET", path, cookie="").status == 403, "neither does its code open anything"
    with running(house) as studio:
        ours = Visitor(studio.visitor.port, None, None)  # type: ignore[arg-type]
        name = f"studio-{ours.port}"
        answer = ours.ask("GET", studio.path, cookie=f"{name}=chosen")
        assert (answer.status, "set-cookie" in answer.headers) == (403, False)
        assert ours.ask("GET", "/live", cookie=f"{name}=chosen").status == 403
