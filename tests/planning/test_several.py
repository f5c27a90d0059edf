"""`approvals: 2`: two different names, and nothing goes out before the second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from amplifier.errors import FileError, NeedsYes, TryLater
from amplifier.model import Address, Mode
from amplifier.planning.approve import approve
from amplifier.planning.plan import Action, Plan, Step, plan
from amplifier.publishing import approvals, manual
from amplifier.publishing.enqueue import Seal
from amplifier.store import tables
from tests.support.house import House, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HALF = "held: second approval, held: earlier post, held: earlier post"
READY = "queued, waiting, waiting"
ONE = Address("fence", "one", "main", 0, Mode.DRY)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    opened = Stage.open(House.build(tmp_path / "w"))
    ask(opened, 2)
    yield opened
    opened.app.close()


def ask(stage: Stage, number: int, *threads: str, **schedule: str) -> None:
    """Write the campaign file anew, asking for this many approvals."""
    stage.house.write(*(threads or ("one", "two", "three")), **schedule)
    path = stage.house.campaign
    path.write_text(path.read_text("utf-8").replace("accounts:", f"approvals: {number}\naccounts:"), "utf-8")


def states(stage: Stage, thread: str = "one") -> str:
    rows = [row for row in stage.posts() if row["thread"] == thread and row["state"] != "cancelled"]
    return ", ".join(": ".join([row["state"], *(row["why"] or "").split(": ")[:1]]).removesuffix(": ") for row in rows)


def why(stage: Stage) -> str:
    """Why the root of the first thread is as it is."""
    return str(next(row["why"] for row in stage.posts() if row["thread"] == "one" and row["state"] != "cancelled"))


def step(found: Plan, thread: str = "one") -> Step:
    return next(step for step in found.steps if step.address.thread == thread)


def actions(found: Plan) -> dict[str, str]:
    return {step.address.thread: step.action.value for step in found.steps}


def plan_now(stage: Stage, by: str | None = None) -> Plan:
    draft = stage.draft()
    modes = stage.app.modes_of(draft.campaign.accounts)
    with stage.app.store.read() as connection:
        return plan(connection, draft.campaign, draft.threads, modes=modes, now=stage.clock.now(), by=by)


def signed(stage: Stage) -> list[str]:
    """Every approval of the first thread's rows, oldest first."""
    with stage.app.store.read() as connection:
        of = (tables.thread.c.id == tables.approval.c.thread_id, tables.thread.c.name == "one")
        return list(
            connection.execute(
                select(tables.approval.c.approved_by).join(tables.thread, of[0]).where(of[1]).order_by("id")
            ).scalars()
        )


# ---------------------------------------------------------------- the two of them


def test_the_first_yes_queues_nothing_that_could_be_sent_and_turns_nothing_red(stage: Stage) -> None:
    found = stage.approve(by="Kim", at_once=True)
    assert {step.missing for step in found.steps} == {1}
    assert states(stage) == HALF
    assert why(stage) == "second approval: 1 of 2 approvals, by Kim; waits for another name"
    ran = stage.run()
    assert (ran.done, ran.exit_code, ran.outlook.troubled, ran.outlook.next_at) == ((), 0, 0, None)


def test_another_name_queues_it(stage: Stage) -> None:
    first = stage.approve(by="Kim")
    second = stage.approve(by="Lee")
    assert set(actions(second).values()) == {"agree"}
    assert [step.start for step in second.steps] == [step.start for step in first.steps]
    assert step(second).note == "approved by Kim; queued with this approval"
    assert states(stage) == READY
    assert signed(stage) == ["Kim", "Lee"]
    while (ahead := stage.run().outlook.next_at) is not None:
        stage.clock.reach(ahead)
    assert set(stage.states().values()) == {"sent"}


@pytest.mark.parametrize("name", ("Kim", "kim", " KIM ", "Ｋｉｍ"))
def test_the_same_name_again_is_refused_however_it_is_written(stage: Stage, name: str) -> None:
    stage.approve(by="Kim")
    with pytest.raises(NeedsYes, match="you have approved this already, and it needs another name") as refused:
        stage.approve(by=name)
    assert refused.value.exit_code == 4
    assert "approved by Kim" not in str(refused.value)
    assert "1 of 2 approvals, by Kim" in refused.value.hint
    assert "amplifier approve campaigns/fence.yaml --by NAME" in refused.value.hint
    assert signed(stage) == ["Kim"]
    assert states(stage) == HALF


@pytest.mark.parametrize("at_once", (True, False))
def test_now_is_no_way_around_the_second_name(stage: Stage, at_once: bool) -> None:
    stage.approve(by="Kim", at_once=True)
    with pytest.raises(NeedsYes):
        stage.approve(by="Kim", at_once=at_once)
    assert states(stage) == HALF


def test_three_approvals_need_three_names(stage: Stage) -> None:
    ask(stage, 3)
    stage.approve(by="Kim")
    second = step(stage.approve(by="Lee"))
    assert (second.action, second.missing) == (Action.AGREE, 1)
    assert second.note == "approved by Kim; 1 more needed after this"
    assert states(stage) == HALF
    assert why(stage) == "second approval: 2 of 3 approvals, by Kim, Lee; waits for another name"
    with pytest.raises(NeedsYes):
        stage.approve(by="Lee")
    assert step(stage.approve(by="Park")).missing == 0
    assert states(stage) == READY


def test_the_plan_says_who_has_approved_and_what_is_missing(stage: Stage) -> None:
    assert step(plan_now(stage)).note == "needs 2 approvals, each under another name"
    stage.approve(by="Kim")
    nobody, same, other = (step(plan_now(stage, by)) for by in (None, "kim", "Lee"))
    assert nobody.action is same.action is Action.WAIT
    assert nobody.note == "1 of 2 approvals, by Kim; waits for another name"
    assert other.action is Action.AGREE
    assert plan_now(stage).changes == ()
    assert plan_now(stage).prices[0].posts


def test_what_was_shown_to_one_person_is_not_written_for_another(stage: Stage) -> None:
    stage.approve(by="Kim")
    draft, shown = stage.draft(), plan_now(stage, "Kim")
    with pytest.raises(TryLater):
        approve(
            stage.app.store,
            draft.campaign,
            draft.threads,
            modes={"main": Mode.DRY},
            now=stage.clock.now(),
            seal=Seal("Lee", stage.clock.now()),
            shown=shown,
        )


def test_a_time_that_has_passed_meanwhile_becomes_the_next_slot(stage: Stage) -> None:
    first = step(stage.approve(by="Kim"))
    stage.clock.reach(datetime(2026, 12, 1, 9, tzinfo=UTC))  # its slot was 00:30
    second = step(stage.approve(by="Lee"))
    assert second.was == first.start
    assert second.start is not None
    assert second.start > stage.clock.now()
    root = stage.posts()[0]
    assert (root["state"], root["due_at"]) == ("queued", f"{second.start:%Y-%m-%dT%H:%M:%S.%fZ}")


def test_a_fixed_time_that_has_passed_meanwhile_stops_the_second_yes(stage: Stage) -> None:
    ask(stage, 2, "one @ 2026-12-01 09:00")
    stage.approve(by="Kim")
    stage.clock.reach(datetime(2026, 12, 1, 9, tzinfo=UTC))
    with pytest.raises(FileError, match="cannot be approved"):
        stage.approve(by="Lee")
    stage.approve(by="Lee", at_once=True)
    assert [done.address.thread for done in stage.run().done] == ["one"] * 3


def test_an_answer_waits_for_the_second_name_and_then_goes_out(stage: Stage) -> None:
    ask(stage, 1, "one")
    stage.approve(at_once=True)
    stage.run()
    stage.house.text("fix", "Correction: it was ten years.")
    ask(stage, 2, "one", "fix -> fence/one/main/1")
    stage.approve(by="Kim")
    assert states(stage, "fix") == "held: second approval"
    stage.clock.sleep(3600)
    agreed = step(stage.approve(by="Lee"), "fix")
    assert (agreed.action, agreed.start) == (Action.AGREE, stage.clock.now())
    assert [str(done.address) for done in stage.run().done] == ["fence/fix/main/1@dry"]


# ---------------------------------------------------------------- edits


def test_edited_words_begin_again_and_keep_their_time(stage: Stage) -> None:
    before = step(stage.approve(by="Kim"))
    stage.house.text("one", "They met at a fence. #Fence\n---\nNo more than that.")
    found = stage.approve(by="Kim")
    assert actions(found) == {"one": "replace", "two": "wait", "three": "wait"}
    assert (step(found).start, step(found).missing) == (before.start, 1)
    assert states(stage) == "held: second approval, held: earlier post"
    stage.approve(by="Lee")
    assert states(stage) == "queued, waiting"
    assert signed(stage) == ["Kim", "Kim", "Lee"]


def test_edited_words_stay_where_they_are_also_when_an_earlier_slot_is_free(stage: Stage) -> None:
    before = step(stage.approve(by="Kim"), "two")
    ask(stage, 2, "two")
    stage.approve(by="Kim")  # the first thread is gone, and so is what took the first slot
    stage.house.text("two", "A guard looked away, for a whole minute. #Fence\n---\nEnough for a letter.")
    assert step(stage.approve(by="Kim"), "two").start == before.start


def test_words_that_return_begin_again_too(stage: Stage) -> None:
    """Both had approved these words; but then somebody changed them, and one alone does not change them back."""
    stage.approve(by="Kim")
    stage.approve(by="Lee")
    path = stage.house.root / "campaigns/threads/one.md"
    original = path.read_text("utf-8")
    stage.house.text("one", "They met at a fence. #Fence\n---\nNo more than that.")
    stage.approve(by="Kim")
    path.write_text(original, "utf-8")
    assert step(stage.approve(by="Kim")).missing == 1
    assert states(stage) == HALF
    with pytest.raises(NeedsYes):
        stage.approve(by="Kim")
    stage.approve(by="Lee")
    assert states(stage) == READY


def test_another_schedule_moves_what_waits_and_leaves_it_waiting(stage: Stage) -> None:
    stage.approve(by="Kim")
    ask(stage, 2, slots='[{days: [mon, wed, fri], at: "18:00"}]')
    moved = step(stage.approve(by="Kim"))
    assert (moved.action, moved.missing) == (Action.MOVE, 1)
    assert states(stage) == HALF
    assert why(stage) == "second approval: 1 of 2 approvals, by Kim; waits for another name"
    assert stage.posts()[0]["due_at"] == f"{moved.start:%Y-%m-%dT%H:%M:%S.%fZ}"
    with pytest.raises(NeedsYes):
        stage.approve(by="Kim")
    assert step(stage.approve(by="Lee")).start == moved.start


def test_one_person_moves_what_two_have_approved(stage: Stage) -> None:
    """Times are recorded beside the seal, not in it."""
    stage.approve(by="Kim")
    stage.approve(by="Lee")
    ask(stage, 2, slots='[{days: [mon, wed, fri], at: "18:00"}]')
    assert actions(stage.approve(by="Kim")) == dict.fromkeys(("one", "two", "three"), "move")
    assert states(stage) == READY
    assert signed(stage) == ["Kim", "Lee"]


def test_a_thread_gone_from_the_file_and_back_in_it_begins_again(stage: Stage) -> None:
    stage.approve(by="Kim")
    ask(stage, 2, "two", "three")
    stage.approve(by="Kim")
    ask(stage, 2)
    assert step(stage.approve(by="Lee")).action is Action.REVIVE
    assert states(stage) == HALF
    assert why(stage) == "second approval: 1 of 2 approvals, by Lee; waits for another name"
    stage.approve(by="Kim")
    assert states(stage) == READY


# ---------------------------------------------------------------- the number in the file


def test_a_raised_number_takes_what_is_queued_back_until_another_name_agrees(stage: Stage) -> None:
    ask(stage, 1)
    stage.approve(by="Kim")
    ask(stage, 2)
    assert step(plan_now(stage)).action is Action.HOLD
    assert states(stage) == READY
    held = step(stage.approve(by="Kim"))
    assert (held.action, held.missing) == (Action.HOLD, 1)
    assert states(stage) == HALF
    assert stage.run().outlook.troubled == 0
    stage.approve(by="Lee")
    assert states(stage) == READY
    assert signed(stage) == ["Kim", "Lee"]


def test_under_another_name_a_raised_number_is_met_at_once(stage: Stage) -> None:
    ask(stage, 1)
    before = step(stage.approve(by="Kim"))
    ask(stage, 2)
    assert step(stage.approve(by="Lee")).start == before.start
    assert states(stage) == READY


def test_a_raised_number_and_another_schedule_are_one_approval(stage: Stage) -> None:
    ask(stage, 1)
    stage.approve(by="Kim")
    ask(stage, 2, slots='[{days: [mon, wed, fri], at: "18:00"}]')
    held = step(stage.approve(by="Kim"))
    assert held.action is Action.HOLD
    assert held.start == datetime(2026, 12, 2, 9, tzinfo=UTC)
    assert states(stage) == HALF


def test_a_lowered_number_needs_an_approval_to_count(stage: Stage) -> None:
    stage.approve(by="Kim")
    ask(stage, 1)
    assert stage.run().done == ()
    assert states(stage) == HALF
    lowered = step(stage.approve(by="Kim"))
    assert (lowered.action, lowered.missing) == (Action.AGREE, 0)
    assert states(stage) == READY


def test_the_number_of_a_sealed_thread_follows_the_file_and_is_told(stage: Stage) -> None:
    stage.approve(by="Kim")
    stage.approve(by="Lee")
    ask(stage, 1)
    kept = step(stage.approve(by="Kim"))
    assert (kept.action, kept.note) == (Action.KEEP, "the file asks for 1 approvals now, not 2")
    with stage.app.store.read() as connection:
        assert set(connection.execute(select(tables.thread.c.approvals)).scalars()) == {1}


def test_a_held_thread_that_is_left_needs_the_raised_number_for_its_retry(stage: Stage) -> None:
    ask(stage, 1)
    stage.approve(by="Kim")
    stage.clock.reach(datetime(2026, 12, 1, 9, tzinfo=UTC))
    stage.run()
    assert states(stage).startswith("held: late")
    ask(stage, 2)
    assert step(stage.approve(by="Kim")).action is Action.LEFT
    with pytest.raises(NeedsYes, match="second approval"):
        manual.retry(stage.app.store, ONE, why="", who="Kim", now=stage.clock.now())
    assert states(stage) == HALF
    stage.approve(by="Lee")
    assert states(stage) == READY


def test_a_begun_thread_keeps_the_number_it_began_with(stage: Stage) -> None:
    ask(stage, 1, post_gap="20m")
    stage.approve(by="Kim", at_once=True)
    stage.run()
    ask(stage, 2, post_gap="20m")
    assert step(stage.approve(by="Kim")).action is Action.BEGUN
    stage.clock.sleep(1200)
    assert [str(done.address) for done in stage.run().done][:1] == ["fence/one/main/2@dry"]


# ---------------------------------------------------------------- no way around


def test_a_retry_does_not_stand_for_the_second_name(stage: Stage) -> None:
    stage.approve(by="Kim", at_once=True)
    for address in (ONE, Address("fence", "one", "main", 1, Mode.DRY)):
        with pytest.raises(NeedsYes) as refused:
            manual.retry(stage.app.store, address, why="now", who="Kim", now=stage.clock.now())
        assert "is held: second approval: 1 of 2 approvals, by Kim" in refused.value.message
        assert "amplifier approve FILE --by NAME" in refused.value.hint
    assert states(stage) == HALF


def test_what_a_person_had_cancelled_waits_for_the_second_name_again(stage: Stage) -> None:
    stage.approve(by="Kim")
    manual.cancel(stage.app.store, ONE, why="", who="Kim", now=stage.clock.now())
    with pytest.raises(NeedsYes):
        manual.retry(stage.app.store, ONE, why="", who="Kim", now=stage.clock.now())
    assert states(stage) == "held: second approval"
    stage.approve(by="Lee")
    assert states(stage) == READY


FORGED = (
    "INSERT INTO approval (thread_id, hash, approved_by, approved_at, planned_at) "
    "SELECT thread_id, {hash}, {name}, approved_at, planned_at FROM approval"
)


@pytest.mark.parametrize(
    "forged",
    (
        None,
        FORGED.format(hash="'of other words'", name="'Lee'"),
        FORGED.format(hash="hash", name="' KIM'"),
    ),
)
def test_the_claim_counts_the_names_itself(stage: Stage, forged: str | None) -> None:
    """Whatever the states say: as if a bug, or a hand in the database, had queued it."""
    stage.approve(by="Kim", at_once=True)
    with stage.app.store.write() as connection:
        connection.execute(text("UPDATE post SET state = 'queued', why = NULL WHERE k = 1"))
        connection.execute(text("UPDATE post SET state = 'waiting', why = NULL WHERE k > 1"))
        if forged:
            connection.execute(text(forged))
    ran = stage.run()
    assert {(done.address.k, done.why) for done in ran.done} == {(1, "changed after approval")}
    assert not (stage.app.workspace.outbox / "posts.jsonl").exists()


def test_an_approval_of_an_earlier_round_does_not_count(stage: Stage) -> None:
    stage.approve(by="Lee", at_once=True)
    ask(stage, 2, "two", "three")
    stage.approve(by="Lee", at_once=True)
    ask(stage, 2, "one")
    stage.approve(by="Kim", at_once=True)
    with stage.app.store.write() as connection:
        connection.execute(text("UPDATE post SET state = 'queued', why = NULL WHERE k = 1 AND state = 'held'"))
    assert {done.why for done in stage.run().done} == {"changed after approval"}


def test_who_waits_for_whom_can_be_listed(stage: Stage) -> None:
    stage.approve(by="Kim")
    with stage.app.store.read() as connection:
        found = approvals.waiting(connection)
    assert [(str(one.address), one.names, one.needed) for one in found] == [
        (f"fence/{name}/main@dry", ("Kim",), 2) for name in ("one", "two", "three")
    ]
    assert found[0].planned_at == datetime(2026, 12, 1, 0, 30, tzinfo=UTC)
    stage.approve(by="Lee")
    with stage.app.store.read() as connection:
        assert approvals.waiting(connection) == []


def test_a_month_of_waiting_is_never_late(stage: Stage) -> None:
    stage.approve(by="Kim")
    stage.clock.sleep(timedelta(days=30).total_seconds())
    assert stage.run().exit_code == 0
    stage.approve(by="Lee")
    assert states(stage) == READY
