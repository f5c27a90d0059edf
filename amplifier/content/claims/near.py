"""How much a sentence is like the words of the article: whether it alters or shuffles them. Pure.

Words count by what they carry: a short one such as `of` next to nothing.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from amplifier.content.claims.telling import function_words, is_pair, words

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

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
TELLING = 0.5
"""Share of a sentence's words, function words apart, that must be among those in order: any question begins with
`What would you`."""
SHUFFLED = 0.85
"""Share of what a sentence says that stands anywhere in the article, from which on it only shuffles ..."""
MUCH = 18.0
"""... if this much weight is in it, such as six words of five letters; less is in any article by chance."""
CARRIES = 3.0
"""Weight from which on a word carries something: five letters."""
PAIR = 2.0
"""Weight of two characters of a script without spaces, or of Hangul."""


def _weight(word: str) -> float:
    return PAIR if is_pair(word) else max(0.0, len(word) - 2.0)


def _carried(weights: Mapping[str, float]) -> float:
    """Weight of the words that carry something."""
    return sum(weight for word, weight in weights.items() if weight >= CARRIES or is_pair(word))


class Near:
    """Compares sentences with a fixed set of texts."""

    def __init__(self, texts: Sequence[str], language: str = "en") -> None:
        self._texts = texts
        self._small = function_words(language)
        self._words = [words(text) for text in texts]
        self._totals = [sum(map(_weight, set(of_text))) for of_text in self._words]
        self._with: defaultdict[str, set[int]] = defaultdict(set)
        for number, of_text in enumerate(self._words):
            for word in of_text:
                self._with[word].add(number)

    def nearest(self, sentence: str) -> str:
        """Return the text that the sentence only alters; empty when there is none."""
        said = words(sentence)
        weights = {word: _weight(word) for word in said}
        total = sum(weights.values())
        shared: defaultdict[int, dict[str, float]] = defaultdict(dict)
        for word, weight in weights.items():
            for number in self._with.get(word, ()):
                shared[number][word] = weight
        alike = [
            (sum(common.values()), -number)
            for number, common in shared.items()
            if self._alters(said, total, number, common)
        ]
        return self._texts[-max(alike)[1]] if alike else ""

    def shuffles(self, sentence: str) -> bool:
        """Whether nearly all that the sentence says are words of the article, put together anew."""
        weights = {word: _weight(word) for word in words(sentence)}
        known = {word: weight for word, weight in weights.items() if word in self._with}
        return _carried(known) >= MUCH and sum(known.values()) >= SHUFFLED * sum(weights.values())

    def _alters(self, said: Sequence[str], total: float, number: int, common: Mapping[str, float]) -> bool:
        weight = sum(common.values())
        several = sum(weight >= PAIR for weight in common.values()) > 1
        much = _carried(common) >= ENOUGH or (several and weight >= COVERED * self._totals[number])
        if weight and weight >= ALIKE * total and much:
            return True
        least = IN_ORDER * len(said)
        if len(said) < FEWEST_IN_ORDER or sum(word in common for word in said) < least:
            return False
        if not self._tells(said, common):
            return False
        other, width = self._words[number], len(said) + SLACK
        windows = range(max(1, len(other) - width + 1))
        return any(_longest_common(said, other[start : start + width]) >= least for start in windows)

    def _tells(self, said: Sequence[str], common: Collection[str]) -> bool:
        """Whether what a sentence has in common with another is more than function words."""
        telling = {word for word in said if word not in self._small}
        shared = len(telling.intersection(common))
        return shared > 0 and shared >= TELLING * len(telling)


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
