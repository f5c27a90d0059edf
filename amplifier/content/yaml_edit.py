"""Change values of a YAML file in place: what is not changed stays as it is, to the byte, comments too. Pure.

Entries written as lines (`- key: value`) are known by the lines they take; comments right above an entry belong to
it. What is written in braces or brackets has no lines of its own: `in_lines` tells.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amplifier.content.formats import DATE
from amplifier.content.yaml_file import read_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amplifier.content.yaml_file import Loc
    from amplifier.model import Place

PLAIN = re.compile(r"[^\W\d_](?:[^:#]|:(?! )|(?<! )#)*(?<![: ])")
"""What needs no quotes on one line: it begins with a letter, and neither `: ` nor ` #` is in it."""
NOT_TEXT = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
"""Plain words that a reader of YAML may take for something else."""
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
ASIDE = re.compile(r"[ ]*(?:#.*)?$")
"""A line that is blank or a comment."""


def scalar(text: str) -> str:
    """Return a text as a YAML value on one line, in quotes where it needs them; empty for an empty one."""
    if re.fullmatch(DATE, text):
        return text
    if not text or (PLAIN.fullmatch(text) and text.lower() not in NOT_TEXT and not UNSEEN.search(text)):
        return text
    return UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def pair(key: str, value: str) -> str:
    """Return `key: value`, and `key:` for an empty value."""
    return f"{key}: {value}" if value else f"{key}:"


def shifted(text: str, by: int) -> str:
    """Return lines moved to the right, or with a negative number to the left."""
    if by == 0:
        return text
    lines = text.splitlines(keepends=True)
    return "".join(
        " " * by + line if by > 0 and line.strip() else line[max(0, min(-by, _indent(line))) :] for line in lines
    )


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    text: str


class YamlText:
    """The text of a YAML file without mistakes, and the edits to it."""

    def __init__(self, source: str, path: str) -> None:
        self.source = source if source.endswith("\n") else source + "\n"
        self.file = read_yaml(self.source, path)
        self._lines = self.source.split("\n")
        self._offsets = [0]
        for line in self._lines:
            self._offsets.append(self._offsets[-1] + len(line) + 1)
        self._locs = list(self.file.places)
        self._order = {loc: n for n, loc in enumerate(self._locs)}
        self._edits: list[_Edit] = []

    def in_lines(self, loc: Loc) -> bool:
        """Whether the list or the keys at `loc` are written as lines, each entry beginning one of its own."""
        value = self.file.value(loc)
        if isinstance(value, list) and value:
            column = self.column(loc)
            items = [self._lines[self.file.places[*loc, n].line - 1] for n in range(len(value))]
            return all(line[:column].strip() == "" and line[column] == "-" for line in items)
        if isinstance(value, dict) and value:
            return self.source[self._offset(self.file.places[loc])] not in "{?"
        return False

    def set(self, loc: Loc, key: str, value: str, order: Sequence[str]) -> None:
        """Set a single value of the keys at `loc`, which are in lines; `value` is as YAML writes it.

        A key that is not there yet comes after those that stand before it in `order`.
        """
        here = (*loc, key)
        if here not in self.file.keys:
            self._insert(loc, key, [pair(key, value)], order)
            return
        at_key, at_value = self.file.keys[here], self.file.places[here]
        if at_key == at_value:  # empty: the value is placed at its key
            after = self.source.index(":", self._offset(at_key) + len(key)) + 1
            self._edit(after, after, f" {value}" if value else "")
            return
        start, end = self._offset(at_value), self._offset(self.file.ends[here])
        if self.source[start] in "|>":  # the text goes on for whole lines
            end = self._offsets[self._span(here)[1]] - 1
        if not value:
            start = len(self.source[:start].rstrip())
        self._edit(start, end, value)

    def set_block(self, loc: Loc, key: str, lines: Sequence[str], order: Sequence[str]) -> None:
        """Write a key of the keys at `loc`, which are in lines, anew with all that stands under it."""
        here = (*loc, key)
        if here not in self.file.keys:
            self._insert(loc, key, lines, order)
            return
        start = self._offset(self.file.keys[here])
        end = self._offsets[self._span(here)[1]] - 1
        self._edit(start, end, self._block(loc, lines))

    def relist(self, loc: Loc, entries: Sequence[str]) -> None:
        """Write the list at `loc`, which is in lines, as these entries: whole lines, as `entry` returns them."""
        count = len(self.file.value(loc))
        start = self._offsets[self._begin((*loc, 0))]
        end = self._offsets[self._span((*loc, count - 1))[1]]
        self._edit(start, end, "".join(entries))

    def entry(self, loc: Loc) -> str:
        """Return the lines of an entry of a list in lines, as edited, each with its line break."""
        first, last = self._span(loc)
        return self._text(self._offsets[first], self._offsets[last])

    def column(self, loc: Loc) -> int:
        """Return the column, from 0, in which the value at `loc` begins: that of the dashes of a list in lines."""
        return self.file.places[loc].column - 1

    def text(self) -> str:
        """Return the whole text, as edited."""
        return self._text(0, len(self.source))

    def _insert(self, loc: Loc, key: str, lines: Sequence[str], order: Sequence[str]) -> None:
        keys = list(self.file.value(loc))
        before = set(order[: order.index(key)])
        after = next((known for known in reversed(keys) if known in before), keys[0])
        # before the line break: what is added belongs to the entry whose last line this is
        end = self._offsets[self._span((*loc, after))[1]] - 1
        self._edit(end, end, "\n" + " " * self.column(loc) + self._block(loc, lines))

    def _block(self, loc: Loc, lines: Sequence[str]) -> str:
        return ("\n" + " " * self.column(loc)).join(lines)

    def _edit(self, start: int, end: int, text: str) -> None:
        covered = {edit for edit in self._edits if start <= edit.start < end and edit.end <= end}
        self._edits = [*(edit for edit in self._edits if edit not in covered), _Edit(start, end, text)]

    def _text(self, start: int, end: int) -> str:
        parts, at = [], start
        edits = (edit for edit in self._edits if start <= edit.start and edit.end <= end)
        for edit in sorted(edits, key=lambda edit: edit.start):  # those at one place in the order they came
            parts += [self.source[at : edit.start], edit.text]
            at = edit.end
        return "".join((*parts, self.source[at:end]))

    def _span(self, loc: Loc) -> tuple[int, int]:
        """Return the first line, from 0, of a key or an entry in lines, and the line after its last."""
        n = self._order[loc] + 1
        while n < len(self._locs) and self._locs[n][: len(loc)] == loc:
            n += 1
        if n < len(self._locs):
            return self._first(loc), self._first(self._locs[n])
        last = len(self._lines) - 1
        while ASIDE.match(self._lines[last - 1]) and _indent(self._lines[last - 1]) <= self._indent_of(loc):
            last -= 1
        return self._first(loc), last

    def _first(self, loc: Loc) -> int:
        line = self._begin(loc)
        if loc[-1] == 0:  # a comment above the first entry is about the list
            return line
        own = self._indent_of(loc)
        while line > 0 and ASIDE.match(self._lines[line - 1]) and _indent(self._lines[line - 1]) <= own:
            line -= 1
        return line

    def _begin(self, loc: Loc) -> int:
        return self.file.keys.get(loc, self.file.places[loc]).line - 1

    def _indent_of(self, loc: Loc) -> int:
        return self.file.keys[loc].column - 1 if loc in self.file.keys else self.column(loc[:-1])

    def _offset(self, place: Place) -> int:
        return self._offsets[place.line - 1] + place.column - 1


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" ")) if line.strip() else 0
