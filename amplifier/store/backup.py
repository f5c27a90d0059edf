"""Copy an SQLite database while it is in use: whole and checked, or not at all; and keep the newest copies.

A copy carries a mark with the instant up to which it knows everything. Whoever opens it as the database
(`amplifier.publishing.witness`) learns from it that posts may have gone out since.
"""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from amplifier.errors import ConfigurationError, TryLater, UsageError
from amplifier.store import meta
from amplifier.store.explain import explain_sqlite
from amplifier.store.types import instant_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from amplifier.store.engine import Store

NAMED = re.compile(r"(.+)-(\d{8}T\d{6}Z)\.db")
STEPS = 1_000
"""Of SQLite's virtual machine, between two questions whether to stop: well under a millisecond."""


class Stopped(Exception):  # noqa: N818 - nothing broke
    """A copy was given up because it was told to."""


def backup(
    store: Store,
    folder: Path,
    now: datetime,
    *,
    keep: int,
    out: Path | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Path:
    """Copy the database into `folder` under a name with the time, or to `out`; the path of the copy.

    In `folder` the newest `keep` copies of this database stay. An existing file is never replaced, and what is not
    finished is removed. Raises `UsageError` on PostgreSQL and for an `out` that exists, `TryLater` while another
    backup is under way or where the disk is full, `ConfigurationError` where nothing can be written or the database
    is damaged, and `Stopped` when `stopping` became true.
    """
    if store.path is None:
        raise UsageError(
            f"{store.shown} is a PostgreSQL database, and its own tools copy it",
            f'pg_dump --format=custom --file={now:amplifier-%Y%m%dT%H%M%SZ}.dump "$AMPLIFIER_DATABASE_URL"',
        )
    goal = out or folder / f"{store.path.stem}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.db"
    if goal.exists():
        raise UsageError(f"{goal} exists already, and a backup replaces nothing", "name another file")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(folder / ".lock", timeout=0, mode=0o600):
            for left in folder.glob(".*.part"):  # of a backup that was killed
                left.unlink(missing_ok=True)
            part = goal.with_name(f".{goal.name}.part")
            copy(store.path, part, now, store.shown, stopping)
            part.rename(goal)
            if out is None:
                _prune(folder, store.path.stem, keep)
    except Timeout:
        raise TryLater("another backup is under way", "wait for it to end") from None
    except OSError as exc:
        raise ConfigurationError(
            f"no backup can be written to {goal.parent}: {exc.strerror or exc}", "name another place with --out FILE"
        ) from None
    return goal


def copy(source: Path, goal: Path, at: datetime, shown: str, stopping: Callable[[], bool] = lambda: False) -> None:
    """Copy the file `source` to the new file `goal`: for its owner alone, marked with `at`, checked, on the disk.

    `at` is an instant before the copying begins. When anything is raised, nothing is left of the goal.
    """
    os.close(os.open(goal, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(_open(source, stopping)) as connection:
            connection.execute("VACUUM INTO ?", (str(goal),))
        with closing(_open(goal, stopping)) as connection:
            mark = (meta.COPIED, instant_text(at))
            # a mark that is there already is older: the source is itself a copy that nobody has noticed yet
            connection.execute("INSERT OR IGNORE INTO meta (key, value) VALUES (?, ?)", mark)
            _check(connection, shown)
        _force(goal)
    except BaseException as exc:
        with suppress(OSError):
            goal.unlink()
        if isinstance(exc, sqlite3.Error):
            if stopping():
                raise Stopped from None
            raise explain_sqlite(exc, shown) from exc
        raise


def newest(folder: Path, stem: str) -> tuple[Path, datetime] | None:
    """The newest copy in a folder of backups, and when it was made; None where there is none."""
    found = _copies(folder, stem)
    return found[-1] if found else None


def _copies(folder: Path, stem: str) -> list[tuple[Path, datetime]]:
    """The copies of the database of this name, oldest first."""
    found = []
    for path in folder.glob("*.db"):
        match = NAMED.fullmatch(path.name)
        if match and match[1] == stem:
            found.append((path, datetime.strptime(match[2], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)))
    return sorted(found, key=lambda pair: pair[1])


def _prune(folder: Path, stem: str, keep: int) -> None:
    for path, _ in _copies(folder, stem)[:-keep]:
        path.unlink(missing_ok=True)


def _open(path: Path, stopping: Callable[[], bool]) -> sqlite3.Connection:
    # by an address with a mode: a name alone would make the file where it is gone
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=10, isolation_level=None)
    connection.set_progress_handler(stopping, STEPS)
    return connection


def _check(connection: sqlite3.Connection, shown: str) -> None:
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise ConfigurationError(f"a copy of {shown} would not be whole: {found}", "keep the copies that there are")


def _force(path: Path) -> None:
    """Onto the disk, with its name's folder."""
    for name in (path, path.parent):
        handle = os.open(name, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
