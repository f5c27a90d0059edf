"""Keep the database at the schema this version knows: migrations under a lock, then the views."""

from __future__ import annotations

import functools
import hashlib
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout
from sqlalchemy import inspect, text

from amplifier.clock import system_now
from amplifier.errors import ConfigurationError, TryLater
from amplifier.store import meta
from amplifier.store.backup import copy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

    from amplifier.store.engine import Store

HERE = Path(__file__).parent
MIGRATIONS = HERE / "migrations"
VIEWS = HERE / "views.sql"
LOCK_SECONDS = 60
ADVISORY_LOCK = 0x416D706C  # "Ampl": one migration at a time on a PostgreSQL database


def revisions(migrations: Path = MIGRATIONS) -> list[str]:
    """The revisions this version knows, oldest first; a file's name begins with its revision."""
    return sorted(path.name.split("_")[0] for path in (migrations / "versions").glob("[0-9]*_*.py"))


def ensure_schema(store: Store, migrations: Path = MIGRATIONS) -> None:
    """Create or migrate tables and views where needed; costs one read where nothing is.

    Raises `ConfigurationError` for a database made by a newer version or by another program.
    """
    newest = revisions(migrations)[-1]
    if _is_current(store, migrations):
        return
    with _lock(store):
        if _is_current(store, migrations):  # another process was first
            return
        _copy_before_migration(store, newest)
        with store.write() as connection:
            for view in reversed(
                view_names()
            ):  # a view pins its columns: DROP COLUMN would fail. An analyst's own ones stay
                connection.execute(text(f"DROP VIEW IF EXISTS {view}"))
            _upgrade(connection, migrations)
            for statement in view_statements(connection.dialect.name):
                connection.exec_driver_sql(statement)
            connection.execute(text("DELETE FROM meta WHERE key = 'views'"))
            connection.execute(text("INSERT INTO meta (key, value) VALUES ('views', :hash)"), {"hash": _views_hash()})
            if not meta.get(connection, meta.IDENTITY):
                meta.rename(connection)


def _is_current(store: Store, migrations: Path) -> bool:
    known = revisions(migrations)
    with store.read() as connection:
        found = revision_of(connection)
        if found is None:
            return False
        if found not in known:
            raise ConfigurationError(
                f"{store.shown} was made by a newer Amplifier (schema {found}, this one knows {known[-1]})",
                "update Amplifier on this machine, or name another database in AMPLIFIER_DATABASE_URL",
            )
        facts = meta.get(connection, "views", meta.IDENTITY)
        return found == known[-1] and facts.get("views") == _views_hash() and meta.IDENTITY in facts


def revision_of(connection: Connection) -> str | None:
    """The revision that a database is at; None when it is empty."""
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found
    if tables:
        raise ConfigurationError(
            f"the database holds tables of another program ({', '.join(sorted(tables)[:3])} …)",
            "name a database of its own in AMPLIFIER_DATABASE_URL",
        )
    return None


def view_statements(engine: str = "") -> list[str]:
    """The statements of views.sql, one view each, with their comments; as they are written, or for one engine."""
    parts = VIEWS.read_text("utf-8").split(";\n")
    found = [part.strip() for part in parts if "CREATE VIEW" in part]
    return (
        [_WORD.sub(lambda word: SPELLED[word[1]][engine].format(word[2]), part) for part in found] if engine else found
    )


_WORD = re.compile(r"\b(UNIX|INSTANT|DAY|WEEKDAY|NOT_TOLD)\(([^()]*)\)")
_FLAGS = (
    (1, "the network left it out"),
    (2, "the network tells private counts of young posts only"),
    (4, "this account may not see private counts"),
    (8, "the network has no such count"),
    (16, "the file has no such column"),
    (32, "private counts were not asked for then"),
)
_TOLD = " || ".join(f"CASE WHEN ({{0}} & {flag}) > 0 THEN '; {words}' ELSE '' END" for flag, words in _FLAGS)
SPELLED = {
    "UNIX": {
        "sqlite": "CAST(strftime('%s', {0}) AS INTEGER)",
        "postgresql": "CAST(FLOOR(EXTRACT(EPOCH FROM {0})) AS BIGINT)",
    },
    "INSTANT": {
        "sqlite": "strftime('%Y-%m-%dT%H:%M:%S.000000Z', {0}, 'unixepoch')",
        "postgresql": "to_timestamp({0})",
    },
    "DAY": {"sqlite": "substr({0}, 1, 10)", "postgresql": "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"},
    "WEEKDAY": {
        "sqlite": "(CAST(strftime('%w', substr({0}, 1, 10)) AS INTEGER) + 6) % 7 + 1",
        "postgresql": "CAST(EXTRACT(ISODOW FROM CAST(substr({0}, 1, 10) AS DATE)) AS INTEGER)",
    },
    "NOT_TOLD": dict.fromkeys(("sqlite", "postgresql"), f"NULLIF(SUBSTR({_TOLD}, 3), '')"),
}
"""The five words of views.sql that the engines spell differently, or that would be long: each with its argument."""


def view_names() -> list[str]:
    """The views of views.sql."""
    return [statement.split("CREATE VIEW ")[1].split()[0] for statement in view_statements()]


@functools.cache
def _views_hash() -> str:
    return hashlib.sha256(f"{view_statements('sqlite')}{view_statements('postgresql')}".encode()).hexdigest()


@contextmanager
def _lock(store: Store) -> Iterator[None]:
    if store.path is None:
        with store.engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
        return
    lock = FileLock(f"{store.path}.lock", timeout=LOCK_SECONDS, mode=0o600)
    try:
        with lock:
            yield
    except Timeout:
        raise TryLater(
            f"another process is migrating {store.path}", "wait for it to end, then run this again"
        ) from None


def _copy_before_migration(store: Store, newest: str) -> None:
    """Keep the file as it was; a failed migration rolls back, and this is for the one that succeeds wrongly."""
    if store.path is None:
        return
    with store.read() as connection:
        found = revision_of(connection)
    if found is None or found == newest:
        return
    kept = Path(f"{store.path}.before-{newest}")
    kept.unlink(missing_ok=True)
    copy(store.path, kept, system_now(), store.shown)


def _upgrade(connection: Connection, migrations: Path) -> None:
    # Alembic costs a tenth of a second to import: only when there is something to do
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
