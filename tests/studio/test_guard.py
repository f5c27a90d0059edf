"""Whoever comes from elsewhere: other names, other sites, forms that nobody wrote here, and too much of anything."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from amplifier.cli.loopback import HOST
from amplifier.studio.doors import Person, Role
from amplifier.studio.guard import LARGEST, refusal
from tests.support.house import House
from tests.support.studio import Visitor, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ACTIONS = (
    "/pause",
    "/resume",
    "/posts/cancel",
    "/posts/retry",
    "/posts/resolve",
    "/posts/acknowledge",
    "/accounts/unblock",
    "/calendar/fence/move",
    "/campaigns/fence/threads/one/save",
    "/campaigns/fence/approve/seal",
    "/campaigns/fence/changes",
    "/campaigns/fence/claims/answer",
    "/campaigns/fence/claims/drop",
    "/campaigns/fence/claims/stand",
    "/campaigns/fence/claims/undo",
)
PAGES = (
    "/campaigns/fence",
    "/campaigns/fence/article",
    "/campaigns/fence/approve",
    "/campaigns/fence/claims",
    "/campaigns/fence/share",
    "/calendar",
    "/calendar.ics",
    "/results",
    "/live",
    "/events",
)


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    house = House.build(tmp_path_factory.mktemp("guard") / "w")
    with served(house) as found:
        found.enter()
        found.get("/live")
        yield found


HOSTS = frozenset({"127.0.0.1:1"})
LED = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    (
        ("GET", {"host": "127.0.0.1:1"}, None),
        ("GET", {"host": "127.0.0.1:2"}, 400),
        ("GET", {"host": "evil.example"}, 400),
        ("GET", {}, 400),
        ("GET", {"host": "127.0.0.1:1", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, None),
        ("GET", {"host": "127.0.0.1:1", "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, 403),
        ("GET", {"host": "127.0.0.1:1", "sec-fetch-site": "same-site", "sec-fetch-mode": "cors"}, 403),
        ("GET", {"host": "127.0.0.1:1", **LED, "sec-fetch-dest": "document"}, None),
        ("GET", {"host": "127.0.0.1:1", **LED, "sec-fetch-dest": "iframe"}, 403),
        ("POST", {"host": "127.0.0.1:1"}, 403),
        ("POST", {"host": "127.0.0.1:1", "origin": "http://127.0.0.1:1"}, None),
        ("POST", {"host": "127.0.0.1:1", "origin": "http://127.0.0.1:2"}, 403),
        ("POST", {"host": "127.0.0.1:1", "origin": "https://127.0.0.1:1"}, 403),
        ("POST", {"host": "127.0.0.1:1", "origin": "null"}, 403),
        ("POST", {"host": "127.0.0.1:1", "origin": "null", "sec-fetch-site": "cross-site"}, 403),
        ("POST", {"host": "127.0.0.1:1", "origin": "null", "sec-fetch-site": "none"}, 403),
        ("POST", {"host": "127.0.0.1:1", "origin": "null", "sec-fetch-site": "same-origin"}, None),
        ("POST", {"host": "127.0.0.1:1", "origin": "http://evil.example", "sec-fetch-site": "same-origin"}, 403),
        ("POST", {"host": "127.0.0.1:1", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, 403),
        ("POST", {"host": "127.0.0.1:1", "sec-fetch-site": "same-origin"}, None),
        ("POST", {"host": "127.0.0.1:1", "sec-fetch-site": "same-origin", "content-length": str(LARGEST + 1)}, 400),
        ("POST", {"host": "127.0.0.1:1", "sec-fetch-site": "same-origin", "content-length": "-1"}, 400),
        ("POST", {"host": "127.0.0.1:1", "sec-fetch-site": "same-origin", "content-length": "9" * 5000}, 400),
    ),
)
def test_where_a_request_comes_from_decides(method: str, headers: dict[str, str], status: int | None) -> None:
    found = refusal(method, headers, HOSTS)
    assert (found[0] if found else None) == status


def test_another_name_for_this_machine_is_no_name_of_the_studio(visitor: Visitor) -> None:
    for host in ("evil.example", f"evil.example:{visitor.port}", HOST, f"{HOST}:1", f"[::1]:{visitor.port}"):
        answer = visitor.ask("GET", "/live", host=host)
        assert answer.status == 400
        assert "fence" not in answer.text
    assert visitor.ask("GET", "/live", host=f"localhost:{visitor.port}").status == 200


@pytest.mark.parametrize("path", ACTIONS)
def test_an_action_takes_nothing_but_a_form_of_this_session(visitor: Visitor, path: str) -> None:
    assert visitor.ask("GET", path).status == 405
    own = {"origin": visitor.origin, "content_type": "application/x-www-form-urlencoded"}
    token = f"token={visitor.token}".encode()
    assert visitor.ask("POST", path, b"why=x", **own).status == 403
    assert visitor.ask("POST", path, b"token=&why=x", **own).status == 403
    assert visitor.ask("POST", path, token, **own | {"origin": "null"}).status == 403
    assert visitor.ask("POST", path, token, **own | {"origin": "http://evil.example"}).status == 403
    assert visitor.ask("POST", path, token, **own | {"sec_fetch_site": "cross-site"}).status == 403
    assert visitor.ask("POST", path, token, **own | {"cookie": "studio=nothing"}).status == 403
    assert not visitor.app.overview().paused


@pytest.mark.parametrize("path", PAGES)
def test_nobody_without_a_session_sees_anything(visitor: Visitor, path: str) -> None:
    for cookie in ("", "x", f"studio-{visitor.port}=guess"):
        stranger = Visitor(visitor.port, visitor.app, visitor.doors, cookie)
        answer = stranger.ask("GET", path)
        assert answer.status == 403
        assert "fence" not in answer.text
        assert "amplifier studio" in answer.text


@pytest.mark.parametrize("path", (*PAGES[:-1], "/", "/static/studio.css", "/nothing", "/enter/wrong"))
def test_every_answer_may_be_kept_framed_and_run_by_nobody(visitor: Visitor, path: str) -> None:
    headers = visitor.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert (headers["cache-control"], headers["referrer-policy"], headers["x-content-type-options"]) == (
        "no-store", "no-referrer", "nosniff",
    )  # fmt: skip


def test_a_launch_code_works_once_and_the_cookie_is_for_this_site_alone(visitor: Visitor) -> None:
    code = visitor.code()
    stranger = Visitor(visitor.port, visitor.app, visitor.doors)
    answer = stranger.ask("GET", f"/enter/{code}")
    assert answer.status == 200
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert stranger.ask("GET", f"/enter/{code}").status == 403
    assert visitor.get(f"/enter/{code}").status == 303, "who is in already is only sent on"


def test_a_form_that_is_too_large_is_refused_whatever_it_says_of_its_length(visitor: Visitor) -> None:
    large = f"token={visitor.token}&why=".encode() + b"x" * 10_000_000
    with socket.create_connection((HOST, visitor.port), timeout=10) as raw:
        raw.sendall(
            f"POST /pause HTTP/1.1\r\nhost: {HOST}:{visitor.port}\r\norigin: {visitor.origin}\r\n"
            f"content-length: {len(large)}\r\ncookie: {visitor.cookie}\r\n\r\n".encode()
        )
        assert raw.recv(100).startswith(b"HTTP/1.1 400")
    with socket.create_connection((HOST, visitor.port), timeout=10) as raw:  # in pieces, without a length
        raw.sendall(
            f"POST /pause HTTP/1.1\r\nhost: {HOST}:{visitor.port}\r\norigin: {visitor.origin}\r\n"
            "content-type: application/x-www-form-urlencoded\r\n"
            f"transfer-encoding: chunked\r\ncookie: {visitor.cookie}\r\n\r\n".encode()
        )
        piece = b"x" * 100_000
        for _ in range(11):
            raw.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 400")
    assert not visitor.app.overview().paused


def test_a_file_and_a_thousand_fields_are_no_form_of_ours(visitor: Visitor) -> None:
    kind = {"origin": visitor.origin, "content_type": "multipart/form-data; boundary=b"}
    file = (
        f'--b\r\ncontent-disposition: form-data; name="token"\r\n\r\n{visitor.token}\r\n'
        '--b\r\ncontent-disposition: form-data; name="why"; filename="x"\r\n\r\nx\r\n--b--\r\n'
    )
    assert visitor.ask("POST", "/pause", file.encode(), **kind).status == 400
    many = "&".join(f"f{n}=x" for n in range(1000))
    own = {"origin": visitor.origin, "content_type": "application/x-www-form-urlencoded"}
    assert visitor.ask("POST", "/pause", f"token={visitor.token}&{many}".encode(), **own).status == 400
    assert not visitor.app.overview().paused


def test_slow_clients_hold_up_nobody(visitor: Visitor) -> None:
    slow = [socket.create_connection((HOST, visitor.port), timeout=10) for _ in range(50)]
    try:
        for one in slow:
            one.sendall(b"GET /live HTTP/1.1\r\nhost: ")
        began = time.monotonic()
        assert visitor.get("/static/studio.css").status == 200
        assert time.monotonic() - began < 5
    finally:
        for one in slow:
            one.close()


def test_a_role_is_what_a_person_may_do(tmp_path: Path) -> None:
    house = House.build(tmp_path / "w")
    with served(house) as viewer:
        viewer.enter(Person("Lee", Role.VIEWER))
        page = viewer.get("/live").text
        assert "Pause everything" not in page
        viewer.token = viewer.token or "x"
        session = viewer.doors.session(viewer.cookie.partition("=")[2])
        assert session is not None
        viewer.token = session.token
        for path in ACTIONS:
            answer = viewer.post(path, why="x")
            assert answer.status == 403, path
        editor = Visitor(viewer.port, viewer.app, viewer.doors).enter(Person("Park", Role.EDITOR))
        assert "Pause everything" in editor.get("/live").text
        assert "This needs the role approver" in editor.post("/campaigns/fence/approve/seal", seal="x").text
        assert editor.post("/pause").status == 303
        assert viewer.app.overview().halted


def test_many_readers_at_once_are_answered(visitor: Visitor) -> None:
    found: list[int] = []

    def read() -> None:
        found.append(Visitor(visitor.port, visitor.app, visitor.doors, visitor.cookie).get("/live").status)

    threads = [threading.Thread(target=read) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert found == [200] * 40
