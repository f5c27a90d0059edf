"""The process that is killed: the command line with a hook that counts lines and commits and sends itself SIGKILL.

`python -m tests.sweep.child` reads orders on stdin, one JSON object a line, and runs each in a fork: the imports,
which take longer than a whole round, are done once. What runs in the fork is `amplifier.cli.main` and nothing else;
or, where no hook is wanted and it is asked for, `python -m amplifier` from its first import on.
"""

from __future__ import annotations

import json
import os
import pkgutil
import signal
import sys
import threading
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import amplifier
from amplifier import cli, publishing, store
from amplifier.cli import running  # noqa: F401 - imported before the forks, with all that it imports
from amplifier.networks import x  # noqa: F401 - as above

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

ROOT = Path(amplifier.__file__).parent
WATCHED = (f"{ROOT}/publishing/", f"{ROOT}/store/", f"{ROOT}/networks/x")
"""Where a line counts."""
SAID, REPORT = "said.txt", "report.json"
"""Files in the workspace: what the command says, and what the hook counted."""
COMMIT = ("sqlalchemy/engine/default.py", "do_commit")
"""The function that says COMMIT on either engine: its call is right before, its return right after."""


class Hook:
    """Counts the lines and commits of all threads, and kills the process where it is told to."""

    def __init__(self, kind: str, where: str, n: int, report: Path) -> None:
        self.kind, self.where, self.n = kind, where, n
        self.report = report
        self.lines: Counter[str] = Counter()
        self.commits = 0
        self._names: dict[str, str | None] = {}

    def install(self) -> None:
        threading.settrace(self.called)
        sys.settrace(self.called)

    def called(self, frame: FrameType, _event: str, _arg: Any) -> Callable[[FrameType, str, Any], Any] | None:
        file = frame.f_code.co_filename
        if file not in self._names:
            self._names[file] = file.removeprefix(f"{ROOT}/") if file.startswith(WATCHED) else None
        if self._names[file]:
            return self.inside
        if frame.f_code.co_name == COMMIT[1] and file.endswith(COMMIT[0]):
            self.commits += 1
            self.passing("commit", "before", self.commits)
            return self.committing
        return None

    def inside(self, frame: FrameType, event: str, _arg: Any) -> Callable[[FrameType, str, Any], Any]:
        if event == "line":
            where = f"{self._names[frame.f_code.co_filename]}:{frame.f_lineno}"
            self.lines[where] += 1
            self.passing("line", where, self.lines[where])
        return self.inside

    def committing(self, _frame: FrameType, event: str, _arg: Any) -> Callable[[FrameType, str, Any], Any]:
        if event == "return":
            self.passing("commit", "after", self.commits)
        return self.committing

    def passing(self, kind: str, where: str, n: int) -> None:
        if (kind, where, n) == (self.kind, self.where, self.n):
            os.kill(os.getpid(), signal.SIGKILL)

    def end(self) -> None:
        self.report.write_text(json.dumps({"lines": self.lines, "commits": self.commits}), "utf-8")


def _obey(order: dict[str, Any]) -> NoReturn:
    """In the fork: become the command, and end as it ends."""
    root = Path(order["root"])
    said = os.open(root / SAID, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for old, new in ((nothing, 0), (said, 1), (said, 2)):
        os.dup2(old, new)
    os.environ.update(order["environment"])
    command = ["-C", order["root"], "run", "--drain"]
    if order["fresh"]:
        os.execv(sys.executable, [sys.executable, "-m", "amplifier", *command])
    hook = Hook(**order["crash"], report=root / REPORT) if order["crash"] else None
    code: object = 1
    try:
        if hook:
            hook.install()
        cli.main(command, prog_name="amplifier")
    except SystemExit as ended:
        code = ended.code or 0
    finally:
        sys.settrace(None)
        if hook:
            hook.end()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


def _import_all() -> None:
    """What is imported only when it is needed: the lines of an import are not the run's."""
    for package in (publishing, store):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            if not module.ispkg:
                import_module(module.name)


def main() -> None:
    """Obey until stdin ends, one order at a time; tell the fork's process id, then how it ended."""
    _import_all()
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _obey(order)
        print(json.dumps({"pid": pid}), flush=True)  # noqa: T201 - the other half of the conversation
        _, status = os.waitpid(pid, 0)
        print(json.dumps({"code": os.waitstatus_to_exitcode(status)}), flush=True)  # noqa: T201
    os._exit(0)  # taking all the modules apart takes longer than a round


if __name__ == "__main__":
    main()
