from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from amplifier.content.draft import load_draft
from amplifier.content.utm import untagged
from amplifier.errors import FileError, NeedsYes, TryLater, UsageError
from amplifier.model import Address, Mode
from amplifier.planning.approve import approve
from amplifier.planning.plan import Action, Plan, plan
from amplifier.publishing import manual, witness
from amplifier.publishing.enqueue import Seal
from amplifier.store import meta
from amplifier.store.tables import approval
from amplifier.store.types import instant_text
from tests.support.house import NOON, House, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIVE = {
    f"accounts__main__{key}": "secret" for key in ("api_key", "api_secret", "access_token", "access_token_secret")
} | {"live": "1"}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    opened = Stage.open(House.build(tmp_path / "w"))
    yield opened
    opened.app.close()


def actions(found: Plan) -> dict[str, str]:
    return {step.address.thread: step.action.value for step in found.steps}


def plan_now(stage: Stage, *, at_once: bool = False) -> Plan:
    draft = stage.draft()
    with stage.app.store.read() as connection:
        return plan(
            connection,
            draft.campaign,
            draft.threads,
            modes=stage.app.modes_of(draft.campaign.accounts),
            now=stage.clock.now(),
            at_once=at_once,
        )


def test_what_is_planned_is_queued_and_published_to_the_byte(stage: Stage) -> None:
    draft, planned = stage.draft(), plan_now(stage)
    stage.approve()
    queued = stage.posts()
    assert [row["text"] for row in queued] == [post.text for thread in draft.threads for post in thread.posts]
    roots = [row for row in queued if row["k"] == 1]
    assert [row["due_at"] for row in roots] == [
        f"{step.start:%Y-%m-%dT%H:%M:%S.%fZ}" for step in planned.steps if step.start
    ]
    while (ahead := stage.run().outlook.next_at) is not None:
        stage.clock.reach(ahead)
    lines = (stage.app.workspace.outbox / "posts.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["text"] for line in lines] == [row["text"] for row in queued]


def test_an_unchanged_file_moves_nothing_and_seals_nothing_again(stage: Stage) -> None:
    stage.approve()
    before = stage.posts()
    stage.clock.sleep(3600)
    assert set(actions(stage.approve()).values()) == {"keep"}
    assert stage.posts() == before
    with stage.app.store.read() as connection:
        assert len(connection.execute(select(approval.c.id)).all()) == 3


def test_approve_now_twice_queues_and_publishes_everything_once(stage: Stage) -> None:
    stage.approve(at_once=True)
    stage.clock.sleep(1)
    again = stage.approve(at_once=True)
    assert len(stage.posts()) == 7
    assert set(actions(again).values()) <= {"move", "keep"}
    ran = stage.run()
    assert ran.exit_code == 0
    assert [done.address.thread for done in ran.done] == ["one"] * 3 + ["two"] * 2 + ["three"] * 2
    assert set(actions(stage.approve(at_once=True)).values()) == {"begun"}
    assert stage.run().done == ()


def test_approve_now_starts_every_thread_now_in_file_order_whatever_the_gap(stage: Stage) -> None:
    stage.approve(at_once=True)
    assert {row["due_at"] for row in stage.posts() if row["k"] == 1} == {f"{NOON:%Y-%m-%dT%H:%M:%S.%fZ}"}
    stage.run()
    assert stage.clock.now() - NOON < timedelta(minutes=3)


def begin_first_thread(stage: Stage) -> None:
    """One post of the first thread goes out; the rest waits for its gap."""
    stage.house.write("one", "two", "three", post_gap="20m")
    stage.approve(at_once=True)
    ran = stage.run()
    assert [str(done.address) for done in ran.done] == ["fence/one/main/1@dry"]


def test_an_edit_of_a_half_out_campaign_changes_only_what_has_not_begun(stage: Stage) -> None:
    begin_first_thread(stage)
    stage.house.text("one", "Another beginning. #Fence\n---\nAnd another end.")
    stage.house.text("two", "A guard looked away, for a whole minute. #Fence\n---\nEnough for a letter.")
    found = stage.approve()
    assert actions(found) == {"one": "begun", "two": "replace", "three": "keep"}
    begun = next(step for step in found.steps if step.action is Action.BEGUN)
    assert "differs" in begun.note
    texts = [row["text"] for row in stage.posts() if row["thread"] == "one"]
    assert texts[0].startswith("They met at a fence")
    assert len(texts) == 3
    current = [row["text"] for row in stage.posts() if row["thread"] == "two" and row["state"] != "cancelled"]
    assert current[0].startswith("A guard looked away, for a whole minute.")
    while (ahead := stage.run().outlook.next_at) is not None:
        stage.clock.reach(ahead)
    lines = (stage.app.workspace.outbox / "posts.jsonl").read_text("utf-8").splitlines()
    sent = [json.loads(line)["text"] for line in lines]
    assert len(sent) == len(set(sent)) == 7
    assert not any("Another beginning" in line for line in sent)


def restore(stage: Stage, *, hours: int) -> None:
    """The database is a copy of so long ago, and a command notices it."""
    with stage.app.store.write() as connection:
        meta.put(connection, meta.COPIED, instant_text(stage.clock.now() - timedelta(hours=hours)))
    settle = timedelta(seconds=90)
    assert witness.notice(stage.app.store, None, settle=settle, who="command", now=stage.clock.now())


def test_after_a_restore_what_may_be_out_is_neither_replaced_nor_dropped_before_it_was_looked_for(stage: Stage) -> None:
    stage.approve(at_once=True)
    stage.clock.sleep(60)
    restore(stage, hours=1)
    stage.house.text("one", "Another beginning. #Fence\n---\nAnd another end.")
    stage.house.write("one", "two")
    before = stage.posts()
    found = stage.approve(at_once=True)
    assert actions(found) == {"one": "left", "two": "left", "three": "left"}
    assert stage.posts() == before
    assert all("may be out already: the database is a copy of" in step.note for step in found.steps)
    stage.run()  # looks for each, and publishes what is not out
    assert set(actions(stage.approve()).values()) == {"begun"}


def test_after_a_restore_what_was_to_go_out_later_is_replaced_as_ever(stage: Stage) -> None:
    stage.approve()
    restore(stage, hours=1)
    stage.house.text("one", "Another beginning. #Fence\n---\nAnd another end.")
    assert actions(stage.approve()) == {"one": "replace", "two": "keep", "three": "keep"}


def test_a_replaced_thread_keeps_its_time_while_its_schedule_stays(stage: Stage) -> None:
    before = stage.approve()
    stage.house.text("two", "A guard looked away. #Fence\n---\nIt was enough.")
    after = stage.approve()
    assert [step.start for step in after.steps] == [step.start for step in before.steps]


def test_tags_move_nothing_while_the_file_is_unchanged_and_are_a_new_text_once_they_are_asked_for(
    stage: Stage,
) -> None:
    stage.approve()
    before = stage.posts()
    path = stage.house.campaign
    path.write_text(f"utm: true\n{path.read_text('utf-8')}", "utf-8")
    assert set(actions(stage.approve()).values()) == {"replace"}
    after = [row for row in stage.posts() if row["state"] in {"queued", "waiting"}]
    assert [untagged(row["text"]) for row in after] == [row["text"] for row in before]
    assert sum("utm_content=" in row["text"] for row in after) == 3
    assert set(actions(stage.approve()).values()) == {"keep"}
    assert [row for row in stage.posts() if row["state"] in {"queued", "waiting"}] == after


def test_reordering_threads_moves_nothing_in_the_queue(stage: Stage) -> None:
    stage.approve()
    before = {row["thread"]: row["due_at"] for row in stage.posts() if row["k"] == 1}
    stage.house.write("three", "one", "two")
    assert set(actions(stage.approve()).values()) == {"keep"}
    assert {row["thread"]: row["due_at"] for row in stage.posts() if row["k"] == 1} == before
    stage.approve(at_once=True)
    assert [done.address.thread for done in stage.run().done if done.address.k == 1] == ["three", "one", "two"]


def test_dry_then_live_queues_everything_again_and_the_dry_run_counts_for_nothing(stage: Stage) -> None:
    stage.approve(at_once=True)
    stage.run()
    assert set(stage.states().values()) == {"sent"}
    live = Stage.open(stage.house, at=stage.clock.now(), **LIVE)
    found = live.approve()
    assert set(actions(found).values()) == {"add"}
    assert {row["state"] for row in live.posts(mode="live")} == {"queued", "waiting"}
    assert {row["state"] for row in live.posts(mode="dry")} == {"sent"}
    live.app.close()


def test_going_live_cancels_the_dry_run_that_has_not_begun(stage: Stage) -> None:
    stage.approve()
    live = Stage.open(stage.house, at=stage.clock.now(), **LIVE)
    live.approve()
    assert {row["state"] for row in live.posts(mode="dry")} == {"cancelled"}
    assert {row["state"] for row in live.posts(mode="live")} == {"queued", "waiting"}
    live.app.close()


def test_a_dry_approval_leaves_what_is_queued_live_and_says_so(stage: Stage) -> None:
    live = Stage.open(stage.house, at=stage.clock.now(), **LIVE)
    live.approve()
    live.app.close()
    found = stage.approve()
    assert any("queued LIVE already" in finding.message for finding in found.findings)
    assert {row["state"] for row in stage.posts(mode="live")} == {"queued", "waiting"}


def test_live_posts_are_left_alone_when_live_is_off(stage: Stage) -> None:
    live = Stage.open(stage.house, at=stage.clock.now(), **LIVE)
    live.approve(at_once=True)
    live.app.close()
    ran = stage.run()
    assert (ran.done, ran.exit_code, ran.outlook.live_left) == ((), 78, 3)
    assert {row["state"] for row in stage.posts()} == {"queued", "waiting"}


def test_a_thread_gone_from_the_file_is_cancelled_and_comes_back_with_it(stage: Stage) -> None:
    stage.approve()
    stage.house.write("one", "three")
    assert actions(stage.approve()) == {"one": "keep", "three": "keep", "two": "cancel"}
    assert stage.states()["two/1"] == "cancelled"
    stage.house.write("one", "two", "three")
    assert actions(stage.approve())["two"] == "bring back"
    assert (stage.states()["two/1"], stage.states()["two/2"]) == ("queued", "waiting")


def test_a_content_that_returns_takes_its_old_rows_again(stage: Stage) -> None:
    stage.approve()
    ids = [row["post_id"] for row in stage.posts() if row["thread"] == "two"]
    original = (stage.house.root / "campaigns/threads/two.md").read_text("utf-8")
    stage.house.text("two", "Something else. #Fence\n---\nAnd more.")
    stage.approve()
    stage.house.text("two", original)
    stage.approve()
    alive = [row["post_id"] for row in stage.posts() if row["thread"] == "two" and row["state"] != "cancelled"]
    assert alive == ids


def test_what_a_person_cancelled_stays_cancelled(stage: Stage) -> None:
    stage.approve()
    address = Address("fence", "two", "main", 1, Mode.DRY)
    manual.cancel(stage.app.store, address, why="not now", who="staff", now=stage.clock.now())
    assert actions(stage.approve())["two"] == "left"
    assert actions(stage.approve(at_once=True))["two"] == "left"
    manual.retry(stage.app.store, address, why="yes, now", who="staff", now=stage.clock.now())
    assert (stage.states()["two/1"], stage.states()["two/2"]) == ("queued", "waiting")


def test_another_schedule_moves_what_has_not_begun(stage: Stage) -> None:
    stage.approve()
    stage.house.write("one", "two", "three", slots='[{days: [mon, wed, fri], at: "18:00"}]')
    found = stage.approve()
    assert set(actions(found).values()) == {"move"}
    assert all(step.was is not None and step.start != step.was for step in found.steps)
    assert {row["due_at"] for row in stage.posts() if row["k"] == 1} == {
        f"{step.start:%Y-%m-%dT%H:%M:%S.%fZ}" for step in found.steps if step.start
    }


def test_threads_of_one_account_keep_their_gap_across_campaigns(stage: Stage) -> None:
    stage.approve()
    other = stage.house.campaign.with_name("other.yaml")
    other.write_text(stage.house.campaign.read_text("utf-8").replace("name: fence", "name: other"), "utf-8")
    loaded = load_draft(other, stage.house.root, stage.app.platform)
    with stage.app.store.read() as connection:
        found = plan(connection, loaded.campaign, loaded.threads, modes={"main": Mode.DRY}, now=stage.clock.now())
    taken = {row["due_at"] for row in stage.posts() if row["k"] == 1}
    assert not taken & {f"{step.start:%Y-%m-%dT%H:%M:%S.%fZ}" for step in found.steps if step.start}


def test_a_fixed_time_that_is_past_stops_the_approval_unless_now(stage: Stage) -> None:
    stage.house.write("one @ 2026-11-20 09:00", "two")
    with pytest.raises(FileError) as caught:
        stage.approve()
    (finding,) = caught.value.findings
    assert "2026-11-20 09:00 is past" in finding.message
    assert finding.place.line == 13
    assert stage.posts() == []
    stage.approve(at_once=True)
    assert len(stage.posts()) == 5


def test_a_past_time_of_a_begun_thread_is_no_obstacle(stage: Stage) -> None:
    stage.house.write("one @ 2026-12-01 09:00", "two", post_gap="20m")
    stage.approve()
    stage.clock.reach(datetime(2026, 12, 1, 0, 1, tzinfo=UTC))
    stage.run()
    assert actions(stage.approve())["one"] == "begun"


def test_now_in_a_quiet_period_needs_a_reason(stage: Stage) -> None:
    stage.house.write("one", "two", quiet="[{from: 2026-11-29, to: 2026-12-02, why: elections}]")
    with pytest.raises(NeedsYes, match="elections"):
        stage.approve(at_once=True)
    stage.approve(at_once=True, because="it cannot wait")
    with stage.app.store.read() as connection:
        assert set(connection.execute(select(approval.c.because)).scalars()) == {"it cannot wait"}


def test_the_queue_must_still_be_what_was_shown(stage: Stage) -> None:
    shown = plan_now(stage)
    stage.approve()
    draft = stage.draft()
    with pytest.raises(TryLater, match="queue changed"):
        approve(
            stage.app.store,
            draft.campaign,
            draft.threads,
            modes={"main": Mode.DRY},
            now=stage.clock.now(),
            seal=Seal("staff", stage.clock.now()),
            shown=shown,
        )


def test_a_held_root_stays_held_until_it_gets_another_time(stage: Stage) -> None:
    stage.approve()
    stage.clock.reach(datetime(2026, 12, 1, 9, tzinfo=UTC))  # slot was 00:30
    ran = stage.run()
    assert [done.why for done in ran.done] == ["late"]
    found = stage.approve()
    assert actions(found)["one"] == "left"
    assert "late" in next(step.note for step in found.steps if step.action is Action.LEFT)
    assert actions(stage.approve(at_once=True))["one"] == "move"
    assert stage.states()["one/1"] == "queued"


def test_tampered_text_is_held_and_never_sent(stage: Stage) -> None:
    stage.approve(at_once=True)
    with stage.app.store.write() as connection:
        connection.execute(text("UPDATE post SET text = 'something else' WHERE k = 2"))
    ran = stage.run()
    assert {done.why for done in ran.done if done.why} == {"changed after approval"}
    assert not (stage.app.workspace.outbox / "posts.jsonl").exists()


def test_an_approval_is_an_event_with_a_name(stage: Stage) -> None:
    stage.approve(by="Kim")
    with stage.app.store.read() as connection:
        found = connection.execute(text("SELECT who, why FROM event WHERE kind = 'approve'")).all()
    assert {row.who for row in found} == {"Kim"}
    assert len(found) == 3


# ---------------------------------------------------------------- found by trying to break it


def test_a_retry_after_a_cancel_keeps_the_slot(stage: Stage) -> None:
    planned = {step.address.thread: step.start for step in stage.approve().steps}
    address = Address("fence", "two", "main", 0, Mode.DRY)
    manual.cancel(stage.app.store, address, why="", who="staff", now=stage.clock.now())
    manual.retry(stage.app.store, address, why="", who="staff", now=stage.clock.now())
    (root,) = (row for row in stage.posts() if row["thread"] == "two" and row["k"] == 1)
    assert root["due_at"] == f"{planned['two']:%Y-%m-%dT%H:%M:%S.%fZ}"
    assert stage.run().done == ()


def test_a_retry_never_brings_back_what_an_approval_cancelled(stage: Stage) -> None:
    stage.approve()
    stage.house.write("one", "three")
    stage.approve()
    with pytest.raises(UsageError, match="cancelled by an approval"):
        manual.retry(
            stage.app.store, Address("fence", "two", "main", 0, Mode.DRY), why="", who="staff", now=stage.clock.now()
        )
    assert stage.states()["two/1"] == "cancelled"


@pytest.mark.parametrize("accounts", ("[main]", "[other]"))
def test_a_dry_approval_cancels_nothing_that_is_live(stage: Stage, accounts: str) -> None:
    live = Stage.open(stage.house, at=stage.clock.now(), **LIVE)
    live.approve()
    live.app.close()
    stage.house.write("one", "three", accounts=accounts)
    found = stage.approve()
    assert {row["state"] for row in stage.posts(mode="live")} == {"queued", "waiting"}
    (warning,) = (finding.message for finding in found.findings if "queued LIVE already" in finding.message)
    assert "two/main" in warning


def test_an_edit_undone_after_a_cancel_queues_all_that_the_plan_says(stage: Stage) -> None:
    stage.approve()
    original = (stage.house.root / "campaigns/threads/one.md").read_text("utf-8")
    manual.cancel(
        stage.app.store, Address("fence", "one", "main", 2, Mode.DRY), why="", who="staff", now=stage.clock.now()
    )
    stage.house.text("one", "Another beginning. #Fence\n---\nAnd another end.")
    stage.approve()
    stage.house.text("one", original)
    assert actions(stage.approve())["one"] == "replace"
    alive = [row["state"] for row in stage.posts() if row["thread"] == "one" and row["state"] != "cancelled"]
    assert alive == ["queued", "waiting", "waiting"]


def test_the_time_spent_reading_does_not_stand_against_an_approval_now(stage: Stage) -> None:
    shown = plan_now(stage, at_once=True)
    stage.clock.sleep(7200)
    draft = stage.draft()
    done = approve(
        stage.app.store,
        draft.campaign,
        draft.threads,
        modes={"main": Mode.DRY},
        now=stage.clock.now(),
        seal=Seal("staff", stage.clock.now()),
        shown=shown,
        at_once=True,
    )
    assert {step.start for step in done.steps} == {stage.clock.now()}
