"""Whole commands: `amplifier --help` beside `import click` alone, in turn."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 9


def seconds(*arguments: str) -> float:
    """Wall time of one process."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def run() -> None:
    """Print the ratio of the medians."""
    ours, limit = [], []
    for _ in range(ROUNDS):
        ours.append(seconds("-m", "amplifier", "--help"))
        limit.append(seconds("-c", "import click"))
    ratio = statistics.median(ours) / statistics.median(limit)
    print(f"amplifier --help: {ratio:.2f} x `import click` ({ROUNDS} rounds in turn)")
