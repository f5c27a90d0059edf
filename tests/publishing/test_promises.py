"""The promises of docs/design.md under faults. One seed again: `pytest tests/publishing/test_promises.py -k "[17]"`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.simulator import World

if TYPE_CHECKING:
    from amplifier.store.engine import Store

STEPS = 30


@pytest.mark.parametrize("seed", range(12))
def test_the_promises_hold_after_every_step(sqlite_store: Store, seed: int) -> None:
    World(seed, sqlite_store).live(STEPS)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12, 90))
def test_the_promises_hold_in_longer_lives(sqlite_store: Store, seed: int) -> None:
    World(seed, sqlite_store).live(2 * STEPS)


@pytest.mark.postgresql
@pytest.mark.parametrize("seed", range(3))
def test_the_promises_hold_on_postgresql_too(shared_postgres: Store, store: Store, seed: int) -> None:
    if store.postgresql:
        World(seed, store).live(STEPS)


def test_a_seed_lives_the_same_life_twice(bench_pair: tuple[Store, Store]) -> None:
    lives = []
    for store in bench_pair:
        world = World(7, store)
        world.live(STEPS)
        lives.append((world.story, world.out))
    assert lives[0] == lives[1]
    assert lives[0][1]
