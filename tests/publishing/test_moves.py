from __future__ import annotations

import json
from datetime import timedelta

from sqlalchemy import select

from amplifier.model import State, Why
from amplifier.publishing import moves, pause
from amplifier.store import tables
from tests.support.queue import DROPPED, START, Bench


def test_a_move_from_another_state_writes_nothing(bench: Bench) -> None:
    bench.thread()
    row = bench.post("story", 1)
    events = len(bench.events())
    with bench.store.write() as connection:
        assert not moves.move(connection, row, State.SENDING, State.SENT, "me", START, remote_id="1")
        guard = tables.post.c.epoch == 7
        assert not moves.move(connection, row, State.QUEUED, State.HELD, "me", START, guard=guard, why=Why.LATE)
    assert dict(bench.post("story", 1)) == dict(row)
    assert len(bench.events()) == events
    assert bench.states() == "queued, waiting, waiting"


def test_every_change_is_an_event_and_the_states_can_be_rebuilt_from_them(bench: Bench) -> None:
    bench.thread(gap=0)
    bench.thread("facts")
    bench.timeline().script.extend([bench.timeline().lose, DROPPED])
    for _ in range(6):
        bench.beats()
        bench.clock.move(seconds=90)
    rebuilt: dict[int, str] = {}
    for event in bench.events("state"):
        assert event["from_state"] == rebuilt.get(event["post_id"])
        rebuilt[event["post_id"]] = event["to_state"]
    with bench.store.read() as connection:
        found = dict(connection.execute(select(tables.post.c.id, tables.post.c.state)).all())
    assert rebuilt == found


def test_the_event_of_a_post_that_is_out_names_its_remote_id(bench: Bench) -> None:
    bench.thread(posts=2)
    bench.beats()
    out = next(event for event in bench.events("state") if event["to_state"] == "sent")
    assert json.loads(out["data"])["remote_id"] == "main-1000"


def test_a_begun_thread_takes_the_account_when_the_other_one_ends(bench: Bench) -> None:
    """It was paused half out; meanwhile another campaign's thread had begun. An older root must not come between."""
    bench.thread("story", 2)
    bench.thread("older", 2, at=START + timedelta(seconds=1))
    bench.thread("other", 2, campaign="other", at=START + timedelta(seconds=2))
    bench.beats()
    pause.stop(bench.store, "campaign", "dmz-escape", why=None, who="Kim", now=START)
    bench.clock.move(seconds=2)
    assert [str(done.address) for done in bench.beats()] == ["other/other/main/1"]
    pause.go_on(bench.store, "campaign", "dmz-escape", why="over", who="Kim", now=bench.clock.now())
    order = []
    for _ in range(10):
        bench.clock.move(seconds=20)
        order += [f"{done.address.thread}/{done.address.k}" for done in bench.beats()]
    assert order == ["other/2", "story/2", "older/1", "older/2"]
