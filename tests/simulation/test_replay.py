from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.simulation.judge import BrokenError
from tests.simulation.mutations import REPOSITORY
from tests.simulation.runner import BrokenSeedError
from tests.simulation.world import World

if TYPE_CHECKING:
    from tests.simulation.runner import Runner

SEED, STEPS = 9, 50


def test_a_seed_lives_the_same_life_twice_to_the_last_row(runner: Runner) -> None:
    first = runner.live(SEED, steps=STEPS)
    with runner.path.open("rb"):  # as long as it is open, no other file gets its number
        again = runner.live(SEED, steps=STEPS)
    assert first.world.story == again.world.story
    assert first.digest == again.digest


def test_it_lives_the_same_life_in_another_process_whose_hashes_differ(runner: Runner) -> None:
    here = runner.live(SEED, steps=STEPS)
    command = [sys.executable, "-m", "tests.simulation", str(SEED), "--steps", str(STEPS)]
    environment = os.environ | {"PYTHONHASHSEED": "12345"}
    there = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    assert there.stdout.splitlines() == "\n".join([*here.world.story, here.digest]).splitlines()


class Doomed(World):
    def step(self) -> None:
        super().step()
        if self.left < 20:
            raise BrokenError("promise 11 is broken: there are ten")


def test_a_broken_promise_names_the_seed_the_last_steps_and_the_command_to_live_it_again(runner: Runner) -> None:
    with pytest.raises(BrokenSeedError) as told:
        runner.live(SEED, steps=30, kind=Doomed)
    lines = str(told.value).splitlines()
    assert lines[-2:] == [
        f"seed {SEED}: promise 11 is broken: there are ten",
        f"live it again: python -m tests.simulation {SEED} --steps 30",
    ]
    assert lines[:-2] == told.value.world.story[-60:]
