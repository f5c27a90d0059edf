"""Write views as CSV, JSON or Parquet, row by row: the same columns in each.

JSON and Parquet hold texts exactly, and NULL as null. CSV is for spreadsheets (RFC 4180: comma, CRLF, texts with line
breaks or quotes in quotes): NULL is an empty field, and a text that a spreadsheet could take for a formula gets
an apostrophe in front. Remote ids have more digits than a spreadsheet's numbers: import that column as text.
"""

from __future__ import annotations

import csv
import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from amplifier.engagement.parquet import require_duckdb, write_parquet
from amplifier.engagement.query import select, stream, views
from amplifier.errors import ConfigurationError, UsageError
from amplifier.whole import whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path
    from typing import TextIO

    from sqlalchemy.engine import Connection

    from amplifier.store.engine import Store

FORMATS = ("csv", "json", "parquet")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What may begin a formula; the full-width forms do in spreadsheets set to an East Asian language."""


def export(store: Store, view: str, file_format: str, out: TextIO, since: datetime | None = None) -> int:
    """Write the rows of a view to `out` as csv or json; return how many (a CSV header is none).

    `out` must not translate line ends (`newline=""` when it is opened for CSV). With `since` only rows that came to
    be then or later (`kinds.TIMES`). Raises `UsageError` for an unknown view or format, naming those there are.
    """
    if file_format not in FORMATS:
        raise UsageError(f"there is no format {file_format!r}", f"formats: {', '.join(FORMATS)}")
    if file_format == "parquet":
        raise UsageError("a Parquet file is not text", f"name it: --out {view}.parquet")
    with stream(store, view, since) as (columns, rows):
        return _text(columns, rows, file_format, out)


def export_file(store: Store, view: str, file_format: str, path: Path, since: datetime | None = None) -> int:
    """Write the rows of a view to a file, which is there whole or not at all; return how many.

    Raises as `export` does, and `ConfigurationError` where the file cannot be written or DuckDB is missing.
    """
    _ready(file_format)
    with store.read() as connection, whole(path, private=True) as half:
        return _file(connection, view, file_format, half, since)


def export_all(store: Store, file_format: str, folder: Path, since: datetime | None = None) -> dict[str, int]:
    """Write every view into a folder, one file each, named after it; return the rows of each.

    All files are of one moment. The old ones are replaced only when all new ones are whole. Raises as `export_file`.
    """
    _ready(file_format)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise ConfigurationError(f"cannot make the folder {folder}: {exc.strerror}", "name another") from exc
    with store.read() as connection, ExitStack() as written:
        goals = {view: folder / f"{view}.{file_format}" for view in views()}
        halves = {view: written.enter_context(whole(goal, private=True)) for view, goal in goals.items()}
        return {view: _file(connection, view, file_format, half, since) for view, half in halves.items()}


def _ready(file_format: str) -> None:
    if file_format == "parquet":  # before anything is read
        require_duckdb()


def _file(connection: Connection, view: str, file_format: str, path: Path, since: datetime | None) -> int:
    columns, rows = select(connection, view, since)
    if file_format == "parquet":
        return write_parquet(view, columns, _objects(columns, rows), path)
    with path.open("w", encoding="utf-8", newline="") as out:
        return _text(columns, rows, file_format, out)


def _text(columns: list[str], rows: Iterator[tuple[Any, ...]], file_format: str, out: TextIO) -> int:
    return _csv(columns, rows, out) if file_format == "csv" else _json(columns, rows, out)


def _csv(columns: list[str], rows: Iterator[tuple[Any, ...]], out: TextIO) -> int:
    writer = csv.writer(out)
    writer.writerow(columns)
    count = 0
    for row in rows:
        writer.writerow(map(_guarded, row))
        count += 1
    return count


def _guarded(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _json(columns: list[str], rows: Iterator[tuple[Any, ...]], out: TextIO) -> int:
    count = 0
    out.write("[")
    for line in _objects(columns, rows):
        out.write(f",\n{line}" if count else f"\n{line}")
        count += 1
    out.write("\n]\n" if count else "]\n")
    return count


def _objects(columns: list[str], rows: Iterator[tuple[Any, ...]]) -> Iterator[str]:
    """Each row as one line of JSON."""
    encode = json.JSONEncoder(ensure_ascii=False).encode
    return (encode(dict(zip(columns, row, strict=True))) for row in rows)
