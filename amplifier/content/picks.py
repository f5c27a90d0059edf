"""What a template took by `pick`, found again in the posts and told there: a score suggests, a person decides. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from amplifier.model import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from amplifier.model import Post

WORD = re.compile(r"\w+")
SHOWN = 100
"""Characters of a sentence that a finding shows."""


def shares(texts: Sequence[str], picked: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Return for each text the picked sentences that stand in it, whatever became of their marks and capitals.

    `picked` has a list for each use of `pick`. Of a use that left no sentence whole (a template may cut and change
    what it takes) all are counted to the first text, so that none goes unsaid.
    """
    plain = [_words(text) for text in texts]
    found: list[dict[str, None]] = [{} for _ in texts]
    for taken in picked:
        places = [(n, sentence) for n, text in enumerate(plain) for sentence in taken if _words(sentence) in text]
        for n, sentence in places or [(0, sentence) for sentence in taken if texts]:
            found[n][sentence] = None
    return [tuple(sentences) for sentences in found]


def picked_notes(thread: str, posts: Sequence[Post], picked: Sequence[tuple[str, ...]]) -> Iterator[Finding]:
    """Tell of each picked sentence at the post it stands in; `picked` are, for each post, those of its source text.

    One that stands whole in no post is told at the first post of its text.
    """
    whole = {(post.origin, s) for post, sentences in zip(posts, picked, strict=True) for s in _in(post, sentences)}
    told = set()
    for post, sentences in zip(posts, picked, strict=True):
        for sentence in sentences:
            here = sentence in _in(post, sentences)
            if not here and ((post.origin, sentence) in whole or (post.origin, sentence) in told):
                continue
            told.add((post.origin, sentence))
            changed = "" if here else ", and is changed or cut here"
            message = f"“{_short(sentence)}” was picked by its score, not by a person{changed}"
            hint = "read it before you approve; to keep it whatever the score says, write it out in place of pick"
            yield Finding(Level.NOTE, message, post.origin, hint, post=f"{thread} {post.k}")


def _in(post: Post, sentences: Sequence[str]) -> list[str]:
    text = _words(post.text)
    return [sentence for sentence in sentences if _words(sentence) in text]


def _words(text: str) -> str:
    return f" {' '.join(WORD.findall(unicodedata.normalize('NFC', text).casefold()))} "


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
