from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.simulation.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def runner(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """One file and one engine for all seeds of this process."""
    opened = Runner(tmp_path_factory.mktemp("simulation"), migrated_file)
    yield opened
    opened.close()
