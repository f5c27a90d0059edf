from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from amplifier.errors import NeedsYes
from amplifier.model import Mode, State, Why
from amplifier.publishing import approvals, enqueue, manual
from amplifier.publishing.enqueue import Seal
from amplifier.publishing.queue import Claim, claim, seal_holds
from amplifier.store import tables
from tests.support.queue import LEASE, START, at

if TYPE_CHECKING:
    from datetime import datetime

    from amplifier.publishing.enqueue import Sealed
    from tests.support.queue import Bench

HALF = "held: second approval, held: earlier post, held: earlier post"
READY = "queued, waiting, waiting"


def first(bench: Bench, needed: int = 2, by: str = "Kim", name: str = "story") -> int:
    """A thread that needs this many approvals, and its first."""
    sealed = replace(bench.sealed(name), approvals=needed)
    seal = Seal(by, bench.clock.now())
    with bench.store.write() as connection:
        campaign_id = enqueue.ensure_campaign(connection, "dmz-escape", "Asia/Seoul", seal.at)
        account_id = enqueue.ensure_account(connection, "main", Mode.LIVE, "x")
        return enqueue.add(connection, campaign_id, account_id, sealed, seal)


def agree(bench: Bench, thread_id: int, by: str, needed: int = 2, start: datetime | None = None) -> None:
    with bench.store.write() as connection:
        campaign_id = connection.execute(select(tables.campaign.c.id)).scalar_one()
        enqueue.agree(connection, thread_id, campaign_id, asked(bench, needed, start), Seal(by, bench.clock.now()))


def asked(bench: Bench, needed: int, start: datetime | None = None) -> Sealed:
    return replace(bench.sealed(at=start), approvals=needed)


def take(bench: Bench) -> object:
    return claim(bench.store, now=bench.clock.now(), modes=frozenset(Mode), lease=LEASE, worker="w")


# ---------------------------------------------------------------- names


@pytest.mark.parametrize("name", ("Kim", "KIM", "  kim ", "Ｋｉｍ"))
def test_capitals_blanks_and_widths_make_no_other_name(name: str) -> None:
    assert approvals.signature(name) == approvals.signature("Kim")


@pytest.mark.parametrize("name", ("Kim Min", "Kimm", "김", "Lee"))
def test_another_name_is_another_name(name: str) -> None:
    assert approvals.signature(name) != approvals.signature("Kim")


def test_letters_beyond_ascii_have_capitals_too() -> None:
    assert approvals.signature("Jürgen GROẞ") == approvals.signature("jÜRGEN  gross")


@given(st.lists(st.text(max_size=4)))
def test_each_name_counts_once_and_in_order(names: list[str]) -> None:
    found = approvals.different(names)
    assert len({approvals.signature(name) for name in names}) == len(found)
    assert all(name in names for name in found)
    assert [found.index(name) for name in dict.fromkeys(names) if name in found] == list(range(len(found)))


def test_how_far_the_approvals_are_is_told() -> None:
    assert approvals.told(("Kim", "Lee"), 3) == "2 of 3 approvals, by Kim, Lee; waits for another name"
    assert approvals.told((), 2) == "0 of 2 approvals; waits for another name"


@given(needed=st.integers(1, 5), given_=st.integers(1, 5), k=st.integers(1, 9))
def test_only_enough_approvals_queue_a_root(needed: int, given_: int, k: int) -> None:
    state, why = approvals.first_state(needed, given_, k)
    assert (state in {State.QUEUED, State.WAITING}) == (given_ >= needed) == (why is None)
    assert (state is State.QUEUED) == (given_ >= needed and k == 1)
    assert (why is Why.SECOND) == (given_ < needed and k == 1)


# ---------------------------------------------------------------- in the queue


def test_half_approved_it_is_held_and_acknowledged_and_an_event_says_why(bench: Bench) -> None:
    thread_id = first(bench)
    assert bench.states() == HALF
    assert {bench.post("story", k)["acked_at"] for k in (1, 2, 3)} == {START}
    assert [(one["to_state"], one["why"]) for one in bench.events("state")] == [
        ("held", "second approval"),
        ("held", "earlier post"),
        ("held", "earlier post"),
    ]
    assert take(bench) is None
    with bench.store.read() as connection:
        assert approvals.names_of(connection, thread_id) == ("Kim",)
        assert approvals.lacking(connection, thread_id) == "1 of 2 approvals, by Kim; waits for another name"
        (waiting,) = approvals.waiting(connection)
    assert (str(waiting.address), waiting.names, waiting.needed) == ("dmz-escape/story/main", ("Kim",), 2)


def test_the_second_name_queues_it_at_the_time_it_was_shown(bench: Bench) -> None:
    later = START + timedelta(days=1)
    agree(bench, first(bench), "Lee", start=later)
    assert bench.states() == READY
    root = bench.post("story", 1)
    assert (root["due_at"], root["planned_at"], root["why"], root["acked_at"]) == (later, later, None, None)
    assert take(bench) is None
    bench.clock.at = later
    assert isinstance(take(bench), Claim)
    assert [one["who"] for one in bench.events("approve")] == ["Kim", "Lee"]
    assert bench.count("approval") == 2
    with bench.store.read() as connection:
        assert approvals.waiting(connection) == []


def test_the_same_name_again_leaves_it_held(sqlite_bench: Bench) -> None:
    bench = sqlite_bench
    agree(bench, first(bench), " kIM ")
    assert bench.states() == HALF
    assert take(bench) is None


def test_one_approval_needs_no_second_look(sqlite_bench: Bench) -> None:
    bench = sqlite_bench
    thread_id = first(bench, needed=1)
    assert bench.states() == READY
    with bench.store.read() as connection:
        assert approvals.enough(connection, thread_id, 1)
        assert approvals.lacking(connection, thread_id) == ""
    assert isinstance(take(bench), Claim)


def test_a_move_of_what_waits_leaves_it_waiting(bench: Bench) -> None:
    thread_id = first(bench)
    with bench.store.write() as connection:
        enqueue.reschedule(connection, thread_id, asked(bench, 2), Seal("Kim", START), moved=True)
    assert bench.states() == HALF


def test_a_revived_thread_begins_its_approvals_anew(bench: Bench) -> None:
    thread_id = first(bench)
    agree(bench, thread_id, "Lee")
    seal = Seal("Kim", START)
    with bench.store.write() as connection:
        enqueue.drop(connection, thread_id, Why.GONE, seal, replaced=False)
        campaign_id = connection.execute(select(tables.campaign.c.id)).scalar_one()
        enqueue.revive(connection, thread_id, campaign_id, asked(bench, 2), seal, whole=True)
    assert bench.states() == HALF
    with bench.store.read() as connection:
        assert approvals.names_of(connection, thread_id) == ("Kim",)
    agree(bench, thread_id, "Lee")
    assert bench.states() == READY


def test_the_names_of_a_whole_campaign_are_read_at_once(sqlite_bench: Bench) -> None:
    bench = sqlite_bench
    one, two = first(bench), first(bench, name="two", by="Park")
    agree(bench, one, "Lee")
    with bench.store.read() as connection:
        assert approvals.names_in(connection, "dmz-escape") == {one: ("Kim", "Lee"), two: ("Park",)}
        assert approvals.names_in(connection, "another") == {}


def test_a_number_is_raised_but_never_lowered_for_what_is_left(sqlite_bench: Bench) -> None:
    bench = sqlite_bench
    thread_id = first(bench, needed=2)
    for asked_for, found in ((1, 2), (3, 3), (2, 3)):
        with bench.store.write() as connection:
            enqueue.ask_for(connection, thread_id, asked_for)
            assert connection.execute(select(tables.thread.c.approvals)).scalar_one() == found


# ---------------------------------------------------------------- no way around


def test_the_claim_counts_names_whatever_the_states_say(bench: Bench) -> None:
    first(bench)
    bench.change("story", 1, state="queued", why=None)
    found = take(bench)
    assert not isinstance(found, Claim)
    assert bench.states().startswith("held: changed after approval")
    assert bench.count("attempt") == 0


def test_the_last_line_before_the_socket_counts_them_again(bench: Bench) -> None:
    """As if more were asked for between claim and call."""
    thread_id = first(bench, needed=1)
    claimed = take(bench)
    assert isinstance(claimed, Claim)
    assert seal_holds(bench.store, claimed)
    with bench.store.write() as connection:
        connection.execute(update(tables.thread).where(tables.thread.c.id == thread_id).values(approvals=2))
    assert not seal_holds(bench.store, claimed)


def test_each_later_post_needs_them_too(sqlite_bench: Bench) -> None:
    bench = sqlite_bench
    thread_id = first(bench, needed=1)
    bench.beat()
    with bench.store.write() as connection:
        connection.execute(update(tables.thread).where(tables.thread.c.id == thread_id).values(approvals=2))
    bench.clock.move(seconds=20)
    bench.beats()
    assert bench.states() == "sent, held: changed after approval, held: earlier post"
    assert len(bench.sent) == 1


def test_a_retry_holds_it_for_the_second_name(bench: Bench) -> None:
    thread_id = first(bench)
    with pytest.raises(NeedsYes, match="second approval: 1 of 2 approvals, by Kim"):
        manual.retry(bench.store, at("story"), why="", who="Kim", now=START)
    assert bench.count("event") == 4
    manual.cancel(bench.store, at("story"), why="", who="Kim", now=START)
    with pytest.raises(NeedsYes) as refused:
        manual.retry(bench.store, at("story"), why="", who="Kim", now=START)
    assert refused.value.exit_code == 4
    assert bench.states() == "held: second approval, cancelled: earlier post, cancelled: earlier post"
    assert bench.post("story", 1)["acked_at"] == START
    agree(bench, thread_id, "Lee")
    assert bench.states() == READY
