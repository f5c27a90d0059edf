"""Texts made comparable: quotation marks, white space and composed letters alike, with the way back. Pure."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

MARKS = "\"'’‘‚‛`´ʼ′“”„‟«»‹›″「」『』〝〞＂＇"
"""Quotation marks and apostrophes of all kinds; one kind is as good as another."""
_PLAIN = dict.fromkeys(map(ord, MARKS), "'")
_SPACES = regex.compile(r"\s\s|[^\S ]")
_LETTER = regex.compile(r"\s+|\X")
_EDGE = rf"[{regex.escape(MARKS)}\s\p{{So}}\p{{Sk}}\p{{Cf}}\ufe0e\ufe0f…]"
_LEAD = regex.compile(rf"(?:{_EDGE}|\.\.\.)*+")
_TAIL = regex.compile(rf"(?:{_EDGE}|[.,;:!。、，；：！؛،।])+$")
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー]")
_POSSESSIVE = regex.compile(r"['’][sS]?(?![\p{L}\p{N}])")
_IN_NUMBER = ".,:/٫٬’'–-"
_IN_WORD = "'-‐‑_&@"
_BEFORE_NUMBER = "$€£¥₩₹#＃@+−±-~≈<>"
_AFTER_NUMBER = "%‰°％′″"


@dataclass(frozen=True, slots=True)
class Folded:
    """A text for comparison; `positions[n]` is where its n-th character comes from."""

    text: str
    positions: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a span of the source lies in `text`."""
        return bisect_left(self.positions, start), bisect_left(self.positions, end)


def fold(text: str) -> Folded:
    """Return a text with white space, kinds of quotation marks and composition of letters made equal."""
    if unicodedata.is_normalized("NFC", text) and not _SPACES.search(text):  # the common case, at once
        return Folded(text.translate(_PLAIN), range(len(text)))
    characters: list[str] = []
    positions: list[int] = []
    for found in _LETTER.finditer(text):
        part = found[0]
        plain = " " if part[0].isspace() else unicodedata.normalize("NFC", part).translate(_PLAIN)
        characters += plain
        positions += [found.start()] * len(plain)
    return Folded("".join(characters), positions)


def core(text: str) -> tuple[int, int]:
    """Return the span of a folded text without what may differ around it.

    These are white space, quotation marks, pictures such as emoji, and stops at the end; a question mark is none.
    """
    start = _LEAD.match(text).end()
    tail = _TAIL.search(text, start)
    return start, tail.start() if tail else len(text)


def inside_word(text: str, place: int) -> bool:
    """Whether a cut before `text[place]` goes through a word, a number or a compound such as `non-violent`.

    Scripts without spaces between words may be cut anywhere.
    """
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    if before.isalnum() and after.isalnum():
        return not (_UNSPACED.match(before) or _UNSPACED.match(after))
    if before.isalnum():
        return _joins(after, before, text[place + 1 : place + 2]) or (before.isdigit() and after in _AFTER_NUMBER)
    if after.isalnum():
        earlier = text[place - 2] if place > 1 else ""
        signed = before in _BEFORE_NUMBER and not earlier.isalnum()
        return _joins(before, earlier, after) or (signed and (after.isdigit() or before in "#＃@"))
    return False


def ends_word(text: str, place: int) -> bool:
    """Whether a quote that ends before `text[place]` ends with a whole word.

    A particle is glued to a Korean word, and a possessive `’s` to a name; the word is whole all the same.
    """
    return not inside_word(text, place) or "가" <= text[place] <= "힣" or bool(_POSSESSIVE.match(text, place))


def _joins(mark: str, left: str, right: str) -> bool:
    if left.isdigit() and right.isdigit():
        return mark in _IN_NUMBER
    return mark in _IN_WORD and left.isalnum() and right.isalnum()
