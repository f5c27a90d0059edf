"""Where tests put what they write much of and throw away: in memory, where there is room; and what work takes of it."""

from __future__ import annotations

import gc
import os
import shutil
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3
"""Bytes that must be free; containers often have 64 MB there, which one PostgreSQL cluster would fill."""


def in_memory() -> Path | None:
    """A folder to make temporary folders in; None means the usual place."""
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM:
        return MEMORY
    return None


def peak(work: Callable[[], object]) -> int:
    """The most bytes that were in use while this ran, what lies about being collected as often as in real life."""
    seldom = gc.get_threshold()
    gc.collect()
    gc.set_threshold(700, 10, 10)
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.set_threshold(*seldom)
