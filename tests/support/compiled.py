"""Statements that are compiled once for all engines of a test process.

A program opens one engine and compiles a statement once. Tests open thousands, and compiling for each again takes a
tenth of their time. What differs between two engines of one dialect is the address, which no statement holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache

if TYPE_CHECKING:
    from collections.abc import Callable


class _Shared(LRUCache[Any, Any]):
    """Keeps a compiled statement by the kind of its dialect, which stands first in the key, not by the object."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get((type(key[0]), *key[1:]), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__((type(key[0]), *key[1:]), value)


def share_compiled_statements() -> None:
    """From now on, in this process."""
    made: Callable[..., None] = Engine.__init__
    shared = _Shared(5_000)

    def make(engine: Engine, *given: Any, **named: Any) -> None:
        made(engine, *given, **named)
        engine._compiled_cache = shared

    Engine.__init__ = make  # type: ignore[assignment,method-assign]
