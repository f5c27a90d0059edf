"""Hashtags as they were meant: which ones no network would see, and which ones a Korean particle would spoil."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import regex

from amplifier.content.text.entities import HASHTAG_CHARACTER, hashtags, urls
from amplifier.content.text.particles import is_particle

if TYPE_CHECKING:
    from collections.abc import Collection

_WRITTEN = regex.compile(
    rf"[#＃](?![\ufe0f\u20e3])(?P<word>(?P<first>[{HASHTAG_CHARACTER}]++)(?:[-\u2010\u2011&][{HASHTAG_CHARACTER}]++)*)"
)
_NUMBER = regex.compile(r"\p{Nd}{1,3}")
"""`#1` and `#12` are numbers, and meant as such; from four digits on (`#2024`) a hashtag was meant."""


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A hashtag that would not be what was written. `word` is what was written, without `#`."""

    word: str
    posted: str
    """What the hashtag would be; empty when there would be none."""
    why: str
    start: int
    """Where its `#` stands in the text."""


def folded(tag: str) -> str:
    """Return a hashtag as networks compare it: capitals make no difference."""
    return unicodedata.normalize("NFC", tag).casefold()


def own_tag(word: str, own: Collection[str]) -> str:
    """The beginning of the word that is one of the hashtags `own`, if at most a particle follows; else empty."""
    tags = {folded(tag) for tag in own}
    for end in range(len(word), 0, -1):
        if folded(word[:end]) in tags and (end == len(word) or is_particle(word[end:])):
            return word[:end]
    return ""


def kept_apart(text: str, own: Collection[str]) -> str:
    """Return the text with a blank between each of the hashtags `own` and the Korean particle written to it.

    Networks would read `#북한은` as another hashtag than `#북한`. A longer word such as `#북한인권` is left: it is a
    hashtag of its own.
    """
    for tag in reversed(hashtags(text)):
        stem = own_tag(tag.text, own)
        if stem and stem != tag.text:
            cut = tag.start + 1 + len(stem)
            text = f"{text[:cut]} {text[cut:]}"
    return text


def spoilt(text: str) -> list[Spoilt]:
    """The hashtags of a text that X would cut short, or not see at all, in order."""
    if "#" not in text and "＃" not in text:
        return []
    seen = {tag.start: tag.text for tag in hashtags(text)}
    links = urls(text)
    found: list[Spoilt] = []
    for written in _WRITTEN.finditer(text):
        start, word = written.start(), written["word"]
        if any(link.start < start < link.end for link in links) or _NUMBER.fullmatch(written["first"]):
            continue
        posted = seen.get(start, "")
        if posted != word:
            found.append(Spoilt(word, posted, _why(text, written, posted), start))
    return found


def _why(text: str, written: regex.Match[str], posted: str) -> str:
    if posted:
        return f"a hashtag ends at “{text[written.start() + 1 + len(posted)]}”"
    if not regex.search(r"[\p{L}\p{M}]", written["first"]):
        return "a hashtag needs at least one letter"
    before = text[: written.start()][-1:]
    if before == "&" or regex.match(rf"[{HASHTAG_CHARACTER}]", before):
        return f"“{before}” stands right before it"
    return f"“{text[written.end('first')]}” stands right after it"
