"""Run every benchmark: python -m benchmarks [NAME …]."""

from __future__ import annotations

import sys

from benchmarks import approving, commands, drain, ledger, queue, studio, text, variants, waking

ALL = {
    "text": text.run,
    "queue": queue.run,
    "approving": approving.run,
    "drain": drain.run,
    "ledger": ledger.run,
    "waking": waking.run,
    "commands": commands.run,
    "variants": variants.run,
    "studio": studio.run,
}

for name in sys.argv[1:] or ALL:
    print(f"\n== {name}")
    ALL[name]()
