"""What goes wrong with a database, by real faults where this machine can make them."""

from __future__ import annotations

import resource
import shutil
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError

from amplifier.errors import AmplifierError, ConfigurationError, TryLater
from amplifier.store import tables
from amplifier.store.engine import Store, open_store
from amplifier.store.explain import explain, explain_sqlite
from tests.store.test_backup import NOON, fill

if TYPE_CHECKING:
    from pathlib import Path


def count(store: Store) -> int:
    with store.read() as connection:
        return len(connection.execute(select(tables.campaign.c.id)).all())


def overwrite(path: Path) -> None:
    """Every page but the first, as a failing disk or another program might."""
    with path.open("r+b") as file:
        size = file.seek(0, 2)
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))


# ---------------------------------------------------------------- SQLite


def test_a_full_disk_loses_nothing_and_ends_by_itself(sqlite_store: Store) -> None:
    fill(sqlite_store)
    with sqlite_store.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(TryLater, match=r"the disk with .*amplifier\.db is full") as caught:
        fill(sqlite_store, 3000, "more")
    assert "free some space; nothing was lost" in caught.value.hint
    assert count(sqlite_store) == 1
    with sqlite_store.read() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    fill(sqlite_store, 3000, "more")
    assert count(sqlite_store) == 3001


def test_a_write_that_the_disk_refuses_names_every_reason(sqlite_store: Store) -> None:
    """A quota is no full disk to SQLite, but an error of input and output."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        with pytest.raises(TryLater, match="cannot be read or written: disk I/O error") as caught:
            fill(sqlite_store, 3000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "the disk is full, over a quota, or failing" in caught.value.hint
    assert count(sqlite_store) == 0
    fill(sqlite_store)


def test_pages_that_are_overwritten_while_it_runs_are_damage(tmp_path: Path, migrated_file: Path) -> None:
    shutil.copy(migrated_file, tmp_path / "amplifier.db")
    store = open_store(None, tmp_path / "amplifier.db")
    fill(store, 300)
    with store.read() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()  # what it has read is still true; what it reads next is not
    overwrite(tmp_path / "amplifier.db")
    with pytest.raises(ConfigurationError, match="is damaged") as caught:
        count(store)
    assert caught.value.exit_code == 78
    assert "stop every run, and restore the newest backup" in caught.value.hint
    store.close()


def test_a_lock_of_another_process_is_waited_for(sqlite_store: Store, tmp_path: Path) -> None:
    code = (
        "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('BEGIN IMMEDIATE'); print('locked', flush=True); time.sleep(0.5); c.execute('ROLLBACK')"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "amplifier.db")], stdout=subprocess.PIPE
    ) as locker:
        assert locker.stdout
        assert locker.stdout.readline() == b"locked\n"
        fill(sqlite_store)
    assert count(sqlite_store) == 1


def test_a_file_that_was_replaced_is_opened_instead_of_the_one_that_was(tmp_path: Path, migrated_file: Path) -> None:
    """A backup put in its place under a running daemon: writing on into the old file would be a second history."""
    path = tmp_path / "amplifier.db"
    shutil.copy(migrated_file, path)
    store = open_store(None, path)
    fill(store)
    path.rename(tmp_path / "old.db")
    with pytest.raises(ConfigurationError, match=r"amplifier\.db is gone") as caught:
        count(store)
    assert "restore the newest backup" in caught.value.hint
    for side in ("-wal", "-shm"):
        (tmp_path / f"amplifier.db{side}").unlink(missing_ok=True)
    shutil.copy(migrated_file, path)
    with sqlite3.connect(path) as raw:
        raw.execute("DELETE FROM meta WHERE key = 'views'")  # of an older version: it is migrated like at a start
    raw.close()
    assert count(store) == 0
    with store.read() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM meta WHERE key = 'views'")).scalar() == 1
    store.close()


@pytest.mark.parametrize(
    ("code", "kind"),
    (
        (sqlite3.SQLITE_BUSY | 2 << 8, TryLater),
        (sqlite3.SQLITE_LOCKED, TryLater),
        (sqlite3.SQLITE_CORRUPT, ConfigurationError),
        (sqlite3.SQLITE_NOTADB, ConfigurationError),
        (sqlite3.SQLITE_FULL, TryLater),
        (sqlite3.SQLITE_IOERR_WRITE, TryLater),
        (sqlite3.SQLITE_READONLY, ConfigurationError),
        (sqlite3.SQLITE_CANTOPEN, ConfigurationError),
        (sqlite3.SQLITE_ERROR, AmplifierError),
        (None, AmplifierError),
    ),
)
def test_each_kind_of_error_has_its_exit_code(code: int | None, kind: type[AmplifierError]) -> None:
    error = sqlite3.OperationalError("so it said")
    if code is not None:
        error.sqlite_errorcode = code
    assert type(explain_sqlite(error, "a.db")) is kind


def test_what_only_we_can_have_caused_asks_for_a_report(sqlite_store: Store) -> None:
    with pytest.raises(AmplifierError, match="refused: no such table: nowhere") as caught, sqlite_store.read() as read:
        read.execute(text("SELECT * FROM nowhere"))
    assert "report it" in caught.value.hint


# ---------------------------------------------------------------- PostgreSQL


@pytest.mark.postgresql
def test_a_lost_connection_is_tried_again_with_a_new_one(postgresql_store: Store) -> None:
    def lose() -> None:
        with postgresql_store.write() as writing:
            writing.execute(insert(tables.campaign).values(name="one", timezone="UTC", created_at=NOON))
            pid = writing.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with postgresql_store.engine.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid, 1000)"), {"pid": pid})
            writing.execute(text("SELECT 1"))

    with pytest.raises(TryLater, match=r"the connection to .* was lost") as caught:
        lose()
    assert "goes on by itself" in caught.value.hint
    assert count(postgresql_store) == 0


@pytest.mark.postgresql
def test_a_connection_that_died_while_it_was_not_used_costs_no_error(postgresql_store: Store) -> None:
    with postgresql_store.read() as reading:
        pid = reading.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with postgresql_store.engine.connect() as other:
            mine = other.execute(text("SELECT pg_backend_pid()")).scalar_one()
    assert pid != mine
    with psycopg.connect(postgresql_store.engine.url.set(drivername="postgresql").render_as_string(False)) as admin:
        admin.execute("SELECT pg_terminate_backend(%s, 1000), pg_terminate_backend(%s, 1000)", (pid, mine))
    assert count(postgresql_store) == 0


@pytest.mark.postgresql
def test_a_server_that_takes_no_writes_is_a_standby_perhaps(postgresql_store: Store) -> None:
    pooled = [postgresql_store.engine.connect() for _ in range(3)]  # whichever it takes next, also after a migration
    for one in pooled:
        one.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))
        one.commit()
    for one in pooled:
        one.close()
    with pytest.raises(TryLater, match="takes no writes") as caught:
        fill(postgresql_store)
    assert "standby" in caught.value.hint


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    (
        (psycopg.errors.DiskFull("could not extend file"), TryLater, "is full"),
        (psycopg.errors.DeadlockDetected("deadlock detected"), TryLater, "cannot do this now"),
        (psycopg.errors.TooManyConnections("too many"), TryLater, "cannot do this now"),
        (psycopg.OperationalError("FATAL:  the database system is starting up"), TryLater, "cannot do this now"),
        (psycopg.errors.DataCorrupted("invalid page in block 3"), ConfigurationError, "is damaged"),
        (psycopg.OperationalError("connection refused\nIs the server running?"), ConfigurationError, "be reached"),
    ),
)
def test_what_a_server_says_is_told_apart(error: psycopg.Error, kind: type[AmplifierError], said: str) -> None:
    found = explain(OperationalError("SELECT 1", {}, error), "postgresql://h/n")
    assert type(found) is kind
    assert said in found.message
    assert "\n" not in found.message


def test_other_mistakes_of_a_statement_are_ours() -> None:
    for wrapped in (InternalError("S", {}, psycopg.InternalError("")), DBAPIError("S", {}, None)):  # type: ignore[arg-type]
        assert "report it" in explain(wrapped, "postgresql://h/n").hint
