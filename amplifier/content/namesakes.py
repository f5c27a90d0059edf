"""Find campaign files: all of a folder, or those of a name, without reading each to its end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from amplifier.content.claims.model import SUFFIX
from amplifier.content.files import path_problem

if TYPE_CHECKING:
    from pathlib import Path

NAME_WITHIN = 10_000
"""Bytes of a campaign file that are searched for its name, which stands at the top."""


def campaign_files(folder: Path) -> list[Path]:
    """Return the campaign files of a folder, in the order of their names; ledgers, and what editors hide, are none."""
    found = (path for ending in ("yaml", "yml") for path in folder.glob(f"*.{ending}"))
    return sorted(path for path in found if not path.name.endswith(SUFFIX) and not path.name.startswith("."))


def campaigns_named(name: str, folder: Path, workspace: Path) -> list[Path]:
    """Return the files of `folder` that say `name: NAME`, in the order of their names."""
    line = re.compile(rf"^name:[ \t]*[\"']?{re.escape(name)}[\"']?[ \t]*(?:#.*)?$", re.MULTILINE)
    found = []
    for path in campaign_files(folder):
        if not path.is_file() or path_problem(path, workspace):
            continue
        with path.open("rb") as stream:
            beginning = stream.read(NAME_WITHIN).decode("utf-8", "replace")
        if line.search(beginning.replace("\r\n", "\n")):
            found.append(path)
    return found
