from __future__ import annotations

import json
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from amplifier.publishing.copies import EVERY, Copies
from amplifier.store import tables

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.queue import Bench


def copies(bench: Bench, folder: Path) -> Copies:
    return Copies(bench.store, folder, 24, bench.clock.now)


def going_on() -> bool:
    return False


def told(bench: Bench) -> list[tuple[str, str]]:
    with bench.store.read() as connection:
        found = connection.execute(select(tables.alert.c.content).order_by(tables.alert.c.id)).scalars()
        return [(content["kind"], content["detail"]) for content in map(json.loads, found)]


def made(folder: Path) -> int:
    return len(list(folder.glob("*.db")))


def test_one_is_made_an_hour_however_often_it_is_asked(sqlite_bench: Bench, tmp_path: Path) -> None:
    bench, folder = sqlite_bench, tmp_path / "backups"
    kept = copies(bench, folder)
    assert kept.keep_up(going_on) == EVERY
    bench.clock.move(minutes=20)
    assert kept.keep_up(going_on) == timedelta(minutes=40)
    assert copies(bench, folder).keep_up(going_on) == timedelta(minutes=40)  # a daemon that was started anew
    assert made(folder) == 1
    bench.clock.move(minutes=40)
    assert kept.keep_up(going_on) == EVERY
    assert made(folder) == 2
    bench.clock.move(hours=-9)  # a clock that was set back must not stop them
    assert kept.keep_up(going_on) == EVERY
    assert made(folder) == 3


def test_a_stop_gives_it_up_and_is_no_failure(sqlite_bench: Bench, tmp_path: Path) -> None:
    sqlite_bench.thread(posts=[f"{n} " * 100 for n in range(200)])
    assert copies(sqlite_bench, tmp_path / "backups").keep_up(lambda: True) == EVERY
    assert made(tmp_path / "backups") == 0
    assert told(sqlite_bench) == []


def test_a_person_is_told_once_that_they_fail_and_once_that_they_are_made_again(
    sqlite_bench: Bench, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bench, folder = sqlite_bench, tmp_path / "backups"
    folder.write_text("in the way")
    kept = copies(bench, folder)
    for _ in range(3):
        assert kept.keep_up(going_on) == EVERY
    assert "no backup can be written" in caplog.text
    folder.unlink()
    kept.keep_up(going_on)
    assert [kind for kind, _ in told(bench)] == ["backup", "recovery"]
    assert "no backup is made: no backup can be written to" in told(bench)[0][1]


def test_a_database_that_takes_no_message_either_is_only_logged(
    sqlite_bench: Bench, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bench = sqlite_bench
    bench.thread()
    shutil.move(str(bench.store.path), tmp_path / "elsewhere.db")
    assert copies(bench, tmp_path / "backups").keep_up(going_on) == EVERY
    assert "is gone" in caplog.text


@pytest.mark.postgresql
def test_postgresql_is_copied_by_others(postgresql_bench: Bench, tmp_path: Path) -> None:
    assert copies(postgresql_bench, tmp_path / "backups").keep_up(going_on) is None
    assert not (tmp_path / "backups").exists()
