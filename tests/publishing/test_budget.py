from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select, text

from amplifier.model import Mode, State
from amplifier.networks.port import Answer, Kind
from amplifier.publishing import budget, manual, pause
from amplifier.publishing.caps import Caps, Used, day_of, month_of
from amplifier.publishing.outlook import Waiting, outlook
from amplifier.publishing.queue import Claim, claim
from amplifier.publishing.run import PATIENCE
from amplifier.store import tables
from amplifier.store.engine import Store, open_store
from tests.support.queue import DROPPED, LEASE, NOTHING, START, UNREADABLE, Bench, at

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from amplifier.networks.port import Intent
    from amplifier.publishing.run import Ran

DOLLAR = 1_000_000
MIDNIGHT = datetime(2026, 12, 2, tzinfo=UTC)
JANUARY = datetime(2027, 1, 1, tzinfo=UTC)


def each(posts: int | None = None, usd: str | None = None) -> Callable[[str], Caps]:
    """The same caps for every account."""
    caps = Caps(None if usd is None else Decimal(usd), posts)
    return lambda _: caps


def run(bench: Bench, **changes: Any) -> Ran:
    """A run that fails where it would go on for ever."""
    turns = count()

    def stopping() -> bool:
        assert next(turns) < 300, "this does not end"
        return False

    return bench.run(stopping=stopping, **changes)


def standing(bench: Bench, caps: Callable[[str], Caps], mode: Mode = Mode.LIVE) -> budget.Standing:
    """Of account `main`."""
    with bench.store.read() as connection:
        found = budget.standing(connection, caps, bench.clock.now())
    return next(one for one in found if (one.account, one.mode) == ("main", mode))


def alerts(bench: Bench) -> list[dict[str, Any]]:
    with bench.store.read() as connection:
        contents = connection.execute(select(tables.alert.c.content).order_by(tables.alert.c.id)).scalars().all()
    return [found for found in map(json.loads, contents) if found["kind"] == "budget"]


# ---------------------------------------------------------------- begin, wait, never


def test_a_thread_is_begun_only_if_all_of_it_fits_into_the_day(bench: Bench) -> None:
    bench.thread("story", 3)
    bench.thread("facts", 3, campaign="other")
    bench.thread("theirs", 3, account="second")
    ran = run(bench, caps=each(posts=5))
    assert (bench.states(), bench.states("facts"), bench.states("theirs")) == (
        "sent, sent, sent",
        "queued, waiting, waiting",
        "sent, sent, sent",
    )
    row = bench.account()
    assert (row["budget_until"], row["budget_caps"]) == (MIDNIGHT, "5 posts a day")
    assert row["budget_why"] == "3 of 5 posts a day are out or promised, and it has 3"
    assert ran.outlook.until(Waiting.BUDGET) == MIDNIGHT
    bench.clock.at = MIDNIGHT - timedelta(microseconds=1)
    assert bench.beat(caps=each(posts=5)) is None
    bench.clock.at = MIDNIGHT
    assert bench.beat(caps=each(posts=5)) is not None
    assert run(bench, caps=each(posts=5)).outlook.waits == ()
    assert bench.states("facts") == "sent, sent, sent"
    assert bench.account()["budget_until"] is None


def test_the_wait_is_one_event_and_one_alert_however_often_it_is_asked(sqlite_bench: Bench) -> None:
    bench = sqlite_bench
    bench.thread("story", 3)
    bench.thread("facts", 3)
    for _ in range(3):
        run(bench, caps=each(posts=5))
    (told,) = bench.events("account budget")
    assert (told["account_id"], told["why"]) == (bench.account()["id"], bench.account()["budget_why"])
    assert json.loads(told["data"])["budget_until"] == "2026-12-02T00:00:00.000000Z"
    (alert,) = alerts(bench)
    assert (alert["account"], alert["mode"], alert["until"]) == ("main", "live", "2026-12-02T00:00:00.000000Z")
    assert "no thread of the account begins before 2026-12-02 00:00 UTC" in alert["detail"]


def test_the_month_is_counted_in_dollars_and_begins_anew(bench: Bench) -> None:
    bench.thread("story", 2, costs=(DOLLAR, 2 * DOLLAR))
    bench.thread("facts", 1, costs=(DOLLAR,))
    bench.thread("more", 1, costs=(1,))
    run(bench, caps=each(usd="3.50"))
    assert (bench.states("facts"), bench.account()["budget_until"]) == ("queued", JANUARY)
    # what would fit waits behind what does not: the order of sending stays
    assert bench.states("more") == "queued"
    bench.clock.at = JANUARY
    run(bench, caps=each(usd="3.50"))
    assert (bench.states("facts"), bench.states("more")) == ("sent", "sent")


def test_a_thread_over_the_cap_alone_is_held_and_the_others_go_on(sqlite_bench: Bench) -> None:
    bench = sqlite_bench
    bench.thread("story", 3)
    bench.thread("facts", 2)
    run(bench, caps=each(posts=2))
    assert bench.states() == "held: over budget, held: earlier post, held: earlier post"
    assert bench.post("story", 1)["detail"] == "it has 3 posts, and the account may publish 2 a day"
    assert bench.states("facts") == "sent, sent"
    assert bench.account()["budget_until"] is None
    bench.clock.at = MIDNIGHT
    manual.retry(bench.store, at("story/1"), why="the cap is higher now", who="Kim", now=bench.clock.now())
    assert bench.events("account budget lifted") == []  # it never waited
    run(bench, caps=each(posts=3))
    assert bench.states() == "sent, sent, sent"


def test_what_a_person_took_out_of_a_thread_needs_no_budget(sqlite_bench: Bench) -> None:
    bench = sqlite_bench
    bench.thread("story", 3)
    manual.cancel(bench.store, at("story/3"), why="too long", who="Kim", now=bench.clock.now())
    run(bench, caps=each(posts=2))
    assert bench.states() == "sent, sent, cancelled: by a person"


def test_a_post_of_unknown_cost_counts_as_the_dearest(bench: Bench) -> None:
    bench.thread("story", 2)
    bench.thread("facts", 1, costs=(15_000,))
    run(bench, caps=each(usd="0.40"))
    assert (bench.states(), bench.states("facts")) == ("sent, sent", "queued")
    assert standing(bench, each(usd="0.40")).used == Used(month_cost=400_000, day_posts=2)


def test_each_mode_has_a_budget_of_its_own_and_a_dry_run_rehearses_the_cap(sqlite_bench: Bench) -> None:
    bench = sqlite_bench
    for mode in (Mode.LIVE, Mode.DRY):
        bench.thread("story", 2, mode=mode)
    bench.thread("facts", 2, mode=Mode.DRY)
    run(bench, caps=each(posts=3))
    assert (bench.states(), bench.states(mode=Mode.DRY)) == ("sent, sent", "sent, sent")
    assert bench.states("facts", Mode.DRY) == "queued, waiting"
    assert (bench.account()["budget_until"], bench.account(mode=Mode.DRY)["budget_until"]) == (None, MIDNIGHT)


def test_what_a_network_whose_clock_is_behind_calls_yesterdays_counts_today(bench: Bench) -> None:
    """Else the first minute of a day would have no cap at all."""

    def a_minute_ago(intent: Intent) -> Answer:
        kept = bench.timeline().keep(intent)
        return Answer(Kind.ACCEPTED, replace(kept, at=kept.at - timedelta(minutes=1)).receipt)

    bench.clock.at = JANUARY
    bench.thread("story", 2, costs=(DOLLAR, DOLLAR))
    bench.thread("facts", 1, costs=(DOLLAR,))
    bench.timeline().script.extend([a_minute_ago, a_minute_ago])
    run(bench, caps=each(posts=2, usd="2.50"))
    assert bench.post("story", 2)["sent_at"] < JANUARY
    used = standing(bench, each(posts=2, usd="2.50")).used
    assert (used.day_posts, used.month_cost) == (2, 2 * DOLLAR)
    assert (bench.states(), bench.states("facts")) == ("sent, sent", "queued")


def test_each_account_has_caps_of_its_own(sqlite_bench: Bench) -> None:
    bench = sqlite_bench
    for account in ("main", "second"):
        bench.thread(f"{account}-one", 1, account=account)
        bench.thread(f"{account}-two", 1, account=account)
    run(bench, caps=lambda name: Caps(None, 1) if name == "main" else Caps())
    assert (bench.states("main-one"), bench.states("main-two")) == ("sent", "queued")
    assert (bench.states("second-one"), bench.states("second-two")) == ("sent", "sent")


# ---------------------------------------------------------------- what begun threads promise


def test_a_begun_thread_goes_on_over_midnight_and_counts_on_both_days(sqlite_bench: Bench) -> None:
    bench = sqlite_bench
    bench.clock.at = MIDNIGHT - timedelta(seconds=30)
    bench.thread("story", 4)
    bench.thread("facts", 3)
    run(bench, caps=each(posts=4))
    # two of it went out before midnight and two after: so on that day two more fit, and not three
    assert [bench.post("story", k)["sent_at"] < MIDNIGHT for k in (1, 2, 3, 4)] == [True, True, False, False]
    assert (bench.states("facts"), bench.account()["budget_until"]) == (
        "queued, waiting, waiting",
        MIDNIGHT + timedelta(days=1),
    )
    assert standing(bench, each(posts=4)).used.day_posts == 2


def begun_and_paused(bench: Bench) -> None:
    """A thread of three with one post out, in a campaign that is paused: its account is free for others."""
    bench.thread("story", 3, gap=600)
    bench.beats()
    pause.stop(bench.store, "campaign", "dmz-escape", why=None, who="Kim", now=bench.clock.now())


def test_two_begun_threads_never_go_over_the_cap_together(bench: Bench) -> None:
    begun_and_paused(bench)
    bench.thread("facts", 3, campaign="other")
    bench.thread("more", 2, campaign="other")
    run(bench, caps=each(posts=5))
    assert standing(bench, each(posts=5)).used == Used(200_000, 1, 400_000, 2)
    assert (bench.states("facts"), bench.states("more")) == ("queued, waiting, waiting", "queued, waiting")
    pause.go_on(bench.store, "campaign", "dmz-escape", why="x", who="Kim", now=bench.clock.now())
    bench.clock.move(minutes=20)
    # the account waits for its budget, and its begun thread goes on all the same
    assert bench.account()["budget_until"] == MIDNIGHT
    assert bench.beat(caps=each(posts=5)) is not None
    run(bench, caps=each(posts=5))
    assert (bench.states(), bench.states("facts")) == ("sent, sent, sent", "queued, waiting, waiting")


def test_what_is_held_in_a_begun_thread_stays_promised_until_a_person_gives_it_up(bench: Bench) -> None:
    bench.thread("story", 3)
    bench.timeline().script += [bench.timeline().accept, Answer(Kind.REFUSED, detail="no")]
    bench.thread("facts", 3, campaign="other")
    run(bench, caps=each(posts=5))
    assert bench.states() == "sent, failed: refused, held: earlier post"
    assert (bench.states("facts"), standing(bench, each(posts=5)).used.open_posts) == ("queued, waiting, waiting", 2)
    manual.cancel(bench.store, at("story/2"), why="left short", who="Kim", now=bench.clock.now())
    assert [found["why"] for found in bench.events("account budget lifted")] == ["a thread changed"]
    run(bench, caps=each(posts=5))
    assert bench.states("facts") == "sent, sent, sent"


def test_a_first_post_that_is_perhaps_sent_counts_until_a_person_says_that_it_is_not(bench: Bench) -> None:
    bench.thread("story", 2)
    bench.thread("facts", 1, campaign="other")
    bench.timeline().script.append(DROPPED)
    bench.timeline().sightings += [UNREADABLE] * 100
    run(bench, caps=each(posts=2))
    assert (bench.states(), bench.states("facts")) == ("held: perhaps sent, held: earlier post", "queued")
    assert standing(bench, each(posts=2)).used == Used(open_cost=400_000, open_posts=2)
    manual.resolve_not_sent(bench.store, at("story/1"), why="looked", who="Kim", now=bench.clock.now())
    assert standing(bench, each(posts=2)).until is None
    run(bench, caps=each(posts=2))
    # it is due from now on, so the other one goes first, and it waits itself
    assert (bench.states(), bench.states("facts")) == ("queued, waiting", "sent")


def test_a_post_in_doubt_counts(sqlite_bench: Bench) -> None:
    bench = sqlite_bench
    bench.thread("story", 2)
    bench.timeline().script.append(DROPPED)
    bench.beat(caps=each(posts=2))
    assert bench.states() == "unknown, waiting"
    assert standing(bench, each(posts=2)).used == Used(open_cost=400_000, open_posts=2)


def test_a_first_post_that_is_tried_again_does_not_count_twice(sqlite_bench: Bench) -> None:
    bench = sqlite_bench
    bench.thread("story", 2)
    bench.timeline().script += [Answer(Kind.LIMITED, until=START + timedelta(minutes=1)), DROPPED]
    bench.timeline().sightings += [NOTHING, NOTHING]
    run(bench, caps=each(posts=2))
    assert (bench.states(), bench.count("attempt")) == ("sent, sent", 6)


# ---------------------------------------------------------------- other caps


def test_a_raised_cap_lifts_the_wait_at_once_and_reaching_it_is_told_again(sqlite_bench: Bench) -> None:
    bench = sqlite_bench
    for name in ("one", "two", "three"):
        bench.thread(name, 2)
    run(bench, caps=each(posts=2))
    run(bench, caps=each(posts=4))
    assert [bench.states(name) for name in ("one", "two", "three")] == ["sent, sent", "sent, sent", "queued, waiting"]
    assert [found["why"] for found in bench.events("account budget lifted")] == ["other caps are set"]
    assert [found["detail"].split(";")[0] for found in alerts(bench)] == [
        "2 of 2 posts a day are out or promised, and it has 2",
        "4 of 4 posts a day are out or promised, and it has 2",
    ]
    bench.run()  # and without any cap there is nothing to wait for
    assert (bench.states("three"), standing(bench, each()).until) == ("sent, sent", None)


def test_a_cap_that_is_gone_lifts_the_wait_also_for_what_is_not_due_yet(sqlite_bench: Bench) -> None:
    bench = sqlite_bench
    bench.thread("one", 1)
    bench.thread("two", 1)
    bench.thread("late", 1, campaign="other", at=START + timedelta(hours=2))
    run(bench, caps=each(posts=1))
    manual.cancel(bench.store, at("two"), why="x", who="Kim", now=bench.clock.now())
    ahead = outlook(bench.store, bench.clock.now(), frozenset(Mode))
    assert ahead.waits == ((MIDNIGHT, Waiting.BUDGET),)
    ran = run(bench, caps=each())
    assert ran.outlook.waits == ((START + timedelta(hours=2), Waiting.LATER),)


def test_a_cap_lowered_under_a_begun_thread_stops_it_not_but_one_that_never_fits_any_more_is_held(
    sqlite_bench: Bench,
) -> None:
    bench = sqlite_bench
    bench.thread("story", 3, gap=600)
    bench.thread("facts", 3, campaign="other")
    bench.beat(caps=each(posts=6))
    bench.clock.move(minutes=10)
    assert bench.beat(caps=each(posts=2)) is not None
    run(bench, caps=each(posts=2))
    assert bench.states() == "sent, sent, sent"
    assert bench.states("facts").startswith("held: over budget")


def test_machines_with_different_caps_do_not_tell_of_it_at_every_beat(sqlite_bench: Bench) -> None:
    bench = sqlite_bench
    bench.thread("one", 2)
    bench.thread("two", 2)
    for _ in range(4):
        run(bench, caps=each(posts=2))
        run(bench, caps=each(posts=3))
    assert (len(alerts(bench)), bench.states("two")) == (1, "queued, waiting")


@pytest.mark.parametrize("caps", (each(posts=3), each(usd="0.60")))
def test_a_beat_by_a_clock_two_months_ahead_makes_no_account_wait_until_then(
    sqlite_bench: Bench, caps: Callable[[str], Caps]
) -> None:
    bench, true = sqlite_bench, START
    for name, posts in (("one", 3), ("two", 2)):
        bench.thread(name, posts, gap=0, late=10_000_000, resume_within=10_000_000)
    bench.clock.at = true + timedelta(days=60)
    run(bench, caps=caps)
    assert (bench.states("one"), bench.states("two")) == ("sent, sent, sent", "queued, waiting")
    assert bench.account()["budget_until"] > true + timedelta(days=60)
    bench.clock.at = true + timedelta(days=2)
    assert (standing(bench, caps).until, standing(bench, caps).used) == (None, Used())
    run(bench, caps=caps)
    assert bench.states("two") == "sent, sent"
    assert [found["why"] for found in bench.events("account budget lifted")] == [
        "it was decided by a clock that was ahead"
    ]


def test_the_longest_wait_is_until_the_next_month(sqlite_bench: Bench) -> None:
    bench = sqlite_bench
    bench.thread("story", 2, costs=(DOLLAR, DOLLAR))
    bench.thread("facts", 1, costs=(DOLLAR,))
    run(bench, caps=each(usd="2.50"))
    run(bench, caps=each(usd="2.50"))
    assert (bench.account()["budget_until"], standing(bench, each(usd="2.50")).until) == (JANUARY, JANUARY)
    assert bench.events("account budget lifted") == []


# ---------------------------------------------------------------- beats, runs, lateness


@pytest.mark.parametrize("drain", (False, True))
def test_a_run_does_not_stay_for_a_budget_and_is_no_failure(sqlite_bench: Bench, drain: bool) -> None:
    bench = sqlite_bench
    bench.clock.at = MIDNIGHT - PATIENCE / 2
    bench.thread("one", 1)
    bench.thread("two", 1)
    begun = bench.clock.now()
    ran = run(bench, drain=drain, caps=each(posts=1))
    assert (ran.exit_code, ran.waiting, bench.clock.now()) == (0, False, begun)
    assert ran.outlook.next_at == MIDNIGHT


def test_a_rate_limit_that_ends_later_than_the_budget_is_what_is_waited_for(sqlite_bench: Bench) -> None:
    bench = sqlite_bench
    bench.thread("one", 1)
    bench.thread("two", 1)
    run(bench, caps=each(posts=1))
    with bench.store.write() as connection:
        connection.execute(tables.account.update().values(wait_until=MIDNIGHT + timedelta(hours=1)))
    ahead = outlook(bench.store, bench.clock.now(), frozenset(Mode))
    assert ahead.waits == ((MIDNIGHT + timedelta(hours=1), Waiting.LIMITED),)


def test_a_wait_for_the_budget_makes_nothing_late_but_a_stop_after_it_does(sqlite_bench: Bench) -> None:
    bench = sqlite_bench
    bench.thread("one", 1)
    bench.thread("two", 1)
    run(bench, caps=each(posts=1))
    seen = bench.clock.now()
    bench.clock.at = MIDNIGHT + timedelta(minutes=90)  # nothing ran for a day, and most of it was the budget's wait
    kept = bench.post("two", 1)
    bench.beat(alive=seen, caps=each(posts=1))
    assert (kept["due_at"], bench.states("two")) == (START, "sent")


def test_what_a_stop_made_late_after_the_budget_was_new_is_held(sqlite_bench: Bench) -> None:
    bench = sqlite_bench
    bench.thread("one", 1)
    bench.thread("two", 1)
    run(bench, caps=each(posts=1))
    seen = bench.clock.now()
    bench.clock.at = MIDNIGHT + timedelta(minutes=91)
    bench.beat(alive=seen, caps=each(posts=1))
    assert bench.states("two") == "held: late"


# ---------------------------------------------------------------- standing


def test_standing_tells_of_every_account_and_mode_what_it_has_used_and_waits_for(sqlite_bench: Bench) -> None:
    bench = sqlite_bench
    bench.thread("story", 2, costs=(200_000, 15_000))
    bench.thread("facts", 2, costs=(15_000, 15_000))
    bench.thread("theirs", 1, account="second", mode=Mode.DRY)
    caps = Caps(Decimal(1), 3)
    run(bench, caps=lambda name: caps if name == "main" else Caps())
    with bench.store.read() as connection:
        main, second = budget.standing(connection, lambda name: caps if name == "main" else Caps(), bench.clock.now())
    why = "2 of 3 posts a day are out or promised, and it has 2"
    assert main == budget.Standing("main", Mode.LIVE, caps, Used(215_000, 2), MIDNIGHT, why)
    assert second == budget.Standing("second", Mode.DRY, Caps(), Used(200_000, 1), None, "")
    assert standing(bench, each(posts=9)).until is None  # other caps: the next claim decides anew
    bench.clock.at = JANUARY
    assert standing(bench, lambda _: caps) == budget.Standing("main", Mode.LIVE, caps, Used(), None, "")


# ---------------------------------------------------------------- any order, any size


NUMBERS = count()


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sizes=st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3), st.integers(0, 40)), min_size=1, max_size=4),
    caps=st.builds(Caps, st.none() | st.integers(1, 8).map(Decimal), st.none() | st.integers(1, 6)),
    gap=st.sampled_from([20, 7200, 30000]),
    troubles=st.lists(st.sampled_from([None, DROPPED, Answer(Kind.REFUSED), Answer(Kind.NOT_SENT)]), max_size=8),
)
def test_no_month_and_no_day_ever_goes_over_its_cap(
    sqlite_bench: Bench, sizes: list[tuple[int, int, int]], caps: Caps, gap: int, troubles: list[Answer | None]
) -> None:
    """From the last day of December on, until nothing is left that could go out; each time on another account."""
    bench, account = sqlite_bench, f"main{next(NUMBERS)}"
    bench.clock.at = JANUARY - timedelta(days=1)
    for number, (posts, dollars, hours) in enumerate(sizes):
        bench.thread(
            f"t{number}", posts, at=bench.clock.now() + timedelta(hours=hours), gap=gap, campaign=f"c{number % 2}",
            account=account, costs=(dollars * DOLLAR,) * posts,
        )  # fmt: skip
    timeline = bench.timeline(account)
    timeline.script += [trouble or timeline.accept for trouble in troubles]
    for _ in range(60):
        ran = run(bench, caps=lambda _: caps)
        if ran.outlook.next_at is None:
            break
        bench.clock.at = max(bench.clock.at, ran.outlook.next_at)
    else:
        pytest.fail("it never ends")
    with bench.store.read() as connection:
        own = tables.account.c.name == account
        rows = connection.execute(select(tables.post).join(tables.account).where(own)).mappings().all()
    sent = [row for row in rows if row["state"] == "sent"]
    days = Counter(day_of(row["sent_at"]) for row in sent)
    months: Counter[datetime] = Counter()
    for row in sent:
        months[month_of(row["sent_at"])] += row["cost"]
    assert caps.daily_posts is None or max(days.values(), default=0) <= caps.daily_posts
    assert caps.monthly_usd is None or max(months.values(), default=0) <= caps.month
    assert {row["state"] for row in rows} <= {"sent", "held", "failed"}


# ---------------------------------------------------------------- the price of asking


def statements_of(bench: Bench, work: Callable[[], object]) -> list[tuple[str, Any]]:
    seen: list[tuple[str, Any]] = []

    def remember(_c: Any, _k: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.append((statement, parameters))

    event.listen(bench.store.engine, "before_cursor_execute", remember)
    work()
    event.remove(bench.store.engine, "before_cursor_execute", remember)
    return seen


def take(bench: Bench, caps: Callable[[str], Caps]) -> Claim:
    found = claim(
        bench.store, now=bench.clock.now(), modes=frozenset(Mode), lease=LEASE, worker="host/once/1", caps=caps
    )
    assert isinstance(found, Claim)
    return found


def test_an_account_without_caps_and_a_later_post_pay_nothing(bench: Bench) -> None:
    bench.thread("story", 2, gap=0)
    without = len(statements_of(bench, lambda: take(bench, each())))
    bench.clock.move(hours=1)
    bench.run()
    bench.thread("facts", 2, gap=0)
    assert len(statements_of(bench, lambda: take(bench, each(posts=9)))) == without + 4
    bench.thread("theirs", 2, account="second", gap=0)
    assert len(statements_of(bench, lambda: bench.beat(caps=each(posts=9)))) > without
    asked = statements_of(bench, lambda: bench.beat(caps=each(posts=9)))
    assert not [statement for statement, _ in asked if "sum(" in statement]
    assert bench.states("theirs") == "sent, sent"


def test_the_question_reads_along_indexes_on_sqlite_and_postgresql(bench: Bench) -> None:
    bench.thread("story", 2)
    bench.thread("facts", 2)
    asked = statements_of(bench, lambda: take(bench, each(posts=9, usd="9")))
    sums = [(statement, given) for statement, given in asked if "count(*)" in statement or "sum(" in statement]
    assert len(sums) == 3
    with bench.store.read() as connection:
        if bench.store.postgresql:  # so small a table it would rather read whole
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN " if bench.store.postgresql else "EXPLAIN QUERY PLAN "
        steps = [str(row) for sql, given in sums for row in connection.exec_driver_sql(explain + sql, given)]
    whole = [step for step in steps if "Seq Scan" in step or "SCAN post" in step]
    assert whole in ([], ["SCAN post USING INDEX ix_post_in_doubt"]), steps
    told = " ".join(steps)
    for index in ("ix_post_sent", "ix_post_begun", "ix_post_in_doubt", "ix_post_troubled"):
        assert index in told, (index, steps)


# ---------------------------------------------------------------- several workers


def test_the_cap_holds_across_workers_that_race(store: Store, tmp_path: Path) -> None:
    bench = Bench(store)
    for account in ("main", "second"):
        for number in range(6):
            bench.thread(f"{account}-{number}", 1, account=account, campaign=f"c{number % 3}", gap=0)
    url = store.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")

    def work(number: int) -> int:
        mine = Bench(open_store(url, tmp_path / "amplifier.db", synchronous="OFF"), timelines=bench.timelines)
        mine.clock = bench.clock
        done = 0
        try:
            for _ in range(12):
                done += mine.beat(worker=f"host/run/{number}", caps=each(posts=3)) is not None
        finally:
            mine.store.close()
        return done

    for account in ("main", "second"):
        bench.timeline(account)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    for account in ("main", "second"):
        states = Counter(bench.states(f"{account}-{number}") for number in range(6))
        assert states == {State.SENT.value: 3, State.QUEUED.value: 3}
        assert bench.account(account)["budget_until"] == MIDNIGHT
    assert len(alerts(bench)) == 2


@pytest.mark.parametrize("asked", ("story", "facts"))
def test_a_worker_that_was_overtaken_decides_nothing(bench: Bench, asked: str) -> None:
    """Between reading what is due and locking the account another worker began this thread, or another one."""
    bench.thread("story", 3)
    bench.thread("facts", 3, campaign="other")
    row: Any = dict(bench.post(asked, 1))
    take(bench, each(posts=3))
    with bench.store.write() as connection:
        ruling = budget.may_begin(connection, row, Caps(None, 3), bench.clock.now(), "host/run/2")
    assert (ruling.fits, bench.account()["budget_until"]) == (True, None)
