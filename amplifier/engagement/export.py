"""Write a view as CSV or JSON, row by row.

JSON holds texts exactly, and NULL as null. CSV is for spreadsheets (RFC 4180: comma, CRLF, texts with line
breaks or quotes in quotes): NULL is an empty field, and a text that a spreadsheet could take for a formula gets
an apostrophe in front. Remote ids have more digits than a spreadsheet's numbers: import that column as text.
"""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

from amplifier.engagement.query import stream
from amplifier.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from amplifier.store.engine import Store

FORMATS = ("csv", "json")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What may begin a formula; the full-width forms do in spreadsheets set to an East Asian language."""


def export(store: Store, view: str, file_format: str, out: TextIO) -> int:
    """Write all rows of a view to `out`; return how many (a CSV header is none).

    `out` must not translate line ends (`newline=""` when it is opened for CSV). Raises `UsageError` for an
    unknown view or format, naming those there are.
    """
    if file_format not in FORMATS:
        raise UsageError(f"there is no format {file_format!r}", f"formats: {', '.join(FORMATS)}")
    with stream(store, view) as (columns, rows):
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
    for row in rows:
        out.write(",\n" if count else "\n")
        out.write(json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False))
        count += 1
    out.write("\n]\n" if count else "]\n")
    return count
