"""Live one seed again and tell its story: python -m tests.simulation 17."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.simulation.runner import STEPS, BrokenSeedError, Runner, migrated


def main() -> int:
    """Exit code 1 when a promise is broken."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation", description="Live one seed, and tell its story."
    )
    parser.add_argument("seed", type=int)
    parser.add_argument("--steps", type=int, default=STEPS, help="how many things happen before all gets well")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="amplifier-simulation-") as folder:
        runner = Runner(Path(folder), migrated(Path(folder)))
        try:
            life = runner.live(given.seed, steps=given.steps)
            print("\n".join([*life.world.story, life.digest]))  # noqa: T201
        except BrokenSeedError as exc:
            print(exc)  # noqa: T201
            return 1
        finally:
            runner.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
