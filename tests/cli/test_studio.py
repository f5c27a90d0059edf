"""`studio` as a process: one line that opens it once, for this machine alone, until it is told to end."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from amplifier.cli.connections import LAST_ANSWERS
from tests.support.house import House

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

URL = re.compile(r"http://127\.0\.0\.1:(\d+)(/enter/[\w-]{43})(?:  .+ \(\w+\))?\n")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House.build(tmp_path / "w")


@contextmanager
def running(house: House, *options: str) -> Iterator[tuple[subprocess.Popen[str], int, str]]:
    process = house.start("studio", "--port", "0", "--no-browser", *options)
    assert process.stdout
    try:
        found = URL.fullmatch(process.stdout.readline())
        assert found
        yield process, int(found[1]), found[2]
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=10)


def status(port: int, path: str, host: str = "127.0.0.1") -> int:
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("sign", (signal.SIGTERM, signal.SIGINT))
def test_it_prints_one_address_that_opens_it_once_and_ends_when_told_to(house: House, sign: signal.Signals) -> None:
    with running(house) as (process, port, path):
        assert (status(port, "/"), status(port, path), status(port, path)) == (403, 200, 403)
        process.send_signal(sign)
        out, err = process.communicate(timeout=15)
        assert (process.returncode, out) == (0, "")
        assert "opens once, for " in err
        assert "Traceback" not in err


def test_only_this_machine_can_reach_it(house: House) -> None:
    with running(house) as (_, port, _path):
        elsewhere = next(
            (about[4][0] for about in socket.getaddrinfo(socket.gethostname(), None) if about[4][0] != "127.0.0.1"),
            None,
        )
        for host in filter(None, ("::1", elsewhere)):
            with pytest.raises(OSError, match=r"refused|unreachable|assign"):
                status(port, "/", str(host))


def test_everybody_who_is_named_has_a_code(house: House) -> None:
    house.environment = {"AMPLIFIER_STUDIO_PEOPLE": "Kim: approver, Lee: viewer"}
    with running(house) as (process, port, path):
        assert process.stdout
        second = URL.fullmatch(process.stdout.readline())
        assert second
        assert second[2] != path
        assert (status(port, path), status(port, second[2])) == (200, 200)


def test_people_that_are_none_are_refused(house: House) -> None:
    house.environment = {"AMPLIFIER_STUDIO_PEOPLE": "Kim: boss"}
    assert "is no name with viewer, editor or approver" in house.process("studio", "--no-browser", code=78).stderr
    house.environment = {"AMPLIFIER_STUDIO_PEOPLE": "Kim: approver"}
    assert "both say who comes in" in house.process("studio", "--no-browser", "--by", "Lee", code=2).stderr


@pytest.mark.parametrize("sign", (signal.SIGTERM, signal.SIGINT))
def test_a_page_that_listens_is_let_go_when_it_ends(house: House, sign: signal.Signals) -> None:
    with running(house) as (process, port, path):
        stream = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        stream.request("GET", path)
        entered = stream.getresponse()
        entered.read()
        stream.request("GET", "/events", headers={"cookie": str(entered.getheader("set-cookie")).split(";")[0]})
        assert stream.getresponse().readline().startswith(b"retry:")
        process.send_signal(sign)
        began = time.monotonic()
        err = process.communicate(timeout=20)[1]
        assert (process.returncode, "Traceback" in err) == (0, False)
        assert time.monotonic() - began < LAST_ANSWERS, "by itself, and not because its time is over"
        stream.close()
