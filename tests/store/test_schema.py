from __future__ import annotations

import re
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from amplifier.engagement.query import views
from amplifier.errors import AmplifierError, ConfigurationError
from amplifier.model import Mode
from amplifier.store import beats, engagement, schema, tables
from amplifier.store.engine import Store, open_store
from amplifier.store.engine import database_url as database_address
from amplifier.store.schema import MIGRATIONS, VIEWS, ensure_schema, revisions, view_statements
from amplifier.store.types import instant_text
from tests.support.rows import SENT, add_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.engine import Connection

CONTRACT = {
    "post_log": "post_id campaign thread account network mode k n text state why due_at sent_at sent_at_local "
    "remote_id parent_remote_id url hook cost_usd deleted_at template reply_to",
    "thread_status": "campaign thread account mode state n sent next_due_at hook reply_to network template",
    "engagement_latest": "post_id campaign thread account mode k taken_at age_seconds likes reposts replies quotes "
    "bookmarks impressions gone_at hook network text url sent_at sent_at_local link_clicks profile_clicks engagements "
    "interactions rate not_told template reply_to",
    "campaign_summary": "campaign mode threads posts sent held failed cancelled likes reposts replies impressions "
    "quotes bookmarks link_clicks told gone cost_usd",
    "engagement_readings": "post_id campaign thread account network mode k taken_unix age_mark likes reposts replies "
    "quotes bookmarks impressions hook text url sent_at sent_at_local taken_at age_seconds link_clicks profile_clicks "
    "engagements interactions rate not_told origin template reply_to",
    "engagement_at_age": "post_id campaign thread account network mode k text url sent_at sent_at_local age_mark "
    "taken_at likes reposts replies quotes bookmarks impressions link_clicks profile_clicks engagements interactions "
    "rate not_told hook template reply_to",
    "engagement_growth": "post_id campaign thread account network mode k text url sent_at sent_at_local taken_at "
    "age_seconds age_mark impressions interactions seconds_gained impressions_gained interactions_gained",
    "thread_retention": "campaign thread account network mode k impressions retention age_mark post_id text url "
    "sent_at sent_at_local hook template reply_to",
    "thread_results": "campaign thread account network mode age_mark hook template reply_to posts told impressions "
    "interactions rate link_clicks sent_at sent_at_local weekday hour",
    "variant_results": "campaign network mode age_mark hook threads left_out posts impressions interactions rate "
    "thread_rate lowest_rate highest_rate",
    "template_results": "campaign network mode age_mark template threads left_out posts impressions interactions rate "
    "thread_rate lowest_rate highest_rate",
    "slot_results": "campaign account network mode age_mark weekday hour threads left_out posts impressions "
    "interactions rate thread_rate lowest_rate highest_rate",
    "hashtag_results": "campaign network mode age_mark hashtag threads posts told impressions interactions rate",
    "reading_gaps": "post_id campaign thread account network mode k text url sent_at sent_at_local age_mark why "
    "found_at",
    "engagement_hourly": "campaign mode hour readings gone likes reposts replies quotes bookmarks impressions "
    "link_clicks profile_clicks engagements",
    "cost_log": "day campaign account network mode what units cost_usd",
    "account_log": "account network mode day taken_at followers",
}


@pytest.fixture
def made(database_url: str, tmp_path: Path) -> Iterator[Store]:
    """Migrated by this very open, and at `database_url`."""
    opened = open_store(database_url, tmp_path / "amplifier.db", synchronous="OFF")
    yield opened
    opened.close()


def test_the_migrations_make_exactly_the_tables_of_the_models(made: Store) -> None:
    assert tables.PostRow.__tablename__ == "post"
    with made.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


@pytest.mark.parametrize("view", CONTRACT)
def test_a_view_keeps_its_promised_columns_in_front(store: Store, view: str) -> None:
    promised = CONTRACT[view].split()
    with store.read() as connection:
        columns = list(connection.execute(text(f"SELECT * FROM {view}")).keys())
    assert columns[: len(promised)] == promised


@pytest.mark.parametrize("view", ("post_log", "thread_status", "engagement_latest", "engagement_readings"))
def test_a_view_shows_the_hook_that_a_thread_got(store: Store, view: str) -> None:
    (post,) = add_thread(store, [SENT])
    with store.write() as connection:
        connection.execute(update(tables.thread).values(hook=2, reply_to="7"))
        connection.execute(insert(engagement.latest).values(post_id=post, taken_at=SENT, age_seconds=60))
        connection.execute(insert(engagement.snapshot).values(post_id=post, taken_at=1))
    with store.read() as connection:
        assert connection.execute(text(f"SELECT hook FROM {view}")).scalar_one() == 2
        if view == "thread_status":
            assert connection.execute(text(f"SELECT reply_to FROM {view}")).scalar_one() == "7"


@pytest.mark.parametrize("view", views())
def test_every_column_of_every_view_is_explained(store: Store, view: str) -> None:
    with store.read() as connection:
        assert list(connection.execute(text(f"SELECT * FROM {view}")).keys()) == views()[view]
    [statement] = [found for found in view_statements() if f"CREATE VIEW {view} AS" in found]
    for column in views()[view]:
        assert re.search(rf" AS {column},?  +-- \S.{{3}}", statement), column


@pytest.mark.parametrize("view", views())
def test_every_view_is_explained(view: str) -> None:
    assert re.search(rf"^-- [A-Z].*\.\nCREATE VIEW {view} AS$", VIEWS.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("table", ("event", "attempt", "approval"))
@pytest.mark.parametrize("verb", ("UPDATE {} SET id = id", "DELETE FROM {}"))
def test_history_refuses_update_and_delete(store: Store, table: str, verb: str) -> None:
    (post,) = add_thread(store, [None])
    rows = {
        "event": {"who": "me", "kind": "state", "at": SENT},
        "approval": {"thread_id": 1, "hash": "h", "approved_by": "me", "approved_at": SENT, "planned_at": SENT},
        "attempt": {"post_id": post, "epoch": 1, "kind": "publish", "worker": "w", "at": SENT, "lease_until": SENT},
    }
    history = SQLModel.metadata.tables[table]
    with store.write() as connection:
        connection.execute(insert(history).values(rows[table]))
    with pytest.raises((AmplifierError, DBAPIError), match="append-only"), store.write() as connection:
        connection.execute(text(verb.format(table)))
    with store.read() as connection:
        assert len(connection.execute(select(history)).all()) == 1


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


def test_a_newer_schema_is_refused(made: Store, database_url: str, tmp_path: Path) -> None:
    with made.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match=r"newer Amplifier \(schema 9999"):
        open_store(database_url, tmp_path / "amplifier.db")


def test_a_strangers_database_is_refused(made: Store, database_url: str, tmp_path: Path) -> None:
    with made.write() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    with pytest.raises(ConfigurationError, match="another program"):
        open_store(database_url, tmp_path / "amplifier.db")


def test_changed_views_are_made_again(made: Store, database_url: str, tmp_path: Path) -> None:
    with made.write() as connection:
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


@pytest.fixture
def newer(tmp_path: Path) -> Callable[[str], Path]:
    """The migrations of a later version: ours, and one more step that does `what`."""

    def make(what: str) -> Path:
        folder = tmp_path / "migrations"
        shutil.copytree(MIGRATIONS, folder)
        (folder / "versions" / "9000_next.py").write_text(
            "from alembic import op\n"
            f"revision, down_revision, branch_labels, depends_on = '9000', {revisions()[-1]!r}, None, None\n"
            f"def upgrade():\n    op.execute({what!r})\n",
            "utf-8",
        )
        return folder

    return make


def columns(connection: Connection) -> list[str]:
    return [column["name"] for column in inspect(connection).get_columns("campaign")]


NEXT = "ALTER TABLE campaign ADD COLUMN colour VARCHAR"


def test_a_migration_keeps_a_copy_of_the_file_as_it_was(tmp_path: Path, newer: Callable[[str], Path]) -> None:
    path = tmp_path / "amplifier.db"
    store = open_store(None, path)
    add_thread(store, [None, None])
    ensure_schema(store, newer(NEXT))
    with store.read() as connection:
        assert "colour" in columns(connection)
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9000"
        assert connection.execute(text("SELECT COUNT(*) FROM post_log")).scalar() == 2
    store.close()
    copy = Path(f"{path}.before-9000")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    older = open_store(None, copy)
    with older.read() as connection:
        assert "colour" not in columns(connection)
        assert connection.execute(text("SELECT COUNT(*) FROM post_log")).scalar() == 2
    older.close()
    with pytest.raises(ConfigurationError, match="made by a newer Amplifier"):
        open_store(None, path)


def test_nothing_is_copied_where_there_is_nothing_to_migrate(tmp_path: Path) -> None:
    for _ in range(2):
        open_store(None, tmp_path / "amplifier.db").close()
    assert not list(tmp_path.glob("*.before-*"))


def test_a_migration_that_fails_leaves_everything_as_it_was(store: Store, newer: Callable[[str], Path]) -> None:
    add_thread(store, [None])
    with pytest.raises((AmplifierError, DBAPIError)):
        ensure_schema(store, newer(f"{NEXT}; SELECT * FROM nowhere" if store.postgresql else "DROP TABLE nowhere"))
    with store.read() as connection:
        assert "colour" not in columns(connection)
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == revisions()[-1]
        assert connection.execute(text("SELECT COUNT(*) FROM post_log")).scalar() == 1


def test_a_migration_works_on_either_engine_and_leaves_an_analysts_own_view(
    store: Store, newer: Callable[[str], Path]
) -> None:
    with store.write() as connection:
        connection.execute(text("CREATE VIEW mine AS SELECT COUNT(*) AS posts FROM post"))
    ensure_schema(store, newer(NEXT))
    with store.read() as connection:
        assert connection.execute(text("SELECT posts FROM mine")).scalar() == 0
        assert "colour" in columns(connection)


def test_two_processes_that_migrate_at_once_migrate_once(
    made: Store, database_url: str, tmp_path: Path, newer: Callable[[str], Path]
) -> None:
    folder = newer(NEXT)
    others = [open_store(database_url, tmp_path / "amplifier.db") for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda other: ensure_schema(other, folder), others))
    with made.read() as connection:
        assert "colour" in columns(connection)
    for other in others:
        other.close()


def at_revision(revision: str, url: str, folder: Path) -> Store:
    """A database as the version left it that knew no later step; its views are not needed here."""
    shutil.copytree(MIGRATIONS, folder / "older")
    for step in (folder / "older" / "versions").glob("[0-9]*.py"):
        if step.name.split("_")[0] > revision:
            step.unlink()
    made = Store(create_engine(database_address(url, folder / "amplifier.db")), synchronous="OFF")
    with made.write() as connection:
        schema._upgrade(connection, folder / "older")
    return made


OLD_ROWS = """
INSERT INTO campaign (id, name, timezone, created_at) VALUES (1, 'dmz-escape', 'Asia/Seoul', :at);
INSERT INTO account (id, name, mode, network) VALUES (1, 'main', 'live', 'x');
INSERT INTO thread (id, campaign_id, name, account_id, network, mode, n, hash, planned_at, post_gap, thread_gap,
    late, resume_within, created_at) VALUES (1, 1, 'story', 1, 'x', 'live', 1, 'h', :at, 20, 7200, 5400, 21600, :at);
INSERT INTO post (id, thread_id, campaign_id, account_id, network, mode, k, text, state, remote_id, planned_at,
    due_at, created_at) VALUES (1, 1, 1, 1, 'x', 'live', 1, 'A post.', 'sent', '7', :at, :at, :at);
INSERT INTO beat (kind, worker, at) VALUES ('publish', 'mail/once', :at);
INSERT INTO beat (kind, worker, at, note) VALUES ('collect', 'mail/once', :at, 'two readings')
"""
GROWN: dict[str, dict[str, object]] = {
    "campaign": {"readings": None},
    "account": dict.fromkeys(("budget_until", "budget_why", "budget_caps", "look_from", "restored_at")),
    "thread": {"hook": None, "reply_to": None, "wall": None, "approvals": 1},
    "post": {"cost": None, "checked_at": None, "deleted_at": None},
}


def test_the_first_schema_grows_and_keeps_its_rows(database_url: str, tmp_path: Path) -> None:
    older = at_revision("0001", database_url, tmp_path)
    with older.write() as connection:
        for statement in OLD_ROWS.split(";"):
            connection.execute(text(statement), {"at": instant_text(SENT)})
    before = everything(older)
    older.close()
    newer = open_store(database_url, tmp_path / "amplifier.db")
    assert everything(newer) == {table: [row | GROWN[table] for row in rows] for table, rows in before.items()}
    with newer.read() as connection:
        found = connection.execute(text("SELECT thread, hook, reply_to FROM thread_status")).all()
        assert [tuple(row) for row in found] == [("story", None, None)]
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []
    # nobody knows for which modes an old beat was: it counts for all of them
    assert {beats.last(newer, beats.PUBLISH, mode) for mode in Mode} == {SENT}
    assert beats.last(newer, beats.COLLECT) == SENT
    newer.close()


def everything(store: Store) -> dict[str, list[dict[str, object]]]:
    with store.read() as connection:
        return {
            table: [dict(row) for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY id")).mappings()]
            for table in ("campaign", "account", "thread", "post")
        }


def test_damage_is_said_and_nothing_is_touched(tmp_path: Path) -> None:
    path = tmp_path / "amplifier.db"
    path.write_bytes(b"this is no database, it is a letter" * 200)
    with pytest.raises(ConfigurationError, match="damaged"):
        open_store(None, path)
    assert path.read_bytes().startswith(b"this is no database")
