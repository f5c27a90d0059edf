"""Give each thread of a campaign its id: the one written, else the name of its file, `-2` for a repeat. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def bare_stem(name: str) -> str:
    """Return a file's name as a thread id: `call_to_action.j2` is `call-to-action`; empty when nothing is left."""
    stem = name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")


def thread_ids(entries: Sequence[tuple[str | None, str]]) -> list[str]:
    """Return the ids of entries, each a written id or None, and the file that writes the thread.

    Written ids are kept; a default one gives way to them, wherever they stand.
    """
    taken = {written for written, _ in entries if written}
    ids = []
    for written, source in entries:
        stem = bare_stem(source)
        name, n = written or stem, 1
        while not written and name in taken:
            n += 1
            name = f"{stem}-{n}"
        taken.add(name)
        ids.append(name)
    return ids
