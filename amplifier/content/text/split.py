"""Split a text into posts: the best way by a stated cost, found by dynamic programming.

What is best, in this order:

1. No heading ends a post.
2. The posts are as few as they can be (`PIECE`).
3. The sum of the rest is least: each post pays for the square of the room it leaves empty (`EMPTY_ROOM`), so posts
   are even; for the break after it, the more the less natural it is (`AFTER`); for being nearly empty (`ORPHAN`); and
   for each heading in it that does not begin it (`MIX`).

The cost of the best split of the first n units depends on the best splits of fewer units only, so all are found in
one pass, in time that grows with units times units per post.
"""

from __future__ import annotations

from functools import cache
from itertools import accumulate, pairwise
from math import inf
from typing import TYPE_CHECKING

from amplifier.content.text.units import Break, Room, Unit, units_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Cost", "Room", "split"]

PIECE = 10_000.0
"""For each piece: more than all else together can cost in any thread that is read, so it comes first."""
EMPTY_ROOM = 4.0
"""Times the square of the part of the room that stays empty."""
AFTER = {
    Break.PARAGRAPH: 0.0,
    Break.SENTENCE: 0.25,
    Break.INNER: 0.5,
    Break.CLAUSE: 3.0,
    Break.WORD: 6.0,
    Break.GRAPHEME: 12.0,
    Break.HEADING: inf,
}
ORPHAN = 3.0
ORPHAN_FILL = 0.25
"""A piece that fills less of its room than this is an orphan."""
MIX = 0.3
"""For each heading that does not begin its piece."""


class Cost:
    """What each possible piece of these units costs in this room."""

    def __init__(self, units: Sequence[Unit], room: Room) -> None:
        self.count = len(units)
        self.room = room
        self._after = [AFTER[unit.after] for unit in units]
        announces = [unit.after is Break.HEADING for unit in units]
        self._headings = [
            0,
            *accumulate(here and not (number and announces[number - 1]) for number, here in enumerate(announces)),
        ]

    def of(self, start: int, end: int, weight: int) -> float:
        """The cost of a piece of `units[start:end]`; infinite when it is too heavy for its place."""
        limit = self.room.limit
        space = self.room.of(first=start == 0, last=end == self.count)
        if weight > space:
            return inf
        fill = (weight + limit - space) / limit
        return (
            PIECE
            + EMPTY_ROOM * (1 - fill) ** 2
            + self._after[end - 1]
            + (ORPHAN if fill < ORPHAN_FILL else 0.0)
            + MIX * (self._headings[end] - self._headings[start + 1])
        )


def _best(units: list[Unit], room: Room, weight: Callable[[int, int], int]) -> list[tuple[int, int]]:
    """The cheapest way to group the units, as (start, end) in units; among equals the one with longer last pieces."""
    price = Cost(units, room)
    best = [0.0] + [inf] * len(units)
    begins = [0] * (len(units) + 1)
    longest = 0
    for end in range(1, len(units) + 1):
        while weight(longest, end) > room.limit:
            longest += 1
        for start in range(longest, end):
            if best[start] + PIECE < best[end]:  # else no piece from here is cheap enough
                total = best[start] + price.of(start, end, weight(start, end))
                if total <= best[end]:
                    best[end], begins[end] = total, start
    groups: list[tuple[int, int]] = []
    end = len(units)
    while end:
        groups.append((begins[end], end))
        end = begins[end]
    return groups[::-1]


def split(text: str, language: str, room: Room, measure: Callable[[str], int]) -> list[str]:
    """Split a text into pieces that fit the room; a text that fits comes back as its only piece.

    `measure` gives the weight of a text, in the unit of `room` (`functools.partial(length.measure, count=...)`). The
    pieces are parts of the text, in order, with nothing but white space left out between and around them. No link,
    hashtag, mention or grapheme is cut, and no sentence that fits a post together with the heading right above it.
    Raises ValueError when something that may not be cut is heavier than the room.
    """
    text = text.strip()
    if not text:
        return []
    weigh = cache(measure)
    if weigh(text) <= room.of(first=True, last=True):
        return [text]
    units = units_of(text, language, room, weigh)

    def exact(start: int, end: int) -> int:
        return weigh(text[units[start].start : units[end - 1].end])

    parts = [exact(number, number + 1) for number in range(len(units))]
    gaps = [weigh(text[one.end : two.start]) for one, two in pairwise(units)]
    through = [0, *accumulate(part + gap for part, gap in zip(parts, [*gaps, 0], strict=True))]

    def summed(start: int, end: int) -> int:
        return through[end - 1] + parts[end - 1] - through[start]

    groups = _best(units, room, summed)
    if weigh(text) != through[-1] or any(exact(start, end) != summed(start, end) for start, end in groups):
        # the weight of the whole is not the sum here: a link without `https://` depends on what stands before it
        groups = _best(units, room, exact)
    return [text[units[start].start : units[end - 1].end] for start, end in groups]
