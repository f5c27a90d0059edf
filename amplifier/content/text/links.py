"""Percent-encode the links of a text that networks would cut off at a letter beyond ASCII."""

from __future__ import annotations

import regex

from amplifier.content.text.entities import Entity, encode_link, urls
from amplifier.content.text.particles import is_particle

_NO_LINK = regex.compile(
    r"[\s\"<>`、。，；：！？…—「」『』（）《》〈〉【】“”‘’«»‹›\p{Extended_Pictographic}\p{RI}\p{Bidi_Control}\ufeff]"
)
"""What ends a link even as people write it."""
_END = ".,;:!?'"
"""What is the sentence's, not the link's, where a link ends."""
_OPEN = {")": "(", "]": "[", "}": "{"}
_EXPECTS_MORE = "/=&-_#+"
"""A link that a network ends at one of these was meant to go on with the letters that follow."""
_FIRST_WORD = regex.compile(r"[\p{L}\p{M}]+")
_KEY = regex.compile(r"[\p{L}\p{M}\p{N}%_.\[\]-]+=")
"""The key of a query, up to its value."""


def mend_links(text: str) -> str:
    """Return the text with each of its links as networks will read it whole, percent-encoded after the host.

    `https://example.com/기사` is read, counted and linked as `https://example.com/`. Letters that follow a link
    directly belong to it when it ends in a sign that expects more, or when a path goes on behind them
    (`/2018년/기사`), or when they are the key of a query (`?질문=답`); else they are the sentence's: in
    `https://example.com/a에서` the link is `https://example.com/a`.
    A Korean particle is never taken for a path. The full stop and the bracket that close a sentence stay outside.
    """
    stop = len(text)
    for link in reversed(urls(text)):
        end = _end(text, link, stop)
        encoded = encode_link(text[link.start : end])
        if [found.text for found in urls(f" {encoded}")] == [encoded]:
            text = text[: link.start] + encoded + text[end:]
        stop = link.start
    return text


def _end(text: str, link: Entity, stop: int) -> int:
    """Where the link ends as it was meant; `stop` is where the next one begins, or the text ends."""
    closed = _NO_LINK.search(text, link.end, stop)
    if not closed and stop < len(text):
        return link.end  # with the letters between them, two links would become one
    end = _unbalanced(text, link.start, closed.start() if closed else stop)
    while end > link.end and text[end - 1] in _END:
        end -= 1
    tail = text[link.end : end]
    return end if tail and not tail.isascii() and _goes_on(text[link.start : link.end], tail) else link.end


def _goes_on(link: str, tail: str) -> bool:
    """Whether what a network reads of a link goes on with `tail`."""
    if _KEY.match(tail, 1 if tail[0] == "?" else 0) and (tail[0] == "?" or "?" in link):
        return True  # a question mark may be the sentence's, but not with a key behind it
    last = link[-1]
    word = _FIRST_WORD.match(tail)
    joined = bool(word) and tail[word.end() : word.end() + 1] in {"/", "_", "-"}
    particle = bool(word) and is_particle(word[0])
    if last == "/":
        return joined or not particle  # `/이_나라` is a path; in `/에서 보라` somebody wrote the last slash too
    return last in _EXPECTS_MORE or (joined and not particle)  # `/2018년/기사` is a path; `/a은/는` is not


def _unbalanced(text: str, start: int, end: int) -> int:
    """Where the first bracket stands that has no partner in `text[start:end]`; else the end."""
    opened: list[tuple[str, int]] = []
    for offset in range(start, end):
        if text[offset] in _OPEN.values():
            opened.append((text[offset], offset))
        elif text[offset] in _OPEN:
            if not opened or opened[-1][0] != _OPEN[text[offset]]:
                end = offset
                break
            opened.pop()
    return opened[0][1] if opened else end
