"""Find the words of a ledger in the article again, whichever quotation marks and line breaks they have. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from amplifier.content.claims.fold import ends_word, fold, inside_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from amplifier.model import Article


def same(text: str) -> str:
    """Return what is equal for equal texts, whatever their white space, quotation marks and composed letters."""
    return fold(text.strip()).text


def span_of(quote: str, text: str) -> tuple[int, int] | None:
    """Return where `quote` stands in `text`, as whole words if it does so somewhere, at its first place; else None."""
    spans = list(_spans(quote, text))
    return next((span for span, whole in spans if whole), spans[0][0] if spans else None)


def holds(text: str, quote: str) -> bool:
    """Whether `quote` stands in `text` as whole words: `5` does not stand in `150`."""
    return any(whole for _, whole in _spans(quote, text))


def anchors(texts: Iterable[str], article: Article) -> list[int | None]:
    """Return the start of the article's sentence that each text is, None where it has none (left).

    Equal sentences are taken in order.
    """
    starts: defaultdict[str, list[int]] = defaultdict(list)
    for sentence in reversed(article.sentences):
        starts[same(sentence.text)].append(sentence.start)
    return [starts[key].pop() if starts[key := same(text)] else None for text in texts]


def _spans(quote: str, text: str) -> Iterator[tuple[tuple[int, int], bool]]:
    """Yield every place of the quote, and whether it begins and ends with a word there."""
    words, folded = same(quote), fold(text)
    start = folded.text.find(words) if words else -1
    while start >= 0:
        end = start + len(words)
        positions = (*folded.positions, len(text))
        whole = ends_word(folded.text, end) and not inside_word(folded.text, start)
        yield (positions[start], positions[end]), whole
        start = folded.text.find(words, start + 1)
