"""One deadline for a whole request, and proof of what was not sent."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from amplifier.networks.port import Context, Intent, Kind
from amplifier.networks.x import X
from amplifier.networks.x_wire import HOSTS, NotSentError, Wire
from tests.fakes import x_faults
from tests.fakes.x_server import XServer

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
INTENT = Intent("dmz", "story", "main", 1, "A post", None, NOW)


@pytest.fixture
def server() -> Iterator[XServer]:
    with XServer() as server:
        yield server


def connect(base_url: str, timeout: float = 3.0, now: datetime = NOW) -> X:
    server = XServer()
    with server:
        settings = server.settings("main").model_copy(update={"base_url": base_url})
    return X("main", settings, Context(Path("unused"), lambda: now, timeout))


@contextmanager
def listening(answer: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A server that answers every connection with these bytes and keeps what it heard."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            while True:
                try:
                    guest, _ = door.accept()
                except OSError:
                    return
                with guest:
                    heard.append(guest.recv(65536))
                    guest.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield door.getsockname()[1], heard
        door.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_headers_that_come_one_byte_at_a_time_do_not_stretch_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        over = threading.Event()

        def serve() -> None:
            guest, _ = door.accept()
            with guest:
                guest.recv(65536)
                while not over.wait(0.05):
                    guest.sendall(b"H")

        thread = threading.Thread(target=serve)
        thread.start()
        began = time.monotonic()
        answer = connect(f"http://127.0.0.1:{door.getsockname()[1]}", timeout=0.4).publish(INTENT)
        took = time.monotonic() - began
        over.set()
        thread.join()
    assert answer.kind is Kind.UNCLEAR
    assert took < 0.9


def test_a_host_that_does_not_take_the_connection_is_not_sent_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as door:
        waiting = [socket.socket() for _ in range(4)]
        for guest in waiting:  # fills the queue, so that the next connection is never made
            guest.setblocking(False)
            guest.connect_ex(door.getsockname())
        began = time.monotonic()
        answer = connect(f"http://127.0.0.1:{door.getsockname()[1]}", timeout=0.4).publish(INTENT)
        took = time.monotonic() - began
        for guest in waiting:
            guest.close()
    assert answer.kind is Kind.NOT_SENT
    assert took < 0.9


def test_a_request_that_wakes_up_after_its_time_sends_nothing(server: XServer) -> None:
    times = iter([0.0] * 3)
    x = X("main", server.settings("main"), Context(Path("unused"), lambda: NOW, 5, "", lambda: next(times, 28800.0)))
    answer = x.publish(INTENT)
    assert answer.kind is Kind.NOT_SENT
    assert server.requests == []
    assert server.posts == []


def test_a_connection_that_the_server_closed_is_not_used_again(server: XServer) -> None:
    x = connect(server.url)
    assert x.publish(INTENT).kind is Kind.ACCEPTED
    server.cut()
    time.sleep(0.05)
    assert x.delete(server.posts[0].id).kind is Kind.ACCEPTED


def test_a_name_that_does_not_resolve_is_not_sent() -> None:
    answer = connect("https://no-such-host.invalid").publish(INTENT)
    assert answer.kind is Kind.NOT_SENT
    assert answer.detail.startswith("no connection to no-such-host.invalid: ")


def test_a_certificate_that_is_none_is_not_sent(server: XServer) -> None:
    answer = connect(server.url.replace("http://", "https://")).publish(INTENT)
    assert answer.kind is Kind.NOT_SENT
    assert server.requests == []


def test_a_prefix_in_the_base_url_is_kept(server: XServer) -> None:
    server.script(x_faults.answer(201, {"data": {"id": "17"}}, "POST /prefix/2/tweets"))
    assert connect(f"{server.url}/prefix").publish(INTENT).kind is Kind.ACCEPTED
    assert [asked.path for asked in server.requests] == ["/prefix/2/tweets"]


@pytest.mark.parametrize("status", (301, 303, 307, 308))
def test_a_redirection_is_not_followed_even_to_the_host_itself(server: XServer, status: int) -> None:
    server.script(x_faults.answer(status, "", headers={"Location": "https://api.twitter.com/2/tweets"}))
    assert connect(server.url).publish(INTENT).kind is Kind.UNCLEAR
    assert len(server.requests) == 1


def test_no_other_address_can_be_reached(server: XServer) -> None:
    session = connect(server.url)._client.session
    with pytest.raises(requests.exceptions.InvalidSchema):
        session.get(f"{server.url}/2/users/me")
    assert sorted(session.adapters) == sorted(HOSTS)


def test_this_machine_is_never_called_through_a_proxy(server: XServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert connect(server.url).publish(INTENT).kind is Kind.ACCEPTED


def test_a_proxy_that_refuses_has_seen_no_token_and_nothing_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with listening(b"HTTP/1.1 502 Bad Gateway\r\n\r\n") as (port, heard):
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        answer = connect("https://api.example.invalid").publish(INTENT)
    assert answer.kind is Kind.NOT_SENT
    assert heard[0].startswith(b"CONNECT api.example.invalid:443")
    assert b"OAuth" not in heard[0]


def test_without_a_base_url_the_request_goes_where_it_was_signed_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with listening(b"HTTP/1.1 403 Forbidden\r\n\r\n") as (port, heard):
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        wire = Wire(None, 2, lambda: 0.0)
        request = requests.Request("GET", "https://api.twitter.com/2/users/me").prepare()
        with pytest.raises(NotSentError):
            wire.send(request, verify=True)
    assert heard[0].startswith(b"CONNECT api.twitter.com:443")
