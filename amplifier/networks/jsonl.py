"""An append-only file of JSON lines that survives a kill at any point and is shared by processes."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from filelock import FileLock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


class JsonLines:
    """One JSON object a line; a line counts from the moment its line break is in the file.

    A torn last line never counted, so the next append cuts it off. Complete lines that are no JSON object
    (edited by hand) are passed over and left where they are. What was read once is kept: opening costs what
    others have appended since.
    """

    def __init__(self, path: Path, patience: float) -> None:
        """`patience`: seconds to wait for another process that has the file open."""
        self._path = path
        self._lock = FileLock(path.with_suffix(".lock"), timeout=patience, mode=0o600)
        self._records: list[dict[str, Any]] = []
        self._end = 0
        self._file: tuple[int, int] | None = None

    @contextmanager
    def opened(self) -> Iterator[Sequence[Mapping[str, Any]]]:
        """Hold the file for one reading or change; gives all records, oldest first, growing with `append`.

        Raises `OSError` when the folder cannot be made, the file cannot be read, or (as `TimeoutError`) when
        another process holds it for longer than the patience.
        """
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock.acquire()
        try:
            self._catch_up()
            yield self._records
        finally:
            # whoever is told that opening failed takes it that nothing was written; the lock ends with the process
            with suppress(OSError):
                self._lock.release()

    def append(self, record: Mapping[str, Any]) -> None:
        """Add one record and force it to the disk; only while `opened`.

        Raises `OSError`: the record may then be there or not, and the next reading tells which.
        """
        line = json.dumps(record, ensure_ascii=False).encode() + b"\n"
        with open(self._path, "ab", opener=private) as file:
            file.truncate(self._end)
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        if self._end == 0:
            self._force_folder()
        self._catch_up()

    def _catch_up(self) -> None:
        try:
            file = self._path.open("rb")
        except FileNotFoundError:
            self._forget(None)
            return
        with file:
            status = os.fstat(file.fileno())
            if self._file != (status.st_dev, status.st_ino) or status.st_size < self._end:
                self._forget((status.st_dev, status.st_ino))
            file.seek(self._end)
            complete, line_break, _torn = file.read().rpartition(b"\n")
        self._end += len(complete) + len(line_break)
        self._records += [record for line in complete.split(b"\n") if (record := _record(line)) is not None]

    def _forget(self, file: tuple[int, int] | None) -> None:
        """Begin again: the file is another one than the one that was read."""
        self._records.clear()
        self._end = 0
        self._file = file

    def _force_folder(self) -> None:
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def private(path: str, flags: int) -> int:
    """An opener of files that are for their owner alone: they hold texts that are not out."""
    return os.open(path, flags, 0o600)


def stamp(at: datetime) -> str:
    """An instant as such files hold it: UTC in a fixed width, so that stamps sort as they follow each other."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def instant(text: str) -> datetime | None:
    """Read a stamp; None when it is not one."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
