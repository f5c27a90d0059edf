from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from sqlalchemy import insert, select

from amplifier.errors import ConfigurationError, TryLater, UsageError
from amplifier.store import meta, tables
from amplifier.store.backup import Stopped, backup, newest
from amplifier.store.engine import Store, open_store
from amplifier.store.types import instant_text
from tests.support.house import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def fill(store: Store, count: int = 1, name: str = "c") -> None:
    rows = [{"name": f"{name}{n}", "timezone": "UTC" * 50, "created_at": NOON} for n in range(count)]
    with store.write() as connection:
        connection.execute(insert(tables.campaign), rows)


def names(path: Path) -> set[str]:
    opened = open_store(None, path)
    with opened.read() as connection:
        found = set(connection.execute(select(tables.campaign.c.name)).scalars())
    opened.close()
    return found


def make(store: Store, folder: Path, hours: int = 0, keep: int = 24, **options: object) -> Path:
    return backup(store, folder, NOON + timedelta(hours=hours), keep=keep, **options)  # type: ignore[arg-type]


def test_a_copy_of_a_copy_that_nobody_has_noticed_knows_no_more_than_that_one(
    sqlite_store: Store, tmp_path: Path
) -> None:
    """A backup between a restore and the first run after it: what went out before the restore is in neither."""
    first = make(sqlite_store, tmp_path / "one")
    opened = open_store(None, first)
    second = make(opened, tmp_path / "two", hours=5)
    opened.close()
    with closing(sqlite3.connect(second)) as connection:
        found = connection.execute("SELECT value FROM meta WHERE key = ?", (meta.COPIED,)).fetchall()
    assert found == [(instant_text(NOON),)]


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock")


def test_a_copy_is_whole_private_and_knows_until_when_it_knows(sqlite_store: Store, tmp_path: Path) -> None:
    fill(sqlite_store)
    made = make(sqlite_store, tmp_path / "backups")
    assert made == tmp_path / "backups/amplifier-20261201T120000Z.db"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.parent.stat().st_mode) == 0o700
    assert left_in(made.parent) == [made.name]
    fill(sqlite_store, name="later")
    assert names(made) == {"c0"}
    copied = open_store(None, made)
    with copied.read() as connection, sqlite_store.read() as ours:
        assert meta.get(connection, meta.COPIED) == {meta.COPIED: instant_text(NOON)}
        assert meta.get(ours, meta.COPIED) == {}
        assert meta.get(ours, meta.IDENTITY) == meta.get(connection, meta.IDENTITY) != {}
    copied.close()


def test_writers_go_on_while_it_is_copied(sqlite_store: Store, tmp_path: Path) -> None:
    fill(sqlite_store, 3000)
    asked = 0

    def meanwhile() -> bool:
        nonlocal asked
        asked += 1
        fill(sqlite_store, name=f"during{asked}-")
        return False

    made = make(sqlite_store, tmp_path / "backups", stopping=meanwhile)
    assert asked
    assert len([name for name in names(made) if name.startswith("c")]) == 3000
    with sqlite_store.read() as connection:
        assert len(connection.execute(select(tables.campaign.c.id)).all()) == 3000 + asked


def test_only_the_newest_stay_and_nothing_else_is_touched(sqlite_store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    others = ["other-20201201T120000Z.db", "amplifier-by-hand.db", "notes.txt"]
    for name in others:
        (folder / name).write_text("")
    made = [make(sqlite_store, folder, hours, keep=2) for hours in range(4)]
    assert left_in(folder) == sorted([*others, made[2].name, made[3].name])
    assert newest(folder, "amplifier") == (made[3], NOON + timedelta(hours=3))
    assert newest(tmp_path / "nowhere", "amplifier") is None


def test_nothing_is_ever_replaced(sqlite_store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    make(sqlite_store, folder)
    with pytest.raises(UsageError, match="replaces nothing"):
        make(sqlite_store, folder)
    out = tmp_path / "usb.db"
    assert make(sqlite_store, folder, out=out, keep=1) == out
    assert len(left_in(folder)) == 1  # nor is anything pruned for a copy elsewhere
    with pytest.raises(UsageError, match=r"usb\.db exists already"):
        make(sqlite_store, folder, out=out)


def test_two_at_once_are_one(sqlite_store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    with FileLock(folder / ".lock"), pytest.raises(TryLater, match="under way"):
        make(sqlite_store, folder)
    assert left_in(folder) == []


def test_a_stop_ends_it_at_once_and_leaves_nothing(sqlite_store: Store, tmp_path: Path) -> None:
    fill(sqlite_store, 5000)
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        make(sqlite_store, tmp_path / "backups", stopping=stop.is_set)
    assert left_in(tmp_path / "backups") == []


def test_what_a_killed_backup_left_is_removed_by_the_next(sqlite_store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / ".amplifier-20261201T110000Z.db.part").write_text("half")
    made = make(sqlite_store, folder)
    assert left_in(folder) == [made.name]


def test_a_database_that_is_not_whole_is_not_copied_over_the_good_copies(sqlite_store: Store, tmp_path: Path) -> None:
    fill(sqlite_store)
    good = make(sqlite_store, tmp_path / "backups", keep=1)
    with sqlite3.connect(tmp_path / "amplifier.db") as raw:
        raw.execute("PRAGMA ignore_check_constraints = ON")
        raw.execute("INSERT INTO account (name, mode, network) VALUES ('main', 'elsewhere', 'x')")
    raw.close()
    with pytest.raises(ConfigurationError, match="would not be whole: CHECK constraint failed in account"):
        make(sqlite_store, tmp_path / "backups", 1, keep=1)
    assert left_in(tmp_path / "backups") == [good.name]


def test_pages_that_were_overwritten_are_said(tmp_path: Path, migrated_file: Path) -> None:
    path = tmp_path / "amplifier.db"
    shutil.copy(migrated_file, path)
    store = open_store(None, path)
    fill(store, 2000)
    store.close()
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2 :] = b"\xff" * (len(raw) - len(raw) // 2)
    path.write_bytes(raw)
    with pytest.raises(ConfigurationError, match="is damaged"):
        make(store, tmp_path / "backups")
    assert left_in(tmp_path / "backups") == []


def test_a_place_that_cannot_be_written_is_said(sqlite_store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder, out in ((tmp_path / "file", None), (tmp_path / "b", tmp_path / "no" / "a.db")):
        with pytest.raises(ConfigurationError, match="no backup can be written to") as caught:
            make(sqlite_store, folder, out=out)
        assert "--out FILE" in caught.value.hint


@pytest.mark.postgresql
def test_postgresql_is_copied_with_its_own_tool(postgresql_store: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="PostgreSQL") as caught:
        make(postgresql_store, tmp_path / "backups")
    assert "pg_dump --format=custom --file=amplifier-20261201T120000Z.dump" in caught.value.hint
    assert not (tmp_path / "backups").exists()


CHILD = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from amplifier.errors import AmplifierError
from amplifier.store.backup import backup
from amplifier.store.engine import open_store
root = Path(sys.argv[1])
store = open_store(None, root / "amplifier.db")
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    backup(store, root / "backups", datetime(2026, 12, 1, 13, tzinfo=UTC), keep=1)
except AmplifierError as exc:
    print(exc.exit_code, exc)
"""


def test_a_disk_that_takes_no_more_leaves_no_half_file(sqlite_store: Store, tmp_path: Path) -> None:
    fill(sqlite_store, 3000)
    good = make(sqlite_store, tmp_path / "backups", keep=1)
    told = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path)], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert told.stdout.startswith("75 "), told
    assert "free some space" in told.stdout
    assert left_in(tmp_path / "backups") == [good.name]


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_only_whole_copies(sqlite_store: Store, tmp_path: Path) -> None:
    fill(sqlite_store, 5000)
    code = (
        "import sys; from datetime import UTC, datetime; from pathlib import Path;"
        "from amplifier.store.backup import backup; from amplifier.store.engine import open_store;"
        "root = Path(sys.argv[1]); store = open_store(None, root / 'amplifier.db'); print('ready', flush=True);"
        "[backup(store, root / 'backups', datetime.now(UTC), keep=99, out=root / 'backups' / f'{n}.db')"
        " for n in range(int(sys.argv[2]), 10**6)]"
    )
    wait: Callable[[float], bool] = threading.Event().wait
    for turn in range(5):
        command = [sys.executable, "-c", code, str(tmp_path), str(turn * 1000)]
        child = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE)
        assert child.stdout
        child.stdout.readline()
        wait(0.05 + 0.03 * turn)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
    whole = list((tmp_path / "backups").glob("[0-9]*.db"))
    assert whole
    for path in whole:
        with sqlite3.connect(path) as raw:
            assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        raw.close()


@pytest.mark.parametrize("name", ("a?b", "a%20b", "a b", "기사", "a#b;c"))
def test_the_copy_is_of_the_file_that_its_name_says(tmp_path: Path, migrated_file: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    shutil.copy(migrated_file, folder / "amplifier.db")
    store = open_store(None, folder / "amplifier.db")
    fill(store)
    assert names(make(store, folder / "backups")) == {"c0"}
    store.close()
