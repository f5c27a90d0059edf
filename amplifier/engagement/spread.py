"""The engagement rate of threads that each have a rate of their own: what their counts let us believe. Pure.

Readers of one thread are not independent, and neither are its posts: a good day lifts all of them. What repeats is
the thread. So a thread's rate is taken as drawn from a crowd of rates whose logarithms are normal, around some middle
and with some spread, both unknown; its count of interactions is Poisson around impressions times its rate (Poisson,
not binomial: one reader may like and repost). From the counts follows how likely each middle and spread is, and from
that how likely each **mean rate**, exp(middle + spread² / 2).

Why the mean of the threads' rates, and not their median: it is what one more thread brings per impression on average,
whatever its reach, so it can be set beside sums, costs and other rates; the median leaves out what the few very good
threads bring. Every thread counts as one, so a thread with ten times the readers does not count ten times; where
reach and rate go together, interactions / impressions of all threads together is another number.

The beliefs before any count (priors) hardly matter from ten threads on. They were chosen so that intervals cover the
truth as often as they say, also with few threads or few interactions (`python -m benchmarks variants`): for the
middle Jeffreys' prior given the spread, for the spread 1/√spread with a half-normal of scale 1.5. A spread of 1 is
wide: of 20 threads, the best has about 40 times the rate of the worst. Where threads differ by less than chance alone
would make them, intervals are a little too wide rather than too narrow: 98 of 100 cover the truth instead of 95.

Nothing is drawn at random: the likelihood is laid out on a grid, with a thread's own rate integrated out by Laplace's
method. The same counts always give the same answer.
"""

from __future__ import annotations

import math
import statistics
from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

SPREADS = (0.03, 3.0)
"""The least and the greatest spread that is looked at. Under the least, threads differ by less than anyone can see."""
WIDE = 1.5
"""The scale of the half-normal prior of the spread."""
STEP = 0.8
"""Between two points of the grid, in standard deviations."""
DROP = 7.0
"""A point whose logarithm is this much under the highest adds nothing: it has a thousandth of its weight."""
CLOSE = 0.02
"""Newton's method ends when its step is smaller: what is left is told by the step itself."""
HALVINGS = 2
"""How often points are set between those of the grid, for the smooth curve that the logarithms make."""

Points = list[tuple[float, float]]
"""Places, ascending, each with the logarithm of how likely it is."""


@dataclass(frozen=True, slots=True)
class Belief:
    """How likely each mean rate is, as many small weights; the rates ascend, as logarithms."""

    logs: tuple[float, ...]
    weights: tuple[float, ...]
    below: tuple[float, ...]
    """The part of all weights that lies below each rate, half of its own counted in."""

    def quantile(self, part: float) -> float:
        """The rate under which this part of the weights lies."""
        return math.exp(_between(part, self.below, self.logs))

    def under(self, log_rate: float) -> float:
        """The part of the weights that lies under a rate, given as a logarithm."""
        if log_rate <= self.logs[0]:
            return 0.0
        return _between(log_rate, self.logs, self.below) if log_rate < self.logs[-1] else 1.0


def believe(threads: Iterable[tuple[int, int]]) -> Belief:
    """What the counts of two or more threads, (interactions, impressions), tell; each has at least one impression.

    The order of the threads plays no part. With twice the impressions every rate is half as high.
    """
    counts = sorted(threads)
    all_together = math.log(sum(count for count, _ in counts) + 0.5) - math.log(sum(shown for _, shown in counts))
    expected = [(count, shown * math.exp(all_together)) for count, shown in counts]
    rows: list[tuple[float, float, Points]] = []
    middle, first_spread = _guess(expected)

    def height(log_spread: float) -> float:
        """How likely a spread is, whatever the middle; the row of its middles is kept."""
        nonlocal middle
        spread = math.exp(log_spread)
        row = _middles(expected, spread, middle)
        middle, top = max(row, key=lambda point: point[1])
        # Jeffreys' prior of the middle has the spread in it: taken out, so that the spread has only its own.
        prior = log_spread / 2 - (spread / WIDE) ** 2 / 2 - math.log(_information(expected, 0.0, spread)) / 2
        rows.append((spread, prior, row))
        return prior + top + math.log(sum(math.exp(at - top) for _, at in row) * _gap(row))

    _walk(height, math.log(first_spread), STEP / math.sqrt(2 * len(counts)), *map(math.log, SPREADS))
    top = max(prior + at for _, prior, row in rows for _, at in row)
    atoms = sorted(
        (all_together + place + spread**2 / 2, math.exp(prior + at - top) * _gap(row) / 2**HALVINGS)
        for spread, prior, row in rows
        for place, at in _filled(row)
    )
    whole = math.fsum(weight for _, weight in atoms)
    weights = tuple(weight / whole for _, weight in atoms)
    below = tuple(reached - weight / 2 for reached, weight in zip(accumulate(weights), weights, strict=True))
    return Belief(tuple(place for place, _ in atoms), weights, below)


def chances_of_best(beliefs: Sequence[Belief]) -> tuple[float, ...]:
    """How likely it is of each that its mean rate is the highest of all; together 1, and equals share."""
    chances = [
        math.fsum(
            weight * math.prod(other.under(place) for other in beliefs if other is not one)
            for place, weight in zip(one.logs, one.weights, strict=True)
        )
        for one in beliefs
    ]
    return tuple(chance / math.fsum(chances) for chance in chances)


def _guess(expected: Sequence[tuple[int, float]]) -> tuple[float, float]:
    """A middle and a spread to begin the search at: of the observed rates, less what chance alone makes of them."""
    logs = [math.log((count + 0.5) / (mean + 0.5)) for count, mean in expected]
    chance = statistics.fmean(1 / (count + 0.5) for count, _ in expected)
    spread = math.sqrt(max(0.0, statistics.variance(logs) - chance))
    return statistics.fmean(logs), min(max(spread, 0.1), 1.5)


def _middles(expected: Sequence[tuple[int, float]], spread: float, near: float) -> Points:
    """How likely each middle is, given the spread; 0 is the rate of all threads together."""
    tilts = [0.0] * len(expected)

    def height(middle: float) -> float:
        return _evidence(expected, middle, spread, tilts) + math.log(_information(expected, middle, spread)) / 2

    return _walk(height, near, STEP / math.sqrt(_information(expected, 0.0, spread)), -math.inf, math.inf)


def _evidence(expected: Sequence[tuple[int, float]], middle: float, spread: float, tilts: list[float]) -> float:
    """The logarithm of how likely all counts are, but for a constant; `tilts` is where the search begins, and ended.

    A thread's tilt is how far the logarithm of its own rate lies from the middle. For each thread the most likely
    tilt is found by Newton's method, and the others are integrated out around it.
    """
    total = 0.0
    narrow = 1 / spread**2
    base = math.exp(middle)
    for place, (count, mean) in enumerate(expected):
        tilt = tilts[place]
        while True:
            rate = mean * base * math.exp(tilt)
            slope = count - rate - tilt * narrow
            bend = rate + narrow
            step = slope / bend
            if -CLOSE < step < CLOSE:
                break
            tilt += min(step, 1.0)  # a longer step up could overflow; down it never leaves the curve
        tilts[place] = tilt + step
        total += (
            count * (middle + tilt) - rate - tilt * tilt * narrow / 2 + slope * step / 2 - math.log(bend / narrow) / 2
        )
    return total


def _information(expected: Sequence[tuple[int, float]], middle: float, spread: float) -> float:
    """Fisher's information about the middle: of a thread at most 1 / spread², however many interactions it has."""
    base = math.exp(middle)
    return sum(1 / (1 / (mean * base) + spread**2) for _, mean in expected)


def _walk(height: Callable[[float], float], start: float, step: float, least: float, most: float) -> Points:
    """Heights in even steps both ways from the start, each way until they have fallen DROP below the highest."""
    found = {0: height(start)}
    top = found[0]
    for way in (1, -1):
        place = way
        while least <= start + place * step <= most:
            found[place] = height(start + place * step)
            top = max(top, found[place])
            if found[place] < top - DROP:
                break
            place += way
    return [(start + place * step, found[place]) for place in sorted(found)]


def _gap(points: Points) -> float:
    return points[1][0] - points[0][0]


def _filled(points: Points) -> Points:
    """With points set between: on the cubic through two neighbours each way, on a line at the ends."""
    for _ in range(HALVINGS):
        places, heights = zip(*points, strict=True)
        padded = (2 * heights[0] - heights[1], *heights, 2 * heights[-1] - heights[-2])
        half = _gap(points) / 2
        middles = [
            (places[k] + half, (9 * (padded[k + 1] + padded[k + 2]) - padded[k] - padded[k + 3]) / 16)
            for k in range(len(points) - 1)
        ]
        points = sorted([*points, *middles])
    return points


def _between(place: float, places: Sequence[float], values: Sequence[float]) -> float:
    """On the line between the two neighbours of a place; beyond the ends, the value of the end."""
    right = bisect_left(places, place)
    if right in {0, len(places)}:
        return values[min(right, len(values) - 1)]
    left = right - 1
    return values[left] + (values[right] - values[left]) * (place - places[left]) / (places[right] - places[left])
