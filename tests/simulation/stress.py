"""Live many seeds on every core, print what happened in them, and fail when a promise is broken.

python -m tests.simulation.stress --seeds 2000 --least-years 10 --least-posts 100000
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tests.simulation.runner import STEPS, BrokenSeedError, Runner, migrated

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

YEAR = 365.25 * 24 * 3600
CHUNK = 5
"""Seeds that a process takes at a time."""
SHOWN = 5
"""BrokenSeedError seeds that are told in full."""
GROUPS = ("publish", "find", "crash", "post", "person", "approve", "ended")
"""Beginnings of counts that are listed together."""

Lived = tuple["Counter[str]", list[str]]


def live(first: int, count: int, steps: int, template: str) -> Lived:
    """Live `count` seeds from `first`: what was counted, and what was broken."""
    totals: Counter[str] = Counter()
    broken = []
    with tempfile.TemporaryDirectory(prefix="amplifier-simulation-") as folder:
        runner = Runner(Path(folder), Path(template))
        for seed in range(first, first + count):
            try:
                totals += runner.live(seed, steps=steps).world.totals
            except BrokenSeedError as exc:
                broken.append(str(exc))
        runner.close()
    return totals, broken


def chunks(first: int, seeds: int) -> list[tuple[int, int]]:
    """Beginnings and lengths that make up `seeds` seeds."""
    return [(start, min(CHUNK, first + seeds - start)) for start in range(first, first + seeds, CHUNK)]


def live_all(first: int, seeds: int, steps: int, workers: int) -> Lived:
    """The same on `workers` processes, with a word now and then."""
    totals: Counter[str] = Counter()
    broken: list[str] = []
    with tempfile.TemporaryDirectory(prefix="amplifier-simulation-") as folder:
        template = str(migrated(Path(folder)))
        wanted = [(start, count, steps, template) for start, count in chunks(first, seeds)]
        with multiprocessing.get_context("spawn").Pool(workers) as pool:
            for done, (found, bad) in enumerate(pool.imap_unordered(_star, wanted), 1):
                totals += found
                broken += bad
                if done % 40 == 0:
                    lived, out = min(done * CHUNK, seeds), totals["posts sent"]
                    print(f"  {lived} seeds, {out} posts sent, {len(broken)} broken", flush=True)  # noqa: T201
    return totals, broken


def _star(wanted: tuple[int, int, int, str]) -> Lived:
    return live(*wanted)


def told(totals: Counter[str], broken: Sequence[str], seconds: float) -> str:
    """The totals as lines for people."""
    years = totals["simulated seconds"] / YEAR
    lines = [
        f"{totals['seeds']} seeds, {years:.1f} simulated years with something in the queue, {seconds / 60:.1f} minutes",
        f"posts: {totals['posts queued']} queued, {totals['posts sent']} sent",
        f"requests: {totals['requests']}, looks: {totals['looks']}, interleavings: {totals['interleaved']}",
    ]
    for group in GROUPS:
        found = [(name.split(": ", 1)[1], count) for name, count in totals.items() if name.startswith(f"{group}: ")]
        lines.append(f"{group}: " + ", ".join(f"{name} {count}" for name, count in sorted(found)))
    known = {"seeds", "simulated seconds", "posts queued", "posts sent", "requests", "looks", "interleaved"}
    others = {name: count for name, count in totals.items() if ": " not in name and name not in known}
    lines.append("besides: " + ", ".join(f"{name} {count}" for name, count in sorted(others.items())))
    lines.append(f"broken promises: {len(broken)}")
    return "\n".join(lines)


def main(arguments: Iterable[str] | None = None) -> int:
    """Exit code: 0 when every promise holds and there was enough of everything."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.stress", description=__doc__.splitlines()[0])
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument("--steps", type=int, default=STEPS, help="how many things happen in one life")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--least-years", type=float, default=0)
    parser.add_argument("--least-posts", type=int, default=0)
    given = parser.parse_args(None if arguments is None else list(arguments))
    began = time.monotonic()
    totals, broken = live_all(given.first, given.seeds, given.steps, given.workers)
    for report in broken[:SHOWN]:
        print(report, end="\n\n")  # noqa: T201
    print(told(totals, broken, time.monotonic() - began))  # noqa: T201
    enough = totals["simulated seconds"] / YEAR >= given.least_years and totals["posts sent"] >= given.least_posts
    if not enough:
        print("too little happened: fewer years or posts than asked for")  # noqa: T201
    return 1 if broken or not enough else 0


if __name__ == "__main__":
    sys.exit(main())
