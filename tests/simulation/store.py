"""The real store, with a place before and after each transaction where others come in, or the process dies."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from amplifier.store.engine import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.engine import Connection, Engine


def nothing(_: str) -> None:
    """What happens between transactions where nobody simulates anything."""


class Watched(Store):
    """`between` is called before a transaction, before its commit, and after it; it may raise."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, synchronous="OFF")
        self.fresh()

    def fresh(self) -> None:
        """For another life in another file."""
        self.between: Callable[[str], None] = nothing
        self.writing = False
        """A transaction that writes is open: on SQLite nobody else could write now."""
        self.commits = 0

    @contextmanager
    def read(self) -> Iterator[Connection]:
        self.between("a read")
        with super().read() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        self.between("a transaction")
        with super().write() as connection:
            self.writing = True
            try:
                yield connection
                self.between("a commit")
            finally:
                self.writing = False
        self.commits += 1
        self.between("after a commit")
