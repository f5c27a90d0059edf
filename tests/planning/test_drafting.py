from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from amplifier.errors import UsageError
from amplifier.model import Address, Mode
from amplifier.planning.steps import Action
from amplifier.publishing import manual, pause, withdraw
from amplifier.publishing.respace import Choice
from amplifier.publishing.withdraw import Target
from tests.support.house import House, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from amplifier.planning.steps import Step

ONE = Address("fence", "one", "main", 0, Mode.DRY)
NEW = "They met at the fence again, nine years later. #Fence\n---\nNeither said a word then."


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    house = House.build(tmp_path / "w")
    house.write("one", "two", post_gap="0s")
    stage = Stage.open(house)
    stage.approve()
    yield stage
    stage.app.close()


def cancel(stage: Stage, address: str = str(ONE), why: str = "the family objects") -> None:
    found = Address.parse(address)
    assert found
    manual.cancel(stage.app.store, found, why=why, who="Kim", now=stage.clock.now())


def retry(stage: Stage, address: str) -> None:
    found = Address.parse(address)
    assert found
    manual.retry(stage.app.store, found, why="they agreed", who="Kim", now=stage.clock.now())


def approved(stage: Stage, *, at_once: bool = False) -> dict[str, Step]:
    return {step.address.thread: step for step in stage.approve(at_once=at_once).steps}


def states(stage: Stage, thread: str = "one") -> list[str]:
    """Of the thread's posts in order, rows that were replaced left out."""
    return [state for name, state in stage.states().items() if name.startswith(f"{thread}/")]


# ---------------------------------------------------------------- what a person cancelled stays


def test_what_a_person_cancelled_is_left_with_who_did_it_and_how_it_comes_back(stage: Stage) -> None:
    cancel(stage)
    step = approved(stage)["one"]
    assert step.action is Action.LEFT
    assert step.note == (
        "was cancelled by Kim on 2026-11-30: the family objects; "
        "`amplifier queue retry fence/one/main/1@dry` brings it back"
    )
    retry(stage, "fence/one/main/1@dry")
    assert approved(stage)["one"].action is Action.KEEP
    assert states(stage) == ["queued", "waiting", "waiting"]


def test_a_person_who_gave_no_reason_is_named_alone(stage: Stage) -> None:
    cancel(stage, why="")
    assert approved(stage)["one"].note.startswith("was cancelled by Kim on 2026-11-30; `amplifier")


def test_who_cancelled_it_last_is_named(stage: Stage) -> None:
    cancel(stage, why="first")
    retry(stage, "fence/one/main/1@dry")
    cancel(stage, "fence/one/main/3@dry", "the end")
    cancel(stage, why="second")
    assert "by Kim on 2026-11-30: second;" in approved(stage)["one"].note


@pytest.mark.parametrize("at_once", (False, True))
def test_other_words_do_not_bring_back_what_a_person_cancelled(stage: Stage, at_once: bool) -> None:
    cancel(stage)
    stage.house.text("one", NEW)
    stage.house.write("two", "one @ 2026-12-20 09:00", post_gap="0s")
    step = approved(stage, at_once=at_once)["one"]
    assert step.action is Action.LEFT
    assert step.note == (
        "was cancelled by Kim on 2026-11-30: the family objects; "
        "the file has changed since: give the thread another id in it, and approve what it says now"
    )
    assert set(states(stage)) == {"cancelled"}


def test_under_another_id_the_new_words_are_another_thread(stage: Stage) -> None:
    """The way that the note tells, to its end."""
    cancel(stage)
    stage.house.text("again", NEW)
    stage.house.write("again", "two", post_gap="0s")
    steps = approved(stage, at_once=True)
    assert (steps["again"].action, "one" in steps) == (Action.ADD, False)
    stage.run()
    assert states(stage, "again") == ["sent", "sent"]
    assert set(states(stage)) == {"cancelled"}


def test_a_thread_of_which_a_person_cancelled_the_end_takes_other_words(stage: Stage) -> None:
    cancel(stage, "fence/one/main/2@dry")
    stage.house.text("one", NEW)
    assert approved(stage)["one"].action is Action.REPLACE
    assert (stage.states()["one/1"], stage.states()["one/2"]) == ("queued", "waiting")


def test_what_a_person_skipped_at_the_end_of_a_pause_stays_so_too(stage: Stage) -> None:
    store, clock = stage.app.store, stage.clock
    pause.stop(store, "all", "", who="Kim", why="the news", now=clock.now())
    clock.sleep(10 * 86400)
    pause.go_on(store, "all", "", who="Kim", why="the news", otherwise=Choice.SKIP, now=clock.now())
    stage.house.text("one", NEW)
    step = approved(stage)["one"]
    assert step.action is Action.LEFT
    assert step.note.startswith("was cancelled by Kim on 2026-12-10: skipped: the news; the file has changed since")


def test_what_was_withdrawn_and_allowed_again_takes_other_words_but_what_was_cancelled_before_does_not(
    stage: Stage,
) -> None:
    cancel(stage)
    fence, said = Target("fence"), {"who": "Lee", "because": "the news"}
    withdraw.cancel(stage.app.store, fence, now=stage.clock.now(), **said)
    withdraw.allow(stage.app.store, fence, now=stage.clock.now(), **said)
    stage.house.text("one", NEW)
    stage.house.text("two", "A guard looked away, for one whole minute. #Fence")
    steps = approved(stage)
    assert (steps["one"].action, steps["two"].action) == (Action.LEFT, Action.REPLACE)
    assert "was cancelled by Kim" in steps["one"].note


# ---------------------------------------------------------------- what an approval cancelled comes back


def gone_and_back(stage: Stage) -> Step:
    stage.house.write("two", post_gap="0s")
    stage.approve()
    stage.house.write("one", "two", post_gap="0s")
    return approved(stage)["one"]


def test_a_thread_comes_back_with_the_file_without_the_end_that_a_person_cancelled(stage: Stage) -> None:
    cancel(stage, "fence/one/main/3@dry")
    step = gone_and_back(stage)
    assert step.action is Action.REVIVE
    assert step.note == (
        "without fence/one/main/3@dry and what follows: it was cancelled by Kim on 2026-11-30: the family objects; "
        "`amplifier queue retry fence/one/main/3@dry` adds it"
    )
    assert states(stage) == ["queued", "waiting", "cancelled"]
    assert approved(stage)["one"].action is Action.KEEP
    retry(stage, "fence/one/main/3@dry")
    assert states(stage) == ["queued", "waiting", "waiting"]
    stage.approve(at_once=True)
    stage.run()
    assert states(stage) == ["sent", "sent", "sent"]


def test_a_thread_of_which_nobody_cancelled_anything_comes_back_whole_and_needs_no_note(stage: Stage) -> None:
    step = gone_and_back(stage)
    assert (step.action, step.note) == (Action.REVIVE, "")
    assert states(stage) == ["queued", "waiting", "waiting"]


def test_while_it_is_gone_from_the_file_every_retry_says_that_the_file_brings_it_back(stage: Stage) -> None:
    cancel(stage, "fence/one/main/2@dry")
    stage.house.write("two", post_gap="0s")
    stage.approve()
    for k in (1, 2, 3):
        with pytest.raises(UsageError, match="fence/one/main/1@dry was cancelled by an approval") as caught:
            retry(stage, f"fence/one/main/{k}@dry")
        assert "bring the thread back in the campaign file, then approve again" in caught.value.hint
    stage.house.write("one", "two", post_gap="0s")
    stage.approve()
    assert states(stage) == ["queued", "cancelled", "cancelled"]
    retry(stage, "fence/one/main/2@dry")
    assert states(stage) == ["queued", "waiting", "waiting"]


def test_what_was_withdrawn_at_its_end_and_allowed_again_comes_back_without_it(stage: Stage) -> None:
    end, said = Target.parse("fence/one/main/2@dry"), {"who": "Lee", "because": "she asked"}
    assert end
    withdraw.cancel(stage.app.store, end, now=stage.clock.now(), **said)
    assert gone_and_back(stage).action is Action.LEFT
    withdraw.allow(stage.app.store, end, now=stage.clock.now(), **said)
    assert approved(stage)["one"].action is Action.REVIVE
    retry(stage, "fence/one/main/2@dry")
    assert states(stage) == ["queued", "waiting", "waiting"]
