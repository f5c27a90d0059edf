from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, select

from amplifier.errors import TryLater
from amplifier.model import Mode, Why
from amplifier.networks.port import Answer, Kind
from amplifier.publishing import enqueue, manual
from amplifier.publishing.enqueue import Seal
from amplifier.publishing.queue import Claim, claim
from amplifier.store import tables
from tests.support.queue import LEASE, START, Bench, at

if TYPE_CHECKING:
    from collections.abc import Callable

LATER = START + timedelta(days=1)
SEAL = Seal("Lee", START, "the editor asked")


def drop(bench: Bench, thread_id: int, why: Why = Why.GONE, *, replaced: bool = False) -> None:
    with bench.store.write() as connection:
        enqueue.drop(connection, thread_id, why, SEAL, replaced=replaced)


def revive(bench: Bench, thread_id: int) -> None:
    with bench.store.write() as connection:
        campaign_id = connection.execute(select(tables.campaign.c.id)).scalar_one()
        enqueue.revive(connection, thread_id, campaign_id, bench.sealed(at=LATER), SEAL)


def move(bench: Bench, thread_id: int, *, moved: bool = True) -> None:
    with bench.store.write() as connection:
        enqueue.reschedule(connection, thread_id, bench.sealed(at=LATER, gap=60), SEAL, moved=moved)


def due(bench: Bench) -> list[int]:
    """Seconds from the new start."""
    return [round((bench.post("story", k)["due_at"] - LATER).total_seconds()) for k in (1, 2, 3)]


def test_only_the_first_post_of_a_thread_is_queued(bench: Bench) -> None:
    bench.thread(gap=20)
    assert bench.states() == "queued, waiting, waiting"
    assert [bench.post("story", k)["due_at"] - START for k in (1, 2, 3)] == [
        timedelta(seconds=seconds) for seconds in (0, 20, 40)
    ]
    assert [one["to_state"] for one in bench.events("state")] == ["queued", "waiting", "waiting"]
    (approval,) = bench.events("approve")
    assert approval["who"] == "Kim"


def test_campaigns_and_accounts_are_made_once_and_an_account_once_per_mode(bench: Bench) -> None:
    bench.thread("one")
    bench.thread("two")
    bench.thread("three", mode=Mode.DRY)
    assert (bench.count("campaign"), bench.count("account"), bench.count("approval")) == (1, 2, 3)


def test_a_move_brings_every_post_to_its_new_time(bench: Bench) -> None:
    thread = bench.thread()
    move(bench, thread)
    assert due(bench) == [0, 60, 120]
    assert bench.count("approval") == 1


def test_another_place_or_gap_alone_moves_nothing(bench: Bench) -> None:
    thread = bench.thread()
    bench.places = 7
    move(bench, thread, moved=False)
    assert bench.post("story", 1)["due_at"] == START
    assert {bench.post("story", k)["place"] for k in (1, 2, 3)} == {7}


def test_a_move_takes_back_what_was_held_before_it_began_with_all_that_waits_for_it(bench: Bench) -> None:
    thread = bench.thread()
    bench.timeline().script.append(Answer(Kind.REFUSED))
    bench.beats()
    assert bench.states() == "failed: refused, held: earlier post, held: earlier post"
    bench.places = 5
    move(bench, thread)
    assert bench.states() == "queued, waiting, waiting"
    assert due(bench) == [0, 60, 120]
    assert {bench.post("story", k)["place"] for k in (1, 2, 3)} == {5}


def test_what_is_gone_from_the_file_comes_back_with_it_under_a_new_seal(bench: Bench) -> None:
    thread = bench.thread()
    drop(bench, thread)
    assert bench.states() == ", ".join(["cancelled: gone from the campaign file"] * 3)
    assert bench.beats() == []
    revive(bench, thread)
    assert bench.states() == "queued, waiting, waiting"
    assert bench.count("approval") == 2
    bench.clock.at = LATER
    bench.run()
    assert bench.states() == "sent, sent, sent"


def test_a_content_that_is_approved_anew_is_queued_whole(bench: Bench) -> None:
    thread = bench.thread()
    manual.cancel(bench.store, at("story/2"), why="", who="Kim", now=START)
    drop(bench, thread, Why.REPLACED)
    revive(bench, thread)
    assert bench.states() == "queued, waiting, waiting"


@pytest.mark.parametrize("replaced", (True, False))
def test_a_replaced_thread_is_no_longer_the_current_one(bench: Bench, replaced: bool) -> None:
    thread = bench.thread()
    drop(bench, thread, Why.REPLACED, replaced=replaced)
    with bench.store.read() as connection:
        assert connection.execute(select(tables.thread.c.current)).scalar() == (0 if replaced else 1)


def test_dropping_a_thread_gives_its_account_back(bench: Bench) -> None:
    thread = bench.thread()
    bench.timeline().script.append(Answer(Kind.LIMITED))
    bench.beats()
    assert bench.account()["open_thread_id"] == thread
    drop(bench, thread)
    assert bench.account()["open_thread_id"] is None


@pytest.mark.parametrize("change", (drop, revive, move))
@pytest.mark.parametrize("answer", (None, Answer(Kind.UNCLEAR)))
def test_a_thread_that_has_begun_is_never_changed(
    bench: Bench, change: Callable[[Bench, int], None], answer: Answer | None
) -> None:
    thread = bench.thread()
    if answer:
        bench.timeline().script.append(answer)
    bench.beats()
    before = [dict(bench.post("story", k)) for k in (1, 2, 3)]
    with pytest.raises(TryLater, match="never changed"):
        change(bench, thread)
    assert [dict(bench.post("story", k)) for k in (1, 2, 3)] == before


@pytest.mark.postgresql
@pytest.mark.parametrize("change", (drop, move))
def test_a_thread_that_begins_between_the_reading_and_the_writing_is_not_changed(
    postgresql_bench: Bench, change: Callable[[Bench, int], None]
) -> None:
    bench = postgresql_bench
    thread = bench.thread(posts=1)
    claimed: list[object] = []

    def claim_it() -> None:
        claimed.append(claim(bench.store, now=START, modes=frozenset(Mode), lease=LEASE, worker="other"))

    def between(_c: object, _k: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE post") and threading.current_thread() is threading.main_thread():
            other = threading.Thread(target=claim_it)
            other.start()
            other.join()

    event.listen(bench.store.engine, "before_cursor_execute", between)
    with pytest.raises(TryLater, match="never changed"):
        change(bench, thread)
    event.remove(bench.store.engine, "before_cursor_execute", between)
    assert isinstance(claimed[0], Claim)
    assert bench.states() == "sending"


def thread_row(bench: Bench) -> tuple[int | None, str | None]:
    with bench.store.read() as connection:
        row = connection.execute(select(tables.thread.c.hook, tables.thread.c.reply_to)).one()
        return row.hook, row.reply_to


def test_a_thread_knows_its_hook_and_what_it_answers(bench: Bench) -> None:
    bench.thread(reply_to="main-7")
    assert thread_row(bench) == (None, "main-7")
    assert [bench.post("story", k)["parent_remote_id"] for k in (1, 2, 3)] == ["main-7", None, None]


@pytest.mark.parametrize("moved", (True, False))
def test_the_number_of_a_hook_follows_the_file_without_a_new_approval(bench: Bench, moved: bool) -> None:
    thread = bench.thread()
    with bench.store.write() as connection:
        enqueue.reschedule(connection, thread, bench.sealed(at=LATER, hook=2), SEAL, moved=moved)
    assert thread_row(bench) == (2, None)
    assert bench.count("approval") == 1


def test_an_answer_that_comes_back_answers_the_same_post(bench: Bench) -> None:
    thread = bench.thread(posts=1, reply_to="main-7")
    drop(bench, thread)
    with bench.store.write() as connection:
        campaign_id = connection.execute(select(tables.campaign.c.id)).scalar_one()
        enqueue.revive(connection, thread, campaign_id, bench.sealed(posts=1, at=START, reply_to="main-7"), SEAL)
    bench.beats()
    assert [post.parent for post in bench.timeline().posts] == ["main-7"]
