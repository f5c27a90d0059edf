"""Write a file that is there whole or not at all."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from amplifier.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

HINT = "make the folder if it is missing; check who may write there, and the disk"


@contextmanager
def whole(path: Path, hint: str = HINT, *, private: bool = False) -> Iterator[Path]:
    """Give a path beside `path` to write to; it takes that name when all went well, and is removed when not.

    A link stays a link, and a file that was there keeps its mode; a new one that is `private` is its owner's alone.
    What is no file, such as a pipe, is written to as it is. Raises `ConfigurationError`, with `hint` as the next step,
    where nothing can be written.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        yield path
        return
    goal = path.resolve()
    half: Path | None = None
    try:
        # a folder of its own: in one that others may write to, nobody can put a link where we are about to write
        half = Path(tempfile.mkdtemp(dir=goal.parent, prefix=f".{goal.name}."), goal.name)
        yield half
        if private or goal.exists():
            half.chmod(goal.stat().st_mode & 0o777 if goal.exists() else 0o600)
        half.replace(goal)
    except OSError as exc:
        raise ConfigurationError(f"cannot write {path}: {exc.strerror or exc}", hint) from exc
    finally:
        if half is not None:
            with suppress(OSError):  # why it could not be written is what matters
                half.unlink(missing_ok=True)
                half.parent.rmdir()


def write_text(path: Path, text: str, hint: str = HINT, *, private: bool = False) -> None:
    """Put the text in the file's place in one step, as UTF-8 with its own line ends. Raises as `whole` does."""
    with whole(path, hint, private=private) as half:
        half.write_text(text, encoding="utf-8", newline="")
