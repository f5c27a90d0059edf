"""A command at a terminal of its own: what a person sees there, and is asked."""

from __future__ import annotations

import os
import pty
import select
import sys
import time
from typing import TYPE_CHECKING

from tests.support.house import REPOSITORY

if TYPE_CHECKING:
    from tests.support.house import House


def at_a_terminal(
    house: House, *arguments: str, answer: str = "", columns: int = 80, seconds: float = 30
) -> tuple[str, int]:
    """Type a command at a terminal and answer its question, if it asks one; what it showed, and its exit code."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(REPOSITORY)
        os.environ.update(COLUMNS=str(columns), TERM="xterm")
        os.execv(sys.executable, [sys.executable, "-m", "amplifier", "-C", str(house.root), *arguments])
    shown, deadline, asked = b"", time.monotonic() + seconds, False
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
        if b"[y/N]" in shown and not asked:
            os.write(terminal, answer.encode() + b"\n")
            asked = True
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(terminal)
    return shown.decode().replace("\r\n", "\n"), code
