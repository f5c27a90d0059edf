"""`python -m tests.sweep --rounds N`: play rounds, print each failure with what replays it, and the totals."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from queue import Queue
from typing import TYPE_CHECKING

from tests.sweep.launcher import Launcher
from tests.sweep.plan import FAULTS, planned
from tests.sweep.play import migrated, play, profile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.sweep.play import Told

WORKERS = 4
"""Rounds at a time: most of a round is waiting."""


def sweep(numbers: Iterable[int], *, workers: int = WORKERS, verbose: bool = False) -> list[Told]:
    """Play these rounds; a failure is printed as it comes."""
    launchers: Queue[Launcher] = Queue()
    with migrated() as empty:
        for _ in range(workers):
            launchers.put(Launcher())
        try:
            first = launchers.get()
            lines = profile(first, empty)
            launchers.put(first)

            def one(number: int) -> Told:
                launcher = launchers.get()
                try:
                    round_ = planned(number, lines)
                    told = play(round_, launcher, empty)
                finally:
                    launchers.put(launcher)
                if told.verdict.all or verbose:
                    _show(str(round_), told)
                return told

            with ThreadPoolExecutor(workers) as pool:
                return list(pool.map(one, numbers))
        finally:
            while not launchers.empty():
                launchers.get().__exit__(None, None, None)


def _show(round_: str, told: Told) -> None:
    out = [round_, f"  killed: {', '.join(told.killed) or 'never'}; {told.runs} runs, {told.seconds:.1f} s"]
    out += [f"  WRONG: {problem}" for problem in told.verdict.all]
    if told.verdict.all:
        out += [told.story, f"  again: python -m tests.sweep --round {told.number}"]
    print("\n".join(out), flush=True)  # noqa: T201 - what this program is for


def totals(told: list[Told], seconds: float) -> str:
    """One paragraph."""
    killed = [crash for round_ in told for crash in round_.killed]
    kinds = Counter(crash.split()[0] for crash in killed)
    places = {crash.rpartition(" #")[0] for crash in killed if crash.startswith("line")}
    again = sum(len(round_.killed) > 1 for round_ in told)
    posts, runs, held = (sum(getattr(round_, what) for round_ in told) for what in ("posts", "runs", "held"))
    met = Counter(tuple(FAULTS)[round_.number % len(FAULTS)] for round_ in told if round_.met)
    wrong = {
        kind: sum(len(getattr(round_.verdict, kind)) for round_ in told)
        for kind in ("duplicates", "losses", "disorder")
    }
    return (
        f"{len(told)} rounds, {posts} posts, {runs} runs; killed {len(killed)} times "
        f"({', '.join(f'{n} by {kind}' for kind, n in sorted(kinds.items()))}; at {len(places)} different lines; "
        f"{again} rounds again while recovering); asked a person {held} times; "
        f"faults met: {', '.join(f'{met[name]} {name}' for name in FAULTS)}; "
        f"{seconds:.0f} s, {seconds / max(len(told), 1):.2f} s a round\n"
        + ", ".join(f"{n} {kind}" for kind, n in wrong.items())
    )


def main() -> int:
    """1 when anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.sweep", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="how many (200)")
    parser.add_argument("--first", type=int, default=0, help="the number of the first one (0)")
    parser.add_argument("--round", type=int, help="this one alone, with its story")
    parser.add_argument("--workers", type=int, default=WORKERS, help=f"rounds at a time ({WORKERS})")
    chosen = parser.parse_args()
    alone = chosen.round is not None
    numbers = [chosen.round] if alone else range(chosen.first, chosen.first + chosen.rounds)
    begun = time.monotonic()
    told = sweep(numbers, workers=1 if alone else chosen.workers, verbose=alone)
    print(totals(told, time.monotonic() - begun))  # noqa: T201
    return 1 if any(round_.verdict.all for round_ in told) else 0


if __name__ == "__main__":
    sys.exit(main())
