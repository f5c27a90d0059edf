"""Databases to measure on: SQLite files, and a private PostgreSQL cluster where its binaries are installed."""

from __future__ import annotations

import sqlite3
import tempfile
import uuid
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from amplifier.store.engine import Store, open_store
from tests.support.postgres import USER, private_cluster, server_binaries

if TYPE_CHECKING:
    from collections.abc import Iterator


class Engine:
    """Makes migrated, empty databases of one kind; all of them go with it."""

    def __init__(self, name: str, folder: Path, url: str | None = None) -> None:
        self.name = name
        self.folder = folder
        self._url = url
        self._stores: list[Store] = []

    def fresh(self, *, durable: bool = True) -> Store:
        """A database of its own. Without `durable` a commit does not wait for the disk."""
        number = uuid.uuid4().hex[:8]
        if self._url is None:
            store = open_store(None, self.folder / f"{number}.db", synchronous="FULL" if durable else "OFF")
        else:
            with psycopg.connect(self._url.format(name="postgres"), user=USER, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE b{number} TEMPLATE template0")
                connection.execute(f"ALTER DATABASE b{number} SET synchronous_commit = {'on' if durable else 'off'}")
            store = open_store(self._url.format(name=f"b{number}"), self.folder / "unused")
        self._stores.append(store)
        return store

    def close(self) -> None:
        """Give back the connections of every database that is open."""
        for store in self._stores:
            store.close()
        self._stores.clear()


@contextmanager
def engines() -> Iterator[list[Engine]]:
    """SQLite, and PostgreSQL where it is installed."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="amplifier-bench-")))
        (folder / "sqlite").mkdir()
        found = [Engine("SQLite", folder / "sqlite")]
        if server_binaries() is None:
            print("  PostgreSQL: its server binaries are not installed, so it is left out")
        else:
            (folder / "pg").mkdir()
            url = stack.enter_context(private_cluster(folder / "pg", durable=True))
            found.append(Engine("PostgreSQL", folder, url))
        for engine in found:
            stack.callback(engine.close)
        yield found


def raw(store: Store, *, durable: bool = True) -> Any:
    """A connection of the driver alone, set up as ours is."""
    url = store.engine.url
    if store.postgresql:
        return psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))
    connection = sqlite3.connect(url.database or "")
    synchronous = "FULL" if durable else "OFF"
    for pragma in ("journal_mode = WAL", f"synchronous = {synchronous}", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection
