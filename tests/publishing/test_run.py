from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from amplifier.model import Mode, State
from amplifier.networks.port import Answer, Intent, Kind
from amplifier.publishing import pause
from amplifier.publishing.outlook import Outlook
from amplifier.publishing.queue import claim
from amplifier.publishing.run import PATIENCE, WAKE, Ran, last_seen, run, work
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
    assert {(beat["kind"], beat["mode"], beat["worker"], beat["at"]) for beat in beats.listing(bench.store)} == {
        ("publish", mode, "mail/once", START) for mode in Mode
    }
    bench.clock.move(minutes=1)
    bench.run(worker="mail/once/4712", modes=frozenset({Mode.DRY}))
    assert beats.last(bench.store, beats.PUBLISH, Mode.DRY) == START + timedelta(minutes=1)
    assert beats.last(bench.store, beats.PUBLISH, Mode.LIVE) == START
    assert len(beats.listing(bench.store)) == 3


# ---------------------------------------------------------------- several workers


def test_a_run_that_waits_for_another_worker_says_once_who_it_is(bench: Bench) -> None:
    bench.thread(posts=1)
    assert claim(bench.store, now=START, modes=frozenset(Mode), lease=LEASE, worker="mail/daemon/7")
    told: list[str] = []
    ran = run(
        bench.publisher(), drain=True, sleep=bench.clock.sleep, lost=lambda holder: told.append(str(holder))
    )  # fmt: skip
    (said,) = told
    assert said.startswith("account main: mail/daemon/7 is sending dmz-escape/story/main/1, until ")
    assert (ran.exit_code, ran.others) == (0, ())


def test_a_run_that_leaves_work_to_another_worker_knows_whose_it_is(bench: Bench) -> None:
    bench.thread(posts=1)
    claim(bench.store, now=START, modes=frozenset(Mode), lease=2 * PATIENCE, worker="mail/daemon/7")
    ran = bench.run()
    (holder,) = ran.others
    assert (ran.exit_code, holder.worker, holder.until) == (75, "mail/daemon/7", START + 2 * PATIENCE)


def test_a_run_that_lost_its_own_lease_is_told_of_nobody_else(bench: Bench) -> None:
    bench.thread(posts=1)
    ticks = iter([0.0, 290.0])
    told: list[str] = []
    run(
        bench.publisher(ticks=lambda: next(ticks, 0.0)), drain=True, sleep=bench.clock.sleep,
        lost=lambda holder: told.append(str(holder)),
    )  # fmt: skip
    assert (bench.states(), told) == ("sent", [])


def test_a_runs_own_thread_is_nobody_elses(bench: Bench) -> None:
    bench.thread("story", 2)
    published = bench.timeline().published
    ran = bench.run(stopping=lambda: len(published) >= 1)
    assert len(ran.outlook.holders) == 1
    assert ran.others == ()


# ---------------------------------------------------------------- when a runner was last seen


def beat_at(bench: Bench, at: datetime, *modes: Mode) -> None:
    beats.touch(bench.store, beats.PUBLISH, "mail/daemon", at, modes)


def test_a_runner_with_live_off_makes_no_live_post_look_punctual(bench: Bench) -> None:
    """A daemon ran all day, but not for live posts; then live is switched on."""
    bench.thread("live", 1)
    bench.thread("dry", 1, mode=Mode.DRY, at=START + timedelta(hours=9))
    beat_at(bench, START - timedelta(hours=1), *Mode)
    for _ in range(9):
        bench.clock.move(hours=1)
        bench.run(modes=frozenset({Mode.DRY, Mode.SIMULATED}))
    bench.run()
    assert (bench.states("live"), bench.states("dry", Mode.DRY)) == ("held: late", "sent")


def test_what_another_worker_served_meanwhile_was_not_missed(bench: Bench) -> None:
    """This machine slept; another one did not, and the account's other thread went on there."""
    bench.thread("facts", 1)
    alive = dict.fromkeys(Mode, START)
    bench.clock.move(hours=3)
    beat_at(bench, bench.clock.now() - timedelta(seconds=20), *Mode)
    work(bench.publisher(), alive, stopping=lambda: False, report=lambda _: None)
    assert bench.states("facts") == "sent"


def test_a_runner_is_not_seen_before_it_has_held_what_an_outage_made_late(bench: Bench) -> None:
    """Else a second one that begins in the same moment would take the late post for a punctual one."""
    bench.thread(posts=1)
    beat_at(bench, START, *Mode)
    bench.clock.move(hours=9)
    seen: list[datetime] = []

    def stopped() -> bool:
        seen.append(beats.last(bench.store, beats.PUBLISH, Mode.LIVE))
        return False

    work(bench.publisher(stopped=stopped), last_seen(bench.publisher()), stopping=lambda: False, report=lambda _: None)
    assert seen[:2] == [START, START]
    assert (bench.states(), seen[-1]) == ("held: late", bench.clock.now())


def test_a_beat_that_takes_as_long_as_its_lease_allows_made_nothing_late(bench: Bench) -> None:
    bench.thread("slow", 1)
    bench.thread("next", 1, account="second", late=60)

    def slow(intent: Intent) -> Answer:
        bench.clock.move(seconds=290)
        return bench.timeline().accept(intent)

    bench.timeline().script.append(slow)
    bench.run()
    assert bench.states("next") == "sent"


def test_a_long_run_is_seen_all_the_time(bench: Bench) -> None:
    for number in range(4):
        bench.thread(f"t{number}", 1, account=f"a{number}")

    def slow(_: Intent) -> Answer:
        bench.clock.move(seconds=20)
        return Answer(Kind.REFUSED)

    for number in range(4):
        bench.timeline(f"a{number}").script.append(slow)
    seen: list[datetime] = []
    work(
        bench.publisher(), dict.fromkeys(Mode, START), stopping=lambda: False,
        report=lambda _: seen.append(beats.last(bench.store, beats.PUBLISH, Mode.LIVE)),
    )  # fmt: skip
    assert [(at - START).total_seconds() for at in seen] == [0, 20, 40, 60]


def test_a_pause_file_that_comes_in_the_middle_of_a_beat_loses_no_report(bench: Bench) -> None:
    bench.thread(posts=1)

    def pausing(intent: Intent) -> Answer:
        bench.pause_file = True
        return bench.timeline().accept(intent)

    bench.timeline().script.append(pausing)
    ran = bench.run()
    assert [done.state for done in ran.done] == [State.SENT]
    assert beats.last(bench.store, beats.PUBLISH) == beats.NEVER
