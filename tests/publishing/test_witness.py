from __future__ import annotations

import json
import stat
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from amplifier.publishing import restored, witness
from amplifier.store import journal, meta, tables
from amplifier.store.types import instant_text
from tests.support.queue import DROPPED, SETTLE, START, Bench

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from amplifier.store.engine import Store

HOUR = timedelta(hours=1)


def notice(bench: Bench, folder: Path | None = None) -> bool:
    return witness.notice(bench.store, folder, settle=SETTLE, who="host/once/1", now=bench.clock.now())


def happen(bench: Bench, at: datetime, count: int = 1) -> None:
    with bench.store.write() as connection:
        journal.record_all(connection, [journal.entry(at, "Kim", "beat") for _ in range(count)])


def forget(store: Store, number: int) -> None:
    """What a restore does: the newest events are gone, and their numbers are given again."""
    with store.write() as connection:
        if store.postgresql:
            connection.execute(text("ALTER TABLE event DISABLE TRIGGER ALL"))
        else:
            triggers = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            kept = [
                connection.execute(text("SELECT sql FROM sqlite_master WHERE name = :n"), {"n": name}).scalar_one()
                for name in triggers
            ]
            for name in triggers:
                connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text(f"DELETE FROM event WHERE id > {number}"))
        if store.postgresql:
            connection.execute(text("ALTER TABLE event ENABLE TRIGGER ALL"))
            connection.execute(text(f"ALTER SEQUENCE event_id_seq RESTART WITH {number + 1}"))
        else:
            for statement in kept:
                connection.execute(text(statement))


def mark(store: Store, at: datetime) -> None:
    with store.write() as connection:
        meta.put(connection, meta.COPIED, instant_text(at))


def identity(store: Store) -> str:
    with store.read() as connection:
        return meta.get(connection, meta.IDENTITY)[meta.IDENTITY]


def messages(store: Store) -> list[dict[str, str]]:
    with store.read() as connection:
        return [json.loads(row) for row in connection.execute(select(tables.alert.c.content)).scalars()]


def test_a_database_that_was_not_restored_is_left_alone(bench: Bench, tmp_path: Path) -> None:
    bench.thread()
    before = identity(bench.store)
    assert not notice(bench, tmp_path)
    witness.keep(bench.store, tmp_path)
    happen(bench, START + HOUR)
    assert not notice(bench, tmp_path)
    assert bench.account()["restored_at"] is None
    assert identity(bench.store) == before
    assert messages(bench.store) == []


def test_a_copy_s_own_mark_is_noticed_once_and_told_to_a_person(bench: Bench) -> None:
    bench.thread()
    mark(bench.store, START - HOUR)
    before = identity(bench.store)
    assert notice(bench)
    account = bench.account()
    assert (account["look_from"], account["restored_at"]) == (START - HOUR, START)
    assert identity(bench.store) != before
    assert not notice(bench)
    assert [(event["kind"], event["who"]) for event in bench.events("restored")] == [("restored", "host/once/1")]
    (told,) = messages(bench.store)
    assert told["kind"] == "restored"
    assert "a copy of 2026-11-30 23:30 UTC" in told["detail"]


def test_events_that_a_witness_saw_and_that_are_gone_were_rolled_back(bench: Bench, tmp_path: Path) -> None:
    bench.thread()
    happen(bench, START + HOUR)
    kept = bench.events()[-1]["id"]
    happen(bench, START + 2 * HOUR, 3)
    witness.keep(bench.store, tmp_path)
    forget(bench.store, kept)
    bench.clock.move(hours=3)
    assert notice(bench, tmp_path)
    account = bench.account()
    assert (account["look_from"], account["restored_at"]) == (START + HOUR, START + 3 * HOUR)
    witness.keep(bench.store, tmp_path)
    assert not notice(bench, tmp_path)


def test_what_others_wrote_since_the_restore_does_not_hide_it(bench: Bench, tmp_path: Path) -> None:
    bench.thread()
    happen(bench, START + HOUR)
    kept = bench.events()[-1]["id"]
    happen(bench, START + 2 * HOUR, 3)
    witness.keep(bench.store, tmp_path)
    forget(bench.store, kept)
    happen(bench, START + 3 * HOUR, 9)
    assert notice(bench, tmp_path)
    assert bench.account()["look_from"] == START + HOUR


def test_a_person_who_was_quicker_than_the_clock_does_not_hide_it(bench: Bench, tmp_path: Path) -> None:
    """A command right after the restore, by a clock that was set back a little, is no older than the copy for that."""
    bench.thread()
    happen(bench, START + HOUR)
    kept = bench.events()[-1]["id"]
    happen(bench, START + 2 * HOUR, 3)
    witness.keep(bench.store, tmp_path)
    forget(bench.store, kept)
    happen(bench, START + 2 * HOUR - timedelta(minutes=1))
    assert notice(bench, tmp_path)
    assert bench.account()["look_from"] == START + HOUR


def test_times_of_a_clock_that_was_ahead_before_the_copy_do_not_shorten_the_look(bench: Bench, tmp_path: Path) -> None:
    bench.thread()
    happen(bench, START + 3 * HOUR)  # then the clock was put right
    happen(bench, START + HOUR)
    kept = bench.events()[-1]["id"]
    happen(bench, START + 6 * HOUR, 3)
    witness.keep(bench.store, tmp_path)
    forget(bench.store, kept)
    assert notice(bench, tmp_path)
    assert bench.account()["look_from"] == START + HOUR


def test_a_copy_from_before_the_first_event_is_looked_through_for_a_month(bench: Bench, tmp_path: Path) -> None:
    bench.thread()
    witness.keep(bench.store, tmp_path)
    forget(bench.store, 0)
    assert notice(bench, tmp_path)
    assert bench.account()["look_from"] == START - restored.RECENT


def test_two_workers_that_notice_at_once_restore_once(bench: Bench, tmp_path: Path) -> None:
    bench.thread()
    mark(bench.store, START - HOUR)
    store = bench.store

    class Late(type(store)):  # type: ignore[misc]
        """The other worker is first, between this one's reading and its writing."""

        def __init__(self) -> None:
            self.__dict__ = store.__dict__

        def write(self) -> object:
            del self.__class__.write
            assert notice(bench)
            return store.write()

    assert not witness.notice(Late(), None, settle=SETTLE, who="host/once/2", now=START)
    assert len(bench.events("restored")) == 1


@pytest.mark.parametrize("broken", ("", "{", "[]", '{"event": "x"}', '{"event": 1}', '{"event": 1, "at": "x"}'))
def test_a_witness_that_cannot_be_read_says_nothing(sqlite_bench: Bench, tmp_path: Path, broken: str) -> None:
    bench = sqlite_bench
    bench.thread()
    witness.keep(bench.store, tmp_path)
    (file,) = tmp_path.glob("witness-*.json")
    forget(bench.store, 0)
    file.write_text(broken, "utf-8")
    assert not notice(bench, tmp_path)


def test_a_witness_is_for_its_owner_and_no_place_for_it_is_no_failure(sqlite_bench: Bench, tmp_path: Path) -> None:
    bench = sqlite_bench
    folder = tmp_path / "private"
    witness.keep(bench.store, folder)
    assert not folder.exists()  # nothing has happened yet
    bench.thread()
    witness.keep(bench.store, folder)
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (tmp_path / "file").write_text("")
    witness.keep(bench.store, tmp_path / "file")
    witness.keep(bench.store, None)


def test_a_run_keeps_a_witness_of_all_that_it_did(sqlite_bench: Bench, tmp_path: Path) -> None:
    bench = sqlite_bench
    bench.thread(gap=0)
    bench.run(private=tmp_path / "private")
    (file,) = (tmp_path / "private").iterdir()
    assert json.loads(file.read_text("utf-8"))["event"] == bench.events()[-1]["id"]


def test_a_doubt_of_the_copy_is_looked_into_from_now_on(bench: Bench) -> None:
    """One of its two looks was before the lost time: the post may have been sent again since."""
    bench.thread(posts=1)
    bench.timeline().script.append(DROPPED)
    bench.beats()
    bench.clock.move(seconds=90)
    bench.beats()
    assert bench.post("story", 1)["looks"] == 1
    bench.clock.move(hours=1)
    mark(bench.store, bench.clock.now() - HOUR)
    assert notice(bench)
    row = bench.post("story", 1)
    assert (row["state"], row["looks"], row["unknown_at"]) == ("unknown", 0, bench.clock.now())
    assert row["due_at"] == bench.clock.now() + SETTLE
    assert bench.beats() == []


def test_a_second_restore_still_looks_through_the_time_that_the_first_one_lost(bench: Bench) -> None:
    bench.thread()
    mark(bench.store, START - HOUR)
    notice(bench)
    bench.clock.move(days=2)
    mark(bench.store, START + HOUR)
    assert notice(bench)
    assert bench.account()["look_from"] == START - HOUR
    told = bench.events("restored")[-1]["why"]
    assert f"is a copy of {START + HOUR:%Y-%m-%d %H:%M} UTC" in told, "what came before that is in it"
    bench.clock.move(days=40)
    mark(bench.store, START + 2 * HOUR)
    assert notice(bench)
    assert bench.account()["look_from"] == START + 2 * HOUR
