"""The operator's copies of the database, and the day on which an old one is put back."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amplifier.store.backup import backup
from tests.simulation.snapshot import when

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from tests.simulation.history import History
    from tests.simulation.runner import Runner
    from tests.simulation.world import World


@dataclass(frozen=True)
class Copy:
    """A copy, when it was made, and what its events tell."""

    path: Path
    at: datetime
    history: History


@dataclass
class Safe:
    """Makes copies with `amplifier backup`, or as plain files, which only the witness tells from the database."""

    world: World
    files: Runner
    kept: Copy | None = None

    @property
    def folder(self) -> Path:
        """Where the witness lies: it is no part of the database, and stays."""
        return self.files.folder / "private"

    def copy_or_restore(self) -> None:
        # a copy that is marked with a wrong time, or ends with one, is looked at from a wrong time
        if not self.world.clock.trusted or self._ends_ahead():
            return
        if self.kept is None or self.world.rng.random() < 0.5:
            self.copy()
        else:
            self.restore(self.kept)

    def _ends_ahead(self) -> bool:
        newest = self.world.judge.now.reader.execute("SELECT at FROM event ORDER BY id DESC LIMIT 1").fetchone()
        return newest is not None and when(newest[0]) > self.world.clock.now()

    def copy(self) -> None:
        """While nothing else happens; the old copy is thrown away."""
        world = self.world
        world.judge.check()
        marked = world.rng.random() < 0.5
        if marked:
            out = self.files.folder / "backup.db"
            out.unlink(missing_ok=True)
            path = backup(world.store, self.files.folder, world.clock.now(), keep=1, out=out)
        else:
            path = self.files.copy()
        self.kept = Copy(path, world.clock.true, deepcopy(world.judge.history))
        world.count("database copied")
        world.say(f"a {'backup' if marked else 'plain copy'} of the database is made")

    def restore(self, kept: Copy) -> None:
        """Every process is stopped, the file is put back, and processes start again."""
        world = self.world
        for worker in world.workers:
            worker.dies()
        reader = self.files.put(kept.path)
        world.judge.restored(reader, deepcopy(kept.history), kept.at)
        world.count("database restored")
        world.say(f"the database is as it was at {kept.at:%m-%d %H:%M:%S}")
