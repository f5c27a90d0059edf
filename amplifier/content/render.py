"""The parent's side of rendering: one limited child process that turns templates into posts.

A template is a small program written by a person, so it runs where it can do no harm: in a child without
environment, with little memory, and killed when a thread takes too long or writes too much.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any, Self

from amplifier.content.picks import shares
from amplifier.errors import AmplifierError, FileError
from amplifier.model import Finding, Level, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS = 2.0
"""Wall time for one thread; the start of the child does not count."""
START_SECONDS = 60.0
"""For the child to start, which takes a tenth of a second on an idle machine."""
MAX_BYTES = 1_000_000
"""Of one thread's posts as they come over the pipe."""
MAX_POSTS = 25
"""In one thread; readers stop long before."""


@dataclass(frozen=True, slots=True)
class Block:
    """The text between two `---` lines, and the template and line where it begins."""

    text: str
    line: int
    template: str
    picked: tuple[str, ...] = ()
    """Its sentences that the template took by `pick`."""


class Renderer:
    """Renders the templates of one folder in one child process, started when first needed.

    Use as a context manager, or call `close`. Not for use from several threads at once.
    """

    def __init__(self, templates: Path, seconds: float = SECONDS) -> None:
        self._templates = templates.absolute()
        self._seconds = seconds
        self._child: subprocess.Popen[bytes] | None = None
        self._ready = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def render(self, name: str, values: Mapping[str, Any]) -> list[Block]:
        """Render one thread; `values` are plain texts, lists and dicts. Empty posts are left out.

        Raises `FileError` with the place of each mistake, also when the template never ends, writes more than
        1 MB or makes more than 25 posts; then the next thread gets a fresh child.
        """
        child = self._started()
        job = json.dumps({"name": name, "values": dict(values)}).encode("ascii") + b"\n"
        line, late = _exchange(child, job, self._seconds)
        if not line.endswith(b"\n"):
            self.close()
            raise self._stopped(name, late=late, much=len(line) > MAX_BYTES)
        answer = json.loads(line)
        if "mistakes" in answer:
            raise _file_error([_finding(*mistake) for mistake in answer["mistakes"]])
        picked = shares([text for text, _, _ in answer["posts"]], answer["picked"])
        posts = zip(answer["posts"], picked, strict=True)
        blocks = [Block(text, line, template, took) for (text, template, line), took in posts]
        if len(blocks) > MAX_POSTS:
            message = f"makes {len(blocks)} posts; a thread has at most {MAX_POSTS}"
            raise _file_error([self._about(name, message, "take fewer paragraphs, or make two threads of it")])
        return blocks

    def close(self) -> None:
        """End the child; the next `render` starts another."""
        if self._child is None:
            return
        child, self._child = self._child, None
        child.kill()
        child.communicate()

    def begin(self) -> None:
        """Start the child without waiting for it: it loads while the caller reads other files."""
        self._running()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is None:
            return self._child
        self.close()
        package = Path(__file__).resolve().parents[2]
        self._ready = False
        self._child = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": str(package)},
            start_new_session=True,  # Ctrl-C is for the parent
        )
        return self._child

    def _started(self) -> subprocess.Popen[bytes]:
        child = self._running()
        if not self._ready:
            answer, _ = _exchange(child, b"", START_SECONDS)
            self._ready = answer.endswith(b"\n")
        if not self._ready:
            self.close()
            message = "the process that renders templates did not start"
            raise AmplifierError(message, f"run this to see why: {' '.join(self._command)}")
        return child

    @property
    def _command(self) -> list[str]:
        # -P: no module of the current folder can take the place of ours. No environment: no credential in it.
        return [sys.executable, "-P", "-X", "utf8", "-m", "amplifier.content.rendering", str(self._templates)]

    def _stopped(self, name: str, *, late: bool, much: bool) -> FileError:
        if late:
            message = f"took longer than {self._seconds:g} s and was stopped"
            hint = "look for a loop inside a loop, or a text that is repeated very often"
        elif much:
            message = f"writes more than {MAX_BYTES // 1_000_000} MB and was stopped"
            hint = "look for a loop that repeats its text; a post has some 280 characters"
        else:
            message = "made the process that renders it break down"
            hint = "look for a text that is repeated very often, or a macro that uses itself"
        return _file_error([self._about(name, message, hint)])

    def _about(self, name: str, message: str, hint: str) -> Finding:
        return _finding(f"{self._templates.name}/{name}", 0, 0, message, hint)


def _exchange(child: subprocess.Popen[bytes], job: bytes, seconds: float) -> tuple[bytes, bool]:
    """Send a line, read a line; return it and whether the child was killed for being late."""
    assert child.stdin is not None  # noqa: S101 - both are pipes, as opened above
    assert child.stdout is not None  # noqa: S101
    late = []

    def kill() -> None:
        late.append(True)
        child.kill()

    timer = Timer(seconds, kill)
    timer.daemon = True
    timer.start()
    try:
        child.stdin.write(job)
        child.stdin.flush()
        return child.stdout.readline(MAX_BYTES + 1), bool(late)
    except BrokenPipeError:
        return b"", bool(late)
    finally:
        timer.cancel()


def _finding(path: str, line: int, column: int, message: str, hint: str) -> Finding:
    return Finding(Level.ERROR, message, Place(path, line, column), hint)


def _file_error(findings: list[Finding]) -> FileError:
    return FileError(f"{findings[0].place.path} cannot be rendered", findings, "mend what is listed, then check again")
