"""cron, week after week: `run --once` at every tick of a virtual clock, with the shipped sample's gaps."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from amplifier.publishing.beat import beat
from amplifier.store import beats
from tests.support.house import NOON, House, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
WEEKS = timedelta(weeks=3)
DENSE = '[{days: [tue, thu], at: "09:30"}, {days: [tue, thu], at: "10:30"}, {days: [tue, thu], at: "11:30"}]'
"""Slots an hour apart: with `thread_gap` of two hours every second one must stay empty."""
THREADS = 8


def build(root: Path) -> Stage:
    texts = {
        f"t{number}": f"Thread {number} begins here. #Fence\n---\nIts middle, number {number}.\n---\nEnd of {number}."
        for number in range(THREADS)
    }
    house = House.build(root, **texts)
    house.write(*texts, slots=DENSE, thread_gap="2h", post_gap="20s", jitter="10m", late="90m", resume_within="6h")
    return Stage.open(house)


def cron(
    stage: Stage, every: timedelta, until: datetime, *, off: Callable[[datetime], bool] = lambda _: False
) -> Iterator[datetime]:
    """Run `--once` at each tick of the grid; far from any due post most ticks, that would find nothing, are skipped."""
    tick = coming = stage.clock.now()
    while tick < until:
        stage.clock.reach(tick)
        if not off(tick):
            ran = stage.run(drain=False)
            assert ran.exit_code in {0, 1}
            coming = ran.outlook.next_at or until
            yield tick
        quiet = coming - 5 * every - tick
        ahead = max(stage.clock.now() - tick, min(quiet, 12 * HOUR))
        tick += every * max(ahead // every, 1)


def outbox(stage: Stage) -> list[dict[str, Any]]:
    lines = (stage.house.root / "outbox/posts.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    "every", (pytest.param(MINUTE, marks=pytest.mark.slow), 15 * MINUTE, HOUR), ids=("minute", "quarter", "hour")
)
def test_every_post_goes_out_once_in_order_and_never_before_its_time(tmp_path: Path, every: timedelta) -> None:
    stage = build(tmp_path / "w")
    starts = [step.start for step in stage.approve().steps]
    planned = sorted(start for start in starts if start)
    assert len(planned) == THREADS
    for one, following in pairwise(planned):
        assert following - one >= timedelta(hours=2)
    assert any(one.date() == following.date() for one, following in pairwise(planned)), "the gap is put to the test"
    due = {(row["thread"], row["k"]): instant(row["due_at"]) for row in stage.posts()}

    ticks = sum(1 for _ in cron(stage, every, NOON + WEEKS))
    assert ticks > 2 * THREADS

    posts = stage.posts()
    assert {row["state"] for row in posts} == {"sent"}, [row["why"] for row in posts if row["state"] != "sent"]
    sent = outbox(stage)
    assert len(sent) == len(posts) == 3 * THREADS
    assert len({item["text"] for item in sent}) == len(sent)
    wanted = [(f"t{number}", k) for number in range(THREADS) for k in (1, 2, 3)]
    assert [(item["thread"], item["k"]) for item in sent] == wanted
    for item, reply in pairwise(sent):
        if reply["k"] > 1:
            assert reply["in_reply_to"] == item["id"]
            gap = instant(reply["at"]) - instant(item["at"])
            assert timedelta(seconds=20) <= gap < MINUTE, "readers see a thread whole"
        else:
            assert reply["in_reply_to"] is None
    for item in sent:
        out = instant(item["at"])
        assert out >= due[item["thread"], item["k"]]
        if item["k"] == 1:
            assert out - due[item["thread"], 1] <= every
    assert [row["sent_at"] for row in posts] == sorted(row["sent_at"] for row in posts)
    stage.app.close()


def test_a_machine_that_was_off_for_nine_hours_holds_instead_of_flooding(tmp_path: Path) -> None:
    stage = build(tmp_path / "w")
    plan = stage.approve()
    first = plan.steps[0].start
    assert first is not None
    off = (first - HOUR, first + 8 * HOUR)
    missed = {step.address.thread for step in plan.steps if step.start and off[0] <= step.start <= off[1]}
    assert missed == {"t0", "t1"}

    for _ in cron(stage, 15 * MINUTE, NOON + WEEKS, off=lambda tick: off[0] <= tick <= off[1]):
        pass

    held = [row for row in stage.posts() if row["state"] == "held"]
    assert {row["thread"] for row in held} == missed
    assert {row["why"].split(":")[0] for row in held if row["k"] == 1} == {"late"}
    assert {row["why"] for row in held if row["k"] > 1} == {"earlier post"}
    sent = outbox(stage)
    assert [(item["thread"], item["k"]) for item in sent] == [
        (f"t{n}", k) for n in range(2, THREADS) for k in (1, 2, 3)
    ]
    told = stage.house.cli("status", code=1)
    assert "amplifier queue retry fence/t0/main/1@dry" in told.stdout
    stage.app.close()


def test_a_thread_cut_short_by_the_outage_goes_on_within_resume_within_and_is_held_after_it(tmp_path: Path) -> None:
    for hours, state in ((5, "sent"), (7, "held")):
        stage = build(tmp_path / str(hours))
        first = stage.approve().steps[0].start
        assert first is not None
        stage.clock.reach(first)
        publisher = stage.app.publisher("test")
        done = beat(publisher, dict.fromkeys(publisher.modes, stage.clock.now()))
        assert done is not None
        assert (done.address.k, done.state.value) == (1, "sent")  # and then the power is cut
        beats.touch(stage.app.store, beats.PUBLISH, publisher.runner, stage.clock.now(), publisher.modes)
        stage.clock.sleep(hours * 3600)
        stage.run(drain=False)
        found = stage.states(thread="t0")
        assert found == {"t0/1": "sent", "t0/2": state, "t0/3": state}
        stage.app.close()
