"""Long texts, the usual way to split them, and how good a split is.

The usual way packs whole sentences while they fit. It gets the same sentences as ours, our `weighted_length`, and the
separators of the source; where no post holds a sentence, it is cut as finely as ours would be.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from amplifier.content.text.length import weighted_length
from amplifier.content.text.split import ORPHAN_FILL, Room, split
from amplifier.content.text.units import Break, Cutter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from amplifier.content.text.units import Unit

ROOT = Path(__file__).parents[1]
ARTICLE = ROOT / "campaigns" / "articles" / "dmz-escape.txt"
LIMIT = 272
"""280 less the room of a numbering such as ` 12/12`."""

Spans = list[tuple[int, int]]
"""Where each post stands in its text."""


@dataclass(frozen=True, slots=True)
class Source:
    """A text to split; `name` ends in its language."""

    name: str
    language: str
    text: str

    def weight(self, start: int, end: int) -> int:
        return weighted_length(self.text[start:end])


def sources() -> list[Source]:
    """The user's article and the ten texts of `benchmarks/texts`."""
    texts = sorted((ROOT / "benchmarks" / "texts").glob("*.txt"))
    return [
        Source("dmz-escape.en", "en", ARTICLE.read_text(encoding="utf-8").strip()),
        *(Source(path.stem, path.stem.rpartition(".")[2], path.read_text(encoding="utf-8").strip()) for path in texts),
    ]


# ---------------------------------------------------------------- ways to split


def ours(source: Source, limit: int = LIMIT) -> Spans:
    """The way of `content.text.split`."""
    spans, done = [], 0
    for piece in split(source.text, source.language, Room(limit), weighted_length):
        start = source.text.index(piece, done)
        done = start + len(piece)
        spans.append((start, done))
    return spans


def greedy(source: Source, limit: int = LIMIT) -> Spans:
    """Whole sentences while they fit; one that no post holds begins a post."""
    return _packed(source, limit, fill=False)


def filling(source: Source, limit: int = LIMIT) -> Spans:
    """The same, but parts of a sentence that no post holds fill the post before: no way makes fewer posts of these."""
    return _packed(source, limit, fill=True)


def _packed(source: Source, limit: int, *, fill: bool) -> Spans:
    cutter = Cutter(source.text, source.language)
    spans: Spans = []
    for sentence in cutter.sentences():
        parts = list(_parts(cutter, sentence, source, limit))
        for number, part in enumerate(parts):
            begins = not fill and number == 0 and len(parts) > 1
            if spans and not begins and source.weight(spans[-1][0], part.end) <= limit:
                spans[-1] = (spans[-1][0], part.end)
            else:
                spans.append((part.start, part.end))
    return spans


def _parts(cutter: Cutter, unit: Unit, source: Source, limit: int) -> Iterator[Unit]:
    """The unit, or what it has to be cut into to fit."""
    if source.weight(unit.start, unit.end) <= limit:
        yield unit
        return
    for part in cutter.finer(unit, letters=True):
        yield from _parts(cutter, part, source, limit)


WAYS = {"ours": ours, "greedy": greedy, "greedy, filling": filling}


# ---------------------------------------------------------------- how good


@dataclass(frozen=True, slots=True)
class Figures:
    """What a split is judged by. Counts; `weights` are those of its posts."""

    weights: tuple[int, ...]
    bound: int
    """No split has fewer posts."""
    cut: int
    """Sentences that go over the end of a post."""
    unavoidable: int
    """Those of them that no post holds."""
    stranded: int
    """Headings at the end of a post that is not the last."""
    orphans: int
    """Posts less full than `ORPHAN_FILL`."""

    @property
    def posts(self) -> int:
        return len(self.weights)

    @property
    def spread(self) -> float:
        """The coefficient of variation of the weights."""
        return statistics.pstdev(self.weights) / statistics.mean(self.weights)


def judge(source: Source, spans: Spans, limit: int = LIMIT) -> Figures:
    """Count what is good and bad about a split."""
    sentences = Cutter(source.text, source.language).sentences()
    starts = [start for start, _ in spans[1:]]
    ends = {end for _, end in spans[:-1]}
    cut = [unit for unit in sentences if any(unit.start < start < unit.end for start in starts)]
    weights = tuple(source.weight(start, end) for start, end in spans)
    return Figures(
        weights=weights,
        bound=ceil(weighted_length(source.text) / limit),
        cut=len(cut),
        unavoidable=sum(source.weight(unit.start, unit.end) > limit for unit in cut),
        stranded=sum(unit.after is Break.HEADING and unit.end in ends for unit in sentences),
        orphans=sum(weight < limit * ORPHAN_FILL for weight in weights),
    )


def total(figures: Sequence[Figures]) -> Figures:
    """The figures of several texts as if they were one; the spread is that of all their posts."""
    return Figures(
        weights=tuple(weight for each in figures for weight in each.weights),
        bound=sum(each.bound for each in figures),
        cut=sum(each.cut for each in figures),
        unavoidable=sum(each.unavoidable for each in figures),
        stranded=sum(each.stranded for each in figures),
        orphans=sum(each.orphans for each in figures),
    )
