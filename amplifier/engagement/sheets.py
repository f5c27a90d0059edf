"""Read a table that somebody exported as cells that know where they stand: CSV in whatever dress it comes. Pure.

Taken as it comes: UTF-8 or UTF-16, with or without a byte order mark; commas, semicolons or tabs; any line ends, also
within quotation marks; lines of remarks (`# …`) and a spreadsheet's `sep=;` above the names of the columns. Rows are
read one by one: only the file's text is held as a whole.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amplifier.content.files import FORBIDDEN, SHOWN, error, file_error, place_of
from amplifier.model import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from amplifier.errors import FileError
    from amplifier.model import Finding

MARKS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8"))
"""Byte order marks."""
UTF_32 = (b"\xff\xfe\0\0", b"\0\0\xfe\xff")
DELIMITERS = ",;\t"
WIDEST = 1_000
"""Cells of a row: X's exports have some twenty columns, a web statistic's hardly a hundred."""
LONGEST = 50_000
"""Characters of a cell: a post has 25,000 at most."""
QUOTED = 60
"""Characters of a cell that a message quotes."""
_BREAK = re.compile(r"\r\n|\r|\n")
_ABOVE = re.compile(r"(?:[ \t]*(?:#[^\r\n]*|sep=(?P<sep>[,;\t]))?(?:\r\n|\r|\n))*+", re.IGNORECASE)
"""What may stand above the names of the columns."""
_QUOTED = re.compile(r'"(?:[^"]|"")*+"')
_FIRST = re.compile(r'(?:[^"\r\n]|"(?:[^"]|"")*+"|")*+')
"""The first line, with the line ends within its quotation marks."""
SAVE = "save it as CSV (UTF-8)"
NOT_PARTED = "a line break or a separator within a cell needs quotation marks"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell without its quotation marks and the blanks around it."""

    text: str
    row: Row
    n: int

    @property
    def place(self) -> Place:
        """Where it begins."""
        return self.row.place(self.n)


@dataclass(frozen=True, slots=True)
class Row:
    """A row; where its cells begin is reckoned when it is asked for."""

    path: str
    line: int
    texts: Sequence[str]
    raw: Sequence[str]
    """The cells as they stand in the file."""

    def __getitem__(self, n: int) -> Cell:
        return Cell(self.texts[n], self, n)

    def place(self, n: int = 0) -> Place:
        """Where a cell begins."""
        if n == 0:
            return Place(self.path, self.line, 1)
        *above, line = _BREAK.split("".join(f"{cell}," for cell in self.raw[:n]))
        return Place(self.path, self.line + len(above), len(line) + 1)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The names of the columns, and the rows that are not empty, each as wide as the names; they are read once."""

    path: str
    head: tuple[Cell, ...]
    rows: Iterator[Row]
    delimiter: str


class Mistakes:
    """Mistakes, as they are found: of each kind (with one hint) the first ones only, and how many more there are."""

    def __init__(self) -> None:
        self._first: defaultdict[str, list[Finding]] = defaultdict(list)
        self._number: Counter[str] = Counter()

    def __bool__(self) -> bool:
        return bool(self._first)

    def add(self, finding: Finding) -> None:
        """Keep it, or count it."""
        first = self._first[finding.hint]
        self._number[finding.hint] += 1
        if len(first) <= SHOWN:
            first.append(finding)

    def take(self, others: Mistakes) -> None:
        """Add those that were gathered apart."""
        for hint, findings in others._first.items():
            self._first[hint] = sorted([*self._first[hint], *findings], key=_place)[: SHOWN + 1]
        self._number += others._number

    def shown(self) -> list[Finding]:
        """What is told of them, by place."""
        shown: list[Finding] = []
        for hint, first in self._first.items():
            kind = sorted(first, key=_place)
            shown += kind[:SHOWN]
            more = self._number[hint] - SHOWN
            if more > 0:
                shown.append(error(kind[SHOWN].place, f"and {more} more like this, from here on", hint))
        return sorted(shown, key=_place)


def read_sheet(data: bytes, path: str, odd: Mistakes) -> Sheet:
    """Return the table in a file's bytes; rows that are not as wide as it is are left out, and `odd` learns of them.

    Raises `FileError` when no table can be read at all; so does reading its rows.
    """
    text = _decoded(data, path)
    above = _ABOVE.match(text)
    assert above is not None  # noqa: S101 - nothing fits, too
    first = _FIRST.match(text, above.end(), above.end() + WIDEST * QUOTED)
    names = _QUOTED.sub("", first[0]) if first else ""
    reader = _Reader(text, path, above["sep"] or max(DELIMITERS, key=names.count))
    rows = (row for row in reader.rows(above.end()) if any(row.texts))
    head = next(rows, None)
    if head is None:
        raise file_error(path, [error(Place(path), "is empty", "export it again")])
    width = len(head.texts)
    reader.width = width
    while width > 1 and not head.texts[width - 1]:
        width -= 1
    return Sheet(path, tuple(head[n] for n in range(width)), _as_wide(rows, width, odd), reader.delimiter)


def brief(text: str) -> str:
    """What is quoted of a cell: one line that can be read, and nothing that a terminal would obey."""
    line = FORBIDDEN.sub("\ufffd", " ".join(text.split()))
    return line if len(line) <= QUOTED else f"{line[: QUOTED - 1]}…"


def _place(finding: Finding) -> Place:
    return finding.place


def _as_wide(rows: Iterator[Row], width: int, odd: Mistakes) -> Iterator[Row]:
    for row in rows:
        if len(row.texts) < width or any(row.texts[width:]):
            message = f"has {len(row.texts)} cells, and the first row has {width}"
            odd.add(error(row.place(), message, NOT_PARTED))
        else:
            yield row if len(row.texts) == width else Row(row.path, row.line, row.texts[:width], row.raw)


def _decoded(data: bytes, path: str) -> str:
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise file_error(path, [error(Place(path), "is a spreadsheet", f"open it and {SAVE}")])
    if data.startswith(UTF_32):
        raise file_error(path, [error(Place(path), "is in UTF-32", SAVE)])
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


class _Reader:
    """Reads a text's rows, each as wide as it is; one that cannot belong to the table ends the reading."""

    def __init__(self, text: str, path: str, delimiter: str) -> None:
        self.delimiter = delimiter
        self.width: int | None = None
        """Cells of the first row, once it is known."""
        self._text = text
        self._path = path
        self._cell = re.compile(
            rf'[ ]*(?:"(?P<quoted>(?:[^"]|"")*+)"[ ]*|(?P<plain>[^{delimiter}\r\n]*))(?={delimiter}|\r|\n|\Z)'
        )

    def rows(self, start: int) -> Iterator[Row]:
        text, end = self._text, len(self._text)
        line = 1 + sum(1 for _ in _BREAK.finditer(text, 0, start))
        at = start
        while at < end:
            turn = _BREAK.search(text, at)
            stop = turn.start() if turn else end
            if turn and stop == at:
                at, line = turn.end(), line + 1
                continue
            if text.find('"', at, stop) < 0:
                if text.count(self.delimiter, at, stop) >= self._most():
                    raise self._too_wide(line)
                raw = text[at:stop].split(self.delimiter)
                row = Row(self._path, line, [cell.strip() for cell in raw], raw)
                line += 1
            else:
                row, stop = self._quoted(at, line)
                turn = _BREAK.match(text, stop)
                line += 1 + sum(1 for _ in _BREAK.finditer(text, at, stop))
            if stop - at > LONGEST:
                self._refuse_long(row)
            at = turn.end() if turn else end
            yield row

    def _quoted(self, at: int, line: int) -> tuple[Row, int]:
        """The row from here on, cell by cell, and where it ends: line ends may stand within quotation marks."""
        texts: list[str] = []
        raw: list[str] = []
        while True:
            found = self._cell.match(self._text, at)
            if found is None or (found["plain"] or "").startswith('"'):
                # which cells follow is anybody's guess
                place = Row(self._path, line, texts, raw).place(len(raw))
                message = "a quotation mark is opened and not closed, or something stands behind the closing one"
                hint = 'in a quoted cell, write "" for a quotation mark'
                raise file_error(self._path, [error(place, message, hint)])
            quoted = found["quoted"]
            texts.append((found["plain"] if quoted is None else quoted.replace('""', '"')).strip())
            raw.append(found[0])
            if len(raw) > self._most():
                raise self._too_wide(line)
            at = found.end()
            if not self._text.startswith(self.delimiter, at):
                return Row(self._path, line, texts, raw), at
            at += 1

    def _most(self) -> int:
        """Cells of a row that may be a mistake of the file; one with more is no row of this table."""
        return WIDEST if self.width is None else 2 * self.width + 10

    def _too_wide(self, line: int) -> FileError:
        first = f", and the first row has {self.width}" if self.width is not None else ""
        message = f"has more than {self._most()} cells{first}"
        return file_error(self._path, [error(Place(self._path, line, 1), message, NOT_PARTED)])

    def _refuse_long(self, row: Row) -> None:
        for n, text in enumerate(row.texts):
            if len(text) > LONGEST:
                message = f"a cell has more than {LONGEST} characters"
                hint = "look for a quotation mark that is not closed: it takes all that follows into one cell"
                raise file_error(self._path, [error(row.place(n), message, hint)])
