from __future__ import annotations

import json
import shlex
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from amplifier.model import Address, Mode, State, Why
from amplifier.publishing import alert
from amplifier.publishing.beat import Done

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
POST = Address("dmz-escape", "story", "main", 2, Mode.DRY)


def python(code: str) -> str:
    return shlex.join([sys.executable, "-c", code])


@pytest.fixture
def keep(tmp_path: Path) -> tuple[str, Path]:
    """A command that keeps what it was given, and where."""
    path = tmp_path / "told.json"
    return python(f"import sys; open({str(path)!r}, 'wb').write(sys.stdin.buffer.read())"), path


def test_the_command_gets_the_message_as_json_on_its_standard_input(keep: tuple[str, Path]) -> None:
    command, path = keep
    done = Done(POST, 3, State.HELD, Why.LATE, "due at noon – “quoted”", None, NOW)
    assert alert.send(command, alert.message(done))
    assert json.loads(path.read_bytes()) == {
        "kind": "held",
        "post": "dmz-escape/story/main/2@dry",
        "mode": "dry",
        "why": "late",
        "detail": "due at noon – “quoted”",
        "at": "2026-12-01T12:00:00Z",
        "next": "amplifier queue show dmz-escape/story/main/2@dry",
    }


@pytest.mark.parametrize(
    ("state", "why", "kind"), ((State.HELD, Why.BLOCKED, "blocked"), (State.FAILED, Why.REFUSED, "failed"))
)
def test_a_message_says_what_kind_it_is(state: State, why: Why, kind: str) -> None:
    assert alert.message(Done(POST, 3, state, why, "", None, NOW))["kind"] == kind


def test_no_shell_reads_the_command(tmp_path: Path) -> None:
    path = tmp_path / "told.txt"
    command = python(f"import sys; open({str(path)!r}, 'w').write(repr(sys.argv[1:]))") + " $HOME `id` ; touch x | cat"
    assert alert.send(command, {})
    assert path.read_text() == repr(["$HOME", "`id`", ";", "touch", "x", "|", "cat"])
    assert list(tmp_path.iterdir()) == [path]


def test_it_is_given_up_after_its_time() -> None:
    assert alert.SECONDS == 10
    begun = time.monotonic()
    assert not alert.send(python("import time; time.sleep(30)"), {}, seconds=0.3)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "command", (None, "", "  ", "/no/such/program", "an 'open quote", python("raise SystemExit(3)"), "/", "\0")
)
def test_what_cannot_be_told_never_stops_the_publishing(command: str | None) -> None:
    assert not alert.send(command, {"detail": "x" * 300_000})


def test_a_program_that_does_not_read_is_no_trouble() -> None:
    assert alert.send(python("pass"), {"detail": "x" * 300_000})


def test_a_failed_alert_is_logged_without_its_content(caplog: pytest.LogCaptureFixture) -> None:
    alert.send("/no/such/program --token secret", {"detail": "private"})
    assert "FileNotFoundError" in caplog.text
    assert "secret" not in caplog.text
    assert "private" not in caplog.text
