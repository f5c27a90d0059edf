"""Made-up threads of variants whose true rate is known, to see what an estimate makes of them."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

from amplifier.engagement.variants import ThreadRate

if TYPE_CHECKING:
    import random

POSTS = 5
WIDE = (1_500, 1.0, 100, 20_000)
"""Impressions of a thread: the middle one, the spread of the logarithm, least and most."""
FEW = (150, 0.5, 50, 1_000)
"""The same where hardly anybody reads along: of rates like 2 %, three interactions a thread."""
REACH = 8
"""How many standard deviations of a normal are looked at when its mean is taken."""


def threads(
    count: int,
    rate: float,
    spread: float,
    rng: random.Random,
    *,
    impressions: tuple[float, float, int, int] = WIDE,
    shape: str = "logit-normal",
) -> list[ThreadRate]:
    """Threads of one variant, whose rates are on average `rate`; `spread` is that of the logits of their rates.

    With the shape "beta" they are beta with the variation that a logarithm of this spread has: not what the estimate
    takes for granted.
    """
    middle, width, least, most = impressions
    centre = logit_of_mean(rate, spread) if shape == "logit-normal" else 0.0
    drawn = []
    for _ in range(count):
        shown = round(min(most, max(least, rng.lognormvariate(math.log(middle), width))))
        own = share(rng.gauss(centre, spread)) if shape == "logit-normal" else _beta(rate, spread, rng)
        drawn.append(ThreadRate(POSTS, shown, binomial(shown, own, rng)))
    return drawn


@cache
def logit_of_mean(rate: float, spread: float) -> float:
    """The middle of the normal logits whose shares are on average this rate."""
    low, high = -30.0, 30.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _mean_share(middle, spread) < rate else (low, middle)
    return low


def share(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def binomial(trials: int, chance: float, rng: random.Random) -> int:
    """How many of so many trials come true. By the middle one of them in order, so that 20,000 cost a few draws."""
    true = 0
    while trials > 20:
        middle = trials // 2 + 1
        at = rng.betavariate(middle, trials + 1 - middle)
        if at <= chance:
            true, trials, chance = true + middle, trials - middle, (chance - at) / (1 - at)
        else:
            trials, chance = middle - 1, chance / at
    return true + sum(rng.random() < chance for _ in range(trials))


def _beta(rate: float, spread: float, rng: random.Random) -> float:
    shape = 1 / math.expm1(spread**2)
    return rng.betavariate(shape, shape * (1 - rate) / rate)


def _mean_share(middle: float, spread: float) -> float:
    points = [step / 10 for step in range(-10 * REACH, 10 * REACH + 1)]
    weights = [math.exp(-(point**2) / 2) for point in points]
    return sum(weight * share(middle + spread * point) for weight, point in zip(weights, points, strict=True)) / sum(
        weights
    )
