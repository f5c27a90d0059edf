"""A post's text without what is no assertion: hashtags at its end, its number, links, enumerators. Pure."""

from __future__ import annotations

import regex

from amplifier.content.text.entities import hashtags, urls

# no thread has more than 25 posts: a larger number is a figure
_ENUMERATOR = regex.compile(
    r"(?:[\p{So}\p{Sk}\ufe0f\u200d\u20e3]|\d\ufe0f?\u20e3)+[ \t]*"  # emoji
    r"|(?:\(?(?:1?\d|2[0-5])[.)]|[–—‒―•●▪◦‣·*+\-→▶☛✓✔])[ \t]+"
)
_ENDED = regex.compile(r"(?:[.!?…:;。！？؟।]\p{P}*|\n)\s*$")
"""What stands before a row of hashtags: the end of a sentence or of a line."""


def bare(text: str, number: str = "") -> str:
    """Return the text, of the same length, with blanks in place of what is not traced.

    `number` is the post's numbering, such as `2/5`, where it ends in that.
    """
    end = len(text.rstrip())
    if number and text[:end].endswith(f" {number}"):
        end -= len(number)
    kept = _without_row(text, len(text[:end].rstrip()))
    return without_links(text[:kept] + _blank(text[kept:]))


def without_links(text: str) -> str:
    """Return the text, of the same length, with blanks in place of its links.

    A bare host stays unless it is all in lower case: `34.It` is a slip of the keyboard, and a number.
    """
    for link in urls(text):
        if "://" not in link.text and (link.text != link.text.lower() or link.text[0].isdigit()):
            continue
        text = text[: link.start] + " " * (link.end - link.start) + text[link.end :]
    return text


def enumerator(line: str) -> int:
    """Return the length of `1. `, `– ` or the like at the beginning of a line, 0 without one."""
    found = _ENUMERATOR.match(line)
    return found.end() if found else 0


def _without_row(text: str, end: int) -> int:
    """Return where the row of hashtags at the end begins; `end` without one."""
    kept = end
    for tag in reversed(hashtags(text[:end])):
        if text[tag.end : kept].strip():
            break
        kept = tag.start
    before = text[:kept]
    return kept if kept < end and (not before.strip() or _ENDED.search(before)) else end


def _blank(text: str) -> str:
    return "".join(character if character == "\n" else " " for character in text)
