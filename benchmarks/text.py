"""Length and splitting: how fast, and how good beside the usual way.

python -m benchmarks.text
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

from amplifier.content.text.length import weighted_length
from benchmarks.splitting import LIMIT, WAYS, Figures, Source, judge, sources, total

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROUNDS = 5
POST = (
    "On 13 November 2017 a North Korean soldier drove a military jeep towards the border with South Korea.\n\n"
    "It got stuck.\n\nSo he ran. Read the story: https://example.org/stories/dmz-escape\n\n#NorthKorea #HumanRights"
)
JUDGED = {"posts": "posts", "cut": "sentences cut", "stranded": "headings stranded", "orphans": "orphans"}


def run() -> None:
    """Print both."""
    length()
    splitting()


def length() -> None:
    """Print the time of one call."""
    weighted_length(POST)
    rounds = 5_000
    started = time.perf_counter()
    for _ in range(rounds):
        weighted_length(POST)
    print(f"weighted_length, warm: {(time.perf_counter() - started) / rounds * 1e6:.1f} us a post\n")


def splitting() -> None:
    """Print the table, then what it comes to."""
    texts = sources()
    seconds = timed(texts)
    figures = {way: [judge(source, WAYS[way](source)) for source in texts] for way in WAYS}
    totals = {way: total(each) for way, each in figures.items()}
    print(f"posts of at most {LIMIT}; bound: weight / {LIMIT}; cut: sentences over the end of a post (of them no post")
    print("holds); stranded: headings at the end of a post; orphans: posts less than a quarter full\n")
    print(f"{'':<33}{'posts':>6}{'bound':>7}{'cut':>9}{'stranded':>10}{'orphans':>9}{'CV':>7}{'posts/s':>9}")
    for number, source in enumerate(texts):
        for way in ("ours", "greedy"):
            print(row(f"{source.name}, {way}", figures[way][number], seconds[way][number]))
    for way in WAYS:
        print(row(f"total, {way}", totals[way], sum(seconds[way])))
    print()
    for way in ("greedy", "greedy, filling"):
        print(verdict(way, texts, figures, totals))
    print(
        "Greedy begins a post with a sentence that no post holds; filling, its parts fill the post before, and no way\n"
        f"makes fewer posts. Ours makes {totals['ours'].posts - totals['greedy, filling'].posts} more, which is what "
        "keeping each heading with its text costs."
    )


def timed(texts: Sequence[Source]) -> dict[str, list[float]]:
    """Median seconds of each way on each text, taken in turn."""
    taken: dict[str, list[list[float]]] = {way: [[] for _ in texts] for way in WAYS}
    for _ in range(ROUNDS):
        for number, source in enumerate(texts):
            for way, function in WAYS.items():
                started = time.perf_counter()
                function(source)
                taken[way][number].append(time.perf_counter() - started)
    return {way: [statistics.median(each) for each in rounds] for way, rounds in taken.items()}


def row(name: str, figures: Figures, seconds: float) -> str:
    """One line of the table."""
    cut = f"{figures.cut} ({figures.unavoidable})"
    return (
        f"{name:<33}{figures.posts:>6}{figures.bound:>7}{cut:>9}{figures.stranded:>10}{figures.orphans:>9}"
        f"{figures.spread:>7.3f}{figures.posts / seconds:>9.0f}"
    )


def verdict(
    way: str, texts: Sequence[Source], figures: Mapping[str, Sequence[Figures]], totals: Mapping[str, Figures]
) -> str:
    """Where ours is worse than another way, and by how much better in total."""
    worse = [
        f"{source.name} ({word}: {getattr(ours, key)} for {getattr(other, key)})"
        for source, ours, other in zip(texts, figures["ours"], figures[way], strict=True)
        for key, word in JUDGED.items()
        if getattr(ours, key) > getattr(other, key)
    ]
    fewer = ", ".join(
        f"{word} {getattr(totals[way], key)} -> {getattr(totals['ours'], key)}" for key, word in JUDGED.items()
    )
    where = "worse on " + ", ".join(worse) if worse else f"no worse on any of {len(texts)} texts"
    return f"ours beside {way}: {where}; in total {fewer}, CV {totals[way].spread:.3f} -> {totals['ours'].spread:.3f}"


if __name__ == "__main__":
    run()
