"""Near-identical posts on two accounts of one network: networks forbid it, and so does honest advocacy. Pure.

Two posts are compared by their groups of five words, without links, hashtags and numbering. An index of the groups
makes posts that share none cost nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amplifier.model import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from amplifier.model import Post, Thread

GRAM = 5
"""Words that stand together when two posts are compared."""
TWINS = 0.6
"""Share of word groups that two posts have in common (Jaccard) from which on a network may call them the same."""
NUMBER = re.compile(r" \d+/\d+$")
LINK_OR_TAG = re.compile(r"https?://[!-~]*|[#＃]\w+|[?&]utm_[a-z]+=[!-\"$-~]*")
"""Roughly what networks read as links and hashtags; reading them by the exact rules costs fifty times as much.
What follows a host in its own script is let go from its tags on: they differ from post to post."""
DOT = re.compile(r"\.[A-Za-z]")
HOST = re.compile(r"(?<![A-Za-z0-9.-])[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}(?:/[!-~]*)?")
"""A link without `https://`."""
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")
"""Japanese and Chinese put no space between words: there each character counts as one."""

Grams = frozenset[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Said:
    """A post of the queue, queued or published, as far as comparing needs it; `id` is its row."""

    id: int
    account: str
    text: str


def twins(threads: Sequence[Thread]) -> Iterator[Finding]:
    """The posts among these threads that say nearly the same on two accounts of one network, as errors."""
    seen: defaultdict[tuple[str, ...], list[tuple[Thread, Post, Grams]]] = defaultdict(list)
    for thread in threads:
        for post in thread.posts:
            grams = _grams(post.text)
            # only posts that share a word group can be twins
            near = {id(one[1]): one for gram in grams for one in seen[thread.network, *gram]}
            for earlier, first, others in near.values():
                if earlier.account != thread.account and _share(grams, others) >= TWINS:
                    yield _twin(thread, post, earlier, first)
            for gram in grams:
                seen[thread.network, *gram].append((thread, post, grams))


def twins_elsewhere(threads: Sequence[Thread], said: Iterable[Said]) -> list[tuple[Thread, Post, int]]:
    """Each post of `threads` with the row of each post of another account that says nearly the same.

    Threads and `said` are of one network and mode. Reads `said` once, so that it may be as long as the queue.
    """
    own: list[tuple[Thread, Post, Grams]] = [
        (thread, post, _grams(post.text)) for thread in threads for post in thread.posts
    ]
    index = _index(grams for _, _, grams in own)
    found = []
    for other in said:
        groups = _groups(other.text)
        if index.keys().isdisjoint(groups):
            continue
        grams = frozenset(groups)
        for n in sorted({n for gram in grams for n in index.get(gram, ())}):
            thread, post, mine = own[n]
            if thread.account != other.account and _share(mine, grams) >= TWINS:
                found.append((thread, post, other.id))
    return found


def bare(text: str) -> str:
    """A post's text as it is compared: without links, hashtags and numbering, on one line."""
    return " ".join(_apart(text).split())


def _apart(text: str) -> str:
    text = LINK_OR_TAG.sub(" ", NUMBER.sub("", text))
    return HOST.sub(" ", text) if DOT.search(text) else text


def _index(grams: Iterable[Grams]) -> Mapping[tuple[str, ...], list[int]]:
    places: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for n, of_post in enumerate(grams):
        for gram in of_post:
            places[gram].append(n)
    return dict(places)


def _twin(thread: Thread, post: Post, earlier: Thread, first: Post) -> Finding:
    message = (
        f"on {thread.account} says nearly the same as post {earlier.id} {first.k} on {earlier.account}, "
        f"an account of the same network: “{bare(post.text)}” and “{bare(first.text)}”"
    )
    hint = "leave the thread to one account, or write it anew for the other"
    return Finding(Level.ERROR, message, post.origin, hint, post=f"{thread.id} {post.k}")


def _grams(text: str) -> Grams:
    return frozenset(_groups(text))


def _groups(text: str) -> list[tuple[str, ...]]:
    """The groups of words in a text, in order; a shorter text is one group."""
    words = WORD.findall(_apart(text).casefold())
    if len(words) < GRAM:
        return [tuple(words)] if words else []
    return list(zip(*(words[start:] for start in range(GRAM)), strict=False))


def _share(one: Grams, other: Grams) -> float:
    return len(one & other) / len(one | other)
