"""The studio as a process of its own, with the settings that staff have, and a visitor who has come in."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from tests.support.studio import Visitor

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from tests.support.house import House

URL = re.compile(r"http://127\.0\.0\.1:(\d+)(/enter/[\w-]{43})(?:  .+ \(\w+\))?\n")


@dataclass
class Running:
    """A studio that runs, somebody who is in, and what it has said so far."""

    process: subprocess.Popen[str]
    visitor: Visitor
    path: str
    """The launch code's, used once already."""
    said: list[str] = field(default_factory=list)


@contextmanager
def running(house: House, port: int = 0) -> Iterator[Running]:
    """Start it, come in, and kill it at the end. What it says is read all along, so that it never waits for us."""
    process = house.start("studio", "--port", str(port), "--no-browser")
    assert process.stdout
    assert process.stderr
    said: list[str] = []
    reading = threading.Thread(target=_read, args=(process.stderr, said), daemon=True)
    reading.start()
    try:
        found = URL.fullmatch(process.stdout.readline())
        assert found, said
        visitor = Visitor(int(found[1]), None, None)  # type: ignore[arg-type]  # both are in the other process
        answer = visitor.ask("GET", found[2])
        assert answer.status == 200
        visitor.cookie = answer.headers["set-cookie"].split(";")[0]
        yield Running(process, visitor, found[2], said)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=10)
        reading.join(timeout=10)
        process.stdout.close()
        process.stderr.close()


def _read(stream: IO[str], said: list[str]) -> None:
    said.extend(stream)
