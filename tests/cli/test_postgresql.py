"""The commands on PostgreSQL, chosen by the URL alone; the database may be empty."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.support.house import House
from tests.support.postgres import USER

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path, cluster: str) -> House:
    name = f"cli{uuid.uuid4().hex[:12]}"
    with psycopg.connect(cluster.format(name="postgres"), user=USER, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    built = House.build(tmp_path / "w")
    (built.root / "amplifier.db").unlink()
    built.write("one", "two", "three", post_gap="0s")
    built.environment = {"AMPLIFIER_DATABASE_URL": cluster.format(name=name), "AMPLIFIER_LEASE_SECONDS": "3"}
    return built


@pytest.mark.postgresql
def test_the_whole_way_on_an_empty_database(house: House) -> None:
    house.cli("plan", str(house.campaign))
    house.cli("approve", str(house.campaign), "--now", "--yes")
    house.process("run", "--drain")
    log = json.loads(house.cli("export", "json", "post_log").stdout)
    assert [row["state"] for row in log] == ["sent"] * 7
    assert all(row["sent_at"].endswith("Z") and row["sent_at_local"].endswith("+09:00") for row in log)
    assert len((house.root / "outbox/posts.jsonl").read_text("utf-8").splitlines()) == 7
    house.cli("status")
    house.cli("doctor")
    house.cli("queue", "show", "fence/one/main/1@dry")
    house.cli("report")
    house.cli("pause", "--why", "test")
    house.cli("resume", "--why", "test")
    assert not (house.root / "amplifier.db").exists()


@pytest.mark.slow
@pytest.mark.postgresql
def test_two_runs_at_once_publish_everything_once(house: House) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    runs = [house.start("run", "--drain") for _ in range(2)]
    for run in runs:
        out, err = run.communicate(timeout=60)
        assert run.returncode in {0, 75}, (out, err)
    log = json.loads(house.cli("export", "json", "post_log").stdout)
    assert [row["state"] for row in log] == ["sent"] * 7
    texts = [json.loads(line)["text"] for line in (house.root / "outbox/posts.jsonl").read_text("utf-8").splitlines()]
    assert len(texts) == len(set(texts)) == 7
