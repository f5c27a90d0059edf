"""Keep the database at the schema this version knows: migrations under a lock, then the views."""

from __future__ import annotations

import hashlib
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
            for view in view_names():  # a view pins its columns: DROP COLUMN would fail. An analyst's own ones stay
                connection.execute(text(f"DROP VIEW IF EXISTS {view}"))
            _upgrade(connection, migrations)
            for statement in view_statements():
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


def view_statements() -> list[str]:
    """The statements of views.sql, one view each, with their comments."""
    parts = VIEWS.read_text("utf-8").split(";\n")
    return [part.strip() for part in parts if "CREATE VIEW" in part]


def view_names() -> list[str]:
    """The views of views.sql."""
    return [statement.split("CREATE VIEW ")[1].split()[0] for statement in view_statements()]


def _views_hash() -> str:
    return hashlib.sha256(VIEWS.read_bytes()).hexdigest()


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
