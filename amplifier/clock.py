"""The machine's clocks, for the few places that begin something; everything else is handed `now`."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def system_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


def system_ticks() -> float:
    """Seconds on a clock that also counts while the machine sleeps, where the system has one."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(boot) if boot is not None else time.monotonic()
