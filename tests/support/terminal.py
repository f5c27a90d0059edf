"""A command at a terminal of its own: what a person sees there, and is asked."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import sys
import time
from typing import TYPE_CHECKING

from tests.support.house import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.support.house import House


def at_a_terminal(
    house: House, *arguments: str, answer: str = "", columns: int = 80, seconds: float = 30
) -> tuple[str, int]:
    """Type a command at a terminal and answer its question, if it asks one; what it showed, and its exit code."""
    return interview(house, *arguments, answers=[("[y/N]", f"{answer}\n")], columns=columns, seconds=seconds)


def interview(
    house: House,
    *arguments: str,
    answers: Sequence[tuple[str, str | Callable[[], str]]],
    columns: int = 80,
    seconds: float = 30,
) -> tuple[str, int]:
    """Type a command at a terminal, and each answer when its question has been shown after the answer before.

    An answer may be a function, which is called at that moment and returns what to type. Returns what the terminal
    showed, without colours, and the exit code.
    """
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(REPOSITORY)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # whatever a background job of a shell has been told to ignore
        os.environ.update(COLUMNS=str(columns), TERM="xterm", **house.told)
        os.execv(sys.executable, [sys.executable, "-m", "amplifier", *arguments])
    shown, deadline, left, at = b"", time.monotonic() + seconds, list(answers), 0
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            more = os.read(terminal, 65536)
        except OSError:
            break
        if not more:
            break
        shown += more
        found = _plain(shown).find(left[0][0], at) if left else -1
        if found >= 0:
            question, typed = left.pop(0)
            at = found + len(question)
            os.write(terminal, (typed if isinstance(typed, str) else typed()).encode())
    else:
        os.kill(pid, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(terminal)
    return _plain(shown), code


def _plain(shown: bytes) -> str:
    """What a terminal shows, without colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", shown.decode(errors="replace").replace("\r\n", "\n"))
