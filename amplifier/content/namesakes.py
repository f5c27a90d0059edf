"""Find the campaign files of a name, without reading each to its end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from amplifier.content.claims.model import SUFFIX
from amplifier.content.files import path_problem

if TYPE_CHECKING:
    from pathlib import Path

NAME_WITHIN = 10_000
"""Bytes of a campaign file that are searched for its name, which stands at the top."""


def campaigns_named(name: str, folder: Path, workspace: Path) -> list[Path]:
    """Return the files of `folder` that say `name: NAME`, in the order of their names; ledgers are none."""
    line = re.compile(rf"^name:[ \t]*[\"']?{re.escape(name)}[\"']?[ \t]*(?:#.*)?$", re.MULTILINE)
    found = []
    for path in sorted((*folder.glob("*.yaml"), *folder.glob("*.yml"))):
        if path.name.startswith(".") or path.name.endswith(SUFFIX):
            continue
        if not path.is_file() or path_problem(path, workspace):
            continue
        with path.open("rb") as stream:
            beginning = stream.read(NAME_WITHIN).decode("utf-8", "replace")
        if line.search(beginning.replace("\r\n", "\n")):
            found.append(path)
    return found
