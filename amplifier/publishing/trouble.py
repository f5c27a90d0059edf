"""A runner that cannot do its beats: tell a person once, without the database, and again when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amplifier.publishing import alert
from amplifier.publishing.mend import Mend

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from amplifier.publishing.messenger import Messenger
    from amplifier.store.engine import Store

PATIENCE = 60.0
"""Seconds of trouble that mend themselves often enough: a server that is restarted, a lock."""


class Trouble:
    """Knows since when beats have failed, and whether that was told.

    `now` is the clock of the rows, which may be out of reach too; `here` the machine's own; `ticks` counts seconds.
    """

    def __init__(
        self,
        store: Store,
        messenger: Messenger,
        *,
        now: Callable[[], datetime],
        here: Callable[[], datetime],
        ticks: Callable[[], float],
    ) -> None:
        self._store = store
        self._messenger = messenger
        self._now = now
        self._here = here
        self._ticks = ticks
        self._since: float | None = None
        self._told = False

    def goes_on(self, what: str, hint: str) -> None:
        """Another beat has failed, and this is why."""
        if self._since is None:
            self._since = self._ticks()
        if self._told or self._ticks() - self._since < PATIENCE:
            return
        self._told = True
        at = self._here()
        self._messenger.direct(
            {
                "id": f"{at:%Y%m%dT%H%M%S%f}-stopped",
                "at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
                "kind": alert.Kind.STOPPED.value,
                "detail": f"publishing stands still: {what}",
                **Mend("amplifier doctor", hint).data,
            }
        )

    def over(self) -> None:
        """A beat went well."""
        if self._told:
            with self._store.write() as connection:
                alert.tell(connection, self._now(), alert.Kind.RECOVERY, "publishing goes on again")
        self._since, self._told = None, False
