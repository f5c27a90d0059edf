"""The smallest parts that a text may be split into, and what a break after each would be.

A text is cut only as finely as it must be: into sentences; a sentence that no post can hold into the sentences inside
it (a quotation may have several); one of those that no post can hold into words; such a word into graphemes. So a
sentence that fits a post is never cut, but for one that does not fit together with the heading right above it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import groupby, pairwise
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
    INNER = 2
    """After a sentence inside a longer one, as in a quotation."""
    CLAUSE = 3
    WORD = 4
    GRAPHEME = 5
    HEADING = 6
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


_CLOSING = r"[\"'”’»›」』）)\]]*"
_CLAUSE = regex.compile(rf"(?:[,;:،؛](?={_CLOSING}\s)|(?<=\s)[–-](?=\s)|—|[、，；：]){_CLOSING}\s*")
_QUOTES = dict.fromkeys(map(ord, '"“”‘„«»‹›「」『』（）()[]'), " ")
_OPENING = regex.compile(r"\s|[“‘„«‹「『（(\[]")
_WIDE_WORD = regex.compile(r"(?<=[\p{Han}\p{Hiragana}、。，！？」』）])(?=[\p{Han}「『（])")
_JAPANESE_WORD = regex.compile(r"(?<=[\p{Hiragana}、。！？」』）])(?=[\p{Han}\p{Katakana}「『（])")
_SPACE = re.compile(r"\s+")
_GRAPHEME = regex.compile(r"\X")
_ALONE = r"[\p{GCB=Other}\p{GCB=LV}\p{GCB=LVT}]"
_LONG_GRAPHEME = regex.compile(rf"(?:{_ALONE}(?={_ALONE}))+|(?P<long>\X)")
"""There is a break between any two of `_ALONE` (Unicode Standard Annex 29), so long runs of them are passed over."""

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


def _units(spans: list[tuple[int, int]], level: Break, breaks: list[Break], last: Break) -> list[Unit]:
    """Units of one level, from the breaks between them and the one behind the last."""
    return [Unit(start, end, level, after) for (start, end), after in zip(spans, [*breaks, last], strict=True)]


class Cutter:
    """Cuts one text; knows what must stay whole in it: links, hashtags, mentions and graphemes."""

    def __init__(self, text: str, language: str) -> None:
        self.text = text
        self._language = language
        self._words = _JAPANESE_WORD if language.lower().startswith("ja") else _WIDE_WORD
        self._whole = frozenset(
            offset
            for entity in (*urls(text), *hashtags(text), *mentions(text))
            for offset in range(entity.start + 1, entity.end)
        )
        self._inside = frozenset(
            offset
            for found in (() if text.isascii() else _LONG_GRAPHEME.finditer(text))
            for offset in range(found.start("long") + 1, found.end("long"))
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

    def sentences(self) -> list[Unit]:
        """The text as sentences."""
        cuts = [start for start, _ in sentence_spans(self.text, self._language)][1:]
        spans = self._allowed(0, len(self.text), cuts)
        breaks = [self._between(end, start) for (_, end), (start, _) in pairwise(spans)]
        return self._announcing(_units(spans, Break.SENTENCE, breaks, Break.SENTENCE)) if spans else []

    def _between(self, end: int, start: int) -> Break:
        """Whether a line ends between two sentences, or there is just a space, or nothing."""
        gap = self.text[end:start]
        return Break.PARAGRAPH if gap and gap.splitlines() != [gap] else Break.SENTENCE

    def _announcing(self, units: list[Unit]) -> list[Unit]:
        """Mark headings and lines that end in a colon, if something follows; at most two in a row."""
        marks = []
        for number, unit in enumerate(units):
            line = self.text[unit.start : unit.end]
            alone = unit.after is Break.PARAGRAPH and (number == 0 or units[number - 1].after is Break.PARAGRAPH)
            colon = unit.after is Break.PARAGRAPH and line.endswith((":", "："))
            marks.append(colon or (alone and is_heading(line)))
        for marked, group in groupby(range(len(marks)), key=marks.__getitem__):
            run = list(group)
            if marked and len(run) > MOST_HEADINGS:
                marks[run[0] : run[-1] + 1] = [False] * len(run)
        return [
            replace(unit, after=Break.HEADING) if marked else unit for unit, marked in zip(units, marks, strict=True)
        ]

    def finer(self, unit: Unit, *, letters: bool) -> list[Unit]:
        """The unit one step finer, or (with `letters`) a word as graphemes; the unit itself when there is no step.

        The steps are the sentences inside a sentence, and words, with the clauses among them marked.
        """
        if unit.level < Break.INNER:
            spans = self._allowed(unit.start, unit.end, self._inner_cuts(unit.start, unit.end))
            if len(spans) > 1:
                return _units(spans, Break.INNER, [Break.INNER] * (len(spans) - 1), unit.after)
        if unit.level < Break.WORD:
            spans = self._allowed(unit.start, unit.end, self._word_cuts(unit.start, unit.end))
            if len(spans) > 1:
                clauses = {found.end() for found in _CLAUSE.finditer(self.text, unit.start, unit.end)}
                kinds = [Break.CLAUSE if start in clauses else Break.WORD for start, _ in spans[1:]]
                return _units(spans, Break.WORD, kinds, unit.after)
        if letters and unit.level < Break.GRAPHEME:
            graphemes = (found.end() for found in _GRAPHEME.finditer(self.text, unit.start, unit.end))
            spans = self._allowed(unit.start, unit.end, graphemes)
            return _units(spans, Break.GRAPHEME, [Break.GRAPHEME] * (len(spans) - 1), unit.after)
        return [unit]

    def _inner_cuts(self, start: int, end: int) -> list[int]:
        """Where a sentence ends inside this one: read as if it had no quotation marks and brackets."""
        bare = self.text[start:end].translate(_QUOTES)
        spans = sentence_spans(bare, self._language)
        # one that ends together with its quotation was read as a part of the whole for a reason
        return [
            start + before
            for (_, before), (after, _) in pairwise(spans)
            if before == after or _OPENING.match(self.text, start + before)
        ]

    def _word_cuts(self, start: int, end: int) -> list[int]:
        spaces = {found.end() for found in _SPACE.finditer(self.text, start, end)}
        clauses = {found.end() for found in _CLAUSE.finditer(self.text, start, end)}
        return sorted(spaces | clauses | {found.start() for found in self._words.finditer(self.text, start, end)})


def units_of(text: str, language: str, room: Room, measure: Callable[[str], int]) -> list[Unit]:
    """Cut a text into units of which each fits where it stands, also with the headings right above it.

    A heading that cannot stand with what it announces counts as a paragraph of its own. Raises ValueError when
    something that may not be cut is too heavy.
    """
    cutter = Cutter(text, language)
    units = cutter.sentences()
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
        elif not fits:
            what = text[unit.start : unit.end]
            shown = f"{what[:60]}…" if len(what) > 60 else what
            raise ValueError(f"“{shown}” cannot be cut, and its length is {weight} where a post has room for {cap}")
        elif not together:
            units[above] = replace(units[above], after=Break.PARAGRAPH)
        else:
            number += 1
    return units


def _announced_from(units: list[Unit], number: int) -> int:
    """The first of the headings right above a unit, or else the unit."""
    while number and units[number - 1].after is Break.HEADING:
        number -= 1
    return number
