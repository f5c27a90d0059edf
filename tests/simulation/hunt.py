"""Live seeds until one breaks a promise: for copies of the package from which something was taken out.

python -m tests.simulation.hunt --first 3 --seeds 20 --template migrated.db --without parent
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import amplifier
from tests.simulation.runner import STEPS, BrokenSeedError, Runner
from tests.simulation.truth import Rules

INDEX = "ix_post_in_doubt"
WITHOUT = ("parent", "anchor", "index")
CAUGHT = 3
"""The exit code when a promise was broken: no other failure has it."""


def main() -> int:
    """Exit code 0 when every promise held, `CAUGHT` when one was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.hunt")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--template", type=Path, required=True, help="a migrated, empty database")
    parser.add_argument("--without", choices=WITHOUT, action="append", default=[])
    given = parser.parse_args()
    print(f"amplifier is {Path(amplifier.__file__).parent}", flush=True)  # noqa: T201
    rules = Rules()
    for rule in {"parent", "anchor"} & set(given.without):
        rules = replace(rules, **{rule: False})
    with tempfile.TemporaryDirectory(prefix="amplifier-simulation-") as name:
        template = Path(name) / "template.db"
        template.write_bytes(given.template.read_bytes())
        if "index" in given.without:
            with closing(sqlite3.connect(template)) as connection:
                connection.execute(f"DROP INDEX {INDEX}")
        runner = Runner(Path(name), template)
        try:
            for seed in range(given.first, given.first + given.seeds):
                runner.live(seed, steps=given.steps, rules=rules)
        except BrokenSeedError as exc:
            print(exc)  # noqa: T201
            return CAUGHT
        finally:
            runner.close()
    print(f"seeds {given.first} to {given.first + given.seeds - 1}: every promise held")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
