"""The way from elsewhere: `ssh -L` with the same port on both sides, through a real sshd."""

from __future__ import annotations

import getpass
import http.client
import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from amplifier.cli.loopback import HOST
from tests.support.house import House
from tests.support.studio import TOKEN
from tests.support.studio_process import Running, running

if TYPE_CHECKING:
    from collections.abc import Iterator

THERE = "127.0.0.2"
"""The address of this machine that stands for the one on which staff sit: the port can be the same there."""
TOOLS = {name: shutil.which(name, path=f"{os.defpath}:/usr/sbin:/sbin") for name in ("sshd", "ssh", "ssh-keygen")}
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        None in TOOLS.values(),
        reason="no ssh or no sshd on this machine (apt-get install openssh-client openssh-server)",
    ),
]


def tool(name: str) -> str:
    found = TOOLS[name]
    assert found
    return found


def free(host: str) -> int:
    with socket.socket() as one:
        one.bind((host, 0))
        port: int = one.getsockname()[1]
        return port


def wait_for(host: str, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text("utf-8"))


@contextmanager
def begun(command: list[str], host: str, port: int, log: Path) -> Iterator[None]:
    """A process that is to listen there, until the end of the block."""
    with log.open("ab") as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    try:
        wait_for(host, port, process, log)
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """An sshd of our own on loopback, that takes one key: its port, and that key."""
    for name in ("host", "own"):
        command = [tool("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)]
        subprocess.run(command, check=True)
    port = free(HOST)
    shutil.copy(tmp_path / "own.pub", tmp_path / "authorized")
    (tmp_path / "sshd.conf").write_text(
        f"ListenAddress {HOST}:{port}\nHostKey {tmp_path}/host\nPidFile none\n"
        f"AuthorizedKeysFile {tmp_path}/authorized\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
        "KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\nAllowTcpForwarding local\n",
        "utf-8",
    )
    if os.geteuid() == 0:  # where root runs it, it gives up its rights in a folder that the system makes at its start
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    command = [tool("sshd"), "-D", "-e", "-f", str(tmp_path / "sshd.conf")]
    with begun(command, HOST, port, tmp_path / "sshd.log"):
        yield port, tmp_path / "own"


@contextmanager
def forwarded(server: tuple[int, Path], here: int, there: int) -> Iterator[None]:
    """What somebody types who sits elsewhere: `ssh -L here:127.0.0.1:there`."""
    port, key = server
    command = [
        tool("ssh"), "-N", "-F", "none", "-i", str(key), "-p", str(port), "-o", "IdentitiesOnly=yes",
        "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "ExitOnForwardFailure=yes",
        "-o", "BatchMode=yes", "-L", f"{THERE}:{here}:{HOST}:{there}", f"{getpass.getuser()}@{HOST}",
    ]  # fmt: skip
    with begun(command, THERE, here, key.parent / "ssh.log"):
        yield


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Running]:
    house = House.build(tmp_path / "w")
    house.environment = {"AMPLIFIER_STUDIO_PEOPLE": "Kim: approver, Lee: editor"}
    with running(house) as found:
        yield found


def ask(here: int, method: str, path: str, body: str = "", **headers: str) -> tuple[int, dict[str, str], str]:
    """What a browser at the other end asks, with the address that stands in its bar."""
    connection = http.client.HTTPConnection(THERE, here, timeout=20)
    told = {"host": f"{HOST}:{here}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    try:
        connection.request(method, path, body or None, told)
        response = connection.getresponse()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read().decode()
    finally:
        connection.close()


def test_with_the_same_port_on_both_sides_it_is_used_as_on_its_own_machine(
    server: tuple[int, Path], studio: Running
) -> None:
    assert studio.process.stdout
    port = studio.visitor.port
    entrance = studio.process.stdout.readline().split()[0].removeprefix(f"http://{HOST}:{port}")
    with forwarded(server, port, port):
        status, headers, _ = ask(port, "GET", entrance)
        assert status == 200
        own = {"cookie": headers["set-cookie"].split(";")[0], "sec_fetch_site": "same-origin"}
        status, _, page = ask(port, "GET", "/live", **own)
        found = TOKEN.search(page)
        assert found
        own |= {"origin": f"http://{HOST}:{port}", "content_type": "application/x-www-form-urlencoded"}
        status, _, _ = ask(port, "POST", "/pause", urlencode({"token": found[1], "why": "from afar"}), **own)
        assert status == 303
        with socket.create_connection((THERE, port), timeout=20) as listening:
            asked = f"GET /events HTTP/1.1\r\nhost: {HOST}:{port}\r\ncookie: {own['cookie']}\r\n\r\n"
            listening.sendall(asked.encode())
            told = b""
            while b"data: " not in told:
                told += listening.recv(4096)
            assert told.startswith(b"HTTP/1.1 200")
    assert "from afar" in studio.visitor.get("/live").text


def test_with_another_port_it_answers_under_no_name_of_its_own_and_says_what_to_do(
    server: tuple[int, Path], studio: Running
) -> None:
    port, here = studio.visitor.port, free(THERE)
    with forwarded(server, here, port):
        status, _, said = ask(here, "GET", "/live", cookie=studio.visitor.cookie)
        assert status == 400
        assert "ssh -L needs the same port on both sides" in said
        assert ask(here, "GET", "/live", cookie=studio.visitor.cookie, host=f"{HOST}:{port}")[0] == 200
