from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import text

from amplifier.store.engine import Store, open_store
from tests.support.postgres import USER
from tests.support.queue import Bench

if TYPE_CHECKING:
    from collections.abc import Iterator


HERE = Path(__file__).parent
FAST_ON_BOTH = {f"test_{name}.py" for name in ("approvals", "caps", "lanes", "moves", "queue", "settle")}
"""Where the two engines differ most: locks, races, indexes. The other files meet PostgreSQL in `make ci-slow`."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The queue's tests run on both engines; on PostgreSQL most of them wait for the slow round."""
    for item in items:
        waits = item.path.parent == HERE and item.path.name not in FAST_ON_BOTH
        if waits and item.get_closest_marker("postgresql"):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy: migrating costs more than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "amplifier.db"
    open_store(None, path, synchronous="OFF").close()
    return path


@pytest.fixture(scope="session")
def shared_postgres(cluster: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One migrated PostgreSQL database, emptied for every test."""
    with psycopg.connect(cluster.format(name="postgres"), user=USER, autocommit=True) as connection:
        connection.execute("CREATE DATABASE publishing")
    opened = open_store(cluster.format(name="publishing"), tmp_path_factory.mktemp("unused") / "a.db")
    yield opened
    opened.close()


def _emptied(store: Store) -> Store:
    tables = "account, alert, approval, attempt, beat, campaign, event, latest, pause, post, snapshot, thread"
    with store.write() as connection:
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
        connection.execute(text("INSERT INTO pause (scope, name) VALUES ('all', '')"))
        connection.execute(text("DELETE FROM meta WHERE key NOT IN ('views', 'identity')"))
    return store


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An open, migrated, empty store, once on each engine."""
    if request.param == "postgresql":
        yield _emptied(request.getfixturevalue("shared_postgres"))
        return
    yield from _copied(request.getfixturevalue("migrated"), tmp_path)


@pytest.fixture
def sqlite_store(migrated: Path, tmp_path: Path) -> Iterator[Store]:
    """The same on SQLite alone."""
    yield from _copied(migrated, tmp_path)


def _copied(migrated: Path, folder: Path) -> Iterator[Store]:
    shutil.copy(migrated, folder / "amplifier.db")
    opened = open_store(None, folder / "amplifier.db", synchronous="OFF")
    yield opened
    opened.close()


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)


@pytest.fixture
def postgresql_bench(shared_postgres: Store) -> Bench:
    """Where writers are not alone."""
    return Bench(_emptied(shared_postgres))


@pytest.fixture
def sqlite_bench(sqlite_store: Store) -> Bench:
    return Bench(sqlite_store)


@pytest.fixture
def bench_pair(migrated: Path, tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    """Two SQLite stores that know nothing of each other."""
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    one, two = (_copied(migrated, folder) for folder in folders)
    yield next(one), next(two)
    for opened in (one, two):
        next(opened, None)
