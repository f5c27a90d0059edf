"""Where tests put what they write much of and throw away: in memory, where there is room."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3
"""Bytes that must be free; containers often have 64 MB there, which one PostgreSQL cluster would fill."""


def in_memory() -> Path | None:
    """A folder to make temporary folders in; None means the usual place."""
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM:
        return MEMORY
    return None
