from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, update

from amplifier.content.draft import load_draft
from amplifier.errors import FileError, TryLater
from amplifier.model import Address, Level, Mode
from amplifier.planning.answers import answer, published
from amplifier.planning.approve import approve
from amplifier.planning.plan import Action, Plan, Step, plan
from amplifier.publishing import manual, withdraw
from amplifier.publishing.enqueue import Seal
from amplifier.publishing.withdraw import Target
from amplifier.store import engagement, tables
from tests.support.house import NOON, TEXTS, House, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIVE = {
    f"accounts__main__{key}": "secret" for key in ("api_key", "api_secret", "access_token", "access_token_secret")
} | {"live": "1"}
FIX = "fix -> fence/one/main/2"
WRONG = "fence/one/main/2@dry"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Thread one is out, as a dry run; there is a text that corrects its second post."""
    opened = Stage.open(House.build(tmp_path / "w"))
    opened.house.write("one")
    opened.approve(at_once=True)
    opened.run()
    opened.house.text("fix", "One of them did say a word.\n---\nThe rest stands.")
    yield opened
    opened.app.close()


def plan_now(stage: Stage) -> Plan:
    draft = stage.draft()
    with stage.app.store.read() as connection:
        modes = stage.app.modes_of(draft.campaign.accounts)
        return plan(connection, draft.campaign, draft.threads, modes=modes, now=stage.clock.now())


def step(found: Plan, thread: str = "fix") -> Step:
    return next(step for step in found.steps if step.address.thread == thread)


def problem(stage: Stage, reply_to: str = "fence/one/main/2") -> str:
    """What stands against answering this."""
    stage.house.write("one", f"fix -> {reply_to}")
    (finding,) = [found for found in plan_now(stage).findings if found.level is Level.ERROR]
    assert (
        finding.place.line
        == stage.house.campaign.read_text("utf-8")
        .splitlines()
        .index(f"  - {{id: fix, text: threads/fix.md, reply_to: {reply_to}}}")
        + 1
    )
    assert finding.hint
    with pytest.raises(FileError):
        stage.approve()
    return finding.message


def outbox(stage: Stage) -> list[dict[str, str | None]]:
    lines = (stage.app.workspace.outbox / "posts.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


# ---------------------------------------------------------------- what goes out


def test_an_answer_goes_out_at_once_under_the_post_that_it_answers(stage: Stage) -> None:
    stage.house.write("one", FIX)
    stage.approve()
    (wrong,) = [row for row in stage.posts() if (row["thread"], row["k"]) == ("one", 2)]
    ran = stage.run()
    assert [str(done.address) for done in ran.done] == ["fence/fix/main/1@dry", "fence/fix/main/2@dry"]
    first, second = outbox(stage)[-2:]
    assert (first["in_reply_to"], second["in_reply_to"]) == (wrong["remote_id"], first["id"])


def test_nothing_is_added_to_the_words_of_an_answer(stage: Stage) -> None:
    stage.house.write("one", FIX)
    stage.approve()
    stage.run()
    assert [post["text"] for post in outbox(stage)[-2:]] == ["One of them did say a word.", "The rest stands."]


def test_the_plan_names_what_is_answered(stage: Stage) -> None:
    stage.house.write("one", FIX)
    found = step(plan_now(stage))
    assert found.answers is not None
    assert (found.action, str(found.answers.address)) == (Action.ADD, WRONG)
    with stage.app.store.read() as connection:
        where = (tables.thread.c.name == "one", tables.post.c.k == 2)
        known = connection.execute(select(tables.post.c.remote_id).join(tables.thread).where(*where)).scalar_one()
    assert found.answers.remote_id == known


# ---------------------------------------------------------------- when


def test_an_answer_takes_no_slot_and_keeps_to_no_quiet_period_and_moves_no_other_thread(stage: Stage) -> None:
    stage.house.write("one", "two", "three")
    before = {found.address.thread: found.start for found in plan_now(stage).steps}
    stage.house.write("one", "two", FIX, "three", quiet="[{from: 2026-11-30, to: 2026-11-30, why: elections}]")
    assert step(plan_now(stage)).start == stage.clock.now()
    found = stage.approve()
    assert step(found).start == stage.clock.now()
    assert [step(found, name).start for name in ("two", "three")] == [before["two"], before["three"]]


@pytest.mark.parametrize("campaign", ("fence", "other"))
def test_no_thread_keeps_its_gap_to_an_answer(stage: Stage, campaign: str) -> None:
    slot = NOON + timedelta(hours=12, minutes=30)
    stage.clock.reach(slot - timedelta(minutes=10))
    stage.house.write("one", FIX)
    stage.approve()
    stage.house.write("one", FIX, "two")
    file = stage.house.campaign
    if campaign == "other":
        stage.house.write("two")
        file = file.with_name("other.yaml")
        file.write_text(stage.house.campaign.read_text("utf-8").replace("name: fence", "name: other"), "utf-8")
    draft = load_draft(file, stage.house.root, stage.app.platform)
    with stage.app.store.read() as connection:
        found = plan(connection, draft.campaign, draft.threads, modes={"main": Mode.DRY}, now=stage.clock.now())
    assert step(found, "two").start == slot


@pytest.mark.parametrize("counted_from", ("the plan", "the yes"))
def test_the_time_spent_reading_does_not_stand_against_an_answer(stage: Stage, counted_from: str) -> None:
    stage.house.write("one", "two", FIX)
    shown, read_at = plan_now(stage), stage.clock.now()
    stage.clock.sleep(1800)
    draft = stage.draft()
    done = approve(
        stage.app.store,
        draft.campaign,
        draft.threads,
        modes={"main": Mode.DRY},
        now=read_at if counted_from == "the plan" else stage.clock.now(),
        seal=Seal("staff", stage.clock.now()),
        shown=shown,
    )
    assert step(done).start == stage.clock.now()
    assert step(done, "two").start == step(shown, "two").start
    (root,) = [row for row in stage.posts() if (row["thread"], row["k"]) == ("fix", 1)]
    assert root["due_at"] == f"{stage.clock.now():%Y-%m-%dT%H:%M:%S.%fZ}"


def test_approving_again_moves_no_answer_that_waits_for_its_turn(stage: Stage) -> None:
    stage.house.write("one", FIX)
    first = stage.approve()
    stage.clock.sleep(600)
    stage.house.write("one", FIX, slots='[{days: [mon], at: "10:00"}]', thread_gap="5h")
    again = stage.approve()
    assert (step(again).action, step(again).start) == (Action.KEEP, step(first).start)


def test_an_answer_to_another_post_replaces_the_one_with_the_same_words(stage: Stage) -> None:
    stage.house.write("one", FIX)
    stage.approve()
    stage.house.write("one", "fix -> fence/one/main/1")
    assert step(stage.approve()).action is Action.REPLACE
    stage.run()
    assert outbox(stage)[-2]["in_reply_to"] == outbox(stage)[0]["id"]
    assert len([post for post in outbox(stage) if post["thread"] == "fix"]) == 2


def test_an_answer_shown_for_one_post_is_not_approved_for_another(stage: Stage) -> None:
    stage.house.write("one", FIX)
    shown = plan_now(stage)
    stage.house.write("one", "fix -> fence/one/main/1")
    draft = stage.draft()
    seal = Seal("staff", stage.clock.now())
    with pytest.raises(TryLater):
        approve(
            stage.app.store, draft.campaign, draft.threads, modes={"main": Mode.DRY}, now=NOON, seal=seal, shown=shown
        )


def test_of_contents_that_replaced_each_other_the_one_that_went_out_is_answered(stage: Stage) -> None:
    for text in (TEXTS["two"], "Another beginning.\n---\nAnother end.", TEXTS["two"]):
        stage.house.text("two", text)
        stage.house.write("one", "two")
        stage.approve(at_once=True)
    stage.run()
    stage.house.write("one", "two", "fix -> fence/two/main/1")
    found = step(plan_now(stage))
    assert found.answers is not None
    assert found.answers.remote_id == outbox(stage)[-2]["id"]


# ---------------------------------------------------------------- what cannot be answered


def test_what_is_not_there_is_not_answered(stage: Stage) -> None:
    assert "there is no post fence/four/main/1@dry in the queue" in problem(stage, "fence/four/main/1")
    assert "there is no post other/one/main/2@dry" in problem(stage, "other/one/main/2")
    assert "there is no post fence/one/main/9@dry" in problem(stage, "fence/one/main/9")


def test_what_is_only_queued_is_changed_instead(stage: Stage) -> None:
    stage.house.write("one", "two")
    stage.approve()
    stage.house.write("one", "two", "fix -> fence/two/main/2")
    (finding,) = [found for found in plan_now(stage).findings if found.level is Level.ERROR]
    assert "fence/two/main/2@dry is waiting" in finding.message
    assert "change its own thread" in finding.hint


def test_what_a_person_cancelled_is_not_answered(stage: Stage) -> None:
    stage.house.write("one", "two")
    stage.approve()
    address = Address("fence", "two", "main", 1, Mode.DRY)
    manual.cancel(stage.app.store, address, why="", who="staff", now=stage.clock.now())
    stage.house.write("one", "two", "fix -> fence/two/main/1")
    (finding,) = [found for found in plan_now(stage).findings if found.level is Level.ERROR]
    assert "is cancelled: by a person" in finding.message
    assert "queue show fence/two/main/1@dry" in finding.hint


def test_a_live_answer_never_goes_under_a_dry_run_nor_the_other_way_round(stage: Stage) -> None:
    live = Stage.open(stage.house, at=stage.clock.now(), **LIVE)
    assert "there is fence/one/main/2@dry, but this approval is LIVE" in problem(live)
    assert "fence/one/main/2@dry is DRY RUN, and this approval is LIVE" in problem(live, WRONG)
    live.app.close()
    with stage.app.store.write() as connection:
        connection.execute(update(tables.post).values(mode="live"))
    assert "there is fence/one/main/2, but this approval is DRY RUN" in problem(stage)


def test_an_address_may_name_its_mode(stage: Stage) -> None:
    stage.house.write("one", f"fix -> {WRONG}")
    assert step(plan_now(stage)).answers is not None


def test_what_went_out_on_another_network_is_not_answered(stage: Stage) -> None:
    with stage.app.store.write() as connection:
        connection.execute(update(tables.post).values(network="bluesky"))
    assert f"{WRONG} is on bluesky, and main is on x now" in problem(stage)


def test_an_account_answers_its_own_posts_only(stage: Stage) -> None:
    stage.house.write("one", FIX)
    thread = next(found for found in stage.draft().threads if found.id == "fix")
    with stage.app.store.read() as connection:
        target, (finding,) = answer(connection, replace(thread, account="second"), Mode.DRY)
    assert (target, finding.level) == (None, Level.ERROR)
    assert f"{WRONG} is not second's" in finding.message


def test_a_post_that_the_network_no_longer_shows_is_pointed_out(stage: Stage) -> None:
    with stage.app.store.write() as connection:
        where = (tables.thread.c.name == "one", tables.post.c.k == 2)
        wrong = connection.execute(select(tables.post.c.id).join(tables.thread).where(*where)).scalar_one()
        connection.execute(insert(engagement.latest).values(post_id=wrong, taken_at=NOON, age_seconds=60, gone_at=NOON))
    stage.house.write("one", FIX)
    found = plan_now(stage)
    assert [
        (told.level, "is gone from the network since 2026-11-30 12:00 UTC" in told.message) for told in found.findings
    ] == [(Level.WARNING, True)]
    assert step(stage.approve()).action is Action.ADD


def take_back(stage: Stage, address: str, *, deleted: bool) -> None:
    target, now = Target.parse(address), stage.clock.now()
    assert target
    left = withdraw.cancel(stage.app.store, target, because="she asked", who="Kim", now=now)
    if deleted:
        list(
            withdraw.delete(
                stage.app.store, left.out, network=stage.app.network, because="she asked", who="Kim",
                lease=timedelta(minutes=5), now=stage.clock.now,
            )
        )  # fmt: skip


@pytest.mark.parametrize("target", (WRONG, "fence/one/main@dry"))
def test_what_was_deleted_is_not_answered(stage: Stage, target: str) -> None:
    take_back(stage, target, deleted=True)
    assert f"{WRONG} was deleted on 2026-11-30" in problem(stage)
    found = Target.parse(target)
    assert found
    withdraw.allow(stage.app.store, found, because="too late", who="Kim", now=stage.clock.now())
    assert f"{WRONG} was deleted on 2026-11-30" in problem(stage)


@pytest.mark.parametrize("target", (WRONG, "fence/one/main@dry"))
def test_what_waits_to_be_deleted_is_not_answered_until_it_may_stay(stage: Stage, target: str) -> None:
    take_back(stage, target, deleted=False)
    assert f"{WRONG} was withdrawn by Kim on 2026-11-30: she asked" in problem(stage)
    (finding,) = [found for found in plan_now(stage).findings if found.level is Level.ERROR]
    assert "amplifier withdraw fence/one/main@dry --undo" in finding.hint
    found = Target.parse(target)
    assert found
    withdraw.allow(stage.app.store, found, because="it stays", who="Kim", now=stage.clock.now())
    stage.house.write("one", FIX)
    assert step(stage.approve()).action is Action.ADD


def test_a_post_before_those_that_were_withdrawn_is_answered(stage: Stage) -> None:
    take_back(stage, WRONG, deleted=True)
    stage.house.write("one", "fix -> fence/one/main/1")
    assert step(stage.approve()).action is Action.ADD


def test_what_was_deleted_is_not_published_any_more(stage: Stage) -> None:
    take_back(stage, WRONG, deleted=True)
    with stage.app.store.read() as connection:
        assert [address.k for address, _, _ in published(connection, "fence", Mode.DRY)] == [1]


def test_an_answer_that_is_out_is_never_an_obstacle(stage: Stage) -> None:
    stage.house.write("one", FIX)
    stage.approve()
    stage.run()
    with stage.app.store.write() as connection:
        connection.execute(update(tables.post).where(tables.post.c.k == 3).values(network="bluesky"))
        connection.execute(update(tables.thread).where(tables.thread.c.name == "one").values(current=0))
    assert step(plan_now(stage)).action is Action.BEGUN
    assert [found for found in plan_now(stage).findings if found.level is Level.ERROR] == []
