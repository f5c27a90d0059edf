"""The promises of docs/design.md under faults. One seed again, with its story: `python -m tests.simulation 17`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.simulation.runner import lived
from tests.simulation.store import Watched
from tests.simulation.world import World

if TYPE_CHECKING:
    from amplifier.store.engine import Store
    from tests.simulation.runner import Runner

SEEDS = 12
"""As many as take some 15 seconds of one processor; `make ci-slow` lives 78 more; `make stress` lives 2,000 others."""


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_promises_hold_after_every_step(runner: Runner, seed: int) -> None:
    world = runner.live(seed).world
    assert world.totals["posts sent"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS, 80))
def test_the_promises_hold_in_other_lives(runner: Runner, seed: int) -> None:
    runner.live(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(80, 90))
def test_the_promises_hold_in_longer_lives(runner: Runner, seed: int) -> None:
    runner.live(seed, steps=500)


def on_postgresql(store: Store, seed: int, steps: int) -> World:
    url = store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as reader:
        return lived(World(seed, Watched(store.engine), reader, steps=steps)).world


@pytest.mark.postgresql
@pytest.mark.parametrize("seed", (3, 8))
def test_the_promises_hold_on_postgresql_too(postgresql_store: Store, seed: int) -> None:
    on_postgresql(postgresql_store, seed, steps=40)


@pytest.mark.postgresql
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 120))
def test_the_promises_hold_on_postgresql_in_other_lives(postgresql_store: Store, seed: int) -> None:
    on_postgresql(postgresql_store, seed, steps=100)
