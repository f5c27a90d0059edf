"""Samples of the sweep. One round again: `python -m tests.sweep --round 17`."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.conftest import new_database
from tests.sweep.__main__ import sweep, totals
from tests.sweep.crowd import crowds, open_together
from tests.sweep.launcher import Launcher
from tests.sweep.plan import FAULTS, planned

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SAMPLE = 60
LINES = {f"publishing/queue.py:{n}": n for n in range(1, 200)}


def test_the_same_number_is_the_same_round() -> None:
    assert [planned(number, LINES) for number in range(200)] == [planned(number, LINES) for number in range(200)]


def test_every_fault_and_every_way_to_be_killed_has_its_turn() -> None:
    rounds = [planned(number, LINES) for number in range(1200)]
    assert {round_.fault for round_ in rounds} == set(FAULTS)
    met = {str(round_.variant) for round_ in rounds}
    assert met == {str(variant) for fault in FAULTS.values() for variant in fault}
    crashes = [crash for round_ in rounds for crash in round_.crashes]
    assert {crash.where for crash in crashes if crash.kind == "line"} == set(LINES)
    assert {crash.where for crash in crashes if crash.kind == "commit"} == {"before", "after"}
    assert {crash.where for crash in crashes if crash.kind == "request"} == {"heard", "done", "answered"}
    assert any(len(round_.crashes) > 1 for round_ in rounds)
    assert all(1 <= round_.fault_at <= round_.posts for round_ in rounds)


@pytest.mark.slow
def test_killed_anywhere_nothing_is_doubled_lost_or_out_of_order() -> None:
    begun = time.monotonic()
    told = sweep(range(SAMPLE))
    print(totals(told, time.monotonic() - begun))  # noqa: T201 - what was proved
    assert [problem for round_ in told for problem in round_.verdict.all] == []
    assert sum(len(round_.killed) for round_ in told) > SAMPLE / 2
    assert sum(round_.posts for round_ in told) > 2 * SAMPLE


@pytest.fixture(scope="module")
def teams() -> Iterator[list[list[Launcher]]]:
    """Two of four each: two rounds are played at a time."""
    with ExitStack() as stack:
        yield [[stack.enter_context(Launcher()) for _ in range(4)] for _ in range(2)]


@pytest.mark.slow
@pytest.mark.postgresql
def test_four_processes_at_one_postgresql_database_do_everything_once(
    teams: list[list[Launcher]], cluster: str, migrated_database: str
) -> None:
    told = crowds([new_database(cluster, migrated_database) for _ in range(20)], teams)
    assert [problem for verdict in told for problem in verdict.all] == []


@pytest.mark.slow
def test_four_processes_at_one_file_do_everything_once(teams: list[list[Launcher]], migrated_file: Path) -> None:
    assert [problem for verdict in crowds([migrated_file] * 6, teams) for problem in verdict.all] == []


@pytest.mark.slow
@pytest.mark.postgresql
def test_four_processes_may_open_one_empty_postgresql_database_at_once(
    teams: list[list[Launcher]], cluster: str
) -> None:
    assert open_together(teams[0], new_database(cluster)) == [0] * 4


@pytest.mark.slow
def test_four_processes_may_open_one_missing_file_at_once(teams: list[list[Launcher]]) -> None:
    assert open_together(teams[0], None) == [0] * 4
