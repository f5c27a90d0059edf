"""Lives seeds on copies of a migrated file, and tells how to live one again."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import create_engine
from sqlalchemy.engine import URL

from amplifier.store.engine import open_store
from tests.simulation.judge import BrokenError
from tests.simulation.store import Watched
from tests.simulation.truth import Rules
from tests.simulation.world import World

if TYPE_CHECKING:
    from pathlib import Path

STEPS = 100
"""How many things happen in one life before all gets well."""
LAST = 60
"""Lines of a story that are printed when a promise is broken."""


class BrokenSeedError(AssertionError):
    """A seed in which a promise is broken: which, the last steps, and how to live it again."""

    def __init__(self, told: str, world: World) -> None:
        super().__init__(told)
        self.world = world


def migrated(folder: Path) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = folder / "migrated.db"
    open_store(None, path, synchronous="OFF").close()
    return path


@dataclass(frozen=True)
class Life:
    """What is left of a world when it has ended."""

    world: World
    digest: str


class Runner:
    """One file and one engine for many seeds: statements stay compiled, which is half of what a seed would cost."""

    def __init__(self, folder: Path, template: Path) -> None:
        self.folder = folder / "world"
        self.template = template
        self.path = self.folder / "amplifier.db"
        self.engine = create_engine(URL.create("sqlite", database=str(self.path)))
        self.store = Watched(self.engine)
        self.reader: sqlite3.Connection | None = None

    def live(self, seed: int, *, steps: int = STEPS, rules: Rules | None = None, kind: type[World] = World) -> Life:
        """Live one seed on a fresh copy. Raises `BrokenSeedError`."""
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.store.fresh()
        return lived(kind(seed, self.store, self.put(self.template), steps, rules or Rules(), self))

    def put(self, copy: Path) -> sqlite3.Connection:
        """Make this file the database, as a person restores one: nothing else has it open. The judge's connection."""
        self.close()
        for old in self.folder.glob(f"{self.path.name}*"):
            old.unlink()
        shutil.copy(copy, self.path)
        self.reader = sqlite3.connect(self.path, isolation_level=None)
        return self.reader

    def copy(self) -> Path:
        """A plain copy of the database as it is now, without a mark."""
        path = self.folder / "copy.db"
        path.unlink(missing_ok=True)
        with closing(sqlite3.connect(path)) as target, closing(sqlite3.connect(self.path)) as source:
            source.backup(target)
        return path

    def close(self) -> None:
        """Give back every connection."""
        self.store.close()
        if self.reader is not None:
            self.reader.close()


def lived(world: World) -> Life:
    """Live a world to its end. Raises `BrokenSeedError` with what a person needs to see it again."""
    try:
        world.live()
    except BrokenError as exc:
        raise BrokenSeedError(_told(world, exc), world) from exc
    except Exception as exc:
        exc.add_note(_told(world, exc))
        raise
    return Life(world, world.digest())


def _told(world: World, exc: BaseException) -> str:
    again = f"python -m tests.simulation {world.seed} --steps {world.steps}"
    return "\n".join([*world.story[-LAST:], f"seed {world.seed}: {exc}", f"live it again: {again}"])
