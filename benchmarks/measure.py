"""Take figures in turn, and print them as ratios with what is asked of them."""

from __future__ import annotations

import os
import statistics
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def in_turn(rounds: int, works: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """The figures of each, one of each a round, so that a noisy minute hits all of them."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            found[name].append(work())
    return found


def ratio(over: Sequence[float], under: Sequence[float]) -> float:
    """The median over the rounds of one figure as a multiple of another of the same round."""
    return statistics.median(one / other for one, other in zip(over, under, strict=True))


def row(what: str, figure: str, asked: str = "", *, met: bool | None = None) -> None:
    """Print one line of the table; `met` says whether the figure is what is asked for."""
    verdict = "" if met is None else "met" if met else "MISSED"
    print(f"  {what:<66}{figure:>16}   {asked:<28}{verdict}", flush=True)


def note(text: str) -> None:
    """Print a line that explains the ones above it."""
    print(f"      {text}", flush=True)


class Disk:
    """What a durable write costs here and now: 4 KB appended, then fdatasync."""

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / "probe", os.O_RDWR | os.O_CREAT)

    def write(self) -> float:
        """Seconds of one."""
        begun = time.perf_counter()
        os.write(self._file, b"x" * 4096)
        os.fdatasync(self._file)
        return time.perf_counter() - begun

    def close(self) -> None:
        os.close(self._file)
