"""The columns of an exported table, found by their names, and what stands in them; what is wrong is gathered. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from amplifier.content.files import error
from amplifier.engagement.sheets import Mistakes, brief
from amplifier.model import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from amplifier.engagement.sheets import Cell, Row, Sheet

NOT_TOLD = {"", "-", "–", "—", "n/a", "null", "(not set)"}
MOST = 10**15
"""No count is as large: it would be an id in the wrong column."""
_MOST = str(MOST)
SHOWN = 20
"""Columns that a message names."""
_SPACED = r"[0-9]{1,3}(?:[ \u00a0\u202f'’][0-9]{3})+"
_COUNT = (
    re.compile(rf"([0-9]+|[0-9]{{1,3}}(?:,[0-9]{{3}})+|{_SPACED})(?:\.00?)?"),
    re.compile(rf"([0-9]+|[0-9]{{1,3}}(?:\.[0-9]{{3}})+|{_SPACED})(?:[.,]00?)?"),
)
"""A count, perhaps with its thousands parted and an idle `.0`; where semicolons part the cells, a comma is decimal."""
_EITHER = re.compile(r"([1-9][0-9]{0,2})[.,]([0-9]{3})")
"""Thousands in one country, a fraction in another."""


class Table:
    """A sheet whose columns are found by their names, whatever their case; gathers mistakes and notes."""

    def __init__(self, sheet: Sheet, mistakes: Mistakes) -> None:
        self.sheet = sheet
        self.mistakes = mistakes
        self.notes: list[Finding] = []
        self._at: dict[str, int] = {}
        for n, cell in enumerate(sheet.head):
            name = " ".join(re.sub(r"[_\s]+", " ", cell.text).casefold().split())
            if name in self._at and name:
                self.wrong(cell, f"there are two columns {brief(cell.text)}", "delete one of them")
            self._at.setdefault(name, n)

    def has(self, names: Sequence[str]) -> str | None:
        """The first of these names that a column has."""
        return next((name for name in names if name in self._at), None)

    def cell(self, row: Row, name: str | None) -> Cell | None:
        return row[self._at[name]] if name is not None else None

    def text(self, row: Row, name: str | None) -> str:
        """What a row has in a column; nothing, where there is no such column."""
        return row.texts[self._at[name]] if name is not None else ""

    def title(self, name: str) -> str:
        """A column's name as it stands in the file."""
        return brief(self.sheet.head[self._at[name]].text)

    def others(self, used: Collection[str]) -> str:
        """The columns but those, by name."""
        names = [self.title(name) for name in self._at if name and name not in used]
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        return ", ".join(names[:SHOWN]) + more

    def wrong(self, cell: Cell, message: str, hint: str) -> None:
        self.mistakes.add(error(cell.place, message, hint))

    def note(self, message: str, hint: str = "", cell: Cell | None = None) -> None:
        self.notes.append(Finding(Level.NOTE, message, (cell or self.sheet.head[0]).place, hint))

    def left_out(self, number: int, why: str, cell: Cell | None = None) -> None:
        """Note that so many rows, if any, are left out."""
        if number:
            self.note(f"{rows(number)} left out: {why}", cell=cell)

    def count(self, cell: Cell) -> int | None:
        """A whole number of 0 or more; None: not told. What cannot be one is a mistake."""
        text = cell.text
        if text.isdigit() and text.isascii() and len(text) < len(_MOST):
            return int(text)  # nearly all of them
        if text.casefold() in NOT_TOLD:
            return None
        found = _COUNT[self.sheet.delimiter == ";"].fullmatch(text)
        digits = re.sub(r"\D", "", found[1]).lstrip("0") if found else _MOST
        if len(digits) < len(_MOST):
            return int(digits or "0")
        either = _EITHER.fullmatch(text)
        may_be = f": it may be {either[1]}{either[2]} or {_fraction(*either.groups())}" if either else ""
        hint = "write a whole number such as 1234; leave empty what is not told"
        self.wrong(cell, f"“{brief(text)}” is no count{may_be}", hint)
        return None


def rows(number: int) -> str:
    """How many rows."""
    return "1 row" if number == 1 else f"{number} rows"


def _fraction(whole: str, rest: str) -> str:
    return f"{whole}.{rest}" if rest.strip("0") else whole
