"""Keep backups of an SQLite database: one an hour while the daemon runs, and a message to a person when they fail."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from amplifier.errors import AmplifierError
from amplifier.publishing import alert
from amplifier.store.backup import Stopped, backup, newest

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from amplifier.store.engine import Store

EVERY = timedelta(hours=1)

log = logging.getLogger(__name__)


@dataclass
class Copies:
    """The backups of one database in one folder. `keep` is how many stay; None on PostgreSQL: others copy it."""

    store: Store
    folder: Path
    keep: int
    now: Callable[[], datetime]
    failing: bool = field(default=False, init=False)

    def keep_up(self, stopping: Callable[[], bool]) -> timedelta | None:
        """Make the copy that is due, if one is; how long until the next. None: this database needs none from us.

        Gives a copy up as soon as `stopping` is true. Never raises for a copy that cannot be made: a person is told,
        once, and again when copies are made again.
        """
        if self.store.path is None:
            return None
        last = newest(self.folder, self.store.path.stem)
        left = EVERY - (self.now() - last[1]) if last else timedelta()
        if timedelta() < left <= EVERY:
            return left
        try:
            backup(self.store, self.folder, self.now(), keep=self.keep, stopping=stopping)
        except Stopped:
            return EVERY
        except AmplifierError as exc:
            log.warning("backup: %s", exc)
            if not self.failing:
                self._tell(alert.Kind.BACKUP, f"no backup is made: {exc.message}", "amplifier backup")
            self.failing = True
        else:
            if self.failing:
                self._tell(alert.Kind.RECOVERY, "backups are made again", "nothing: this is over")
            self.failing = False
        return EVERY

    def _tell(self, kind: alert.Kind, detail: str, command: str) -> None:
        try:
            with self.store.write() as connection:
                alert.tell(connection, self.now(), kind, detail, command=command)
        except AmplifierError as exc:  # what keeps us from copying it may keep us from writing to it
            log.warning("backup: %s", exc)
