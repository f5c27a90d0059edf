"""True time, which networks live by, and the machine's wall clock, which can be wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

AGREED = timedelta(minutes=5)
"""A network refuses requests that are signed with a time further off than this."""


@dataclass
class Clock:
    """Moves only when told. Ticks go on while the machine sleeps, and know nothing of the wall clock."""

    true: datetime
    began: datetime = field(init=False)
    offset: timedelta = timedelta(0)
    """How far the wall clock is ahead of the true time."""
    set_at: datetime = field(init=False)
    """The true time at which the wall clock was last set."""

    def __post_init__(self) -> None:
        self.began = self.set_at = self.true

    def now(self) -> datetime:
        """What the machine's wall clock shows."""
        return self.true + self.offset

    def ticks(self) -> float:
        """Seconds on the clock that nobody can set."""
        return (self.true - self.began).total_seconds()

    def move(self, seconds: float) -> None:
        """Time passes."""
        self.true += timedelta(seconds=seconds)

    def set(self, offset: timedelta) -> None:
        """Somebody, or a time server, sets the wall clock."""
        self.offset, self.set_at = offset, self.true

    @property
    def trusted(self) -> bool:
        """Whether the network still takes requests signed with this clock."""
        return abs(self.offset) <= AGREED
