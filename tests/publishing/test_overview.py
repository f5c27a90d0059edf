from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from amplifier.model import Mode, State, Why
from amplifier.networks.port import Answer, Kind
from amplifier.publishing import alert, manual, pause
from amplifier.publishing.caps import Caps, no_caps
from amplifier.publishing.overview import SILENCE, Overview, overview
from amplifier.publishing.queue import Claim, claim
from amplifier.store import beats, tables
from tests.support.queue import DROPPED, LEASE, START, UNREADABLE, Bench, at

if TYPE_CHECKING:
    from amplifier.store.engine import Store


@pytest.fixture
def bench(sqlite_bench: Bench) -> Bench:
    return sqlite_bench


def read(bench: Bench, **changes: Any) -> Overview:
    given: dict[str, Any] = {"modes": frozenset(Mode), "caps": no_caps, "pause_file": False} | changes
    return overview(bench.store, now=bench.clock.now(), **given)


def test_an_empty_queue_is_well(bench: Bench) -> None:
    found = read(bench)
    assert (found.accounts, found.stopped, found.doubts, found.exit_code, found.next_at) == ((), (), (), 0, None)


def test_each_account_says_what_it_has_and_what_is_next(store: Store) -> None:
    bench = Bench(store)
    bench.thread("story", 3, at=START + timedelta(hours=2))
    bench.thread("facts", 2, at=START + timedelta(hours=1))
    bench.thread("story", 1, account="second", mode=Mode.DRY)
    main, second = read(bench).accounts
    assert (main.name, main.mode, main.posts) == ("main", Mode.LIVE, {State.QUEUED: 2, State.WAITING: 3})
    assert (main.next_at, str(main.next_post)) == (START + timedelta(hours=1), "dmz-escape/facts/main/1")
    assert (second.name, str(second.next_post)) == ("second", "dmz-escape/story/second/1@dry")
    assert read(bench).next_at == START


def test_a_thread_that_needs_a_person_is_one_entry_with_its_command(bench: Bench) -> None:
    bench.thread("story", 4)
    bench.timeline().script.extend([bench.timeline().accept, Answer(Kind.REFUSED, detail="too long")])
    bench.run()
    found = read(bench)
    (entry,) = found.stopped
    assert (str(entry.address), entry.n, entry.state, entry.why, entry.detail) == (
        "dmz-escape/story/main/2", 4, State.FAILED, Why.REFUSED, "too long",
    )  # fmt: skip
    assert (entry.out, entry.behind, entry.since) == (1, 2, bench.clock.now())
    assert entry.mend.command == "amplifier queue cancel dmz-escape/story/main/2"
    assert found.exit_code == 1
    manual.acknowledge(bench.store, at("story"), who="Kim", now=bench.clock.now())
    assert read(bench).exit_code == 0
    assert read(bench).stopped == ()


def test_the_longest_stopped_comes_first_and_a_lonely_follower_stands_for_itself(bench: Bench) -> None:
    bench.thread("second", 1)
    bench.thread("first", 2)
    bench.change("first", 2, state="held", why="earlier post")
    bench.change("second", 1, state="held", why="late", due_at=START - timedelta(days=1))
    found = read(bench).stopped
    assert [(entry.address.thread, entry.why) for entry in found] == [("second", Why.LATE), ("first", Why.EARLIER)]


def test_who_has_a_post_in_flight_and_when_one_is_looked_for(bench: Bench) -> None:
    bench.thread("story", 1)
    bench.timeline().script.append(DROPPED)
    bench.beat()
    (looked,) = read(bench).doubts
    assert (str(looked.address), looked.state, looked.until) == (
        "dmz-escape/story/main/1", State.UNKNOWN, START + timedelta(seconds=90),
    )  # fmt: skip
    with bench.store.write() as connection:
        sending = {"state": "sending", "worker": "host/once/1", "lease_until": START + timedelta(minutes=5)}
        connection.execute(update(tables.post).values(sending))
    flying = read(bench).doubts[0]
    assert (flying.state, flying.worker, flying.until) == (
        State.SENDING, "host/once/1", START + timedelta(minutes=5),
    )  # fmt: skip


def test_a_blocked_account_is_5_and_has_nothing_next(bench: Bench) -> None:
    bench.thread("story", 2)
    bench.thread("facts", 2)
    bench.timeline().script.append(Answer(Kind.BLOCKED, detail="suspended"))
    bench.run()
    found = read(bench)
    (account,) = found.blocked
    assert (account.blocked_why, account.next_post) == ("suspended", None)
    assert account.next_at is not None
    assert (found.exit_code, found.next_at) == (5, None)


def test_what_goes_on_by_itself_is_no_trouble(bench: Bench) -> None:
    bench.thread("story", 2)
    bench.timeline().script.append(Answer(Kind.LIMITED, until=START + timedelta(hours=2)))
    bench.beats()
    bench.clock.move(hours=1)
    (account,) = read(bench).accounts
    assert account.wait_until == START + timedelta(hours=2)
    assert not account.goes
    assert read(bench).exit_code == 0
    bench.clock.move(hours=2)
    assert read(bench).accounts[0].wait_until is None


def test_a_used_up_budget_is_told_and_is_no_trouble(bench: Bench) -> None:
    caps = Caps(Decimal("1.00"), 2)
    bench.thread("story", 2)
    bench.thread("facts", 2)
    for _ in range(6):
        bench.beat(caps=lambda _: caps)
        bench.clock.move(seconds=30)
    found = read(bench, caps=lambda _: caps)
    budget = found.accounts[0].budget
    assert budget is not None
    assert (budget.caps, budget.used.day_posts) == (caps, 2)
    assert budget.until == START.replace(hour=0, minute=0) + timedelta(days=1)
    assert not found.accounts[0].goes
    assert found.exit_code == 0


def test_a_restored_database_says_since_when_it_looks(bench: Bench) -> None:
    bench.thread("story", 1)
    with bench.store.write() as connection:
        connection.execute(update(tables.account).values(look_from=START - timedelta(days=1), restored_at=START))
    assert read(bench).accounts[0].look_from == START - timedelta(days=1)


# ---------------------------------------------------------------- nothing runs, or nobody hears


def test_nothing_runs_when_something_is_due_and_no_runner_was_seen(bench: Bench) -> None:
    bench.thread("story", 1)
    beats.touch(bench.store, beats.PUBLISH, "host/daemon", START, Mode)
    bench.clock.at = START + SILENCE
    assert read(bench).silent is None
    bench.clock.move(seconds=1)
    found = read(bench)
    assert (found.silent, found.exit_code) == (START, 1)
    beats.touch(bench.store, beats.COLLECT, "host/daemon", bench.clock.now(), Mode)
    beats.touch(bench.store, beats.PUBLISH, "host/daemon", bench.clock.now(), [Mode.DRY])
    assert read(bench).silent == START, "a reader, or a runner of another mode, is no publisher"
    beats.touch(bench.store, beats.PUBLISH, "other/once", bench.clock.now(), [Mode.LIVE])
    assert read(bench).silent is None


def dead_in_mid_send(bench: Bench) -> None:
    """A worker took the only account's first post and never came back."""
    bench.thread("story", 2)
    taken = claim(bench.store, now=START, modes=frozenset(Mode), lease=LEASE, worker="host/once/1")
    assert isinstance(taken, Claim)
    beats.touch(bench.store, beats.PUBLISH, "host/once", START, Mode)


def test_a_worker_that_died_in_mid_send_does_not_hide_that_nothing_runs(bench: Bench) -> None:
    dead_in_mid_send(bench)
    bench.clock.at = START + LEASE + SILENCE
    assert read(bench).exit_code == 0
    bench.clock.move(seconds=1)
    found = read(bench)
    assert (found.silent, found.exit_code) == (START + LEASE, 1)
    assert read(bench, modes={Mode.DRY}).silent is None, "nothing here serves it"
    pause.stop(bench.store, "account", "main", why="x", who="Kim", now=bench.clock.now())
    assert read(bench).silent, "looks go on while its account is paused"
    beats.touch(bench.store, beats.PUBLISH, "host/once", bench.clock.now(), Mode)
    assert read(bench).silent is None


def test_a_look_that_nobody_takes_is_a_silence_too(bench: Bench) -> None:
    bench.thread("story", 2)
    bench.timeline().script.append(DROPPED)
    bench.beat()
    beats.touch(bench.store, beats.PUBLISH, "host/once", START, Mode)
    look = bench.post("story", 1)["due_at"]
    bench.clock.at = look + SILENCE
    assert read(bench).silent is None
    bench.clock.move(seconds=1)
    assert (read(bench).silent, read(bench).exit_code) == (look, 1)


def test_a_pause_is_a_silence_that_somebody_wanted(bench: Bench) -> None:
    bench.thread("story", 1)
    bench.clock.move(hours=1)
    assert read(bench).exit_code == 1
    assert read(bench, pause_file=True).exit_code == 75
    assert read(bench, pause_file=True).halted
    pause.stop(bench.store, "account", "main", why="x", who="Kim", now=bench.clock.now())
    found = read(bench)
    assert (found.silent, found.exit_code, found.halted) == (None, 75, False)
    pause.stop(bench.store, "all", "", why="x", who="Kim", now=bench.clock.now())
    assert read(bench).halted


def test_live_posts_that_nothing_here_serves_are_78(bench: Bench) -> None:
    bench.thread("story", 2)
    bench.clock.move(hours=1)
    found = read(bench, modes={Mode.DRY, Mode.SIMULATED})
    assert (found.live_off, found.silent, found.exit_code) == (2, None, 78)


def test_messages_that_reach_nobody_turn_it_red_after_a_while(bench: Bench) -> None:
    def change(**values: Any) -> None:
        with bench.store.write() as connection:
            connection.execute(update(tables.alert).values(values))

    with bench.store.write() as connection:
        alert.tell(connection, START, alert.Kind.BUDGET, "spent")
        alert.tell(connection, START, alert.Kind.BUDGET, "spent")
    found = read(bench).messages
    assert (found.undelivered, found.oldest, found.tried, found.detail) == (2, START, 0, None)
    bench.clock.move(minutes=20)
    assert read(bench).exit_code == 0
    change(tries=1, detail="it ended with exit code 1")
    found = read(bench).messages
    assert (found.tried, found.in_vain, found.detail) == (2, True, "it ended with exit code 1")
    assert read(bench).exit_code == 1
    change(next_at=None)
    assert (read(bench).messages.given_up, read(bench).exit_code) == (2, 0)
    change(delivered_at=START)
    assert read(bench).messages.given_up == 0


def test_a_post_past_its_looks_is_an_entry_like_any_other(bench: Bench) -> None:
    bench.thread("story", 1)
    bench.timeline().script.append(DROPPED)
    bench.timeline().sightings.extend([UNREADABLE] * 30)
    bench.run()
    (entry,) = read(bench).stopped
    assert (entry.state, entry.why) == (State.HELD, Why.PERHAPS)
    assert "--sent URL" in entry.mend.command
