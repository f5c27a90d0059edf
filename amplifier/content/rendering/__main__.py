"""The loop of the child process: a thread to render on each line of stdin, its posts on a line of stdout.

In: `{"name": "story.j2", "values": {...}}`. Out: first `{"ready": true}`, then for each thread
`{"posts": [[text, template, line], ...], "picked": [[sentence, ...], ...]}`, a list for each `pick`, or
`{"mistakes": [[path, line, column, message, hint], ...]}`.
The parent ends it by closing stdin, or kills it.
"""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amplifier.content.rendering.environment import Mistake, Posts
from amplifier.errors import FileError

if TYPE_CHECKING:
    from types import ModuleType

resource: ModuleType | None
try:
    import resource
except ImportError:  # a system without limits; the parent's clock still holds
    resource = None

MEMORY = 512 * 2**20
"""Bytes of address space."""
CPU = 4
"""Processor seconds for one thread: should the parent be gone, an endless loop ends all the same."""


def main() -> None:
    """Serve until stdin ends."""
    templates = Path(sys.argv[1])
    posts = Posts(templates)
    _limit("RLIMIT_CORE", 0)
    _limit("RLIMIT_AS", MEMORY)
    _say({"ready": True})
    for line in sys.stdin.buffer:
        if resource:
            used = resource.getrusage(resource.RUSAGE_SELF)
            _limit("RLIMIT_CPU", int(used.ru_utime + used.ru_stime) + CPU)
        _say(_answer(posts, templates.name, json.loads(line)))


def _answer(posts: Posts, folder: str, job: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"posts": posts.render(job["name"], job["values"]), "picked": posts.picked}
    except Mistake as mistake:
        path = f"{folder}/{mistake.template}"
        return {"mistakes": [[path, mistake.line, 0, mistake.message, mistake.hint]]}
    except FileError as exc:
        found = exc.findings
        return {"mistakes": [[f.place.path, f.place.line, f.place.column, f.message, f.hint] for f in found]}


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(answer).encode("ascii") + b"\n")
    sys.stdout.buffer.flush()


def _limit(name: str, value: int) -> None:
    """Lower the soft limit; the hard one stays, so that the processor time can be renewed for each thread."""
    if resource and hasattr(resource, name):
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        with contextlib.suppress(ValueError, OSError):  # a system may know a limit and not let it be set
            resource.setrlimit(kind, (value, hard))


if __name__ == "__main__":
    main()
