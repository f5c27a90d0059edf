"""Which variant brings more engagement, said only when the numbers bear it. Pure.

A variant is what threads were tried with: a hook, a template. The thread is what a variant was given to, so threads
are what is counted: a variant is judged from eight threads on, however many impressions it has, and all are to be
read at the same age. `amplifier/engagement/spread.py` says how a rate is estimated, what it means, and why.

How often it errs: where two variants are equally good, one of them is called the winner in up to 10 of 100 comparisons,
each in up to 5; of four equal ones less often. One that is truly worse is called the winner less often still. Whoever
looks each day until there is a winner errs more often: decide beforehand how many threads to wait for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from amplifier.engagement.spread import believe, chances_of_best

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LEAST_THREADS = 8
"""With fewer, a variant is not judged."""
LEAST_CHANCE = 0.95
"""A winner is the best with at least this probability."""
INTERVAL = (0.025, 0.975)


class Verdict(StrEnum):
    """What a comparison comes to."""

    TOO_EARLY = "too early to tell"
    NO_WINNER = "no winner"
    WINNER = "winner"


@dataclass(frozen=True, slots=True)
class ThreadRate:
    """A thread at one age, its posts summed; None: the network did not tell."""

    posts: int
    impressions: int | None
    interactions: int | None


@dataclass(frozen=True, slots=True)
class VariantResult:
    """A variant, its threads summed.

    `threads` and the sums count only threads that tell a rate. The others, without impressions or with numbers that
    were not told, are `left_out`. The rate is interactions per impression: the mean over threads, each counting as
    one; of a single thread it is what was seen, without an interval. `low` and `high` bound its 95 % interval.
    """

    variant: str
    threads: int
    left_out: int
    posts: int
    impressions: int
    interactions: int
    rate: float | None
    low: float | None
    high: float | None
    best: float | None
    """The probability of being the best; None while any variant has fewer than two threads, or there is no other."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """All variants in the order given, what it comes to, and that in one sentence."""

    variants: tuple[VariantResult, ...]
    verdict: Verdict
    winner: str | None
    sentence: str


def compare(variants: Mapping[str, Sequence[ThreadRate]]) -> Comparison:
    """Compare variants, by name, over their threads, all at one same age.

    A few milliseconds for each variant of ten threads. Nothing is drawn at random: the same numbers give the same
    answer, in whatever order they come.
    """
    telling = {name: [_counts(thread) for thread in threads if _tells(thread)] for name, threads in variants.items()}
    beliefs = {name: believe(counts) for name, counts in telling.items() if len(counts) > 1}
    best: Mapping[str, float] = {}
    if len(beliefs) == len(variants) > 1:
        best = dict(zip(beliefs, chances_of_best(list(beliefs.values())), strict=True))
    results = []
    for name, threads in variants.items():
        counts, belief = telling[name], beliefs.get(name)
        low, high = (belief.quantile(end) if belief else None for end in INTERVAL)
        results.append(
            VariantResult(
                variant=name,
                threads=len(counts),
                left_out=len(threads) - len(counts),
                posts=sum(thread.posts for thread in threads if _tells(thread)),
                impressions=sum(shown for _, shown in counts),
                interactions=sum(count for count, _ in counts),
                rate=belief.quantile(0.5) if belief else counts[0][0] / counts[0][1] if counts else None,
                low=low,
                high=high,
                best=best.get(name),
            )
        )
    return Comparison(tuple(results), *judge([(one.variant, one.threads, one.best) for one in results]))


def judge(variants: Sequence[tuple[str, int, float | None]]) -> tuple[Verdict, str | None, str]:
    """The verdict over (name, threads, probability of being the best), the winner's name, and a sentence for people."""
    early = [f"{name} has {threads}" for name, threads, _ in variants if threads < LEAST_THREADS]
    if early:
        sentence = f"{Verdict.TOO_EARLY}: {_listed(early)} of {LEAST_THREADS} threads"
        return Verdict.TOO_EARLY, None, sentence
    chances = {name: chance for name, _, chance in variants if chance is not None}
    if not chances:
        return Verdict.NO_WINNER, None, f"{Verdict.NO_WINNER}: there is nothing to compare with"
    name, chance = max(chances.items(), key=lambda one: one[1])
    if chance < LEAST_CHANCE:
        sentence = (
            f"{Verdict.NO_WINNER}: {name} is the best with a probability of {_percent(chance)}, "
            f"and {_percent(LEAST_CHANCE)} are asked for"
        )
        return Verdict.NO_WINNER, None, sentence
    return Verdict.WINNER, name, f"{Verdict.WINNER}: {name} is the best with a probability of {_percent(chance)}"


def _tells(thread: ThreadRate) -> bool:
    return thread.interactions is not None and bool(thread.impressions)


def _counts(thread: ThreadRate) -> tuple[int, int]:
    return thread.interactions or 0, thread.impressions or 0


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _percent(chance: float) -> str:
    """Rounded down, so that no more is said than is so: 94.9 % is not 95 %."""
    return f"{math.floor(100 * chance + 1e-9)} %"
