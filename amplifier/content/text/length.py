"""How long a text is in the eyes of each network.

X (https://docs.x.com, "Counting characters"; its text library, configuration 3): the text in NFC; characters of the
first alphabets and common punctuation weigh 1, all others 2; every link 23; every emoji 2. Bluesky counts graphemes.
Mastodon counts graphemes too, with every `https://` link as 23 and `@user@host` as `@user`.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

import regex

from amplifier.content.text.emoji import SEQUENCE
from amplifier.content.text.entities import urls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from amplifier.networks.limits import Count

URL_WEIGHT = 23
EMOJI_WEIGHT = 2
_HEAVY = regex.compile(r"[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
"""Characters that weigh 2; all others weigh 1."""
_HEAVY_SPACES = ("\u1680", "\u3000", "\u2028", "\u2029", "\u202f", "\u205f")
REFUSED = regex.compile(r"[\ufffe\ufeff\uffff]")
"""Characters that no post on X may hold: a byte order mark within a text, and noncharacters."""
_GRAPHEME = regex.compile(r"\X")
_REMOTE_MENTION = regex.compile(r"(?<![=/\w])(@[A-Za-z0-9_]+(?:[.-]+[A-Za-z0-9_]+)*)@\w+(?:[.-]+\w+)*")


def _plain(text: str) -> int:
    """The weight of a text without links."""
    rest: str
    emoji: int
    rest, emoji = SEQUENCE.subn("", text)
    return EMOJI_WEIGHT * emoji + len(rest) + len(_HEAVY.findall(rest))


def _read(span: str, units: int) -> int:
    """How many characters of a link's span its 23 stand for; the rules go on after as many UTF-16 units."""
    if len(span) == units:
        return units
    return len(span.encode("utf-16-le", "surrogatepass")[: 2 * units].decode("utf-16-le", "ignore"))


def _weight(text: str) -> int:
    """The weight of a text, computed as a whole."""
    text = unicodedata.normalize("NFC", text)
    weight, done = 0, 0
    for url in urls(text):
        weight += _plain(text[done : url.start]) + URL_WEIGHT
        done = url.start + _read(text[url.start : url.end], len(url.text))
    return weight + _plain(text[done:])


@lru_cache(maxsize=1 << 14)
def _surplus(token: str) -> int:
    """By how much a token after a space weighs more (or less) than it has characters."""
    if token.isascii() and "." not in token:
        return 0
    return _weight(f" {token}") - 1 - len(token)


@lru_cache(maxsize=1 << 10)
def _surplus_at_start(token: str) -> int:
    """The same for the first token of a text: a link is found only after some character, or at the very start."""
    return _weight(token) - len(token)


def weighted_length(text: str) -> int:
    """The weight of a text on X, of at most 280.

    Links and emoji never hold white space, and NFC never joins across it, so the weight is a sum over tokens;
    they are remembered, since the same words are measured again and again.
    """
    tokens = text.split()
    weight = len(text) + sum(map(_surplus, tokens))
    if text.isascii() or not tokens:
        return weight + sum(map(text.count, _HEAVY_SPACES))
    if not text[0].isspace():
        weight += _surplus_at_start(tokens[0]) - _surplus(tokens[0])
    return weight + sum(map(text.count, _HEAVY_SPACES))


def _steps(text: str) -> Iterator[tuple[int, int]]:
    """A text in NFC in the steps that X takes through it: where each ends, and what it weighs."""

    def plain(start: int, end: int) -> Iterator[tuple[int, int]]:
        while start < end:
            emoji = SEQUENCE.match(text, start, end)
            weight = EMOJI_WEIGHT if emoji else 1 + bool(_HEAVY.match(text, start))
            start = emoji.end() if emoji else start + 1
            yield start, weight

    done = 0
    for url in urls(text):
        yield from plain(done, url.start)
        done = url.start + _read(text[url.start : url.end], len(url.text))
        yield done, URL_WEIGHT
    yield from plain(done, len(text))


def valid_range(text: str, limit: int = 280) -> int:
    """How many characters of a text, from its start, X would take: all of them, or as many as weigh up to the limit.

    Characters are code points of the text in NFC, the form in which X counts; `limit` is a weight. A link or an emoji
    that goes over the limit is not taken at all, nor anything from a character on that X refuses (`REFUSED`). X's
    library counts UTF-16 units and names the last one, not the end.
    """
    text = unicodedata.normalize("NFC", text)
    refused = REFUSED.search(text)
    if not refused and weighted_length(text) <= limit:
        return len(text)
    weight, taken = 0, 0
    for end, step in _steps(text):
        weight += step
        if weight > limit or (refused and end > refused.start()):
            break
        taken = end
    return taken


def _graphemes(text: str) -> int:
    """What a reader takes for single characters (Unicode Standard Annex 29)."""
    if text.isascii():
        return len(text) - text.count("\r\n")
    return len(_GRAPHEME.findall(text))


def _mastodon(text: str) -> int:
    length, done = 0, 0
    for url in urls(text):
        if "://" in url.text:
            length += _graphemes(_REMOTE_MENTION.sub(r"\1", text[done : url.start])) + URL_WEIGHT
            done = url.end
    return length + _graphemes(_REMOTE_MENTION.sub(r"\1", text[done:]))


def measure(text: str, count: Count) -> int:
    """The length of a text in the unit that a network counts (`amplifier.networks.limits`)."""
    if count == "weighted":
        return weighted_length(text)
    return _graphemes(text) if count == "graphemes" else _mastodon(text)
