"""Canaries in every credential: whatever the commands print, log, write or hand on, none of them sings."""

from __future__ import annotations

import os
import shlex
import signal
import stat
import sys
import time
from typing import TYPE_CHECKING

import click
import pytest

from amplifier.cli import main
from amplifier.store.schema import view_names
from tests.conftest import new_database
from tests.fakes import x_faults
from tests.fakes.x_server import XServer
from tests.support.house import House
from tests.support.listener import listener

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.listener import Listener

CANARY = "canary"
"""Stands in every secret here, and in nothing else."""
UNSENT = "unsung"
"""Stands in a post: what is not out yet is nobody's business either, in a log."""
LOUD = """\
import logging
for name in ("tweepy.client", "requests_oauthlib.oauth1_auth", "requests_oauthlib.oauth1_session",
             "oauthlib.oauth1.rfc5849", "urllib3.connectionpool", "requests"):
    logging.getLogger(name).setLevel(logging.DEBUG)
"""
"""What a curious operator might do: the libraries' own loggers say everything, whatever we asked of them."""
LEAKY = """\
class Leaky:
    def __init__(self, name, settings, context):
        self.secret = settings.api_secret.get_secret_value()
    def whoami(self):
        raise RuntimeError(f"cannot log in with {self.secret}")
"""
"""A network of somebody else's, with a mistake in it and a secret in its words."""
TELL = "import os, sys; open(sys.argv[1], 'a').write(sys.stdin.read() + repr(dict(os.environ)))"
"""An alert command that keeps its message and all that it can know."""


@pytest.fixture
def x() -> Iterator[XServer]:
    with XServer() as server:
        yield server


@pytest.fixture
def sound() -> Iterator[Listener]:
    with listener() as server:
        yield server


@pytest.fixture
def house(tmp_path: Path, x: XServer, sound: Listener) -> House:
    """Live on the fake X, with a secret in everything that can hold one."""
    built = House.build(tmp_path / "w")
    built.write("one", "two", "three", post_gap="0s")
    told = shlex.join([sys.executable, "-S", "-c", TELL, str(tmp_path / "told"), "--token", CANARY])
    built.environment = {
        **x.credentials("main"),
        "AMPLIFIER_LIVE": "1",
        "AMPLIFIER_LEASE_SECONDS": "3",
        "AMPLIFIER_SETTLE_SECONDS": "0.2",
        "AMPLIFIER_ALERT_COMMAND": told,
        "AMPLIFIER_HEARTBEAT_URL": sound.url(f"/{CANARY}"),
        "AMPLIFIER_METRICS_FILE": "figures.prom",
    }
    assert all(CANARY in value for name, value in x.credentials("main").items() if not name.endswith("BASE_URL"))
    return built


def extend_python(house: House, folder: Path, **files: str) -> None:
    """Put modules into the way of every process."""
    for name, code in files.items():
        (folder / f"{name}.py").write_text(code, "utf-8")
    house.environment["PYTHONPATH"] = str(folder)


def leaky(house: House, folder: Path) -> None:
    """Install the leaky network, and give it the account."""
    extend_python(house, folder, leaky=LEAKY)
    (folder / "leaky-1.dist-info").mkdir()
    (folder / "leaky-1.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: leaky\nVersion: 1\n")
    (folder / "leaky-1.dist-info/entry_points.txt").write_text("[amplifier.networks]\nleaky = leaky:Leaky\n")
    house.environment["AMPLIFIER_ACCOUNTS__MAIN__NETWORK"] = "leaky"


def silent(*texts: str, also: str = CANARY) -> None:
    """No canary in any of these, nor this word."""
    for text in texts:
        for word in {CANARY, also}:
            place = text.lower().find(word)
            assert place < 0, text[max(0, place - 300) : place + 100]


def written(folder: Path) -> Iterator[str]:
    """The bytes of every file, as far as they are letters."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield f"{path}: {path.read_bytes().decode('latin-1')}"


def commands(group: click.Group, *before: str) -> Iterator[list[str]]:
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        yield [*before, name]
        if isinstance(command, click.Group):
            yield from commands(command, *before, name)


def test_no_secret_is_anywhere(house: House, x: XServer, sound: Listener, tmp_path: Path) -> None:
    extend_python(house, tmp_path, sitecustomize=LOUD)
    sound.status = 500
    house.text("one", f"They met at a fence, {UNSENT}. #Fence\n---\nNeither said a word.\n---\nThen it rained.")
    silent(house.cli("-vv", "approve", str(house.campaign), "--now", "--yes").stderr, also=UNSENT)
    x.script(x_faults.passed(), x_faults.echo(403), x_faults.passed(), x_faults.echo(401))
    ran = house.process("-vv", "run", "--drain", code=5)
    assert "failed: refused" in ran.stdout
    assert "held: account blocked" in ran.stdout
    assert "POST /2/tweets: HTTP 403" in ran.stderr
    assert sound.asked == [f"GET /{CANARY}"]
    silent(ran.stdout, ran.stderr, also=UNSENT)
    house.cli("backup")
    x.script(x_faults.echo(401, x_faults.ME))
    for listing in (
        ("status",), ("queue", "list"), ("queue", "show", "fence/one/main"), ("account", "list"), ("report",),
        ("doctor", "--online"), ("alert", "list"), ("plan", str(house.campaign)), ("preview", str(house.campaign)),
    ):  # fmt: skip
        told = house.cli("-vv", *listing, code=None)
        assert told.stdout
        silent(told.stdout, told.stderr)
    for listing in (
        ("status", "--json"),
        ("queue", "list", "--json"),
        ("doctor", "--json"),
        ("alert", "list", "--json"),
    ):
        silent(house.cli(*listing, code=None).output)
    for view in view_names():
        silent(house.cli("export", "json", view).output)
    silent(house.cli("-vv", "alert", "--test", code=None).output)
    known = (tmp_path / "told").read_text("utf-8")
    assert '"kind": "blocked"' in known
    silent(known, *written(house.root))
    assert list((house.root / "backups").glob("*.db"))
    assert (house.root / "figures.prom").read_text("utf-8").startswith("# ")
    assert stat.S_IMODE((house.root / "amplifier.db").stat().st_mode) == 0o600


def test_no_help_shows_a_setting(house: House) -> None:
    for command in commands(main):
        silent(house.cli(*command, "--help").output)


@pytest.mark.parametrize(
    "wrong",
    (
        {"AMPLIFIER_ACCOUNTS__MAIN__API_KEY": ""},
        {"AMPLIFIER_ACCOUNTS": '{"main": {"api_key": "canary", "api_secret": ["canary"], "canary'},
        {"AMPLIFIER_ACCOUNTS": '{"main": {"api_key": {"canary": "canary"}}}'},
        {"AMPLIFIER_ACCOUNTS__MAIN": "canary"},
        {"AMPLIFIER_ACCOUNTS__MAIN__BASE_URL": "http://person:canary@example.org"},
        {"AMPLIFIER_HEARTBEAT_URL": "gopher://canary"},
        {"AMPLIFIER_ALERT_COMMAND": 'curl "canary'},
        {"AMPLIFIER_DATABASE_URL": "mysql://person:canary@127.0.0.1/name"},
        {"AMPLIFIER_DATABASE_URL": "postgresql://person:canary@127.0.0.1:no/name"},
        {"AMPLIFIER_DATABASE_URL": "postgresql://person:canary@127.0.0.1:1/name"},
        {"AMPLIFIER_DATABASE_URL": "postgresql://person:canary@canary@127.0.0.1:1/name"},
        {"AMPLIFIER_DATABASE_URL": "postgresql://person:a/canary@127.0.0.1:1/name"},
        {"AMPLIFIER_DATABASE_URL": "postgresql://person@127.0.0.1:1/name?password=canary"},
        {"AMPLIFIER_DATABASE_URL": "postgresql://person@127.0.0.1:1/name?sslpassword=canary"},
        {"AMPLIFIER_DATABASE_URL": "postgresql://person@127.0.0.1:1/name?pasword=canary"},
    ),
    ids=str,
)
def test_a_setting_with_a_mistake_is_named_and_never_quoted(house: House, wrong: dict[str, str]) -> None:
    house.environment |= wrong
    for command in (("status",), ("doctor",), ("alert", "--test")):
        told = house.cli("-vv", *command, code=None)
        assert told.output
        silent(told.stdout, told.stderr)


@pytest.mark.parametrize(
    ("line", "mode"),
    (
        ("AMPLIFIER_ACCOUNTS__MAIN__API_KEY canary", 0o600),
        ("AMPLIFIER_ACCOUNTS__MAIN__API_KEY: canary", 0o600),
        ("AMPLIFIER_API_KEY='canary", 0o600),
        ("AMPLIFIER_ACCOUNTS__MAIN__API_KEY=canary", 0o600),
        ("AMPLIFIER_ACCOUNTS__MAIN__API_KEY=canary", 0o644),
        ("AMPLIFIER_HEARTBEAT_URL=https://example.org/canary", 0o644),
    ),
)
def test_a_line_of_the_env_file_with_a_mistake_is_never_quoted(house: House, line: str, mode: int) -> None:
    house.environment = {}
    (house.root / ".env").write_text(f"# mine\n{line}\n", "utf-8")
    (house.root / ".env").chmod(mode)
    for command in (("status",), ("doctor",)):
        told = house.cli("-vv", *command, code=None)
        assert told.output
        silent(told.stdout, told.stderr)


@pytest.mark.slow
@pytest.mark.postgresql
def test_the_password_of_a_database_is_nowhere(house: House, cluster: str) -> None:
    url = new_database(cluster)
    house.environment |= {"AMPLIFIER_DATABASE_URL": url.replace("amplifier@", f"amplifier:{CANARY}@")}
    (house.root / "amplifier.db").unlink()
    said = [house.process("-vv", "approve", str(house.campaign), "--now", "--yes")]
    said += [house.process("-vv", "run", "--drain"), house.process("-vv", "doctor", code=None)]
    assert "database: postgresql" in said[-1].stdout
    silent(*(text for told in said for text in (told.stdout, told.stderr)), *written(house.root))


def test_a_mistake_of_a_networks_own_tells_no_secret(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    leaky(house, tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    told = house.cli("-vv", "run", "--once", code=1)
    assert "cannot log in with ***" in told.stderr
    assert "Traceback" in told.stderr
    silent(told.stdout, told.stderr, *written(house.root))


@pytest.mark.slow
def test_a_beat_of_the_daemon_that_fails_tells_no_secret(house: House, tmp_path: Path) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    leaky(house, tmp_path)
    running = house.start("-vv", "run")
    assert running.stderr
    err = ""
    while "RuntimeError: cannot log in" not in err:
        err += running.stderr.readline()
    running.send_signal(signal.SIGTERM)
    out, more = running.communicate(timeout=20)
    err += more
    assert "cannot log in with ***" in err
    silent(out, err, *written(house.root))


@pytest.mark.slow
def test_a_process_that_dies_of_a_signal_tells_where_it_was_and_no_secret(house: House, x: XServer) -> None:
    house.environment |= {"PYTHONFAULTHANDLER": "1"}
    house.cli("approve", str(house.campaign), "--now", "--yes")
    x.script(x_faults.hang(30))
    running = house.start("-vv", "run", "--drain")
    deadline = time.monotonic() + 30
    while not x.asked(x_faults.POST) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(running.pid, signal.SIGABRT)
    out, err = running.communicate(timeout=20)
    assert "Fatal Python error: Aborted" in err
    silent(out, err)
