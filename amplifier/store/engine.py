"""Open the database: SQLite by default, PostgreSQL by URL; readers never wait, writers queue up."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError

from amplifier.errors import ConfigurationError
from amplifier.store.explain import RESTORE, explain
from amplifier.store.schema import ensure_schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.engine import Connection, Engine

BUSY_SECONDS = 10
"""How long a writer waits for another before it says that the database is locked."""

SHOWN = ("host", "port")
"""What may be shown of the part of a URL behind the question mark."""


_CLOCK = text("SELECT clock_timestamp()")


class Store:
    """The open database. `read()` and `write()` are the only ways to a connection."""

    def __init__(self, engine: Engine, *, synchronous: str = "FULL") -> None:
        self.engine = engine
        self.postgresql = engine.dialect.name == "postgresql"
        self.path = None if self.postgresql else Path(engine.url.database or "")
        """The SQLite file; None on PostgreSQL."""
        self.replaced = False
        """Another file has taken its place since `publishing.witness` last looked whether it is an older copy."""
        self._opened: tuple[int, int] | None = None
        if self.postgresql:
            _tune_postgresql(engine)
        else:
            _tune_sqlite(engine, synchronous)

    @property
    def shown(self) -> str:
        """The database as it may be shown: without a password, which may also stand behind the question mark."""
        if self.path:
            return str(self.path)
        url = self.engine.url
        known = {key: url.query[key] for key in SHOWN if key in url.query}
        return url.set(query=known).render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view; never waits for writers, and nothing done in it is kept."""
        with self._connection(write=False) as connection:
            self._begin(connection, "BEGIN")
            yield connection
            connection.rollback()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, committed at the end, rolled back whole when anything is raised."""
        with self._connection(write=True) as connection, connection.begin():
            self._begin(connection, "BEGIN IMMEDIATE")
            yield connection

    def _begin(self, connection: Connection, statement: str) -> None:
        """On SQLite we say BEGIN ourselves. Here and not in a hook of the engine: one hook slows every statement."""
        if not self.postgresql:
            connection.exec_driver_sql(statement)

    def _follow(self, path: Path) -> None:
        """Open the file that has this name now. A restored backup is another file than the one that was opened, and
        a runner that wrote on into the old one would be a second history.
        """
        try:
            found = path.stat()
        except OSError as exc:
            if self._opened is None:  # not made yet
                return
            raise ConfigurationError(f"{path} is gone: {exc.strerror}", f"put it back, or {RESTORE}") from None
        before, self._opened = self._opened, (found.st_dev, found.st_ino)
        if before not in {None, self._opened}:
            self.engine.dispose()
            self.replaced = True
            ensure_schema(self)

    @contextmanager
    def _connection(self, *, write: bool) -> Iterator[Connection]:
        if self.path:
            self._follow(self.path)
        try:
            with self.engine.connect() as connection:
                if self.postgresql and not write:  # else each statement would see another moment
                    connection.execution_options(isolation_level="REPEATABLE READ")
                yield connection
        except IntegrityError:
            raise
        except DBAPIError as exc:
            raise explain(exc, self.shown) from exc

    def now(self) -> datetime:
        """The database's own clock; on PostgreSQL the one that all machines share."""
        with self._connection(write=False) as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")  # one question, no transaction around it
            value: datetime = connection.execute(_CLOCK).scalar_one()
            return value

    def close(self) -> None:
        """Give back every connection; whatever file is there when the store is used again is the one it opens."""
        self.engine.dispose()
        self._opened = None


def open_store(url: str | None, default: Path, *, synchronous: str = "FULL") -> Store:
    """Open, create or migrate the database named by `url`, else the SQLite file `default`.

    Raises `ConfigurationError` for a database that is newer, damaged, out of reach or not ours, and
    `TryLater` for one that another program keeps locked.
    """
    target = database_url(url, default)
    if target.get_backend_name() == "sqlite":
        _make_private(Path(target.database or ""))
    engine = create_engine(target, pool_pre_ping=target.get_backend_name() == "postgresql")
    store = Store(engine, synchronous=synchronous)
    try:
        ensure_schema(store)
    except BaseException:
        store.close()
        raise
    return store


def database_url(url: str | None, default: Path) -> URL:
    """The SQLAlchemy URL for what a person writes; relative SQLite paths are beside `default`."""
    if not url:
        return URL.create("sqlite", database=str(default))
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///")).expanduser()
        return URL.create("sqlite", database=str(path if path.is_absolute() else default.parent / path))
    try:
        found = make_url("postgresql+psycopg://" + url.split("://", 1)[1])
    except (ArgumentError, ValueError):  # without what they say: it may quote a password
        found = None
    if found is None or "@" in (found.host or ""):  # the end of a password, read as a host and shown as one
        raise ConfigurationError(
            "AMPLIFIER_DATABASE_URL is no address of a database",
            "write postgresql://USER@HOST:PORT/NAME, with special characters of a password as %XX",
        )
    return found


def existing(url: str | None, default: Path) -> URL:
    """As `database_url`, for whoever only looks: in an empty file, made for the purpose, nothing is to be seen.

    Raises `ConfigurationError` where there is no SQLite file.
    """
    found = database_url(url, default)
    if found.get_backend_name() == "sqlite" and not Path(found.database or "").exists():
        raise ConfigurationError(
            f"there is no database yet: {Path(found.database or '').absolute()}",
            "type: amplifier approve FILE; if the workspace is another folder, name it with -C",
        )
    return found


def _make_private(path: Path) -> None:
    """Create the file for its owner alone; SQLite gives its side files the same mode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as exc:
        raise ConfigurationError(
            f"the database {path} cannot be opened: {exc.strerror}",
            "check AMPLIFIER_DATABASE_URL and who may write in that folder",
        ) from None


def _tune_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        # our statements run for milliseconds; compiling one takes a hundred of them
        connection.execute("SET jit = off")
        connection.commit()


def _tune_sqlite(engine: Engine, synchronous: str) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, also around DDL
        for pragma in (
            f"busy_timeout = {BUSY_SECONDS * 1000}",
            "journal_mode = WAL",
            f"synchronous = {synchronous}",
            "foreign_keys = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")
