from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from amplifier.publishing.heartbeat import SECONDS, fetch
from tests.support.listener import Listener, listener

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[Listener]:
    with listener() as found:
        yield found


def test_the_address_is_fetched_with_get(server: Listener) -> None:
    assert fetch(server.url("/ping/canary?a=b")) == ""
    assert server.asked == ["GET /ping/canary?a=b"]


def test_a_redirect_is_followed(server: Listener) -> None:
    server.location = server.url("/there")
    assert fetch(server.url()) == ""
    assert server.asked[-1] == "GET /there"


@pytest.mark.parametrize("elsewhere", ("file:///etc/passwd", "ftp://127.0.0.1/x"))
def test_a_redirect_leads_to_http_only(server: Listener, elsewhere: str) -> None:
    server.location = elsewhere
    assert fetch(server.url()) != ""


@pytest.mark.parametrize("status", (404, 500))
def test_another_answer_is_a_failure(server: Listener, status: int) -> None:
    server.status = status
    assert fetch(server.url()) == f"the answer was HTTP {status}"


@pytest.mark.parametrize(
    "url",
    (
        "file:///etc/passwd", "ftp://example.org/canary", "canary", "", "http://[canary", "http://127.0.0.1:1/canary",
        "http://127.0.0.1:canary/", "http:///canary", "http://exa mple.org/canary", "http://127.0.0.1:1/can\nary",
    ),
)  # fmt: skip
def test_what_goes_wrong_is_said_without_the_address(url: str) -> None:
    said = fetch(url)
    assert said
    assert "canary" not in said


def test_a_server_that_trickles_is_left_after_its_time(server: Listener) -> None:
    assert SECONDS == 10
    server.trickle = True
    begun = time.monotonic()
    assert fetch(server.url(), seconds=0.3) == "no answer within 0.3 seconds"
    assert time.monotonic() - begun < 3


def test_a_run_that_stops_does_not_wait_for_it(server: Listener) -> None:
    server.trickle = True
    begun = time.monotonic()
    assert fetch(server.url(), lambda: True) != ""
    assert time.monotonic() - begun < 3
