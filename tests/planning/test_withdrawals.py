from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from amplifier.planning.steps import Action
from amplifier.publishing import withdraw
from amplifier.publishing.withdraw import Target
from amplifier.store import tables
from tests.support.house import House, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from amplifier.planning.steps import Step


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    house = House.build(tmp_path / "w")
    house.write("one", "two", post_gap="0s")
    stage = Stage.open(house)
    stage.approve()
    yield stage
    stage.app.close()


def take_back(stage: Stage, target: str) -> None:
    found = Target.parse(target)
    assert found
    withdraw.cancel(stage.app.store, found, because="she asked", who="Kim", now=stage.clock.now())


def allow(stage: Stage, target: str) -> None:
    found = Target.parse(target)
    assert found
    withdraw.allow(stage.app.store, found, because="she agreed", who="Kim", now=stage.clock.now())


def approved(stage: Stage, *, at_once: bool = False) -> dict[str, Step]:
    return {step.address.thread: step for step in stage.approve(at_once=at_once).steps}


def edit(stage: Stage, name: str = "one") -> None:
    stage.house.text(name, f"They met at a fence: {name}. #Fence\n---\nNobody said a word, at first, of {name}.")


def test_an_approval_leaves_what_was_withdrawn_and_says_who_did_it(stage: Stage) -> None:
    take_back(stage, "fence/one/main@dry")
    steps = approved(stage)
    assert (steps["one"].action, steps["two"].action) == (Action.LEFT, Action.KEEP)
    assert steps["one"].note == (
        "was withdrawn by Kim on 2026-11-30: she asked; "
        "`amplifier withdraw fence/one/main@dry --undo --because …` allows it again"
    )
    assert {state for name, state in stage.states().items() if name.startswith("one")} == {"cancelled"}


def test_what_is_out_says_that_it_was_withdrawn(stage: Stage) -> None:
    stage.approve(at_once=True)
    stage.run()
    take_back(stage, "fence")
    step = approved(stage)["one"]
    assert step.action is Action.BEGUN
    assert step.note.startswith("was withdrawn by Kim on 2026-11-30: she asked; what is out of it comes down with")


def delete(stage: Stage, thread: str, *numbers: int) -> None:
    """As `withdraw` leaves the rows of what the network has deleted."""
    of = select(tables.thread.c.id).where(tables.thread.c.name == thread)
    with stage.app.store.write() as connection:
        connection.execute(
            update(tables.post)
            .where(tables.post.c.thread_id.in_(of), tables.post.c.k.in_(numbers))
            .values(deleted_at=stage.clock.now())
        )


def test_what_was_withdrawn_and_deleted_whole_needs_no_command_any_more(stage: Stage) -> None:
    stage.approve(at_once=True)
    stage.run()
    take_back(stage, "fence@dry")
    delete(stage, "one", 2, 3)
    assert approved(stage)["one"].note.endswith("what is out of it comes down with `amplifier withdraw`")
    delete(stage, "one", 1)
    steps = approved(stage)
    assert steps["one"].note == (
        "was withdrawn by Kim on 2026-11-30: she asked; it was deleted, and nothing of it is out any more"
    )
    assert steps["two"].note.endswith("what is out of it comes down with `amplifier withdraw`")


def test_other_words_another_time_and_another_place_in_the_file_change_nothing(stage: Stage) -> None:
    take_back(stage, "fence/one/main@dry")
    edit(stage)
    assert approved(stage)["one"].action is Action.LEFT
    stage.house.write("two", "one @ 2026-12-20 09:00", post_gap="0s")
    assert approved(stage)["one"].action is Action.LEFT
    assert approved(stage, at_once=True)["one"].action is Action.LEFT
    stage.house.write("two", post_gap="0s")
    stage.approve()
    stage.house.write("one", "two", post_gap="0s")
    assert approved(stage)["one"].action is Action.LEFT
    stage.run()
    assert {name for name, state in stage.states().items() if state == "sent"} == {"two/1", "two/2"}


def test_what_an_approval_had_cancelled_and_a_person_withdrew_is_not_brought_back(stage: Stage) -> None:
    stage.house.write("two", post_gap="0s")
    stage.approve()
    take_back(stage, "fence@dry")
    stage.house.write("one", "two", post_gap="0s")
    assert [step.action for step in approved(stage).values()] == [Action.LEFT, Action.LEFT]


def test_a_campaign_that_was_withdrawn_takes_no_new_thread_and_no_slot(stage: Stage) -> None:
    take_back(stage, "fence")
    stage.house.write("one", "two", "three", post_gap="0s")
    step = approved(stage)["three"]
    assert (step.action, step.start) == (Action.LEFT, None)
    assert "`amplifier withdraw fence --undo" in step.note
    assert stage.run().done == ()


def test_a_withdrawn_thread_takes_no_slot_from_another(stage: Stage) -> None:
    before = approved(stage)["two"].start
    take_back(stage, "fence/one/main@dry")
    edit(stage)
    edit(stage, "two")
    assert approved(stage)["two"].start == before


def test_what_was_left_of_a_thread_keeps_and_moves_but_gets_no_other_words(stage: Stage) -> None:
    take_back(stage, "fence/one/main/2@dry")
    assert approved(stage)["one"].action is Action.KEEP
    stage.house.write("one @ 2026-12-20 09:00", "two", post_gap="0s")
    assert approved(stage)["one"].action is Action.MOVE
    edit(stage)
    assert approved(stage)["one"].action is Action.LEFT
    assert [stage.states()[f"one/{k}"] for k in (1, 2, 3)] == ["queued", "cancelled", "cancelled"]


def test_a_word_that_it_may_brings_new_words_into_the_queue_again(stage: Stage) -> None:
    take_back(stage, "fence")
    edit(stage)
    allow(stage, "fence")
    steps = approved(stage)
    assert steps["one"].action is Action.REPLACE
    assert steps["two"].action is Action.LEFT  # its words are those that a person had cancelled
    assert "amplifier queue retry" in steps["two"].note
