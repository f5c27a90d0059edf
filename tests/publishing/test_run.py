from __future__ import annotations

from datetime import timedelta

import pytest

from amplifier.model import Mode
from amplifier.networks.port import Answer, Kind
from amplifier.publishing import pause
from amplifier.publishing.outlook import Outlook
from amplifier.publishing.run import PATIENCE, WAKE, Ran, run
from amplifier.store import beats
from tests.support.queue import DROPPED, LEASE, SETTLE, START, Bench

LIMITED = Answer(Kind.LIMITED, detail="429")


@pytest.fixture
def bench(sqlite_bench: Bench) -> Bench:
    """SQLite alone: what the engines do differently is proved by the queue's, the settle's and the pause's tests."""
    return sqlite_bench


def limited(**span: float) -> Answer:
    return Answer(Kind.LIMITED, detail="429", until=START + timedelta(**span))


# ---------------------------------------------------------------- how long it stays


@pytest.mark.parametrize("drain", (True, False))
def test_it_stays_until_every_begun_thread_is_out(bench: Bench, drain: bool) -> None:
    bench.thread("story", 3)
    bench.thread("facts", 2)
    bench.thread("later", 1, at=START + timedelta(days=1))
    ran = bench.run(drain=drain)
    assert (bench.states("story"), bench.states("facts")) == ("sent, sent, sent", "sent, sent")
    assert (ran.exit_code, len(ran.done)) == (0, 5)
    assert ran.outlook.next_at == START + timedelta(days=1)
    assert bench.clock.slept == [20, 20, 20]


@pytest.mark.parametrize("drain", (True, False))
def test_it_stays_through_settle_times(bench: Bench, drain: bool) -> None:
    bench.thread(posts=1)
    bench.timeline().script.append(DROPPED)
    assert bench.run(drain=drain).exit_code == 0
    assert bench.states() == "sent"
    assert bench.clock.now() == START + 3 * SETTLE


def test_it_stays_through_the_lease_of_a_dead_worker(bench: Bench) -> None:
    bench.thread(posts=1)

    class Killed(BaseException):
        pass

    def dies(_: object) -> Answer:
        raise Killed

    bench.timeline().script.append(dies)
    with pytest.raises(Killed):
        bench.beat()
    assert bench.run().exit_code == 0
    assert bench.states() == "sent"
    assert bench.clock.now() >= START + LEASE + 3 * SETTLE


def test_once_leaves_on_a_rate_limit_and_drain_waits_for_it(bench: Bench) -> None:
    bench.thread(posts=2)
    bench.timeline().script.append(limited(minutes=4))
    ran = bench.run(drain=False)
    assert (ran.exit_code, ran.waiting, bench.clock.now()) == (75, True, START)
    assert bench.run(drain=True).exit_code == 0
    assert bench.states() == "sent, sent"
    assert bench.clock.now() == START + timedelta(minutes=4, seconds=20)


@pytest.mark.parametrize(("minutes", "code"), ((15, 0), (16, 75)))
def test_drain_waits_for_a_quarter_of_an_hour_at_most(bench: Bench, minutes: int, code: int) -> None:
    bench.thread(posts=1)
    bench.timeline().script.append(limited(minutes=minutes))
    assert bench.run().exit_code == code
    assert bench.clock.now() == (START if code else START + PATIENCE)


def test_a_limited_account_does_not_keep_another_one_waiting(bench: Bench) -> None:
    bench.thread(posts=1)
    bench.thread("theirs", 2, account="second")
    bench.timeline().script.append(limited(hours=2))
    assert bench.run().exit_code == 75
    assert bench.states("theirs") == "sent, sent"


def test_nothing_sleeps_past_a_due_time(bench: Bench) -> None:
    """A slot of another account falls due in the middle of a gap."""
    bench.thread("story", 2, gap=600)
    due = START + timedelta(seconds=100)
    bench.thread("theirs", 1, account="second", at=due)
    bench.run()
    assert bench.timeline("second").posts[0].at == due
    assert bench.timeline().posts[1].at == START + timedelta(seconds=600)


def test_a_sleep_is_short_enough_to_hear_of_others(bench: Bench) -> None:
    bench.thread("story", 2, gap=100)
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        bench.clock.sleep(seconds)

    run(bench.publisher(), drain=True, sleep=sleep)
    assert max(slept) == WAKE.total_seconds()
    assert bench.states() == "sent, sent"


def test_it_never_spins(bench: Bench) -> None:
    bench.thread("story", 2)
    bench.thread("theirs", 2, account="second", gap=0)
    bench.timeline().script.extend([DROPPED, DROPPED])
    bench.timeline("second").script.append(Answer(Kind.NOT_SENT))
    bench.run()
    assert len(bench.clock.slept) < 30


# ---------------------------------------------------------------- stopping


def test_it_stops_between_two_posts_of_a_thread(bench: Bench) -> None:
    bench.thread(gap=0)
    published = bench.timeline().published
    ran = bench.run(stopping=lambda: len(published) >= 1)
    assert bench.states() == "sent, queued, waiting"
    assert len(ran.done) == 1
    assert bench.run().exit_code == 0
    assert bench.states() == "sent, sent, sent"


def test_a_pause_that_comes_in_the_middle_ends_the_run(bench: Bench) -> None:
    bench.thread()

    def pausing(intent: object) -> Answer:
        pause.stop(bench.store, "all", "", why=None, who="Kim", now=bench.clock.now())
        return bench.timeline().accept(intent)  # type: ignore[arg-type]

    bench.timeline().script.append(pausing)
    ran = bench.run()
    assert (ran.exit_code, ran.outlook.paused) == (75, True)
    assert bench.clock.slept == []


def test_a_pause_file_ends_the_run(bench: Bench) -> None:
    bench.thread()
    bench.pause_file = True
    ran = bench.run()
    assert (ran.exit_code, ran.waiting) == (75, True)
    assert bench.clock.slept == []
    assert beats.last(bench.store, beats.PUBLISH) == beats.NEVER


def test_a_paused_campaign_is_not_waited_for_and_the_others_are(bench: Bench) -> None:
    bench.thread("story", 2)
    bench.thread("other", 2, campaign="other")
    bench.beats()
    pause.stop(bench.store, "campaign", "dmz-escape", why=None, who="Kim", now=START)
    assert bench.run().exit_code == 75
    assert (bench.states(), bench.states("other")) == ("sent, queued", "sent, sent")


# ---------------------------------------------------------------- how it ends


def ahead(**changes: object) -> Outlook:
    values = {"waits": (), "paused": False, "partly_paused": False, "blocked": (), "troubled": 0, "live_left": 0}
    return Outlook(**(values | changes))  # type: ignore[arg-type]


def test_the_exit_code_is_the_first_that_holds() -> None:
    everything = {"paused": True, "live_left": 1, "troubled": 1, "blocked": ("main",)}
    for drop, code in [("blocked", 5), ("troubled", 1), ("live_left", 78), ("paused", 75)]:
        assert Ran((), ahead(**everything), waiting=True).exit_code == code
        del everything[drop]
    assert Ran((), ahead(), waiting=True).exit_code == 75
    assert Ran((), ahead(partly_paused=True), waiting=False).exit_code == 75
    assert Ran((), ahead(), waiting=False).exit_code == 0


def test_a_blocked_account_is_5_and_a_refused_post_is_1(bench: Bench) -> None:
    bench.thread()
    bench.timeline().script.append(Answer(Kind.REFUSED))
    assert bench.run().exit_code == 1
    bench.thread("facts")
    bench.timeline().script.append(Answer(Kind.BLOCKED))
    assert bench.run().exit_code == 5


def test_live_posts_are_left_while_live_is_off_and_dry_ones_go_out(bench: Bench) -> None:
    bench.thread()
    bench.thread("dry", 1, mode=Mode.DRY)
    ran = bench.run(modes=frozenset({Mode.DRY, Mode.SIMULATED}))
    assert (ran.exit_code, ran.outlook.live_left) == (78, 1)
    assert bench.states("dry", Mode.DRY) == "sent"
    assert bench.timeline().published == []


def test_live_posts_that_are_not_due_are_no_reason_to_complain(bench: Bench) -> None:
    bench.thread(at=START + timedelta(days=1))
    assert bench.run(modes=frozenset({Mode.DRY})).exit_code == 0


def test_a_beat_is_recorded_under_host_and_runner(bench: Bench) -> None:
    bench.run(worker="mail/once/4711")
    (beat,) = beats.listing(bench.store)
    assert (beat["kind"], beat["worker"], beat["at"]) == ("publish", "mail/once", START)
    bench.clock.move(minutes=1)
    bench.run(worker="mail/once/4712")
    (beat,) = beats.listing(bench.store)
    assert beat["at"] == START + timedelta(minutes=1)
