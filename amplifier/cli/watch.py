"""`preview --watch`: shows the posts again whenever a file they are made of is saved."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from amplifier.cli.common import say
from amplifier.content.claims.ledger import ledger_path
from amplifier.content.compose import TEMPLATES
from amplifier.content.files import shown
from amplifier.errors import AmplifierError, FileError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path

    from amplifier.content.draft import Draft

PAUSE = 0.2
"""Seconds between two looks at the files."""
WRITTEN = frozenset({".yaml", ".yml", ".txt", ".md"})
"""What staff write beside a campaign file, by suffix."""

Stamp = tuple[int, int, int]
"""Of a file: when it was changed (ns), its size (bytes), its inode (an editor may put a new file in its place)."""
Stamps = dict["Path", Stamp | None]
"""None for a file that is not there."""


def watch(show: Callable[[], Draft], file: Path, workspace: Path, sleep: Callable[[float], None]) -> None:
    """Show until Ctrl-C: at once, and after each change. What is wrong in a file is told, and watching goes on.

    Raises what `show` raises when the campaign file is not even there at the beginning.
    """
    if not file.exists():
        show()
    file, workspace = file.absolute(), workspace.absolute()
    last, fine = None, False
    try:
        while True:
            before = stamps(parts(file, workspace, last, fine=fine))
            draft = _told(show)
            last, fine = draft or last, draft is not None
            look = partial(parts, file, workspace, last, fine=fine)
            # what was saved while the posts were being made is a change; a part not known until then is none
            now = {path: before.get(path, stamp) for path, stamp in stamps(look()).items()}
            say(f"watching {shown(file, workspace)} and what it is made of; Ctrl-C ends")
            changed = _next_change(now, look, sleep)
            _new_screen()
            say(f"saved: {', '.join(shown(path, workspace) for path in changed)}")
    except KeyboardInterrupt:
        say("")


def parts(file: Path, workspace: Path, draft: Draft | None, *, fine: bool) -> set[Path]:
    """The files to look at: those that the posts of `draft` are made of.

    When the campaign's files are not `fine`, also all that staff write near it: one of those may mend it.
    """
    found = {file, *(workspace / TEMPLATES).glob("*.j2")}
    if draft:
        texts = {entry.text for entry in draft.campaign.threads if entry.text}
        found |= texts | {draft.campaign.article, ledger_path(draft.campaign)}
    if not fine:
        near = (path for pattern in ("*", "*/*") for path in file.parent.glob(pattern))
        found |= {path for path in near if path.suffix.lower() in WRITTEN}
    return found


def stamps(paths: Iterable[Path]) -> Stamps:
    """What tells one state of each file from the next."""
    return {path: _stamp(path) for path in paths}


def changes(before: Mapping[Path, Stamp | None], after: Mapping[Path, Stamp | None]) -> list[Path]:
    """The files that were changed, made or deleted between two looks, in the order of their names."""
    return sorted(path for path in {*before, *after} if before.get(path) != after.get(path))


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:  # deleted, or about to be replaced
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _next_change(before: Stamps, look: Callable[[], Collection[Path]], sleep: Callable[[float], None]) -> list[Path]:
    """Wait for a change, and until it is complete: an editor may write in several steps."""
    after = before
    while not changes(before, after):
        sleep(PAUSE)
        after = stamps(look())
    while True:
        sleep(PAUSE)
        again = stamps(look())
        if again == after:
            return changes(before, after)
        after = again


def _told(show: Callable[[], Draft]) -> Draft | None:
    """Show, or tell what is wrong; None then."""
    try:
        return show()
    except AmplifierError as exc:
        if isinstance(exc, FileError):
            say(*map(str, exc.findings))
        say(f"error: {exc}")
        return None


def _new_screen() -> None:
    """A cleared screen at a terminal, a line elsewhere."""
    if sys.stdout.isatty():
        click.clear()
    else:
        click.echo("─" * 72)
