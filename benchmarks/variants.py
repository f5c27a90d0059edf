"""How often the interval of a variant's rate covers the truth, how often a winner is false, and how long it takes.

python -m benchmarks variants; with BENCH_FULL=1, so many experiments of every setting by itself: half an hour.
"""

from __future__ import annotations

import itertools
import os
import random
import statistics
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

from amplifier.engagement.variants import ThreadRate, Verdict, compare
from benchmarks.measure import in_turn, note, row, seconds
from tests.support.experiments import FEW, WIDE, threads

EXPERIMENTS = 2_000
COVERED = (0.93, 0.97)
FALSE_WINNERS = 0.12
"""A winner is asked to be one with 95 %, and either of two may be it: 10 %, and what chance adds in this many."""
QUICK = 0.5
"""Seconds."""
COUNTS = (10, 40)
SPREADS = (0.1, 0.3, 0.5, 0.8)
RATES = (0.005, 0.02, 0.05)
DRAWS = 1_000


@dataclass(frozen=True)
class Setting:
    """What is true of the threads of one experiment."""

    count: int
    spread: float
    rate: float
    impressions: tuple[float, float, int, int] = WIDE
    shape: str = "logit-normal"


@dataclass(frozen=True)
class Found:
    """Whether the interval, and the pooled one, covered the truth; and how wide the interval is beside the rate."""

    covered: bool
    pooled: bool
    width: float


def run() -> None:
    """Print the rows."""
    four = _alike(4, 40, seed=0)
    with ProcessPoolExecutor() as pool:
        coverage(pool)
        winners(pool)
    took = statistics.median(in_turn(5, {"compare": lambda: seconds(partial(compare, four))})["compare"])
    row("a comparison of 4 variants of 40 threads", f"{took:.2f} s", f"under {QUICK} s", met=took < QUICK)


def coverage(pool: ProcessPoolExecutor) -> None:
    """Print how often the intervals cover the truth: of all settings in turn, then by spread, then where it is hard."""
    full = bool(os.environ.get("BENCH_FULL"))
    note("true rates differ from thread to thread: logit-normal with spreads 0.1 to 0.8, on average 0.5 %, 2 % or 5 %;")
    note("impressions lognormal, 100 to 20,000; the truth is the mean rate of threads")
    for count in COUNTS:
        settings = [Setting(count, spread, rate) for spread, rate in itertools.product(SPREADS, RATES)]
        in_turn = list(itertools.islice(itertools.cycle(settings), EXPERIMENTS))
        found = list(zip(in_turn, pool.map(experiment, in_turn, range(EXPERIMENTS), chunksize=20), strict=True))
        covered = statistics.fmean(one.covered for _, one in found)
        pooled = statistics.fmean(one.pooled for _, one in found)
        met = COVERED[0] <= covered <= COVERED[1]
        row(f"{count} threads: 95 % intervals that cover the truth", f"{covered:.1%}", "93 to 97 %", met=met)
        row(f"{count} threads: pooled beta-binomial intervals that do", f"{pooled:.1%}")
        for spread in SPREADS:
            these = [one for setting, one in found if setting.spread == spread]
            covered = statistics.fmean(one.covered for one in these)
            pooled = statistics.fmean(one.pooled for one in these)
            width = statistics.median(one.width for one in these)
            note(f"spread {spread}: {covered:.1%} of {len(these)}, pooled {pooled:.1%}; {width:.0%} of the rate wide")
        if full:
            hard = [Setting(count, spread, rate, FEW) for spread, rate in itertools.product(SPREADS, RATES)]
            other = [Setting(count, spread, 0.02, shape="beta") for spread in SPREADS]
            for setting in (*settings, *hard, *other):
                alone(pool, setting)


def alone(pool: ProcessPoolExecutor, setting: Setting) -> None:
    """Print one setting by itself."""
    found = list(pool.map(experiment, [setting] * EXPERIMENTS, range(EXPERIMENTS), chunksize=20))
    covered = statistics.fmean(one.covered for one in found)
    what = f"{setting.count} threads, spread {setting.spread}, rate {setting.rate:.1%}, {setting.shape}"
    reach = ", few impressions" if setting.impressions == FEW else ""
    row(what + reach, f"{covered:.1%}", "93 to 97 %", met=COVERED[0] <= covered <= COVERED[1])


def experiment(setting: Setting, seed: int) -> Found:
    """Make threads, and see whether the truth is found."""
    rng = random.Random(f"{setting} {seed}")
    made = threads(
        setting.count, setting.rate, setting.spread, rng, impressions=setting.impressions, shape=setting.shape
    )
    result = compare({"one": made}).variants[0]
    if result.low is None or result.high is None:
        msg = "no interval"
        raise AssertionError(msg)
    seen, shown = result.interactions, result.impressions
    draws = sorted(rng.betavariate(seen + 0.5, shown - seen + 0.5) for _ in range(DRAWS))
    return Found(
        result.low <= setting.rate <= result.high,
        draws[DRAWS // 40] <= setting.rate <= draws[-1 - DRAWS // 40],
        (result.high - result.low) / setting.rate,
    )


def winners(pool: ProcessPoolExecutor) -> None:
    """Print how often there is a winner among equals, and how often a better one is found."""
    for count in COUNTS:
        won = list(pool.map(_winner, *zip(*((2, count, 1.0, seed) for seed in range(EXPERIMENTS // 2)), strict=True)))
        part = statistics.fmean(one is not None for one in won)
        what = f"{count} threads each: comparisons of 2 equal variants with a winner"
        row(what, f"{part:.1%}", f"about 10 %, at most {FALSE_WINNERS:.0%}", met=part <= FALSE_WINNERS)
        few = EXPERIMENTS // 8
        won = list(pool.map(_winner, *zip(*((4, count, 1.0, seed) for seed in range(few)), strict=True)))
        note(f"of 4 equal variants: {statistics.fmean(one is not None for one in won):.1%} of {few}")
        won = list(pool.map(_winner, *zip(*((2, count, 1.5, seed) for seed in range(few)), strict=True)))
        note(
            f"where one of 2 is better by half: found {statistics.fmean(one == '0' for one in won):.1%}, "
            f"the other called the winner {statistics.fmean(one == '1' for one in won):.1%} of {few}"
        )


def _winner(variants: int, count: int, better: float, seed: int) -> str | None:
    comparison = compare(_alike(variants, count, seed, better))
    return comparison.winner if comparison.verdict is Verdict.WINNER else None


def _alike(variants: int, count: int, seed: int, better: float = 1.0) -> dict[str, list[ThreadRate]]:
    """Variants equally good, but for the first; the spread is one of those above, by the seed."""
    rng = random.Random(f"{variants} {count} {seed}")
    spread = SPREADS[seed % len(SPREADS)]
    return {str(k): threads(count, 0.02 * (better if k == 0 else 1.0), spread, rng) for k in range(variants)}
