"""Files that somebody changes: as they were, as they were left, and put back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from amplifier.whole import whole

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Kept:
    """Files as they were before somebody changed them, and as that somebody left them; None: there was none."""

    before: dict[Path, bytes | None] = field(default_factory=dict)
    after: dict[Path, bytes | None] = field(default_factory=dict)

    def keep(self, *paths: Path) -> None:
        """Before they are changed."""
        self.before |= {path: _content(path) for path in paths}

    def left(self) -> None:
        """After they were changed: those that were not are kept no longer."""
        now = {path: _content(path) for path in self.before}
        self.after = {path: content for path, content in now.items() if content != self.before[path]}
        self.before = {path: self.before[path] for path in self.after}

    @property
    def untouched(self) -> bool:
        """Whether they are still as they were left."""
        return all(_content(path) == content for path, content in self.after.items())

    def put_back(self) -> None:
        """Make them what they were."""
        for path, content in self.before.items():
            if content is None:
                path.unlink(missing_ok=True)
            elif _content(path) != content:
                with whole(path) as half:
                    half.write_bytes(content)


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None
