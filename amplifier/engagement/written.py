"""How figures are written for people: counts, shares, money, ages, days. None is a dash, never 0. Pure."""

from __future__ import annotations

import math
from datetime import timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from amplifier.engagement.charts import NOT_TOLD, count
from amplifier.engagement.variants import LEAST_THREADS, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amplifier.engagement.results import Comparison, Money, Price, Slot, Total

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def total(value: Total) -> str:
    """A sum; ≥ where it was told for some of its posts only."""
    return count(value.value) if value.value is None or value.told == value.posts else f"≥{count(value.value)}"


def share(value: float | None, digits: int = 0) -> str:
    """A share of 1 in per cent."""
    return NOT_TOLD if value is None else f"{value:.{digits}%}"


def rate(value: float | None) -> str:
    """A rate in per cent, with as many digits as tell small rates apart."""
    return share(value, 2)


def chance(value: float | None) -> str:
    """A probability in per cent, rounded down: nothing is said to be surer than it is."""
    return NOT_TOLD if value is None else f"{math.floor(100 * value + 1e-9)}%"


def dollars(value: float | None) -> str:
    """US dollars: tenths of a cent where there are any, so that parts add up, and more digits below ten cents."""
    if value is None:
        return NOT_TOLD
    return f"${value:,.3f}".removesuffix("0") if value >= 0.1 or value == 0 else f"${value:.4f}"


def money(value: Money) -> str:
    """US dollars; ≥ where some of it is not known."""
    return dollars(value.value) if value.value is None or value.whole else f"≥{dollars(value.value)}"


def price(value: Price) -> str:
    """US dollars for one, with its bound."""
    return f"{value.bound if value.value is not None else ''}{dollars(value.value)}"


def age(seconds: int) -> str:
    """An age in its greatest whole unit: 15m, 6h, 24h, 3d."""
    span = timedelta(seconds=seconds)
    for unit, least, letter in (
        (timedelta(days=1), 2, "d"),
        (timedelta(hours=1), 1, "h"),
        (timedelta(minutes=1), 1, "m"),
    ):
        if span >= least * unit:
            return f"{span // unit}{letter}"
    return f"{seconds}s"


def moment(instant: str | None) -> str:
    """An instant of a view to the minute, as a person reads it."""
    return NOT_TOLD if instant is None else f"{instant[:16].replace('T', ' ')} UTC"


def slot(weekday: int, hour: int) -> str:
    """An hour of a weekday: Tue 09h."""
    return f"{WEEKDAYS[weekday - 1]} {hour:02d}h"


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Names for people: of files what their own name says, where that tells them apart."""
    stems = {name: PurePosixPath(name).stem if "/" in name else name for name in names}
    return stems if len(set(stems.values())) == len(stems) else {name: name for name in names}


def verdict(comparison: Comparison) -> str:
    """What a comparison comes to, short."""
    if len(comparison.variants) == 1:
        return f"one {comparison.kind} alone: nothing to compare"
    few = sum(variant.threads < LEAST_THREADS for variant in comparison.variants)
    if comparison.verdict is Verdict.TOO_EARLY:
        return f"{comparison.verdict}: {few} of {len(comparison.variants)} have fewer than {LEAST_THREADS} threads"
    names = short_names([variant.variant for variant in comparison.variants])
    sentence = comparison.sentence
    for name, short in names.items():
        sentence = sentence.replace(name, short)
    return sentence


def best_slots(slots: Sequence[Slot], shown: int = 3) -> str:
    """The hours with the highest rates, and how many threads they rest on."""
    told = [one for one in slots if one.thread_rate is not None]
    if not told:
        return "not told"
    best = [f"{slot(one.weekday, one.hour)} {rate(one.thread_rate)} ({threads(one.threads)})" for one in told[:shown]]
    early = any(one.threads < LEAST_THREADS for one in told[:shown])
    return " · ".join(best) + (f"; {Verdict.TOO_EARLY}" if early else "")


def threads(number: int) -> str:
    """How many threads."""
    return f"{number} thread{'' if number == 1 else 's'}"
