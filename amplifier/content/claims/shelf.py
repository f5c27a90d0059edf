"""The texts that a sentence of a post can rest on, and where its words stand in them. Pure."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from amplifier.content.claims.bare import without_links
from amplifier.content.claims.fold import core, ends_word, fold, inside_word
from amplifier.content.claims.model import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from amplifier.content.claims.model import Claim, Mention, Passage

    Find = Callable[[str], Sequence[Mention]]

WHOLE = frozenset({Kind.NUMBER, Kind.QUANTITY, Kind.AGE, Kind.DATE, Kind.NAME})
"""What a part may not cut through: `3.5` is no part of `3.5 million`, nor `Korean` of `North Korean`."""
_END = "\x00"


@dataclass(frozen=True, slots=True)
class Held:
    """A sentence or heading of the article, or a say, folded, with the spans of the quotes of its claims."""

    words: str
    """On one line, as a person knows them."""
    folded: str
    passage: Passage | None
    quotes: tuple[tuple[int, int, Claim], ...]

    def made(self, start: int, end: int) -> list[Claim]:
        """The claims whose quotes this part of the text touches, each once."""
        return list(dict.fromkeys(claim for first, last, claim in self.quotes if first < end and start < last))


def held(words: str, passage: Passage | None) -> Held:
    """Return a text with the quotes that stand in it; names are claims of the whole article and are left out."""
    folded = fold(without_links(words)).text
    claims = passage.claims if passage else ()
    quotes = tuple(
        (start, end, claim)
        for claim in claims
        if claim.kind is not Kind.NAME
        for start, end in spans(folded, fold(claim.quote).text.strip())
    )
    return Held(" ".join(words.split()), folded, passage, quotes)


def spans(folded: str, quote: str) -> list[tuple[int, int]]:
    """Return where a quote stands in a folded text, as whole words, in capitals or not."""
    low, wanted = folded.casefold(), quote.casefold()
    if not wanted or len(low) != len(folded):  # a letter such as ẞ gains length; then capitals count
        low, wanted = folded, quote
    found: list[tuple[int, int]] = []
    start = low.find(wanted) if wanted else -1
    while start >= 0:
        end = start + len(wanted)
        if ends_word(folded, end) and not inside_word(folded, start):
            found.append((start, end))
        start = low.find(wanted, start + 1)
    return found


class Shelf:
    """Texts of one kind, searched all at once."""

    def __init__(self, texts: Sequence[Held], find: Find) -> None:
        self._texts = texts
        self._find = find
        self._starts = [0, *accumulate(len(text.folded) + 1 for text in texts)]
        self._all = _END.join(text.folded for text in texts)

    def place(self, words: str) -> tuple[Held, int, int] | None:
        """Return a text of which the folded words are a part, and the part.

        A text that they are all of comes first, then one where they make the fewest claims.
        """
        found = list(self._places(words))
        if not found:
            return None
        return min(found, key=lambda place: (core(place[0].folded) != place[1:], len(place[0].made(*place[1:]))))

    def _places(self, words: str) -> Iterator[tuple[Held, int, int]]:
        for wanted in dict.fromkeys((words, words[0].swapcase() + words[1:])):
            at = self._all.find(wanted)
            while at >= 0:
                number = bisect_right(self._starts, at) - 1
                text, start = self._texts[number], at - self._starts[number]
                if self._is_part(text.folded, start, start + len(wanted)):
                    yield text, start, start + len(wanted)
                at = self._all.find(wanted, at + 1)

    def _is_part(self, folded: str, start: int, end: int) -> bool:
        if inside_word(folded, start) or inside_word(folded, end):
            return False
        if (start, end) == core(folded):
            return True
        cut = [mention for mention in self._find(folded) if mention.kind in WHOLE]
        return not any(mention.start < place < mention.end for mention in cut for place in (start, end))
