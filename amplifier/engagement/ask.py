"""Put one question in SQL to the database: read-only, within a time limit, its rows as they come.

The database itself refuses to write, whatever the words of a statement hide. SQLite: the file is opened read-only,
and an authorizer lets a statement only read. PostgreSQL: a read-only transaction, and a protocol that carries one
statement. What a function does outside its transaction a database cannot refuse: there an analyst needs a role that
may not call it.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

import psycopg
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError, OperationalError

from amplifier.engagement import statement
from amplifier.engagement.query import PAGE, plain, views
from amplifier.errors import AmplifierError, ConfigurationError, TryLater, UsageError
from amplifier.store.engine import BUSY_SECONDS, Store, existing
from amplifier.store.explain import explain, explain_sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    from sqlalchemy.engine import URL

Answer = tuple[list[str], "Iterator[tuple[Any, ...]]"]
"""The names of the columns, and the rows."""

STEPS = 10_000
"""Of SQLite's machine between two looks at the clock: some tens of microseconds."""
LONGEST = 2**31 - 1
"""Milliseconds that PostgreSQL can be told: 24 days."""
_READS = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})
_LOOKS = frozenset({"table_info", "table_xinfo", "table_list", "index_list", "index_info", "foreign_key_list"})
"""The pragmas that only tell what there is; SQLite has them as functions, too."""
_OUTSIDE = frozenset({"load_extension"})


@dataclass
class Limit:
    """Seconds that the database may work on a question; what a reader does with its rows does not count."""

    seconds: float
    ticks: Callable[[], float]
    used: float = 0.0
    _since: float | None = field(default=None, init=False)

    def over(self) -> bool:
        """Whether the time is up."""
        running = self.ticks() - self._since if self._since is not None else 0.0
        return self.used + running > self.seconds

    @contextmanager
    def running(self) -> Iterator[None]:
        """The database works."""
        self._since = self.ticks()
        try:
            yield
        finally:
            self.used += self.ticks() - self._since
            self._since = None

    def reached(self) -> TryLater:
        """What a person is told then."""
        return TryLater(
            f"the question took longer than {self.seconds:g} s",
            "ask for less (one campaign, one age_mark), or for more time with --seconds; for questions to the whole "
            "history export to Parquet: amplifier export --help",
        )


@contextmanager
def ask(url: str | None, default: Path, sql: str, values: Mapping[str, str], limit: Limit) -> Iterator[Answer]:
    """Ask the database that `url` and `default` name, as for `open_store`; nothing is made or migrated.

    `values` are those that the statement leaves open as `:name`. Raises `UsageError` for a statement that is wrong,
    or that would write, `TryLater` when the time is up, and `ConfigurationError` where there is no database.
    """
    asked = statement.question(sql)
    statement.filled(asked, values)
    target = existing(url, default)
    engine = _sqlite if target.get_backend_name() == "sqlite" else _postgresql
    with engine(target, asked, values, limit) as answer:
        yield answer


# ---------------------------------------------------------------- SQLite


@contextmanager
def _sqlite(target: URL, sql: str, values: Mapping[str, str], limit: Limit) -> Iterator[Answer]:
    path = Path(target.database or "").absolute()
    try:
        with closing(_read_only(path)) as connection:
            connection.set_authorizer(_may)
            connection.set_progress_handler(limit.over, STEPS)
            with limit.running():
                cursor = connection.execute(sql, dict(values))
            yield [column[0] for column in cursor.description or ()], _pages(cursor, limit)
    except sqlite3.DataError:
        raise UsageError("a value of the answer is too big", "ask for less of it: substr(…, 1, 1000)") from None
    except sqlite3.Warning as exc:  # before Python 3.12 for a second statement
        raise UsageError(str(exc), "ask one question at a time") from None
    except sqlite3.Error as exc:
        raise _wrong_for_sqlite(exc, sql, str(path), limit) from None


def _read_only(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=BUSY_SECONDS)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _may(action: int, first: str | None, second: str | None, _database: str | None, _view: str | None) -> int:
    """SQLite asks this about everything that a statement would do, while it prepares it."""
    if action == sqlite3.SQLITE_PRAGMA:
        return sqlite3.SQLITE_OK if first in _LOOKS else sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_UPDATE and first == "sqlite_master":
        return sqlite3.SQLITE_OK  # so SQLite declares its own table pragma_table_info; in the file it cannot write
    if action not in _READS or (action == sqlite3.SQLITE_FUNCTION and second in _OUTSIDE):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def _pages(cursor: sqlite3.Cursor, limit: Limit) -> Iterator[tuple[Any, ...]]:
    while True:
        with limit.running():
            page = cursor.fetchmany(PAGE)
        if not page:
            return
        yield from page


def _wrong_for_sqlite(exc: sqlite3.Error, sql: str, shown: str, limit: Limit) -> BaseException:
    """What SQLite refused, in words: by its result code, and for a mistake in the statement by what it says."""
    said = str(exc)
    code = getattr(exc, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_INTERRUPT:  # by our handler: the time is up, or a signal was raised in it
        return limit.reached() if limit.over() else KeyboardInterrupt()
    if code == sqlite3.SQLITE_AUTH or said.startswith("not authorized"):
        return UsageError(f"{statement.ONLY_READS}: this would change something, or reach outside the database")
    if "one statement" in said:
        return UsageError(said, "ask one question at a time")
    if found := re.match(r"no such table: (?:main\.)?(\S+)", said):
        return statement.unknown_table(found[1], views())
    if found := re.match(r'no such column: "?([^"\s]+)', said):
        return statement.unknown_column(found[1], sql, views())
    if found := re.match(r'near "(.*)": syntax error|unrecognized token: "(.*)"', said):
        at = statement.found_once(sql, found[1] or found[2])
        where = f", {statement.place(sql, at)}" if at is not None else ""
        return UsageError(f"the question has a mistake: {said}{where}")
    if code == sqlite3.SQLITE_ERROR or not code:
        return UsageError(f"the question has a mistake: {said}")
    return explain_sqlite(exc, shown)


# ---------------------------------------------------------------- PostgreSQL


@contextmanager
def _postgresql(target: URL, sql: str, values: Mapping[str, str], limit: Limit) -> Iterator[Answer]:
    store = Store(create_engine(target))
    try:
        with closing(store.engine.raw_connection()) as pooled:
            connection = cast("psycopg.Connection[tuple[Any, ...]]", pooled.driver_connection)
            pooled.detach()  # whatever is set here ends with it
            connection.read_only = True
            connection.execute(f"SET LOCAL statement_timeout = {min(max(1, round(limit.seconds * 1000)), LONGEST)}")
            cursor = connection.cursor()
            query, given = (statement.percent(sql), dict(values)) if values else (sql, None)
            # not execute(): stream() sends one statement only, and takes its rows as they come. It holds the connection
            # until its end: a reader who stops early closes it
            with closing(cast("Generator[tuple[Any, ...]]", cursor.stream(query.encode(), given))) as rows:
                first = next(rows, None)
                if first is None:  # then it tells no columns either
                    cursor.execute(f"SELECT * FROM (\n{query}\n) AS nothing LIMIT 0".encode(), given)
                yield [column.name for column in cursor.description or ()], _streamed(first, rows)
    except DBAPIError as exc:
        raise explain(exc, store.shown) from None
    except psycopg.Error as exc:
        raise _wrong_for_postgresql(exc, sql, store.shown, limit, exact=not values) from None
    finally:
        store.close()


def _streamed(first: tuple[Any, ...] | None, others: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    if first is not None:
        yield tuple(map(plain, first))
        for row in others:
            yield tuple(map(plain, row))


def _wrong_for_postgresql(exc: psycopg.Error, sql: str, shown: str, limit: Limit, *, exact: bool) -> AmplifierError:
    """What PostgreSQL refused, in words: by its SQLSTATE. `exact`: it was given the statement as it is here."""
    state, diag = exc.sqlstate or "", exc.diag
    said = diag.message_primary or next(iter(str(exc).strip().splitlines()), type(exc).__name__)
    named = re.search(r'"([^"]+)"|column (\S+) does', said)
    name = (named[1] or named[2]) if named else ""
    match state:
        case "57014":
            return limit.reached()
        case "25006":
            return UsageError(f"{statement.ONLY_READS}: {said}")
        case "42501":
            return ConfigurationError(f"the role in AMPLIFIER_DATABASE_URL may not do this: {said}", "ask the operator")
        case "42P01" if said.startswith("relation"):
            return statement.unknown_table(name, views())
        case "42703" if name:
            return statement.unknown_column(name, sql, views())
    if state == "42601" and "multiple commands" in said:
        return UsageError("these are several statements", "ask one question at a time")
    if state[:2] in {"0A", "21", "22", "25", "42"}:
        at = int(diag.statement_position or 0)
        where = f", {statement.place(sql, at - 1)}" if at and exact else ""
        return UsageError(f"the question has a mistake: {said}{where}", diag.message_hint or "")
    return explain(OperationalError("", None, exc), shown)
