from __future__ import annotations

import gc
import os
import shutil
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from amplifier.store.engine import Store, open_store
from tests.support.compiled import share_compiled_statements
from tests.support.memory import in_memory
from tests.support.postgres import USER, private_cluster, server_binaries

if TYPE_CHECKING:
    from collections.abc import Iterator

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.load_profile("house")
share_compiled_statements()
gc.set_threshold(20_000, 20, 20)  # a test leaves little behind; looking for it every 700 objects takes long

if memory := in_memory():
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))  # where pytest makes every `tmp_path`

IN_CI = os.environ.get("CI") == "true"
REPOSITORY = Path(__file__).parent.parent


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI nothing may be skipped: a proof that did not run is no proof."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if IN_CI and reporter else []
    if reporter and skipped and not exitstatus:
        reporter.write_line(f"{len(skipped)} skipped, which CI does not allow")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The pages that are typed from beginning to end take longest: first, so that nobody waits for the last of them."""
    items.sort(key=lambda item: not item.name.startswith("test_what_a_page_shows"))


def pytest_collection_finish() -> None:
    """What is imported stays: nobody needs to look through it again and again for what is left over."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the settings of the person who runs it, nor a Python that never has anything left to write."""
    for name in list(os.environ):
        if name.startswith("AMPLIFIER_") or name == "PYTHONUNBUFFERED":
            monkeypatch.delenv(name)
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """A private PostgreSQL cluster: a URL with `{name}` for the database."""
    if server_binaries() is None:
        if IN_CI:
            pytest.fail("CI needs the PostgreSQL server binaries (.ci/run installs them)")
        pytest.skip("no PostgreSQL server binaries on this machine")
    with tempfile.TemporaryDirectory(prefix="amp", dir=in_memory()) as folder, private_cluster(Path(folder)) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, once on each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'amplifier.db'}"
    return new_database(request.getfixturevalue("cluster"))


def new_database(cluster: str, template: str = "template0") -> str:
    """A database of its own on the private cluster, empty or a copy; its URL."""
    name = f"t{uuid.uuid4().hex[:12]}"
    with psycopg.connect(cluster.format(name="postgres"), user=USER, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return cluster.format(name=name)


# Migrating costs more than most tests: it is done once per engine, and the result is copied.


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite database."""
    path = tmp_path_factory.mktemp("migrated") / "amplifier.db"
    open_store(None, path).close()
    return path


@pytest.fixture(scope="session")
def migrated_database(cluster: str) -> str:
    """The name of a migrated, empty PostgreSQL database."""
    url = new_database(cluster)
    open_store(url, Path("unused")).close()
    return urlsplit(url).path.lstrip("/")


@pytest.fixture
def sqlite_store(tmp_path: Path, migrated_file: Path) -> Iterator[Store]:
    """An open, migrated, empty SQLite store."""
    shutil.copy(migrated_file, tmp_path / "amplifier.db")
    opened = open_store(None, tmp_path / "amplifier.db", synchronous="OFF")
    yield opened
    opened.close()


@pytest.fixture
def postgresql_store(cluster: str, migrated_database: str) -> Iterator[Store]:
    """An open, migrated, empty PostgreSQL store."""
    opened = open_store(new_database(cluster, migrated_database), Path("unused"))
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def store(request: pytest.FixtureRequest) -> Store:
    """An open, migrated, empty store, once on each engine."""
    found: Store = request.getfixturevalue(f"{request.param}_store")
    return found
