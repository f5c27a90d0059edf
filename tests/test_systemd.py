"""The notifications, on a real socket; a real `amplifier run` with one in tests/cli/test_stopping.py."""

from __future__ import annotations

import os
import socket
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from amplifier.systemd import ALIVE, READY, STOPPING, notify

if TYPE_CHECKING:
    from pathlib import Path


def test_each_state_is_one_datagram(tmp_path: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as server:
        server.bind(str(tmp_path / "notify"))
        server.settimeout(5)
        for state in (READY, ALIVE, STOPPING):
            notify(str(tmp_path / "notify"), state)
        assert [server.recv(100) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]


def test_an_abstract_socket_is_one_too() -> None:
    name = f"amplifier-test-{os.getpid()}"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as server:
        server.bind(f"\0{name}")
        server.settimeout(5)
        notify(f"@{name}", READY)
        assert server.recv(100) == b"READY=1"


def test_a_socket_that_nobody_reads_holds_up_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as server:
        server.bind(str(tmp_path / "notify"))
        begun = time.monotonic()
        while not caplog.text:
            notify(str(tmp_path / "notify"), ALIVE)
            assert time.monotonic() - begun < 10
    assert "systemd was not told WATCHDOG=1: timed out" in caplog.text


@pytest.mark.parametrize("address", (None, ""))
def test_without_systemd_nobody_is_told(address: str | None, caplog: pytest.LogCaptureFixture) -> None:
    notify(address, READY)
    assert caplog.text == ""


@pytest.mark.parametrize("address", ("/no/such/socket", "/" + "x" * 300))
def test_a_socket_that_is_not_there_stops_nothing(address: str, caplog: pytest.LogCaptureFixture) -> None:
    notify(address, READY)
    assert "systemd was not told READY=1" in caplog.text
