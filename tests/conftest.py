from __future__ import annotations

import os
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from amplifier.store.engine import Store, open_store
from tests.support.postgres import USER, private_cluster, server_binaries

if TYPE_CHECKING:
    from collections.abc import Iterator

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.load_profile("house")

IN_CI = os.environ.get("CI") == "true"
REPOSITORY = Path(__file__).parent.parent


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI nothing may be skipped: a proof that did not run is no proof."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if IN_CI and reporter else []
    if reporter and skipped and not exitstatus:
        reporter.write_line(f"{len(skipped)} skipped, which CI does not allow")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the settings, or the home, of the person who runs it."""
    for name in list(os.environ):
        if name.startswith("AMPLIFIER_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """A private PostgreSQL cluster: a URL with `{name}` for the database."""
    if server_binaries() is None:
        if IN_CI:
            pytest.fail("CI needs the PostgreSQL server binaries (.ci/run installs them)")
        pytest.skip("no PostgreSQL server binaries on this machine")
    with tempfile.TemporaryDirectory(prefix="amp") as folder, private_cluster(Path(folder)) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, once on each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'amplifier.db'}"
    url: str = request.getfixturevalue("cluster")
    name = f"t{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url.format(name="postgres"), user=USER, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return url.format(name=name)


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[Store]:
    """An open, migrated, empty store, once on each engine."""
    opened = open_store(database_url, tmp_path / "amplifier.db", synchronous="OFF")
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """An open, migrated, empty SQLite store."""
    opened = open_store(None, tmp_path / "amplifier.db", synchronous="OFF")
    yield opened
    opened.close()
