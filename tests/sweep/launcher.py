"""Starts `amplifier` processes quickly, one at a time, and says how they ended."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self

    from tests.sweep.plan import Crash

REPOSITORY = Path(__file__).parent.parent.parent


class Launcher:
    """A process that has the imports done and forks on order; see `tests/sweep/child.py`."""

    def __init__(self) -> None:
        bare = {name: value for name, value in os.environ.items() if not name.startswith(("AMPLIFIER_", "COVERAGE_"))}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.sweep.child"],
            cwd=REPOSITORY,
            env=bare,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,  # else a line could wait in our buffer while `select` sees nothing
        )
        self.pid: int | None = None
        """The process that runs now."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._process.communicate(timeout=10)

    def start(
        self, root: Path, environment: Mapping[str, str], *, crash: Crash | None = None, count: bool = False
    ) -> int:
        """Start `amplifier -C ROOT run --drain`; its process id.

        What it says is appended to the file SAID there. A `crash` at a line or commit, or `count` alone, sets the
        hook, which writes REPORT.
        """
        hook: dict[str, Any] | None = {"kind": "", "where": "", "n": 0} if count else None
        if crash and crash.kind in {"line", "commit"}:
            hook = {"kind": crash.kind, "where": crash.where, "n": crash.n}
        fresh = crash is not None and crash.kind == "request"  # the server kills: the command can be quite itself
        order = {"root": str(root), "environment": dict(environment), "crash": hook, "fresh": fresh}
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        self.pid = int(self._heard(60)["pid"])
        return self.pid

    def wait(self, seconds: float) -> int | None:
        """The exit code, negative for a signal; None when it still runs after `seconds`."""
        assert self._process.stdout
        if not select.select([self._process.stdout], [], [], seconds)[0]:
            return None
        self.pid = None
        return int(self._heard(0)["code"])

    def signal(self, number: signal.Signals) -> None:
        """Send the running process a signal, if it has not ended just now."""
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Make sure that nothing runs, and that its end is heard: else the next one would hear it."""
        if self.pid is not None:
            self.signal(signal.SIGKILL)
            assert self.wait(60) is not None, "the launcher does not say how the last process ended"

    def _heard(self, seconds: float) -> dict[str, Any]:
        assert self._process.stdout
        if not select.select([self._process.stdout], [], [], seconds)[0]:
            message = "the launcher does not answer"
            raise TimeoutError(message)
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found
