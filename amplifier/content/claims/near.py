"""How much a sentence is like the words of the article: whether it alters or shuffles them. Pure.

Words count by what they carry: a short one such as `of` next to nothing. Scripts that put no space between words, and
Hangul, in which endings grow on a word, count by pairs of characters.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WORD = regex.compile(
    r"(?P<pairs>[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー]+)"
    r"|[\p{L}\p{N}--[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]]+(?:['’][\p{L}]+)*",
    regex.VERSION1,
)
_DENSE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー]")
ALIKE = 0.5
"""Share of what a sentence says that stands in one sentence of the article, from which on it alters that one ..."""
ENOUGH = 9.0
"""... if this much weight is in it, such as three words of five letters; so `Human rights matter` is no alteration,"""
COVERED = 0.5
"""... or if it has this share of that sentence: a short one is altered by a word."""
IN_ORDER = 0.7
"""Share of a sentence's words that stand close together in one of the article and in the same order."""
FEWEST_IN_ORDER = 4
"""Words; shorter sentences have the order of anything."""
SLACK = 2
"""Words that may have been left out between those in order."""
SHUFFLED = 0.85
"""Share of what a sentence says that stands anywhere in the article, from which on it only shuffles ..."""
MUCH = 18.0
"""... if this much weight is in it, such as six words of five letters; less is in any article by chance."""
CARRIES = 3.0
"""Weight from which on a word carries something: five letters."""
PAIR = 2.0
"""Weight of two characters of a script without spaces, or of Hangul."""


def _words(text: str) -> list[str]:
    words: list[str] = []
    for found in _WORD.finditer(text.casefold()):
        run = found["pairs"]
        if run:
            words += [run[n : n + 2] for n in range(len(run) - 1)] or [run]
        else:
            words.append(found[0].partition("'")[0].partition("’")[0])
    return words


def _weight(word: str) -> float:
    return PAIR if _DENSE.match(word) else max(0.0, len(word) - 2.0)


def _carried(weights: Mapping[str, float]) -> float:
    """Weight of the words that carry something."""
    return sum(weight for word, weight in weights.items() if weight >= CARRIES or _DENSE.match(word))


class Near:
    """Compares sentences with a fixed set of texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._words = [_words(text) for text in texts]
        self._totals = [sum(map(_weight, set(words))) for words in self._words]
        self._with: defaultdict[str, set[int]] = defaultdict(set)
        for number, words in enumerate(self._words):
            for word in words:
                self._with[word].add(number)

    def nearest(self, sentence: str) -> str:
        """Return the text that the sentence only alters; empty when there is none."""
        words = _words(sentence)
        weights = {word: _weight(word) for word in words}
        total = sum(weights.values())
        shared: defaultdict[int, dict[str, float]] = defaultdict(dict)
        for word, weight in weights.items():
            for number in self._with.get(word, ()):
                shared[number][word] = weight
        alike = [
            (sum(common.values()), -number)
            for number, common in shared.items()
            if self._alters(words, total, number, common)
        ]
        return self._texts[-max(alike)[1]] if alike else ""

    def shuffles(self, sentence: str) -> bool:
        """Whether nearly all that the sentence says are words of the article, put together anew."""
        weights = {word: _weight(word) for word in _words(sentence)}
        known = {word: weight for word, weight in weights.items() if word in self._with}
        return _carried(known) >= MUCH and sum(known.values()) >= SHUFFLED * sum(weights.values())

    def _alters(self, words: Sequence[str], total: float, number: int, common: Mapping[str, float]) -> bool:
        weight = sum(common.values())
        several = sum(weight >= PAIR for weight in common.values()) > 1
        much = _carried(common) >= ENOUGH or (several and weight >= COVERED * self._totals[number])
        if weight and weight >= ALIKE * total and much:
            return True
        least = IN_ORDER * len(words)
        if len(words) < FEWEST_IN_ORDER or sum(word in common for word in words) < least:
            return False
        other, width = self._words[number], len(words) + SLACK
        windows = range(max(1, len(other) - width + 1))
        return any(_longest_common(words, other[start : start + width]) >= least for start in windows)


def _longest_common(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence."""
    places: Mapping[str, list[int]] = _places(other)
    ends: list[int] = []  # ends[n]: the least place in `other` where a common subsequence of n + 1 words ends
    for word in one:
        for place in places.get(word, ()):
            low = next((n for n, end in enumerate(ends) if end >= place), len(ends))
            ends[low : low + 1] = [place]
    return len(ends)


def _places(words: Sequence[str]) -> dict[str, list[int]]:
    """Where each word stands, last first."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place in range(len(words) - 1, -1, -1):
        places[words[place]].append(place)
    return places
