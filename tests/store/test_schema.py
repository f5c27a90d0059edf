from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from amplifier.errors import AmplifierError, ConfigurationError
from amplifier.store import tables
from amplifier.store.engine import Store, open_store
from amplifier.store.schema import VIEWS, revisions

CONTRACT = {
    "post_log": "post_id campaign thread account network mode k n text state why due_at sent_at sent_at_local remote_id "
    "parent_remote_id url",
    "thread_status": "campaign thread account mode state n sent next_due_at",
    "engagement_latest": "post_id campaign thread account mode k taken_at age_seconds likes reposts replies quotes "
    "bookmarks impressions gone_at",
    "campaign_summary": "campaign mode threads posts sent held failed cancelled likes reposts replies impressions",
    "engagement_readings": "post_id campaign thread account network mode k taken_unix age_mark likes reposts replies "
    "quotes bookmarks impressions",
}


def test_the_migrations_make_exactly_the_tables_of_the_models(store: Store) -> None:
    assert tables.PostRow.__tablename__ == "post"
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


@pytest.mark.parametrize("view", CONTRACT)
def test_a_view_keeps_its_promised_columns_in_front(store: Store, view: str) -> None:
    promised = CONTRACT[view].split()
    with store.read() as connection:
        columns = list(connection.execute(text(f"SELECT * FROM {view}")).keys())
    assert columns[: len(promised)] == promised


def test_every_column_of_every_view_is_explained() -> None:
    for line in VIEWS.read_text("utf-8").splitlines():
        if " AS " in line and not line.startswith(("CREATE", "--")):
            assert "--" in line, line


@pytest.mark.parametrize("table", ["event", "attempt", "approval"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_history_refuses_update_and_delete(store: Store, table: str, verb: str) -> None:
    rows = {
        "event": "INSERT INTO event (id, at, who, kind) VALUES (1, :at, 'me', 'state')",
        "approval": "INSERT INTO approval (id, thread_id, hash, approved_by, approved_at, planned_at) "
        "VALUES (1, 1, 'h', 'me', :at, :at)",
        "attempt": "INSERT INTO attempt (id, post_id, epoch, kind, worker, at, lease_until) "
        "VALUES (1, 1, 1, 'publish', 'w', :at, :at)",
    }
    with store.write() as connection:
        if table == "attempt":  # its post need not exist for this
            connection.exec_driver_sql(
                "ALTER TABLE attempt DROP CONSTRAINT fk_attempt_post_id_post"
                if store.postgresql
                else "PRAGMA defer_foreign_keys = ON"
            )
            if not store.postgresql:
                return
        connection.execute(text(rows[table]), {"at": "2026-12-01T00:00:00.000000Z"})
    with pytest.raises((AmplifierError, DBAPIError), match="append-only"), store.write() as connection:
        connection.execute(text(verb.format(table)))


def test_a_second_open_changes_nothing(database_url: str, tmp_path: Path) -> None:
    for _ in range(2):
        store = open_store(database_url, tmp_path / "amplifier.db")
        with store.read() as connection:
            assert connection.execute(text("SELECT COUNT(*) FROM pause")).scalar() == 1
        store.close()


def test_many_processes_may_open_an_empty_database_at_once(database_url: str, tmp_path: Path) -> None:
    with ThreadPoolExecutor(6) as pool:
        stores = list(pool.map(lambda _: open_store(database_url, tmp_path / "amplifier.db"), range(6)))
    with stores[0].read() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM pause")).scalar() == 1
    for store in stores:
        store.close()


def test_a_newer_schema_is_refused(store: Store, database_url: str, tmp_path: Path) -> None:
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match=r"newer Amplifier \(schema 9999"):
        open_store(database_url, tmp_path / "amplifier.db")


def test_a_strangers_database_is_refused(store: Store, database_url: str, tmp_path: Path) -> None:
    with store.write() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    with pytest.raises(ConfigurationError, match="another program"):
        open_store(database_url, tmp_path / "amplifier.db")


def test_changed_views_are_made_again(store: Store, database_url: str, tmp_path: Path) -> None:
    with store.write() as connection:
        connection.execute(text("DROP VIEW post_log"))
        connection.execute(text("UPDATE meta SET value = 'older' WHERE key = 'views'"))
    again = open_store(database_url, tmp_path / "amplifier.db")
    with again.read() as connection:
        assert "post_log" in inspect(connection).get_view_names()
    again.close()


def test_the_file_and_its_copies_are_for_their_owner_alone(tmp_path: Path) -> None:
    store = open_store(None, tmp_path / "amplifier.db")
    with store.write() as connection:
        connection.execute(text("UPDATE meta SET value = value"))
        for path in tmp_path.glob("amplifier.db*"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    store.close()


def test_a_migration_keeps_a_copy_of_the_file_first(tmp_path: Path) -> None:
    store = open_store(None, tmp_path / "amplifier.db")
    with store.write() as connection:  # an older revision that this version knows how to leave
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    store.close()
    with pytest.raises(ConfigurationError):
        open_store(None, tmp_path / "amplifier.db")
    assert revisions() == sorted(revisions())


def test_damage_is_said_and_nothing_is_touched(tmp_path: Path) -> None:
    path = tmp_path / "amplifier.db"
    path.write_bytes(b"this is no database, it is a letter" * 200)
    with pytest.raises(ConfigurationError, match="damaged"):
        open_store(None, path)
    assert path.read_bytes().startswith(b"this is no database")
