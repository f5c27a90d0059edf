"""What was told: the rows of the outbox, and a command that keeps what it gets."""

from __future__ import annotations

import json
import shlex
import sys
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from amplifier.store import tables

if TYPE_CHECKING:
    from pathlib import Path

    from amplifier.store.engine import Store


def python(code: str) -> str:
    """A command that runs this code."""
    return shlex.join([sys.executable, "-S", "-c", code])


def keeper(path: Path) -> str:
    """A command that appends each message as a line."""
    return python(f"import sys; open({str(path)!r}, 'ab').write(sys.stdin.buffer.read() + b'\\n')")


def kept(path: Path) -> list[dict[str, Any]]:
    """What such a command has got."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def told(store: Store) -> list[dict[str, Any]]:
    """Every message that was written, oldest first."""
    with store.read() as connection:
        rows = connection.execute(select(tables.alert.c.content).order_by(tables.alert.c.id)).scalars()
        return [json.loads(row) for row in rows]


def outbox(store: Store) -> list[dict[str, Any]]:
    """Every row of the outbox, oldest first."""
    with store.read() as connection:
        return [dict(row) for row in connection.execute(select(tables.alert).order_by(tables.alert.c.id)).mappings()]
