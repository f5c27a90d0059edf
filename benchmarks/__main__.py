"""Run every benchmark: python -m benchmarks [NAME …]."""

from __future__ import annotations

import sys

from benchmarks import commands, drain, queue, text

ALL = {"text": text.run, "queue": queue.run, "drain": drain.run, "commands": commands.run}

for name in sys.argv[1:] or ALL:
    print(f"\n== {name}")
    ALL[name]()
