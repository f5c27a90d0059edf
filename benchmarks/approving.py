"""A whole approval of a big campaign: plan, seal and rows, beside the rows alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path

from amplifier.model import Campaign, Mode, Place, Policy, Post, Schedule, SlotRule, Thread, ThreadEntry
from amplifier.planning.approve import approve
from benchmarks.engines import Engine, engines
from benchmarks.measure import in_turn, note, ratio, row, seconds
from benchmarks.rows import NOW, POSTS, SEAL, queue, sealed

ROUNDS = 3
THREADS = 2_000
EVERY_DAY = tuple(range(7))
FILE = Path("/bench/campaigns/bench.yaml")


def run() -> None:
    """Print the rows of each engine."""
    with engines() as found:
        for engine in found:
            print(f"\n  {engine.name}")
            _approve(engine)
            engine.close()


def campaign(threads: int) -> tuple[Campaign, list[Thread]]:
    """A campaign of so many threads, four a day, and the threads as they were composed."""
    nowhere = Place(str(FILE))
    entries = tuple(ThreadEntry(f"t{n}", None, FILE, None, nowhere) for n in range(threads))
    hours = tuple(SlotRule(EVERY_DAY, time(hour)) for hour in (8, 11, 14, 17))
    schedule = Schedule(
        timezone="Asia/Seoul", slots=hours, start=None, thread_gap=timedelta(hours=2), post_gap=timedelta(seconds=20),
        jitter=timedelta(minutes=7), quiet=(), late=timedelta(minutes=90), resume_within=timedelta(hours=6),
    )  # fmt: skip
    source = Campaign(
        path=FILE, workspace=FILE.parents[1], name="bench", title=None, article=FILE, link=None, language="en",
        hashtags=("Bench",), mentions=(), accounts=("main",), numbering=False, schedule=schedule, threads=entries,
        claims=Policy.OFF,
    )  # fmt: skip
    made = []
    for number, entry in enumerate(entries):
        texts = sealed(number, NOW).texts
        posts = tuple(Post(k, text, len(text), 280, nowhere) for k, text in enumerate(texts, 1))
        made.append(Thread("bench", entry.id, "main", "x", posts, entry))
    return source, made


def _approve(engine: Engine) -> None:
    source, threads = campaign(THREADS)
    rows = [replace(sealed(number, NOW), name=entry.id) for number, entry in enumerate(source.threads)]
    modes = {"main": Mode.DRY}

    def ours() -> float:
        store = engine.fresh()
        return seconds(lambda: approve(store, source, threads, modes=modes, now=NOW, seal=SEAL))

    def alone() -> float:
        store = engine.fresh()
        return seconds(lambda: queue(store, rows))

    found = in_turn(ROUNDS, {"ours": ours, "alone": alone})
    times = ratio(found["ours"], found["alone"])
    row(f"approve {THREADS * POSTS:,} posts: plan, seal and rows, over the rows alone", f"{times:.2f} x")
    note(f"{min(found['ours']) / THREADS / POSTS * 1e6:.0f} us a post")
