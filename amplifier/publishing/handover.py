"""Give one message to the alert command: as JSON on its standard input, without a shell, in a bounded time."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from amplifier.model import Mode
from amplifier.publishing.mend import steps

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

SECONDS = 10.0
"""How long the command has for one message."""
SLICE = 0.1
"""Seconds between two looks whether a stop was asked for."""
STARS = "***"


@dataclass(frozen=True, slots=True)
class Command:
    """The alert command as it is written in the settings, where it runs, and what its process may know.

    `secrets` are taken out of whatever a message says: a network's answer may quote what it was sent.
    """

    line: str
    folder: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    seconds: float = SECONDS


def hand_over(
    command: Command, content: Mapping[str, Any], stopping: Callable[[], bool] = lambda: False, *, aloud: bool = False
) -> str:
    """Run the command with one message; what went wrong, or nothing.

    It has `command.seconds` in all, less when `stopping`; then it is killed with all that it started. What it prints is
    shown only when `aloud`. The answer names neither the command nor the message.
    """
    message = json.dumps(_clean(speak(content), command.secrets), ensure_ascii=False).encode()
    try:
        with tempfile.TemporaryFile() as file:  # not a pipe: whoever reads slowly, or not at all, holds nothing up
            file.write(message)
            file.seek(0)
            return _run(command, file, stopping, None if aloud else subprocess.DEVNULL)
    except (ValueError, IndexError):  # of the split into words, and of a name that the system does not take
        return "it cannot be run: it is empty, or a quotation mark is not closed"
    except OSError as exc:
        return f"it cannot be run: {exc.strerror or type(exc).__name__}"


def _run(command: Command, file: IO[bytes], stopping: Callable[[], bool], output: int | None) -> str:
    process = subprocess.Popen(
        shlex.split(command.line),
        stdin=file,
        stdout=output,
        stderr=output,
        cwd=command.folder,
        env=dict(command.environment),
        start_new_session=True,
    )
    for _ in range(max(1, round(command.seconds / SLICE))):
        with suppress(subprocess.TimeoutExpired):
            code = process.wait(SLICE)
            return f"it ended with exit code {code}" if code else ""
        if stopping():
            break
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return "it was stopped with the run" if stopping() else f"it did not end within {command.seconds:g} seconds"


def speak(content: Mapping[str, Any]) -> dict[str, Any]:
    """The message with `title` and `text`, for a receiver that only passes words on."""
    mode = modes_of(content)
    about = content.get("post") or content.get("account") or ""
    title = " · ".join(filter(None, ("Amplifier", mode, content["kind"], about)))
    lines = [content["detail"]]
    for key, heading in (("live", "Out already:"), ("posts", "Posts:")):
        if content.get(key):
            lines += ["", heading, *content[key]]
    lines += ["", *steps(content, "Next: ")]
    return {**content, "title": title, "text": "\n".join(lines)}


def modes_of(content: Mapping[str, Any]) -> str:
    """The mode of a message, as every screen says it; an outage may concern several, other messages none."""
    modes = content.get("modes") or filter(None, [content.get("mode")])
    return " + ".join(sorted(Mode(mode).banner for mode in modes))


def _clean(value: Any, secrets: tuple[str, ...]) -> Any:
    """The same without any secret in any text of it."""
    if isinstance(value, dict):
        return {key: _clean(item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item, secrets) for item in value]
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, STARS)
    return value
