from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from amplifier.model import Mode
from amplifier.networks.port import Answer, Kind
from amplifier.publishing import manual, pause
from amplifier.publishing.respace import Choice, Dealt, starts
from amplifier.store import tables
from tests.support.queue import START, Bench, at

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
GAP = timedelta(hours=2)

times = st.integers(-600, 600).map(lambda minutes: NOW + timedelta(minutes=minutes))
gaps = st.integers(0, 180).map(lambda minutes: timedelta(minutes=minutes))
diaries = st.lists(st.tuples(times, gaps), max_size=8)


@pytest.fixture
def bench(sqlite_bench: Bench) -> Bench:
    """SQLite alone; the pause's tests show the same transaction on both engines."""
    return sqlite_bench


# ---------------------------------------------------------------- the rule


@given(diaries, diaries)
def test_starts_keep_their_order_and_their_gaps_and_lie_ahead(
    threads: list[tuple[datetime, timedelta]], taken: list[tuple[datetime, timedelta]]
) -> None:
    made = list(starts(NOW, threads, taken))
    assert made == sorted(made)
    for (due, gap), start in zip(threads, made, strict=True):
        assert start >= max(NOW, due)
        assert all(abs(start - other) >= max(gap, theirs) for other, theirs in taken)
    for (one, first), (two, second) in zip(
        zip(made, threads, strict=True), list(zip(made, threads, strict=True))[1:], strict=False
    ):
        assert two - one >= max(first[1], second[1])


@given(diaries)
def test_what_lies_ahead_far_enough_apart_stays(threads: list[tuple[datetime, timedelta]]) -> None:
    made = list(starts(NOW, threads, ()))
    again = [(start, gap) for start, (_, gap) in zip(made, threads, strict=True)]
    assert list(starts(NOW, again, ())) == made


def test_a_start_is_found_without_looking_at_the_rest() -> None:
    many = [(NOW + 3 * GAP * number, GAP) for number in range(100_000)]
    assert list(islice(starts(NOW, many, many[1:]), 1)) == [NOW]


# ---------------------------------------------------------------- in the rows


def go_on(bench: Bench, choice: Choice, scope: pause.Scope = "all", name: str = "") -> Dealt:
    dealt = pause.go_on(
        bench.store, scope, name, why="over", who="Kim", now=bench.clock.now(), otherwise=choice
    )  # fmt: skip
    assert dealt is not None
    return dealt


def stop(bench: Bench, scope: pause.Scope = "all", name: str = "") -> None:
    assert pause.stop(bench.store, scope, name, why=None, who="Kim", now=bench.clock.now())


def due(bench: Bench, thread: str, k: int = 1) -> timedelta:
    found: datetime = bench.post(thread, k)["due_at"]
    return found - bench.clock.now()


def test_what_was_missed_goes_out_from_now_on_in_order_a_thread_gap_apart(bench: Bench) -> None:
    for number, hours in enumerate((1, 2, 3), 1):
        bench.thread(f"t{number}", 2, at=START + hours * HOUR)
    with bench.store.write() as connection:
        connection.execute(update(tables.thread).values(wall="2026-12-01T09:30"))
    stop(bench)
    bench.clock.move(hours=6)
    dealt = go_on(bench, Choice.RESPACE)
    assert [(str(address), start - bench.clock.now()) for address, start in dealt.moved] == [
        ("dmz-escape/t1/main", 0 * HOUR), ("dmz-escape/t2/main", GAP), ("dmz-escape/t3/main", 2 * GAP),
    ]  # fmt: skip
    with bench.store.read() as connection:
        rows = connection.execute(select(tables.thread.c.planned_at, tables.thread.c.wall)).all()
    assert [(row.planned_at - bench.clock.now(), row.wall) for row in rows] == [
        (0 * GAP, None),
        (GAP, None),
        (2 * GAP, None),
    ]
    assert due(bench, "t2", 2) == GAP + timedelta(seconds=20)
    bench.run()
    bench.clock.move(hours=3)
    bench.run()
    assert [bench.states(f"t{number}") for number in (1, 2, 3)] == ["sent, sent", "sent, sent", "queued, waiting"]


def test_each_account_has_its_own_order(bench: Bench) -> None:
    for account in ("main", "second"):
        for number in (1, 2):
            bench.thread(f"{account}{number}", 1, account=account)
    stop(bench)
    bench.clock.move(hours=6)
    go_on(bench, Choice.RESPACE)
    assert [due(bench, f"{account}{number}") for account in ("main", "second") for number in (1, 2)] == [
        0 * GAP, GAP, 0 * GAP, GAP,
    ]  # fmt: skip


def test_a_begun_thread_goes_first_and_the_next_one_begins_a_gap_later(bench: Bench) -> None:
    bench.thread("story", 2)
    bench.beats()
    bench.thread("facts", 1)
    stop(bench)
    bench.clock.move(hours=9)
    dealt = go_on(bench, Choice.RESPACE)
    assert [str(address) for address, _ in dealt.moved] == ["dmz-escape/story/main/2", "dmz-escape/facts/main"]
    assert (due(bench, "story", 2), due(bench, "facts")) == (0 * GAP, GAP)
    assert [done.address.thread for done in bench.beats()] == ["story"]


def test_only_begun_threads_were_missed(bench: Bench) -> None:
    bench.thread("story", 2)
    bench.beats()
    stop(bench)
    bench.clock.move(hours=9)
    assert [str(address) for address, _ in go_on(bench, Choice.RESPACE).moved] == ["dmz-escape/story/main/2"]


def test_what_began_shortly_before_the_pause_is_kept_clear_of(bench: Bench) -> None:
    bench.thread("story", 1, late=60)
    bench.thread("facts", 1, at=START + timedelta(minutes=5), late=60)
    bench.beats()
    stop(bench)
    bench.clock.move(minutes=30)
    go_on(bench, Choice.RESPACE)
    assert due(bench, "facts") == GAP - timedelta(minutes=30)


def test_a_later_thread_of_the_campaign_is_pushed_back_and_one_out_of_the_way_stays(bench: Bench) -> None:
    bench.thread("missed", 1)
    bench.thread("soon", 1, at=START + 7 * HOUR)
    bench.thread("tomorrow", 1, at=START + 24 * HOUR)
    stop(bench)
    bench.clock.move(hours=6)
    dealt = go_on(bench, Choice.RESPACE)
    assert (due(bench, "missed"), due(bench, "soon"), due(bench, "tomorrow")) == (0 * HOUR, GAP, 18 * HOUR)
    assert [address.thread for address, _ in dealt.moved] == ["missed", "soon"]


def test_another_campaign_keeps_its_time_and_is_kept_clear_of(bench: Bench) -> None:
    bench.thread("missed", 1)
    bench.thread("theirs", 1, campaign="other", at=START + 7 * HOUR)
    stop(bench, "campaign", "dmz-escape")
    bench.clock.move(hours=6)
    go_on(bench, Choice.RESPACE, "campaign", "dmz-escape")
    assert (due(bench, "missed"), due(bench, "theirs")) == (3 * HOUR, HOUR)


def test_what_is_skipped_is_cancelled_with_what_follows_it(bench: Bench) -> None:
    bench.thread("story", 3)
    bench.beats()
    bench.thread("facts", 2)
    stop(bench)
    bench.clock.move(hours=9)
    dealt = go_on(bench, Choice.SKIP)
    assert list(map(str, dealt.skipped)) == ["dmz-escape/facts/main/1", "dmz-escape/story/main/2"]
    assert bench.states() == "sent, cancelled: by a person, cancelled: earlier post"
    assert bench.states("facts") == "cancelled: by a person, cancelled: earlier post"
    assert bench.account()["open_thread_id"] is None
    last = next(event for event in bench.events("state") if event["to_state"] == "cancelled")
    assert (last["who"], last["why"]) == ("Kim", "by a person; skipped: over")


def test_a_choice_is_for_the_posts_that_were_shown_and_a_later_one_is_held(bench: Bench) -> None:
    bench.thread("shown", 1)
    bench.thread("later", 1, at=START + 5 * HOUR)
    stop(bench)
    bench.clock.move(hours=6)
    shown = pause.overdue(bench.store, "all", "", now=bench.clock.now())
    assert shown is not None
    (one,) = shown
    assert (str(one.address), one.n, one.due_at, one.span, one.limit) == (
        "dmz-escape/shown/main/1", 1, START, 6 * HOUR, 1.5 * HOUR,
    )  # fmt: skip
    bench.clock.move(hours=1)  # the person takes an hour to answer
    dealt = pause.go_on(
        bench.store, "all", "", why="over", who="Kim", now=bench.clock.now(), chosen={one.post_id: Choice.SKIP}
    )  # fmt: skip
    assert dealt is not None
    assert list(map(str, dealt.skipped)) == ["dmz-escape/shown/main/1"]
    assert list(map(str, dealt.held)) == ["dmz-escape/later/main/1"]


def test_nothing_is_overdue_of_what_is_not_paused(bench: Bench) -> None:
    bench.thread()
    bench.clock.move(hours=9)
    assert pause.overdue(bench.store, "all", "", now=bench.clock.now()) is None
    assert pause.overdue(bench.store, "account", "main", now=bench.clock.now()) is None


def test_a_person_who_decided_is_not_told_what_they_did(bench: Bench) -> None:
    for number in range(3):
        bench.thread(f"t{number}", 1, account=f"a{number}")
    stop(bench)
    bench.clock.move(hours=9)
    go_on(bench, Choice.HOLD)
    assert bench.count("alert") == 0


@pytest.mark.parametrize("choice", Choice)
def test_every_change_is_an_event_of_that_person_and_none_comes_without_the_resumption(
    bench: Bench, choice: Choice
) -> None:
    bench.thread(posts=2)
    stop(bench)
    bench.clock.move(hours=9)
    go_on(bench, choice)
    resumed = next(event for event in bench.events() if event["kind"] == "resume")
    after = [event for event in bench.events("state") if event["id"] > resumed["id"]]
    assert {event["who"] for event in after} == {"Kim"}
    assert len(after) == 2


def test_a_post_that_was_respaced_is_not_late_for_the_next_outage(bench: Bench) -> None:
    bench.thread("one", 1)
    bench.thread("two", 1)
    stop(bench)
    bench.clock.move(hours=9)
    go_on(bench, Choice.RESPACE)
    bench.clock.move(hours=3)
    bench.beat(alive=bench.clock.now() - timedelta(hours=1))
    assert (bench.states("one"), bench.states("two")) == ("sent", "queued")


@pytest.mark.parametrize("out", (0, 1))
def test_a_new_time_begins_anew_what_was_tried_in_vain(bench: Bench, out: int) -> None:
    bench.thread(posts=2, gap=0)
    bench.timeline().script.extend([*[bench.timeline().accept] * out, Answer(Kind.NOT_SENT)])
    bench.beats()
    stop(bench)
    bench.clock.move(hours=9)
    go_on(bench, Choice.RESPACE)
    bench.timeline().script.append(Answer(Kind.NOT_SENT))
    bench.beats()
    assert bench.states().split(", ")[out] == "queued"


def test_dry_and_live_posts_of_one_account_have_their_own_order(bench: Bench) -> None:
    bench.thread("live", 1)
    bench.thread("dry", 1, mode=Mode.DRY)
    stop(bench)
    bench.clock.move(hours=9)
    go_on(bench, Choice.RESPACE)
    assert bench.post("live", 1)["due_at"] == bench.post("dry", 1, Mode.DRY)["due_at"] == bench.clock.now()


def test_a_thread_in_doubt_counts_as_one_that_begins_now(bench: Bench) -> None:
    bench.thread("doubt", 1)
    bench.thread("missed", 1)
    bench.timeline().script.append(Answer(Kind.UNCLEAR))
    bench.beats()
    stop(bench)
    bench.clock.move(hours=9)
    go_on(bench, Choice.RESPACE)
    assert due(bench, "missed") == GAP


def test_what_a_person_cancelled_stays_cancelled(bench: Bench) -> None:
    bench.thread(posts=3)
    manual.cancel(bench.store, at("story/2"), why="w", who="Kim", now=START)
    stop(bench)
    bench.clock.move(hours=9)
    go_on(bench, Choice.RESPACE)
    assert bench.states() == "queued, cancelled: by a person, cancelled: earlier post"
    assert due(bench, "story", 2) < timedelta(0)
