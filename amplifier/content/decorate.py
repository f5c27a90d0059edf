"""Lay texts out as posts of one network: split what is too long, place hashtags, link and numbering, tag links. Pure.

The first hashtag stands in the first post; the link and the other hashtags in the last. Each is added only where
the thread lacks it. All of it has its room reserved before a text is split.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amplifier.content.text.entities import encode_link, hashtags, urls
from amplifier.content.text.length import REFUSED, measure
from amplifier.content.text.links import mend_links
from amplifier.content.text.split import Room, split
from amplifier.content.text.tags import folded
from amplifier.content.utm import tagged, untagged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from amplifier.content.utm import Utm
    from amplifier.networks.limits import Limits

WIDEST = 99
"""The longest number that a tag ends in: no thread has a hundred posts."""
PART = "\n\n"
ONLY_TAGS = re.compile(r"(?:[#＃]\w+\s*)+")


@dataclass(frozen=True, slots=True)
class Decoration:
    """What a campaign adds to each of its threads. Hashtags are without `#`."""

    hashtags: tuple[str, ...]
    link: str | None
    numbering: bool
    utm: Utm | None = None
    """What links to the own site are tagged with; None: nothing."""


@dataclass(frozen=True, slots=True)
class Laid:
    """A post's text, and the index of the text it was made from."""

    text: str
    source: int


def lay_out(texts: Sequence[str], decoration: Decoration, language: str, limits: Limits) -> list[Laid]:
    """Return the posts of a thread, none longer than the limit, but for a text with something that cannot be cut.

    `texts` are not empty and already `clean`. The width of the numbering is reserved first; when the number of posts
    gains a digit, the thread is laid out again with more room for it. Where
    a network counts links in full, so are their tags.
    """

    def count(text: str) -> int:
        whole = tagged(text, utm, WIDEST) if utm and limits.count == "graphemes" else text
        return measure(whole, limits.count)

    utm = decoration.utm
    reserved = 0
    while True:
        posts = _placed(texts, decoration, language, Room(limits.length - reserved), count)
        needed = _number_width(len(posts)) if decoration.numbering else 0
        if needed <= reserved:
            break
        reserved = needed
    if utm:
        posts = [Laid(tagged(post.text, utm, k), post.source) for k, post in enumerate(posts, start=1)]
    if not reserved:
        return posts
    return [Laid(f"{post.text} {k}/{len(posts)}", post.source) for k, post in enumerate(posts, start=1)]


def clean(text: str) -> str:
    """Return a text as it can be published: NFC, without what X refuses, links encoded where they would be cut off."""
    return mend_links(unicodedata.normalize("NFC", REFUSED.sub("", text)).strip())


def tags_in(text: str) -> set[str]:
    """Return the hashtags that networks see in a text, folded for comparison, without `#`."""
    return {folded(tag.text) for tag in hashtags(text)}


def _placed(
    texts: Sequence[str], decoration: Decoration, language: str, room: Room, count: Callable[[str], int]
) -> list[Laid]:
    first, rest = decoration.hashtags[:1], decoration.hashtags[1:]
    used = set().union(*map(tags_in, texts))
    rest = tuple(tag for tag in rest if folded(tag) not in used)
    link = encode_link(decoration.link) if decoration.link else None
    if link and any(_has_link(text, link) for text in texts):
        link = None
    opening, ending = _opening(texts[0], first), _ending(texts[-1], link, rest)
    posts = _split(texts, language, room, count, (opening, ending))
    if not opening and first and folded(first[0]) not in tags_in(posts[0].text):
        # the text has the hashtag, but further on than its first post
        opening = _opening("", first)
        posts = _split(texts, language, room, count, (opening, ending))
    if len(posts) == 1:
        return [Laid(posts[0].text + _ending(posts[0].text, link, first + rest if opening else rest), 0)]
    posts[0] = Laid(posts[0].text + opening, posts[0].source)
    posts[-1] = Laid(posts[-1].text + _ending(posts[-1].text, link, rest), posts[-1].source)
    return posts


def _split(
    texts: Sequence[str], language: str, room: Room, count: Callable[[str], int], additions: tuple[str, str]
) -> list[Laid]:
    first, last = map(count, additions)
    posts: list[Laid] = []
    for source, text in enumerate(texts):
        here = Room(room.limit, first if source == 0 else 0, last if source == len(texts) - 1 else 0)
        try:
            pieces = split(text, language, here, count)
        except ValueError:  # a link or hashtag is too long; whoever reads the lengths says so
            pieces = [text]
        posts += [Laid(piece, source) for piece in pieces]
    return posts


def _opening(text: str, tags: Sequence[str]) -> str:
    missing = [tag for tag in tags if folded(tag) not in tags_in(text)]
    return _after(text, _row(missing)) if missing else ""


def _ending(text: str, link: str | None, tags: Sequence[str]) -> str:
    ending = ("\n" if text.endswith(":") else PART) + link if link else ""
    return ending + _after("" if link else text, _row(tags)) if tags else ending


def _after(text: str, row: str) -> str:
    """A row of hashtags joins the one that the text ends with, else it stands on its own."""
    return (" " if ONLY_TAGS.fullmatch(text.rsplit("\n", 1)[-1]) else PART) + row


def _row(tags: Iterable[str]) -> str:
    return unicodedata.normalize("NFC", " ".join(f"#{tag}" for tag in tags))


def _has_link(text: str, link: str) -> bool:
    text = untagged(text)  # it may be copied from a post
    return any(found.text == link for found in urls(text)) or link in text.split()


def _number_width(posts: int) -> int:
    """Weight of ` 12/12`, the widest number of a thread of so many posts."""
    return len(f" {posts}/{posts}") if posts > 1 else 0
