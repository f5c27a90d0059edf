"""Figures in words of languages written in Latin letters: `twenty-four`, `half a million`, `vierundzwanzig`. Pure.

`one` and its like are figures only in a phrase that counts (`at least one`, `one of`).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from math import prod
from typing import TYPE_CHECKING

import regex

from amplifier.content.claims.mentions import number_words as words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LONGEST = 20
"""Words of one number."""
_JOINT = regex.compile(r"[ \u00a0-]")
_SEVERAL_OF = {"en": " of ", "es": " de ", "fr": " de ", "de": " von "}
"""Between two vague words: `hundreds of thousands`."""
_BEFORE_ONE = {
    "en": regex.compile(r"(?i:\b(?:at least|about|only|some|over|more than|up to)\s)$"),
    "es": regex.compile(r"(?i:\b(?:al menos|por lo menos|solo|sólo|más de)\s)$"),
    "fr": regex.compile(r"(?i:\b(?:au moins|plus d[’'e]|seulement)\s?)$"),
    "de": regex.compile(r"(?i:\b(?:mindestens|nur|etwa|mehr als)\s)$"),
}
_AFTER_ONE = {
    "en": regex.compile(r"\s(?:of|in)\b"),
    "es": regex.compile(r"\sde\s(?:cada|los|las)\b"),
    "fr": regex.compile(r"\s(?:des|sur)\b"),
    "de": regex.compile(r"\svon\b"),
}
_NO_ONE = regex.compile(r"(?i:\b(?:no|any|every|each|this|that|the|which)\s)$")
"""Before a pronoun: `every one of us`."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A word that may be a part of a number. `kind` is the table of `number_words` it stands in."""

    start: int
    end: int
    text: str
    kind: str
    value: Decimal


def spelled_figures(text: str, language: str) -> Iterator[tuple[int, int, Decimal | str]]:
    """Start, end and value of every figure in words; a value such as `1000s` for `thousands`."""
    if language not in words.SMALL:
        return
    run: list[_Part] = []
    for match in _word_pattern(language).finditer(text):
        found = _kind(match[0], language)
        if not found:
            continue
        part = _Part(match.start(), match.end(), match[0], *found)
        if run and not _joins(run[-1], part, text, language):
            yield from _split(run, text, language)
            run = []
        run.append(part)
    yield from _split(run, text, language)


@cache
def _word_pattern(language: str) -> regex.Pattern[str]:
    return regex.compile(r"(?i:quatre-vingts?)|\p{L}+" if language == "fr" else r"\p{L}+")


@cache
def _kind(word: str, language: str) -> tuple[str, Decimal] | None:
    """The table that a word stands in, and its value."""
    word = word.lower()
    compound = _german(word) if language == "de" else None
    if compound is not None:
        return "small", Decimal(compound)
    tables = (("small", words.SMALL), ("times", words.MULTIPLIERS), ("vague", words.VAGUE), ("share", words.SHARES))
    for kind, table in tables:
        if word in table[language]:
            return kind, Decimal(table[language][word])
    return ("and", Decimal(0)) if word in words.CONNECTORS[language] else None


@cache
def _german(word: str) -> int | None:
    """Value of a German number written as one word, such as `dreihundertvierundzwanzig`."""
    small = words.SMALL["de"]
    if word in small:
        return small[word]
    for name, size in (("tausend", words.THOUSAND), ("hundert", words.HUNDRED)):
        left, found, right = word.partition(name)
        if found and (left or right):
            times = _german(left) if left else 1
            rest = _german(right) if right else 0
            return None if times is None or rest is None else times * size + rest
    unit, found, tens = word.partition("und")
    if found and 0 < small.get(unit, 0) < 10 and small.get(tens, 0) >= 20:
        return small[tens] + small[unit]
    return None


def _joins(left: _Part, right: _Part, text: str, language: str) -> bool:
    if left.kind == "vague" and right.kind in {"vague", "times"}:
        return text[left.end : right.start] == _SEVERAL_OF[language]
    return bool(_JOINT.fullmatch(text, left.end, right.start))


def _split(run: Sequence[_Part], text: str, language: str) -> Iterator[tuple[int, int, Decimal | str]]:
    """Cut a run of number words into numbers, each as long as it can be."""
    while run:
        length, value = _longest(run)
        one = length == 1 and run[0].text.lower() in words.ONE[language]
        if value is not None and not (one and not _counts(run[0], text, language)):
            yield run[0].start, run[length - 1].end, value
        run = run[length:]


def _longest(run: Sequence[_Part]) -> tuple[int, Decimal | str | None]:
    """How many words make one number, and its value; a multiplier belongs to what stands right before it."""
    for n in range(min(len(run), LONGEST), 0, -1):
        value = _value(run[:n])
        if value is not None and (n == len(run) or run[n].kind != "times"):
            return n, value
    return 1, None


def _counts(one: _Part, text: str, language: str) -> bool:
    before = text[max(0, one.start - 20) : one.start]
    after = _AFTER_ONE[language].match(text, one.end) and not _NO_ONE.search(before)
    return bool(after or _BEFORE_ONE[language].search(before))


def _value(parts: Sequence[_Part]) -> Decimal | str | None:
    """Value of the words; None when they are not one number."""
    first, rest = parts[0], parts[1:]
    if first.kind == "vague":
        return f"{prod(part.value for part in parts)}s" if all(part.kind != "and" for part in parts) else None
    if first.kind == "share":
        whole = _value(rest) if rest and rest[0].kind in {"times", "share"} else None
        return whole * first.value if isinstance(whole, Decimal) else None
    if first.kind == "and" or parts[-1].kind == "and":
        return None
    return _sum(parts)


def _sum(parts: Sequence[_Part]) -> Decimal | None:
    total, current, least = Decimal(0), Decimal(0), Decimal("Infinity")
    for part in parts:
        if part.kind == "small" and _adds(int(current), int(part.value)):
            current += part.value
        elif part.kind == "times" and part.value == words.HUNDRED and current < words.HUNDRED:
            current = max(current, Decimal(1)) * part.value
        elif part.kind == "times" and words.HUNDRED != part.value < least:
            total += max(current, Decimal(1)) * part.value
            current, least = Decimal(0), part.value
        elif part.kind != "and":
            return None
    return total + current


def _adds(current: int, value: int) -> bool:
    """Whether a small number can follow within one number: `twenty four`, but not `four twenty` or `ten four`."""
    if current == 0:
        return True
    if value < 10:
        return current % 10 == 0 and current % 100 != 10
    if value < 20 and current % 100 in {60, 80}:
        return True  # soixante-dix
    return value < 100 and current % 100 == 0
