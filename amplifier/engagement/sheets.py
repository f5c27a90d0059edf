"""Read a table that somebody exported as cells that know where they stand: CSV in whatever dress it comes. Pure.

Taken as it comes: UTF-8 or UTF-16, with or without a byte order mark; commas, semicolons or tabs; any line ends, also
within quotation marks; lines of remarks (`# …`) and a spreadsheet's `sep=;` above the names of the columns.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amplifier.content.files import SHOWN, error, file_error, place_of
from amplifier.model import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from amplifier.model import Finding

MARKS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8"))
"""Byte order marks."""
DELIMITERS = ",;\t"
_BREAK = re.compile(r"\r\n|\r|\n")
_ABOVE = re.compile(r"(?:[ \t]*(?:#[^\r\n]*|sep=(?P<sep>[,;\t]))?(?:\r\n|\r|\n))*", re.IGNORECASE)
"""What may stand above the names of the columns."""
_QUOTED = re.compile(r'"(?:[^"]|"")*+"')
SAVE = "save it as CSV (UTF-8)"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell without its quotation marks and the blanks around it."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Sheet:
    """The names of the columns, and the rows that are not empty, each as wide as the names."""

    path: str
    head: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    delimiter: str


def read_sheet(data: bytes, path: str) -> tuple[Sheet, list[Finding]]:
    """Return the table in a file's bytes, and the rows that are not as wide as it is, as mistakes; they are left out.

    Raises `FileError` when no table can be read at all.
    """
    text = _decoded(data, path)
    above = _ABOVE.match(text)
    assert above is not None  # noqa: S101 - nothing fits, too
    start = above.end()
    first = _BREAK.split(_QUOTED.sub("", text[start:]), maxsplit=1)[0]
    delimiter = above["sep"] or max(DELIMITERS, key=first.count)
    found = list(_rows(text, start, delimiter, path))
    filled = [row for row in found if any(cell.text for cell in row)]
    if not filled:
        raise file_error(path, [error(Place(path), "is empty", "export it again")])
    head, *rest = filled
    while len(head) > 1 and not head[-1].text:
        head = head[:-1]
    kept, odd = [], []
    for row in rest:
        if len(row) < len(head) or any(cell.text for cell in row[len(head) :]):
            message = f"has {len(row)} cells, and the first row has {len(head)}"
            odd.append(error(row[0].place, message, "a line break or a separator within a cell needs quotation marks"))
        else:
            kept.append(tuple(row[: len(head)]))
    return Sheet(path, tuple(head), tuple(kept), delimiter), odd


def capped(findings: Iterable[Finding]) -> list[Finding]:
    """The findings by their place, of each kind (with one hint) the first ones only, and how many more there are."""
    kinds: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in sorted(findings, key=lambda finding: finding.place):
        kinds[finding.hint].append(finding)
    shown = []
    for hint, kind in kinds.items():
        shown += kind[:SHOWN]
        if len(kind) > SHOWN:
            shown.append(error(kind[SHOWN].place, f"and {len(kind) - SHOWN} more like this, from here on", hint))
    return sorted(shown, key=lambda finding: finding.place)


def _decoded(data: bytes, path: str) -> str:
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise file_error(path, [error(Place(path), "is a spreadsheet", f"open it and {SAVE}")])
    encoding = next((name for mark, name in MARKS if data.startswith(mark)), None)
    if encoding is None and b"\0" in data:
        raise file_error(path, [error(Place(path), "is no text", f"name the CSV file, or {SAVE}")])
    try:
        return data.decode(encoding or "utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as exc:
        before = data[: exc.start].decode(encoding or "utf-8", "replace").removeprefix("\ufeff")
        place = place_of(_BREAK.sub("\n", before), len(_BREAK.sub("\n", before)), path)
        message = f"is not {(encoding or 'utf-8').upper()}: byte 0x{data[exc.start]:02X} begins no character"
        raise file_error(path, [error(place, message, SAVE)]) from None


def _rows(text: str, start: int, delimiter: str, path: str) -> Iterator[list[Cell]]:
    """Each row from `start` on, as wide as it is."""
    cell = re.compile(
        rf'[ ]*(?:"(?P<quoted>(?:[^"]|"")*+)"[ ]*|(?P<plain>[^{delimiter}\r\n]*))(?P<end>{delimiter}|\r\n|\r|\n|\Z)'
    )
    breaks = [found.end() for found in _BREAK.finditer(text, 0, start)]
    line, line_start = len(breaks) + 1, breaks[-1] if breaks else 0
    row: list[Cell] = []
    at, more = start, start < len(text)
    while more:
        found = cell.match(text, at)
        place = Place(path, line, at - line_start + 1)
        if found is None or (found["plain"] or "").startswith('"'):
            # which cells follow is anybody's guess
            message = "a quotation mark is opened and not closed, or something stands behind the closing one"
            raise file_error(path, [error(place, message, 'in a quoted cell, write "" for a quotation mark')])
        quoted = found["quoted"]
        row.append(Cell((found["plain"] if quoted is None else quoted.replace('""', '"')).strip(), place))
        for turn in _BREAK.finditer(text, at, found.end()):
            line, line_start = line + 1, turn.end()
        at = found.end()
        ended = found["end"] != delimiter
        more = at < len(text) or not ended
        if ended:
            yield row
            row = []
