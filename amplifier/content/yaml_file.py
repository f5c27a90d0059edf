"""Read YAML as plain values with the place of each; what files of staff do not need of YAML is refused.

YAML 1.2: only true, false, null and numbers are not text, so `09:30`, `no` and `2026-12-01` mean what they say. The
file is read as a stream of events, never as objects: an alias is a mistake, not a copy, and nesting is counted while
reading, so no file of this size can take long or fill the memory.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from amplifier.content.files import error
from amplifier.content.yaml_mend import commented, mend
from amplifier.model import Finding, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ruamel.yaml.error import StreamMark

Loc = tuple[int | str, ...]
"""The way to a value from the top: `("threads", 2, "at")`."""
DEPTH = 12
"""Levels of lists and mappings in one another; a campaign has four, a ledger six."""
CORE_TAG = "tag:yaml.org,2002:"
SYNTAX = (
    ("mapping values are not allowed", "a colon stands where none can be", "put text that has a colon in quotes"),
    ("could not find expected ':'", "the line is no 'key: value'", "write a key, a colon and a blank, or indent it"),
    ("end of stream", "a quotation is never closed", "close it"),
    ("expected ',' or", "a list or mapping is not closed, or lacks a comma", "close it with ] or }"),
    (
        "expected the node content",
        "a value is missing, or a list is never closed",
        "write the value, or close the list",
    ),
    ("cannot start any token", "begins with a character that means something else to YAML", "put the text in quotes"),
    ("expected <block end>", "the indentation does not fit the lines above", "indent equal things equally, by spaces"),
    ("unknown escape character", "a backslash in double quotes means something else to YAML", "use single quotes"),
)
"""What the YAML reader says, what that means, and what helps."""


@dataclass(slots=True)
class YamlFile:
    """What a file says: plain values, where each stands, and what YAML itself has against it."""

    path: str
    data: Any = None
    findings: list[Finding] = field(default_factory=list)
    places: dict[Loc, Place] = field(default_factory=dict)
    """Where each value stands."""
    keys: dict[Loc, Place] = field(default_factory=dict)
    """Where the key of each value stands."""
    ends: dict[Loc, Place] = field(default_factory=dict)
    """Where each plain value ends: the first column behind it."""
    tabs: dict[int, int] = field(default_factory=dict)
    """Lines that tabs indent, and how many: each is read as two blanks, one column too many."""
    spoiled: set[Loc] = field(default_factory=set)
    """Values that already have a finding: what else seems wrong with them is a consequence."""

    def value(self, loc: Loc) -> Any:
        """Return the value at `loc`; None where there is none."""
        value = self.data
        try:
            for part in loc:
                value = value[part]
        except (KeyError, TypeError):  # not given, or of another kind
            return None
        return value

    def entries(self, loc: Loc) -> Iterator[tuple[Loc, dict[str, Any]]]:
        """Yield those items of a list that have keys."""
        values = self.value(loc)
        for n, value in enumerate(values if isinstance(values, list) else ()):
            if isinstance(value, dict):
                yield (*loc, n), value

    def place(self, loc: Loc) -> Place:
        """Return where a value stands, or else the nearest thing around it that stands in the file."""
        while loc and loc not in self.places:
            loc = loc[:-1]
        return self.places.get(loc, Place(self.path, 1, 1))

    def at(self, mark: StreamMark) -> Place:
        """Return the place of what the YAML reader points to."""
        line = mark.line + 1
        return Place(self.path, line, mark.column + 1 - self.tabs.get(line, 0))

    def is_spoiled(self, loc: Loc) -> bool:
        """Whether the value, or one that it is part of, already has a finding."""
        return any(loc[:n] in self.spoiled for n in range(len(loc) + 1))


def read_yaml(source: str, path: str) -> YamlFile:
    """Read one YAML document; never raises for what the file says: mistakes are in `findings`."""
    mended, findings, tabs = mend(source, path)
    file = YamlFile(path, findings=findings, tabs=tabs)
    try:
        _Reader(file, mended).read()
    except MarkedYAMLError as exc:
        file.findings.append(_syntax(file, exc))
        file.spoiled.add(())
    except (YAMLError, ValueError) as exc:  # an escape for a character that does not exist, and the like
        reason = (str(exc).splitlines() or ["it cannot be read"])[0]
        file.findings.append(error(Place(path), f"is not YAML: {reason}", "compare it with the shipped file"))
        file.spoiled.add(())
    return file


class _Stop(Exception):  # noqa: N818 - ends the reading; what is wrong is in the findings
    """What follows in the file cannot be understood."""


class _Reader:
    """Builds values from events, depth first."""

    def __init__(self, file: YamlFile, source: str) -> None:
        self.file = file
        self.lines = source.split("\n")
        self.events: Iterator[Event] = YAML(typ="safe", pure=True).parse(source)

    def read(self) -> None:
        try:
            for event in self.events:
                if isinstance(event, DocumentStartEvent):
                    if () in self.file.places:
                        self._report(event, "begins a second document", "keep one document a file: delete the ---")
                        return
                    self.file.data = self._value(next(self.events), ())
        except _Stop:
            self.file.spoiled.add(())

    def _value(self, event: Event, loc: Loc) -> Any:
        self.file.places[loc] = self._place(event)
        if isinstance(event, CollectionStartEvent):
            self._undecorated(event)
            if len(loc) >= DEPTH:
                self._wrong(event, loc, f"is nested deeper than {DEPTH} levels", "no file of staff needs more than six")
                raise _Stop
            return self._mapping(loc) if isinstance(event, MappingStartEvent) else self._list(loc)
        if isinstance(event, ScalarEvent):
            self._undecorated(event)
            self.file.ends[loc] = self.file.at(event.end_mark)
            if event.value == "" and event.implicit[0]:
                self._nothing(loc)
            return _scalar(event)
        self._wrong(event, loc, "is an alias (*)", "write the value out: aliases are not read")
        return None

    def _undecorated(self, event: CollectionStartEvent | ScalarEvent) -> None:
        if event.anchor:
            self._report(event, f"has the anchor &{event.anchor}", "delete it: anchors are not read")
        if event.tag:
            self._report(event, f"has the tag {_short(event.tag)}", "delete it: tags are not read")

    def _nothing(self, loc: Loc) -> None:
        """Place a value that is not there at its key, and say so when a comment has swallowed it."""
        place = self.file.places[loc] = self.file.keys.get(loc, self.file.places[loc])
        comment = re.match(r"[^#]*[ ](#\w+)", self.lines[place.line - 1][place.column - 1 :])
        if comment:
            at = Place(self.file.path, place.line, place.column + comment.start(1))
            self.file.findings.append(commented(at, comment[1]))
            self.file.spoiled.add(loc)

    def _list(self, loc: Loc) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), SequenceEndEvent):
            items.append(self._value(event, (*loc, len(items))))
        return items

    def _mapping(self, loc: Loc) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := next(self.events), MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                self._wrong(event, loc, "is no key", "a key is a word followed by a colon")
                raise _Stop
            key = event.value
            here = (*loc, key)
            if key in values:
                first = self.file.keys[here].line
                self._report(event, f"key {key!r} stands twice; the first is in line {first}", "delete one")
                _skip(self.events)
                continue
            self.file.keys[here] = self._place(event)
            values[key] = self._value(next(self.events), here)
        return values

    def _place(self, event: Event) -> Place:
        return self.file.at(event.start_mark)

    def _wrong(self, event: Event, loc: Loc, message: str, hint: str) -> None:
        self._report(event, message, hint)
        self.file.spoiled.add(loc)

    def _report(self, event: Event, message: str, hint: str) -> None:
        self.file.findings.append(error(self._place(event), message, hint))


def _short(tag: str) -> str:
    return f"!!{tag.removeprefix(CORE_TAG)}" if tag.startswith(CORE_TAG) else tag


def _skip(events: Iterator[Event]) -> None:
    depth = 0
    for event in events:
        depth += isinstance(event, CollectionStartEvent)
        depth -= isinstance(event, (SequenceEndEvent, MappingEndEvent))
        if depth == 0:
            return


def _scalar(event: ScalarEvent) -> Any:
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text in {"", "~", "null", "Null", "NULL"}:
        return None
    if text in {"true", "True", "TRUE", "false", "False", "FALSE"}:
        return text.lower() == "true"
    if re.fullmatch(r"[-+]?[0-9]{1,18}", text):
        return int(text)
    if re.fullmatch(r"[-+]?[0-9]{1,18}\.[0-9]{0,18}", text):
        return float(text)
    return text


def _syntax(file: YamlFile, exc: MarkedYAMLError) -> Finding:
    said = str(exc.problem)
    message, hint = next(
        ((what, help_) for start, what, help_ in SYNTAX if start in said),
        (said, "compare it with the shipped file"),
    )
    begun_earlier = any(start in said for start in ("expected ':'", "end of stream", "expected ',' or"))
    mark = exc.context_mark if begun_earlier and exc.context_mark else exc.problem_mark
    return error(file.at(mark) if mark else Place(file.path), message, hint)
