"""Each guard is taken out of a private copy once, and the simulator must see it; of a whole copy it sees nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from amplifier.store import tables
from tests.simulation.hunt import CAUGHT
from tests.simulation.mutations import BESIDES, MUTATIONS, Change, GoneError, Mutation, hunt, private_copy
from tests.support.queue import Bench

if TYPE_CHECKING:
    from pathlib import Path

    from amplifier.store.engine import Store

QUICK = ("the intent commit", "the open-thread rule", "the promotion")


def must_be_caught(mutation: Mutation, folder: Path, template: Path) -> None:
    ran = hunt(private_copy(folder, mutation.changes), template, mutation)
    told = ran.stdout + ran.stderr
    assert f"amplifier is {folder / 'amplifier'}" in ran.stdout, told
    assert ran.returncode == CAUGHT, f"{mutation.gone} is gone, with {mutation.with_it}, and nobody saw it: {told}"
    assert any(f"promise {number} is broken" in told for number in mutation.promises), told


@pytest.mark.parametrize("mutation", [m for m in MUTATIONS if m.gone.startswith(QUICK)], ids=lambda m: m.gone)
def test_a_guard_that_is_taken_out_is_missed(mutation: Mutation, tmp_path: Path, migrated_file: Path) -> None:
    must_be_caught(mutation, tmp_path, migrated_file)


@pytest.mark.slow
@pytest.mark.parametrize(
    "mutation", [m for m in (*MUTATIONS, *BESIDES) if not m.gone.startswith(QUICK)], ids=lambda m: m.gone
)
def test_every_other_guard_that_is_taken_out_is_missed(mutation: Mutation, tmp_path: Path, migrated_file: Path) -> None:
    must_be_caught(mutation, tmp_path, migrated_file)


@pytest.mark.slow
def test_a_copy_from_which_nothing_is_taken_keeps_every_promise_in_the_same_lives(
    tmp_path: Path, migrated_file: Path
) -> None:
    whole = replace(MUTATIONS[0], changes=(), seeds=12)
    ran = hunt(private_copy(tmp_path, ()), migrated_file, whole)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "every promise held" in ran.stdout


def test_the_issues_ten_guards_are_all_there() -> None:
    assert len({mutation.gone for mutation in MUTATIONS}) == 10


def test_a_mutation_whose_text_is_gone_fails_loudly(tmp_path: Path) -> None:
    with pytest.raises(GoneError, match="0 times: no such text"):
        private_copy(tmp_path, (Change("publishing/queue.py", "no such text", ""),))


def test_the_database_itself_refuses_a_second_post_in_doubt_of_one_account(store: Store) -> None:
    bench = Bench(store)
    bench.thread("one", 1)
    bench.thread("two", 1)
    bench.change("one", 1, state="unknown")
    with pytest.raises(IntegrityError), store.write() as connection:
        connection.execute(update(tables.post).where(tables.post.c.state == "queued").values(state="sending"))
    other = dict(bench.post("two", 1)) | {"id": None, "k": 2, "state": "sending"}
    del other["id"]
    with pytest.raises(IntegrityError), store.write() as connection:
        connection.execute(insert(tables.post).values(other))
