from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from amplifier.model import Mode, State
from amplifier.networks.port import Answer, Kind
from amplifier.publishing import pause
from amplifier.publishing.beat import beat
from amplifier.publishing.outlook import outlook
from amplifier.publishing.run import work
from amplifier.store import beats, tables
from amplifier.store.engine import open_store
from tests.support.queue import START, Bench

if TYPE_CHECKING:
    from amplifier.networks.port import Intent


@pytest.mark.parametrize(("minutes", "state"), ((90, "sent"), (91, "held: late")))
def test_a_root_missed_by_more_than_late_while_nothing_ran_is_held(bench: Bench, minutes: int, state: str) -> None:
    bench.thread(posts=1)
    bench.clock.move(minutes=minutes)
    bench.beat(alive=START - timedelta(hours=1))
    assert bench.states() == state


@pytest.mark.parametrize(("hours", "state"), ((6, "sent"), (7, "held: interrupted")))
def test_a_begun_thread_interrupted_for_longer_than_it_may_is_held(bench: Bench, hours: int, state: str) -> None:
    bench.thread(posts=2)
    bench.beats()
    bench.clock.move(hours=hours, seconds=20)
    bench.beat(alive=START)
    assert bench.states() == f"sent, {state}"


def test_nothing_was_missed_before_it_was_due(bench: Bench) -> None:
    bench.thread(posts=1, at=START + timedelta(hours=8))
    bench.clock.move(hours=9)
    bench.beat(alive=START)
    assert bench.states() == "sent"


def test_what_we_made_wait_is_never_late(bench: Bench) -> None:
    """Behind another thread, and behind a rate limit, for hours; a runner ran all the time."""
    bench.thread("story", 2, gap=10800)
    bench.thread("facts", 1)
    bench.timeline().script.append(Answer(Kind.LIMITED, until=START + timedelta(hours=5)))
    bench.run()
    bench.clock.move(hours=5)
    for _ in range(3):
        bench.beats()
        bench.clock.move(hours=3)
    assert (bench.states(), bench.states("facts")) == ("sent, sent", "sent")


def test_a_wait_for_the_network_is_not_time_missed(bench: Bench) -> None:
    """The machine slept for three hours, and for most of them the account had to be silent anyway."""
    bench.thread(posts=1)
    bench.timeline().script.append(Answer(Kind.LIMITED, until=START + timedelta(hours=2)))
    bench.beats()
    bench.clock.move(hours=3)
    bench.beat(alive=START)
    assert bench.states() == "sent"


def test_a_machine_that_slept_over_four_threads_does_not_flood_and_says_so_once(bench: Bench) -> None:
    for number in range(4):
        bench.thread(f"t{number}", 2, at=START + timedelta(hours=2 * number))
    bench.thread("theirs", 1, account="second", at=START + timedelta(hours=1))
    with bench.store.write() as connection:  # a runner was last seen before the first of them
        connection.execute(
            tables.beat.insert().values(kind=beats.PUBLISH, mode=Mode.LIVE.value, worker="host/once", at=START)
        )
    bench.clock.move(hours=9)
    ran = bench.run()
    assert [done.state for done in ran.done] == [State.HELD]
    (told,) = ran.done
    assert "nothing ran for 9 h 0 min (limit 90 min)" in told.detail
    for other in ("t1", "t2", "t3"):
        assert f"dmz-escape/{other}/main/1" in told.detail
    assert "dmz-escape/theirs/second/1" in told.detail
    assert bench.sent == []
    assert ran.exit_code == 1


def test_a_thread_behind_a_begun_one_is_late_as_well(bench: Bench) -> None:
    """Else it would go out hours late, once the begun one is through."""
    bench.thread("story", 2)
    bench.beats()
    bench.thread("facts", 1)
    bench.clock.move(hours=5)
    assert bench.beat(alive=START)
    bench.beats()
    assert (bench.states(), bench.states("facts")) == ("sent, sent", "held: late")


def test_a_machine_that_slept_in_the_middle_of_its_work_does_not_flood_either(bench: Bench) -> None:
    bench.thread("story", 1)
    for number in range(3):
        bench.thread(f"t{number}", 1, at=START + timedelta(hours=number + 1), account="second")

    def slow(intent: object) -> Answer:
        bench.clock.move(hours=9)
        return bench.timeline().accept(intent)  # type: ignore[arg-type]

    bench.timeline().script.append(slow)
    bench.run()
    assert [bench.states(f"t{number}") for number in range(3)] == ["held: late"] * 3


def test_what_a_pause_file_made_late_is_held_when_it_is_gone(bench: Bench) -> None:
    bench.thread(posts=1, at=START + timedelta(hours=1))
    bench.run()
    bench.pause_file = True
    for _ in range(5):  # cron goes on
        bench.clock.move(hours=1)
        bench.run(drain=False)
    bench.pause_file = False
    bench.run()
    assert bench.states() == "held: late"


def test_while_everything_is_paused_an_outage_is_left_to_the_end_of_the_pause(bench: Bench) -> None:
    bench.thread("story", 1)
    pause.stop(bench.store, "all", "", why=None, who="Kim", now=START)
    bench.clock.move(hours=3)
    assert bench.run().done == ()
    assert (bench.states(), bench.count("alert")) == ("queued", 0)
    dealt = pause.go_on(bench.store, "all", "", why="w", who="Kim", now=bench.clock.now())
    assert dealt is not None
    assert bench.states() == "held: late"


def test_paused_and_blocked_lanes_are_left_to_the_end_of_their_own_stop(bench: Bench) -> None:
    bench.thread("paused", 1, campaign="quiet")
    bench.thread("blocked", 1, account="second")
    bench.thread("dry", 1, mode=Mode.DRY)
    pause.stop(bench.store, "campaign", "quiet", why=None, who="Kim", now=START)
    with bench.store.write() as connection:
        connection.execute(update(tables.account).where(tables.account.c.name == "second").values(blocked_at=START))
    bench.clock.move(hours=5)
    assert bench.beat(alive=START, modes=frozenset({Mode.LIVE})) is None
    assert (bench.states("paused"), bench.states("blocked"), bench.states("dry", Mode.DRY)) == ("queued",) * 3


def test_the_oldest_is_named_first(bench: Bench) -> None:
    bench.thread("newer", 1, account="second", at=START + timedelta(minutes=1))
    bench.thread("older", 1)
    bench.clock.move(hours=5)
    done = bench.beat(alive=START)
    assert done is not None
    assert done.address.thread == "older"


def test_a_mode_that_was_served_is_judged_by_its_own_last_beat(bench: Bench) -> None:
    bench.thread("live", 1)
    bench.thread("dry", 1, mode=Mode.DRY)
    bench.clock.move(hours=5)
    done = beat(bench.publisher(), {Mode.LIVE: START, Mode.DRY: bench.clock.now(), Mode.SIMULATED: START})
    assert done is not None
    assert (bench.states("live"), bench.states("dry", Mode.DRY)) == ("held: late", "queued")


def test_one_message_names_everything_that_an_outage_made_late(bench: Bench) -> None:
    for number in range(4):
        bench.thread(f"t{number}", 1, at=START + timedelta(hours=2 * number), mode=list(Mode)[number % 2])
    bench.thread("begun", 2, account="second")
    bench.beats()
    bench.clock.move(hours=9)
    done = bench.beat(alive=START)
    assert done is not None
    assert str(done).startswith("dmz-escape/begun/second/2 of 2  held: interrupted")
    assert done.detail.endswith(
        "; 4 posts are held like this, the others: "
        "dmz-escape/t1/main/1@dry, dmz-escape/t2/main/1, dmz-escape/t3/main/1@dry"
    )
    with bench.store.read() as connection:
        (content,) = connection.execute(select(tables.alert.c.content)).scalars()
    assert content.count("dmz-escape/") >= 4


# ---------------------------------------------------------------- what we impose never makes a post late


@given(waits=st.lists(st.sampled_from(["limit", "doubt", "sent"]), max_size=8), hours=st.integers(0, 30))
@settings(max_examples=10, deadline=None)
def test_no_wait_that_we_impose_makes_a_post_late_while_a_runner_runs(
    migrated: Path, waits: list[str], hours: int
) -> None:
    """A runner beats all the time, and every post waits for hours: for the network, for a gap, for another thread."""
    with TemporaryDirectory() as folder:
        shutil.copy(migrated, f"{folder}/a.db")
        bench = Bench(open_store(None, Path(f"{folder}/a.db"), synchronous="OFF"))
        bench.thread("story", 3, gap=3600.0 * hours, late=60, resume_within=60)
        bench.thread("facts", 1, late=60, resume_within=60)

        def limited(_: Intent) -> Answer:
            return Answer(Kind.LIMITED, until=bench.clock.now() + timedelta(hours=hours))

        answers = {"limit": limited, "doubt": bench.timeline().lose, "sent": bench.timeline().accept}
        bench.timeline().script.extend(answers[wait] for wait in waits)
        while (at := outlook(bench.store, bench.clock.now(), frozenset(Mode)).next_at) is not None:
            bench.clock.at = max(bench.clock.now(), at)
            alive = dict.fromkeys(Mode, bench.clock.now())  # a daemon beats every 15 s meanwhile
            work(bench.publisher(), alive, stopping=lambda: False, report=lambda _: None)
        assert (bench.states(), bench.states("facts")) == ("sent, sent, sent", "sent")
        bench.store.close()


def test_a_budget_that_is_used_up_makes_no_post_late(bench: Bench) -> None:
    """The machine was off for two hours, of which the budget would have stopped it for all but one."""
    bench.thread(posts=1)
    with bench.store.write() as connection:
        until = START + timedelta(hours=1)
        connection.execute(update(tables.account).values(budget_until=until, budget_caps="{}", budget_why="used up"))
    bench.clock.move(hours=2)
    assert bench.beat(alive=START) is not None
    assert bench.states() == "sent"


def test_what_went_on_within_its_limit_after_a_pause_is_not_late_behind_what_goes_before_it(bench: Bench) -> None:
    bench.thread("story", 3, gap=3600)
    bench.beats()
    bench.thread("facts", 1)
    pause.stop(bench.store, "all", "", why=None, who="Kim", now=bench.clock.now())
    bench.clock.move(minutes=80)
    pause.go_on(bench.store, "all", "", why="over", who="Kim", now=bench.clock.now())
    for _ in range(12):
        bench.run()
        bench.clock.move(minutes=30)
    assert (bench.states(), bench.states("facts")) == ("sent, sent, sent", "sent")
