"""Lives seeds on copies of a migrated file, and tells how to live one again."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import create_engine
from sqlalchemy.engine import URL

from amplifier.store.engine import open_store
from tests.simulation.judge import BrokenError
from tests.simulation.store import Watched
from tests.simulation.truth import Rules
from tests.simulation.world import World

if TYPE_CHECKING:
    from typing import Any

STEPS = 100
"""How many things happen in one life before all gets well."""
LAST = 60
"""Lines of a story that are printed when a promise is broken."""


class Broken(AssertionError):
    """A seed in which a promise is broken: which, the last steps, and how to live it again."""


def migrated(folder: Path) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = folder / "migrated.db"
    open_store(None, path, synchronous="OFF").close()
    return path


class Runner:
    """One file and one engine for many seeds: statements stay compiled, which is half of what a seed would cost."""

    def __init__(self, folder: Path, template: Path) -> None:
        self.template = template
        self.path = folder / "world.db"
        self.engine = create_engine(URL.create("sqlite", database=str(self.path)))
        self.store = Watched(self.engine)

    def live(self, seed: int, *, steps: int = STEPS, rules: Rules | None = None) -> World:
        """Live one seed on a fresh copy. Raises `Broken`."""
        self.engine.dispose()
        for old in self.path.parent.glob(f"{self.path.name}*"):
            old.unlink()
        shutil.copy(self.template, self.path)
        self.store.fresh()
        with closing(sqlite3.connect(self.path, isolation_level=None)) as reader:
            return judged(World(seed, self.store, reader, steps=steps, rules=rules or Rules()))

    def close(self) -> None:
        self.store.close()


def judged(world: World) -> World:
    """Live a world to its end. Raises `Broken` with what a person needs to see it again."""
    try:
        world.live()
    except BrokenError as exc:
        raise Broken(_told(world, exc)) from None
    except Exception as exc:
        exc.add_note(_told(world, exc))
        raise
    return world


def _told(world: World, exc: BaseException) -> str:
    again = f"python -m tests.simulation {world.seed} --steps {world.steps}"
    return "\n".join([*world.story[-LAST:], f"seed {world.seed}: {exc}", f"live it again: {again}"])
