from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from amplifier.errors import ConfigurationError, TryLater
from amplifier.store import beats, tables
from amplifier.store.engine import Store, database_url, open_store
from amplifier.store.types import WIDTH, instant_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy.engine import Connection

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def campaign(name: str, at: datetime = NOON) -> dict[str, object]:
    return {"name": name, "timezone": "Asia/Seoul", "created_at": at}


# ---------------------------------------------------------------- transactions


def test_a_write_is_kept_whole_or_not_at_all(store: Store) -> None:
    with store.write() as connection:
        connection.execute(insert(tables.campaign).values(campaign("one")))

    def fail(last: Callable[[Connection], object]) -> None:
        with store.write() as connection:
            connection.execute(insert(tables.campaign).values(campaign("two")))
            last(connection)

    def interrupt(_: Connection) -> None:
        raise KeyboardInterrupt

    with pytest.raises(IntegrityError):
        fail(lambda connection: connection.execute(insert(tables.campaign).values(campaign("one"))))
    with pytest.raises(KeyboardInterrupt):
        fail(interrupt)
    with store.read() as connection:
        assert list(connection.execute(select(tables.campaign.c.name)).scalars()) == ["one"]


def test_what_is_done_while_reading_is_not_kept(store: Store) -> None:
    with store.read() as connection:
        connection.execute(text("SELECT 1"))
        if not store.postgresql:
            connection.execute(insert(tables.campaign).values(campaign("one")))
    with store.read() as connection:
        assert connection.execute(select(tables.campaign.c.name)).all() == []


def test_a_reader_sees_one_moment_while_a_writer_goes_on(store: Store) -> None:
    names = select(tables.campaign.c.name)
    with store.read() as reading:
        assert reading.execute(names).all() == []
        with store.write() as writing:
            writing.execute(insert(tables.campaign).values(campaign("one")))
        assert reading.execute(names).all() == []
    with store.read() as reading:
        assert len(reading.execute(names).all()) == 1


@pytest.mark.postgresql
def test_the_setting_of_a_reader_does_not_stay_with_its_connection(postgresql_store: Store) -> None:
    with postgresql_store.read() as connection:
        assert connection.execute(text("SHOW transaction_isolation")).scalar() == "repeatable read"
    with postgresql_store.write() as connection:
        assert connection.execute(text("SHOW transaction_isolation")).scalar() == "read committed"


# ---------------------------------------------------------------- what goes wrong, in words


def test_a_database_that_another_program_keeps_locked_says_try_later(tmp_path: Path) -> None:
    store = open_store(None, tmp_path / "amplifier.db")
    other = sqlite3.connect(tmp_path / "amplifier.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with store.read() as connection:  # readers never wait
        connection.exec_driver_sql("PRAGMA busy_timeout = 50")
        assert connection.execute(text("SELECT COUNT(*) FROM pause")).scalar() == 1
    with pytest.raises(TryLater, match=r"amplifier\.db is locked by another program") as caught, store.write():
        pytest.fail("the write began")
    assert "nothing was lost" in caught.value.hint
    other.execute("ROLLBACK")
    with store.write() as connection:
        connection.execute(text("UPDATE meta SET value = value"))
    other.close()
    store.close()


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    store = open_store(None, tmp_path / "amplifier.db")
    with store.read() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(ConfigurationError, match="cannot be written") as caught, store.write() as connection:
        connection.execute(text("UPDATE meta SET value = value"))
    assert "who may write" in caught.value.hint
    store.close()


def test_a_place_where_no_file_can_be_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be opened: Is a directory"):
        open_store(None, tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        open_store(None, tmp_path / "file" / "amplifier.db")


def test_a_damaged_file_is_said_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "amplifier.db"
    store = open_store(None, path)
    with store.write() as connection:
        connection.execute(insert(tables.campaign), [campaign(f"c{number}" * 20) for number in range(200)])
    store.close()
    raw = bytearray(path.read_bytes())
    raw[4096:] = b"\xff" * (len(raw) - 4096)
    path.write_bytes(raw)
    with pytest.raises(ConfigurationError, match=r"amplifier\.db is damaged") as caught:
        open_store(None, path)
    assert "restore the newest backup" in caught.value.hint
    assert path.read_bytes() == raw


def test_a_server_out_of_reach_is_said_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://kim:top-secret@127.0.0.1:1/amplifier"
    with pytest.raises(ConfigurationError, match="cannot be reached") as caught:
        open_store(url, tmp_path / "unused.db")
    assert "kim:***@127.0.0.1" in str(caught.value)
    assert "top-secret" not in str(caught.value)
    assert "AMPLIFIER_DATABASE_URL" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ("postgresql://kim:top-secret@host:port/name", "postgresql://[::1/name"))
def test_an_address_that_is_none_is_said_without_its_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="AMPLIFIER_DATABASE_URL is no address") as caught:
        open_store(url, tmp_path / "unused.db")
    assert "top-secret" not in str(caught.value)


def test_a_relative_path_lies_beside_the_default(tmp_path: Path) -> None:
    assert database_url("sqlite:///data/a.db", tmp_path / "amplifier.db").database == str(tmp_path / "data/a.db")
    assert database_url("sqlite:////srv/a.db", tmp_path / "amplifier.db").database == "/srv/a.db"
    assert database_url(None, tmp_path / "amplifier.db").database == str(tmp_path / "amplifier.db")
    assert database_url("postgres://h/n", tmp_path / "a").drivername == "postgresql+psycopg"
    with pytest.raises(ConfigurationError, match="no address of a database"):  # else half a password is shown as a host
        database_url("postgresql://person:pass@word@host/n", tmp_path / "a")


# ---------------------------------------------------------------- instants


@pytest.mark.parametrize("column", ("created_at",))
def test_an_instant_without_a_zone_is_refused(store: Store, column: str) -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(StatementError, match="needs a zone"), store.write() as connection:
        connection.execute(insert(tables.campaign).values(campaign("one", naive)))
    with pytest.raises(ValueError, match="needs a zone"):
        instant_text(naive)


def test_instants_come_back_as_they_were_in_utc_and_sort_as_they_stand(store: Store) -> None:
    seoul = timezone(timedelta(hours=9))
    instants = [
        datetime(2026, 12, 1, 12, tzinfo=UTC),
        datetime(2026, 12, 1, 21, 0, 0, 1, tzinfo=seoul),
        datetime(2027, 1, 1, tzinfo=UTC),
    ]
    with store.write() as connection:
        for number, at in reversed(list(enumerate(instants))):
            connection.execute(insert(tables.campaign).values(campaign(f"c{number}", at)))
    with store.read() as connection:
        found = list(
            connection.execute(select(tables.campaign.c.created_at).order_by(tables.campaign.c.created_at)).scalars()
        )
    assert found == instants
    assert {at.utcoffset() for at in found} == {timedelta(0)}
    assert {len(instant_text(at)) for at in instants} == {WIDTH}


@pytest.mark.postgresql
def test_the_shared_clock_is_the_servers(postgresql_store: Store) -> None:
    assert abs(postgresql_store.now() - datetime.now(UTC)) < timedelta(seconds=5)


# ---------------------------------------------------------------- beats


def test_a_beat_replaces_the_one_before_and_the_newest_counts(store: Store) -> None:
    assert beats.last(store, beats.PUBLISH) == beats.NEVER
    beats.touch(store, beats.PUBLISH, "a/once", NOON)
    beats.touch(store, beats.PUBLISH, "b/daemon", NOON + timedelta(minutes=2))
    beats.touch(store, beats.PUBLISH, "a/once", NOON + timedelta(minutes=1), note="slow")
    beats.touch(store, beats.COLLECT, "a/once", NOON + timedelta(minutes=9))
    assert beats.last(store, beats.PUBLISH) == NOON + timedelta(minutes=2)
    assert [(row["worker"], row["note"]) for row in beats.listing(store)] == [
        ("a/once", None), ("b/daemon", None), ("a/once", "slow"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ("a?b", "a%20b", "a b", "기사", "a#b;c"))
def test_the_file_lies_where_its_name_says(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    for url in (None, f"sqlite:///{folder}/other.db"):
        open_store(url, folder / "amplifier.db").close()
    assert {"amplifier.db", "other.db"} <= {path.name for path in folder.iterdir()}
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.postgresql
def test_postgresql_does_not_compile_our_statements(postgresql_store: Store) -> None:
    """Its estimate of a claim with many accounts passes the cost from which it would, for a tenth of a second."""
    with postgresql_store.read() as connection:
        assert connection.execute(text("SHOW jit")).scalar_one() == "off"
