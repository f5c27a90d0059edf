from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from amplifier.store.types import instant_text
from tests.support.house import House, texts_of


@pytest.fixture
def house(tmp_path: Path) -> House:
    built = House.build(tmp_path / "w")
    built.write("one", post_gap="0s")
    built.environment = {"AMPLIFIER_SETTLE_SECONDS": "0", "AMPLIFIER_LEASE_SECONDS": "3"}
    built.cli("approve", str(built.campaign), "--now", "--yes")
    return built


def outbox(house: House) -> list[str]:
    return [json.loads(line)["text"] for line in (house.root / "outbox/posts.jsonl").read_text("utf-8").splitlines()]


def put_back(house: House, copy: Path) -> None:
    for side in ("", "-wal", "-shm"):
        (house.root / f"amplifier.db{side}").unlink(missing_ok=True)
    shutil.copy(copy, house.root / "amplifier.db")


def made(house: House, *arguments: str) -> Path:
    told = house.cli("backup", *arguments)
    assert "how to restore it" in told.stderr
    return Path(told.stdout.removeprefix("backup: ").strip())


def check(house: House, what: str) -> list[str]:
    found = json.loads(house.cli("doctor", "--json", code=None).stdout)
    return [f"{item['level']}: {item['said']}" for item in found if item["what"] == what]


@pytest.mark.parametrize("how", ("backup", "copied by hand"))
def test_what_went_out_after_the_copy_is_not_sent_again(house: House, how: str) -> None:
    copy = house.root / "kept.db"
    if how == "backup":
        made(house, "--out", str(copy))
    else:
        with closing(sqlite3.connect(house.root / "amplifier.db")) as raw:
            raw.execute("VACUUM INTO ?", (str(copy),))
    house.cli("run", "--drain")
    sent = outbox(house)
    assert len(sent) == len(texts_of("one"))
    put_back(house, copy)
    told = house.cli("run", "--drain")
    assert "found on the network" in told.stdout
    assert outbox(house) == sent
    (said,) = check(house, "restored")
    since = json.loads(house.cli("status", "--json", code=None).stdout)["restored"]["copy_of"]
    assert (
        f"restored: the database is a copy of {since}; do again what was approved, cancelled, paused or withdrawn since"
    ) in house.cli("status", code=None).stdout.splitlines()
    assert said.startswith("warning: the database was restored on ")
    log = json.loads(house.cli("queue", "list", "--json").stdout)
    assert [row["state"] for row in log] == ["sent"] * 3


def test_a_backup_lies_in_its_folder_and_doctor_says_how_old_it_is(house: House) -> None:
    assert check(house, "backups") == ["warning: none"]
    path = made(house)
    assert path.parent == house.root / "backups"
    assert check(house, "backups")[0].startswith("ok: the newest is of ")
    old = datetime.now(UTC) - timedelta(days=2)
    path.rename(path.with_name(f"amplifier-{old:%Y%m%dT%H%M%SZ}.db"))
    assert check(house, "backups")[0].startswith("warning: the newest is of ")


def test_a_fresh_workspace_needs_no_backup(tmp_path: Path) -> None:
    assert check(House.build(tmp_path / "fresh"), "backups") == []


def test_how_many_stay_is_a_setting(house: House) -> None:
    house.environment["AMPLIFIER_BACKUP_KEEP"] = "1"
    for hours in (3, 2):
        at = datetime.now(UTC) - timedelta(hours=hours)
        path = made(house)
        path.rename(path.with_name(f"amplifier-{at:%Y%m%dT%H%M%SZ}.db"))
    last = made(house)
    assert list((house.root / "backups").glob("*.db")) == [last]


def test_a_place_of_its_own_is_taken_as_it_is_written(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(house.root)
    assert made(house, "--out", "usb.db") == house.root / "usb.db"
    assert "replaces nothing" in house.cli("backup", "--out", "usb.db", code=2).stderr


def test_a_copy_that_is_only_looked_at_stays_a_copy(house: House) -> None:
    copy = made(house)
    house.environment["AMPLIFIER_DATABASE_URL"] = f"sqlite:///{copy}"
    house.cli("status", code=None)
    house.cli("queue", "list")
    with closing(sqlite3.connect(copy)) as raw:
        (at,) = raw.execute("SELECT value FROM meta WHERE key = 'copied_at'").fetchone()
    assert at <= instant_text(datetime.now(UTC))


@pytest.mark.slow
def test_a_lock_of_another_program_for_longer_than_we_wait_is_said_and_the_next_run_goes_on(house: House) -> None:
    with closing(sqlite3.connect(house.root / "amplifier.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        told = house.process("run", "--once", code=75)
        assert "is locked by another program" in told.stderr
        assert "nothing was lost" in told.stderr
        other.execute("ROLLBACK")
    house.process("run", "--once")
    assert len(outbox(house)) == len(texts_of("one"))
