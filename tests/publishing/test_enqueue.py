from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, insert, select, update

from amplifier.errors import TryLater
from amplifier.model import READINGS, Mode, Why
from amplifier.networks.port import Answer, Kind
from amplifier.publishing import enqueue, manual
from amplifier.publishing.enqueue import Seal
from amplifier.publishing.queue import Claim, claim
from amplifier.store import engagement, tables
from tests.support.queue import LEASE, START, Bench, at
from tests.support.statements import asked

if TYPE_CHECKING:
    from collections.abc import Callable

    from amplifier.store.engine import Store

LATER = START + timedelta(days=1)
SEAL = Seal("Lee", START, "the editor asked")


def drop(bench: Bench, thread_id: int, why: Why = Why.GONE, *, replaced: bool = False) -> None:
    with bench.store.write() as connection:
        enqueue.drop(connection, thread_id, why, SEAL, replaced=replaced)


def revive(bench: Bench, thread_id: int) -> None:
    with bench.store.write() as connection:
        campaign_id = connection.execute(select(tables.campaign.c.id)).scalar_one()
        enqueue.revive(connection, thread_id, campaign_id, bench.sealed(at=LATER), SEAL, whole=True)


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


def test_what_is_gone_from_the_file_comes_back_without_the_end_that_a_person_had_cancelled(bench: Bench) -> None:
    thread = bench.thread(posts=4)
    manual.cancel(bench.store, at("story/3"), why="", who="Kim", now=START)
    drop(bench, thread)
    gone, person = "cancelled: gone from the campaign file", "cancelled: by a person, cancelled: earlier post"
    assert bench.states() == f"{gone}, {gone}, {person}"
    with bench.store.write() as connection:
        campaign_id = connection.execute(select(tables.campaign.c.id)).scalar_one()
        enqueue.revive(connection, thread, campaign_id, bench.sealed(posts=4, at=LATER), SEAL, whole=False)
    assert bench.states() == f"queued, waiting, {person}"
    manual.retry(bench.store, at("story/3"), why="", who="Kim", now=START)
    assert bench.states() == "queued, waiting, waiting, waiting"


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
        sealed = bench.sealed(posts=1, at=START, reply_to="main-7")
        enqueue.revive(connection, thread, campaign_id, sealed, SEAL, whole=False)
    bench.beats()
    assert [post.parent for post in bench.timeline().posts] == ["main-7"]


# ---------------------------------------------------------------- many at once


def queue_all(bench: Bench, names: list[str], posts: int = 2) -> list[int]:
    sealed = []
    for name in names:
        bench.places += 1
        sealed.append(bench.sealed(name, posts))
    with bench.store.write() as connection:
        campaign_id = enqueue.ensure_campaign(connection, "dmz-escape", "Asia/Seoul", START)
        account_id = enqueue.ensure_account(connection, "main", Mode.LIVE, "x")
        return enqueue.add_all(connection, campaign_id, [(account_id, one) for one in sealed], SEAL)


def test_many_threads_stand_in_the_rows_and_in_the_history_in_their_order(bench: Bench) -> None:
    bench.thread("before", 1)
    known = len(bench.events())
    ids = queue_all(bench, ["b", "c", "a"])
    assert ids == sorted(ids)
    with bench.store.read() as connection:
        rows = connection.execute(
            select(
                tables.thread.c.name,
                tables.post.c.id,
                tables.thread.c.id.label("thread"),
                tables.post.c.place,
                tables.thread.c.place.label("thread_place"),
            )
            .join(tables.thread, tables.thread.c.id == tables.post.c.thread_id)
            .order_by(tables.post.c.id)
        ).all()[1:]
    assert [row.name for row in rows] == ["b", "b", "c", "c", "a", "a"]
    assert [row.place for row in rows] == [row.thread_place for row in rows] == [2, 2, 3, 3, 4, 4]
    told = [(one["kind"], one["thread_id"], one["post_id"], one["to_state"]) for one in bench.events()[known:]]
    first, second = ("queued", "waiting")
    expected = []
    for thread, (one, two) in zip(ids, zip(rows[::2], rows[1::2], strict=True), strict=True):
        assert (one.thread, two.thread) == (thread, thread)
        expected += [
            ("approve", thread, None, None),
            ("state", thread, one.id, first),
            ("state", thread, two.id, second),
        ]
    assert told == expected


def test_threads_queued_at_once_are_as_those_queued_one_by_one(bench_pair: tuple[Store, Store]) -> None:
    one, other = (Bench(store) for store in bench_pair)
    queue_all(one, ["a", "b"])
    for name in ("a", "b"):
        queue_all(other, [name])
    for table in ("thread", "approval", "post", "event"):
        assert everything(one, table) == everything(other, table)


def everything(bench: Bench, table: str) -> list[tuple[object, ...]]:
    with bench.store.read() as connection:
        return [tuple(row) for row in connection.execute(select(getattr(tables, table)).order_by("id"))]


def test_the_number_of_statements_does_not_grow_with_the_number_of_threads(bench: Bench) -> None:
    bench.thread("first", 1)  # the campaign and the account are there
    counts = []
    for round_, number in enumerate((1, 2, 40)):
        with asked(bench.store) as seen:
            queue_all(bench, [f"t{round_}-{n}" for n in range(number)])
        counts.append(len(seen.statements))
        assert seen.commits == 1
    assert counts == [11, 11, 11]  # campaign and account 4, ids 3, rows 4


def test_other_ages_make_the_posts_that_are_out_due_for_a_reading_and_the_same_ages_do_not(bench: Bench) -> None:
    bench.thread("out", 2)
    bench.run()
    with bench.store.write() as connection:
        connection.execute(update(tables.post).values(reading_due_at=None))
        gone = select(tables.post.c.id).where(tables.post.c.k == 2).scalar_subquery()
        values = {"post_id": gone, "taken_at": START, "age_seconds": 0, "gone_at": START}
        connection.execute(insert(engagement.latest).values(values))
    later, hour = START + timedelta(days=40), (timedelta(hours=1),)
    for ages, due in ((READINGS, None), (hour, later), (hour, None)):
        with bench.store.write() as connection:
            campaign_id = enqueue.ensure_campaign(connection, "dmz-escape", "Asia/Seoul", later, ages)
            found = connection.execute(select(tables.post.c.reading_due_at).order_by(tables.post.c.k)).scalars().all()
            assert found == [due, None]  # a post that is gone is gone
            kept = connection.execute(select(tables.campaign.c.readings).filter_by(id=campaign_id)).scalar_one()
            assert kept == (None if ages is READINGS else "3600")
            connection.execute(update(tables.post).values(reading_due_at=None))


def test_nothing_to_queue_writes_nothing(bench: Bench) -> None:
    assert queue_all(bench, []) == []
    assert bench.events() == []


def test_ids_go_on_after_a_bulk(bench: Bench) -> None:
    """The next one takes its ids from where the bulk ended, whoever writes it."""
    ids = queue_all(bench, ["a", "b"])
    assert bench.thread("c") > max(ids)
    bench.run()
    assert [bench.states(name) for name in ("a", "b", "c")] == ["sent, sent", "sent, sent", "sent, sent, sent"]
