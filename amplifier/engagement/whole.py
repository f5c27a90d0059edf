"""Write a file that is there whole or not at all."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from amplifier.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a path beside `path` to write to; it takes that name when all went well, and is removed when not.

    A link stays a link, and a file that was there keeps its mode. What is no file, such as a pipe, is written to as
    it is. Raises `ConfigurationError` where nothing can be written.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        yield path
        return
    goal = path.resolve()
    half = goal.with_name(f".{goal.name}.{os.getpid()}.half")
    try:
        yield half
        if goal.exists():
            half.chmod(goal.stat().st_mode & 0o777)
        half.replace(goal)
    except OSError as exc:
        raise ConfigurationError(
            f"cannot write {path}: {exc.strerror or exc}",
            "make the folder if it is missing; check who may write there, and the disk",
        ) from exc
    finally:
        half.unlink(missing_ok=True)
