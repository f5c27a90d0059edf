"""The smallest parts that a text may be split into, and how bad a break after each would be.

A text is cut only as finely as it must be: into sentences; a sentence that no post can hold into clauses and words;
such a word into graphemes. So a sentence that fits a post is never cut.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import groupby
from typing import TYPE_CHECKING

import regex

from amplifier.content.text.entities import hashtags, mentions, urls
from amplifier.content.text.sentences import is_heading, sentence_spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Break(IntEnum):
    """What a break stands after, from the most natural to the last resort."""

    PARAGRAPH = 0
    SENTENCE = 1
    CLAUSE = 2
    WORD = 3
    GRAPHEME = 4
    HEADING = 5
    """After a heading, or a line that ends in a colon: what it announces would stand in another post."""


@dataclass(frozen=True, slots=True)
class Unit:
    """`text[start:end]` stays together; `level` is how it was cut out, `after` what a break behind it would be."""

    start: int
    end: int
    level: Break
    after: Break


@dataclass(frozen=True, slots=True)
class Room:
    """How much a piece may weigh, and how much of that the first and the last piece leave for decoration."""

    limit: int
    first: int = 0
    last: int = 0

    def of(self, *, first: bool, last: bool) -> int:
        """What a piece may weigh at this place."""
        return self.limit - self.first * first - self.last * last


_CLAUSE = regex.compile(
    r"(?:[,;:،؛](?=\s)|(?<=\s)[–-](?=\s)|—|[、，；：])[\"'”’»›」』）)\]]*\s*",
)
_WIDE_WORD = regex.compile(r"(?<=[\p{Han}\p{Hiragana}、。，！？」』）])(?=[\p{Han}「『（])")
_JAPANESE_WORD = regex.compile(r"(?<=[\p{Hiragana}、。！？」』）])(?=[\p{Han}\p{Katakana}「『（])")
_SPACE = re.compile(r"\s+")
_GRAPHEME = regex.compile(r"\X")

MOST_HEADINGS = 2
"""A title and a heading; more short lines in a row are a list or a verse."""


def _pieces(text: str, start: int, end: int, cuts: Iterable[int]) -> list[tuple[int, int]]:
    """`text[start:end]` cut at these offsets, without white space around the pieces and without empty ones."""
    spans: list[tuple[int, int]] = []
    for cut in [*cuts, end]:
        piece = text[start:cut]
        if piece.strip():
            spans.append((start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())))
            start = cut
    return spans


class Cutter:
    """Cuts one text; knows what must stay whole in it: links, hashtags, mentions and graphemes."""

    def __init__(self, text: str, language: str) -> None:
        self.text = text
        self._words = _JAPANESE_WORD if language.lower().startswith("ja") else _WIDE_WORD
        self._whole = frozenset(
            offset
            for entity in (*urls(text), *hashtags(text), *mentions(text))
            for offset in range(entity.start + 1, entity.end)
        )
        self._inside = frozenset(
            offset
            for found in (() if text.isascii() else _GRAPHEME.finditer(text))
            for offset in range(found.start() + 1, found.end())
        )

    def _allowed(self, start: int, end: int, cuts: Iterable[int]) -> list[tuple[int, int]]:
        spans = _pieces(self.text, start, end, cuts)
        kept = spans[:1]
        for begin, stop in spans[1:]:
            if begin in self._whole or begin in self._inside:
                kept[-1] = (kept[-1][0], stop)
            else:
                kept.append((begin, stop))
        return kept

    def sentences(self, language: str) -> list[Unit]:
        """The text as sentences."""
        cuts = [start for start, _ in sentence_spans(self.text, language)][1:]
        spans = self._allowed(0, len(self.text), cuts)
        nexts = [*(start for start, _ in spans[1:]), len(self.text)]
        units = [
            Unit(start, end, Break.SENTENCE, self._between(end, after))
            for (start, end), after in zip(spans, nexts, strict=False)
        ]
        return self._announcing(units)

    def _between(self, end: int, start: int) -> Break:
        """Whether a line ends between two sentences, or there is just a space, or nothing."""
        gap = self.text[end:start]
        return Break.PARAGRAPH if gap and gap.splitlines() != [gap] else Break.SENTENCE

    def _announcing(self, units: list[Unit]) -> list[Unit]:
        """Mark headings and lines that end in a colon; at most two in a row, and none at the end of the text."""
        marks = []
        for number, unit in enumerate(units):
            line = self.text[unit.start : unit.end]
            alone = unit.after is Break.PARAGRAPH and (number == 0 or units[number - 1].after is Break.PARAGRAPH)
            colon = unit.after is Break.PARAGRAPH and line.endswith((":", "："))
            marks.append(number < len(units) - 1 and (colon or (alone and is_heading(line))))
        for marked, group in groupby(range(len(marks)), key=marks.__getitem__):
            run = list(group)
            if marked and len(run) > MOST_HEADINGS:
                marks[run[0] : run[-1] + 1] = [False] * len(run)
        return [
            replace(unit, after=Break.HEADING) if marked else unit for unit, marked in zip(units, marks, strict=True)
        ]

    def finer(self, unit: Unit, *, letters: bool) -> list[Unit]:
        """The unit as words, with its clauses marked, or (with `letters`) a word as graphemes; else the unit itself."""
        if unit.level < Break.WORD:
            spans = self._allowed(unit.start, unit.end, self._word_cuts(unit.start, unit.end))
            if len(spans) > 1:
                clauses = {found.end() for found in _CLAUSE.finditer(self.text, unit.start, unit.end)}
                kinds = [Break.CLAUSE if start in clauses else Break.WORD for start, _ in spans[1:]]
                return [
                    Unit(start, end, Break.WORD, after)
                    for (start, end), after in zip(spans, [*kinds, unit.after], strict=True)
                ]
        if letters and unit.level < Break.GRAPHEME:
            graphemes = (found.end() for found in _GRAPHEME.finditer(self.text, unit.start, unit.end))
            parts = [
                Unit(start, end, Break.GRAPHEME, Break.GRAPHEME)
                for start, end in self._allowed(unit.start, unit.end, graphemes)
            ]
            return [*parts[:-1], replace(parts[-1], after=unit.after)]
        return [unit]

    def _word_cuts(self, start: int, end: int) -> list[int]:
        spaces = {found.end() for found in _SPACE.finditer(self.text, start, end)}
        clauses = {found.end() for found in _CLAUSE.finditer(self.text, start, end)}
        return sorted(spaces | clauses | {found.start() for found in self._words.finditer(self.text, start, end)})


def units_of(text: str, language: str, room: Room, measure: Callable[[str], int]) -> list[Unit]:
    """Cut a text into units of which each fits where it stands.

    Raises ValueError when something that may not be cut is too heavy.
    """
    cutter = Cutter(text, language)
    units = cutter.sentences(language)
    number = 0
    while number < len(units):
        unit, last = units[number], number == len(units) - 1
        weight, cap = measure(text[unit.start : unit.end]), room.of(first=number == 0, last=last)
        fits = weight <= cap
        above = _announced_from(units, number)
        together = measure(text[units[above].start : unit.end]) <= room.of(first=above == 0, last=last)
        parts = [unit] if fits and together else cutter.finer(unit, letters=not fits)
        if len(parts) > 1:
            units[number : number + 1] = parts
        elif fits:  # if not together, then the heading above has to stand alone
            number += 1
        else:
            what = text[unit.start : unit.end]
            shown = f"{what[:60]}…" if len(what) > 60 else what
            raise ValueError(f"“{shown}” cannot be cut, and its length is {weight} where a post has room for {cap}")
    return units


def _announced_from(units: list[Unit], number: int) -> int:
    """The first of the headings right above a unit, or else the unit."""
    while number and units[number - 1].after is Break.HEADING:
        number -= 1
    return number
