from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplifier.model import Address, Level, Mode
from amplifier.planning.forecast import Ahead, Forecast, foresee, with_budgets
from amplifier.planning.plan import Plan, plan
from amplifier.publishing import manual
from amplifier.publishing.caps import Caps, Used, day_of, month_of
from amplifier.publishing.outlook import outlook
from tests.support.house import NOON, House, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOLLAR = 1_000_000
TENTH = datetime(2026, 12, 10, 12, tzinfo=UTC)
JANUARY, FEBRUARY, MARCH = (datetime(2027, month, 1, tzinfo=UTC) for month in (1, 2, 3))


def ahead(name: str, days: float, posts: int = 1, dollars: int = 0) -> Ahead:
    return Ahead(Address("c", name, "main"), TENTH + timedelta(days=days), posts, dollars * DOLLAR)


# ---------------------------------------------------------------- pure


def test_what_fits_waits_for_nothing() -> None:
    items = [ahead("a", 0, 3, 2), ahead("b", 1, 3, 2)]
    assert foresee(Caps(Decimal(4), 3), Used(), items, TENTH) == ([], [])
    assert foresee(Caps(), Used(10**9, 10**9), items, TENTH) == ([], [])


def test_a_thread_waits_for_the_next_day_and_those_behind_it_wait_too() -> None:
    first, second, third = items = [ahead("a", 0, 2), ahead("b", 0.1, 2), ahead("c", 0.2, 1)]
    midnight = day_of(TENTH) + timedelta(days=1)
    assert foresee(Caps(None, 3), Used(), items, TENTH)[0] == [(second, midnight), (third, midnight)]
    assert foresee(Caps(None, 3), Used(day_posts=2), items, TENTH)[0] == [
        (first, midnight), (second, midnight + timedelta(days=1)), (third, midnight + timedelta(days=1))
    ]  # fmt: skip


def test_what_is_spent_and_promised_counts_in_this_month_only() -> None:
    item = ahead("a", 1, 1, 2)
    for spent in (Used(month_cost=3 * DOLLAR), Used(open_cost=3 * DOLLAR)):
        assert foresee(Caps(Decimal(4)), spent, [item], TENTH)[0] == [(item, JANUARY)]
        later = ahead("b", 30, 1, 2)
        assert foresee(Caps(Decimal(4)), spent, [later], TENTH)[0] == []


def test_what_is_out_and_promised_counts_on_this_day_only() -> None:
    today, tomorrow = ahead("a", 0, 2), ahead("b", 1, 2)
    for spent in (Used(day_posts=2), Used(open_posts=2)):
        assert foresee(Caps(None, 3), spent, [today], TENTH)[0] == [(today, day_of(TENTH) + timedelta(days=1))]
        assert foresee(Caps(None, 3), spent, [tomorrow], TENTH)[0] == []


def test_a_thread_that_never_fits_is_named_and_holds_up_nobody() -> None:
    items = [ahead("a", 0, 5), ahead("b", 0.1, 2)]
    waits, never = foresee(Caps(None, 4), Used(), items, TENTH)
    assert (waits, [(item.address.thread, why) for item, why in never]) == (
        [], [("a", "it has 5 posts, and the account may publish 4 a day")]
    )  # fmt: skip


def test_a_thread_that_is_overdue_begins_now_and_is_not_called_waiting() -> None:
    assert foresee(Caps(None, 4), Used(), [ahead("a", -3, 4)], TENTH) == ([], [])


@settings(max_examples=50)
@given(
    caps=st.builds(Caps, st.none() | st.integers(0, 6).map(Decimal), st.none() | st.integers(0, 4)),
    starts=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 5), st.integers(0, 4)), max_size=12),
)
def test_what_is_foreseen_goes_over_no_cap_keeps_the_order_and_leaves_nothing_out(
    caps: Caps, starts: list[tuple[int, int, int]]
) -> None:
    items = [ahead(f"t{n}", days, posts, dollars) for n, (days, posts, dollars) in enumerate(sorted(starts))]
    waits, never = foresee(caps, Used(), items, TENTH)
    until, held = dict(waits), {item for item, _ in never}
    begins = [(until.get(item, item.start), item) for item in items if item not in held]
    assert [at for at, _ in begins] == sorted(at for at, _ in begins)
    for at, _ in begins:
        month = sum(item.cost for when, item in begins if month_of(when) == month_of(at))
        assert caps.monthly_usd is None or month <= caps.month
        day = sum(item.posts for when, item in begins if day_of(when) == day_of(at))
        assert caps.daily_posts is None or day <= caps.daily_posts


def test_the_lines_name_what_waits_and_for_when_and_no_more_than_five() -> None:
    items = tuple(ahead(f"t{n}", 0, 1, 1) for n in range(7))
    own = Forecast(
        "main", Mode.LIVE, Caps(Decimal("4.5"), 20), Used(3 * DOLLAR, 4, DOLLAR, 1), items,
        (*((item, JANUARY) for item in items[:6]), (items[6], JANUARY + timedelta(days=1))), ((items[0], "too long"),),
    )  # fmt: skip
    assert own.lines() == [
        "budget of main: $4.00 of $4.50 this month, 5 of 20 posts today (UTC); ahead are 7 posts for $7.00",
        "6 threads wait for 2027-01-01 00:00 UTC: c/t0/main, c/t1/main, c/t2/main, c/t3/main, c/t4/main and 1 more",
        "1 thread waits for 2027-01-02 00:00 UTC: c/t6/main",
        "over its caps, would be held: c/t0/main",
    ]
    told = Forecast("main", Mode.DRY, Caps(None, 1), Used(), items[:1], (), ()).lines()
    assert told == ["budget of main: 0 of 1 post today (UTC); ahead are 1 post for $1.00"]
    assert Forecast("main", Mode.DRY, Caps(Decimal(1)), Used(), (), (), ()).lines() == [
        "budget of main: $0.00 of $1.00 this month (UTC); ahead are 0 posts for $0.00"
    ]


# ---------------------------------------------------------------- beside a queue


OTHERS = {
    "one": "The older sister kept the letter for a year. #Fence\n---\nShe read it often.\n---\nThen she wrote.",
    "two": "Nobody stood at the gate that morning. #Fence\n---\nThe road behind it was empty.",
    "three": "A letter can be very short. #Fence\n---\nHers had four lines:",
}


def opened(root: Path, usd: str = "", posts: str = "") -> Stage:
    """With these caps on account `main`."""
    house = House.build(root / "w")
    given = {"accounts__main__monthly_usd": usd, "accounts__main__daily_posts": posts}
    return Stage.open(house, at=NOON, **{name: value for name, value in given.items() if value})


def budgets(stage: Stage) -> Plan:
    draft = stage.draft()
    modes, now = stage.app.modes_of(draft.campaign.accounts), stage.clock.now()
    with stage.app.store.read() as connection:
        found = plan(connection, draft.campaign, draft.threads, modes=modes, now=now)
        return with_budgets(connection, found, stage.app.caps, now)


@pytest.fixture
def capped(tmp_path: Path) -> Iterator[Stage]:
    stage = opened(tmp_path, usd="0.22", posts="3")
    yield stage
    stage.app.close()


def test_without_caps_a_plan_says_nothing_of_budgets(tmp_path: Path) -> None:
    stage = opened(tmp_path)
    found = budgets(stage)
    assert (found.budgets, [item for item in found.findings if "held" in item.message]) == ((), [])
    stage.app.close()


def test_a_plan_foresees_its_own_threads_and_warns_of_one_that_never_fits(capped: Stage) -> None:
    found = budgets(capped)
    (own,) = found.budgets
    assert [(item.address.thread, item.posts, item.cost) for item in own.ahead] == [
        ("one", 3, 230_000), ("two", 2, 215_000), ("three", 2, 215_000),
    ]  # fmt: skip
    why = "it costs $0.23, and the account may spend $0.22 a month"
    assert [(item.address.thread, why) for item, why in own.never] == [("one", why)]
    assert [(item.address.thread, until) for item, until in own.waits] == [("three", JANUARY)]
    (warning,) = [item for item in found.findings if "would be held" in item.message]
    assert (warning.level, warning.place.line > 0) == (Level.WARNING, True)
    assert warning.message == f"thread one would be held: {why}"
    assert "raise the cap of main" in warning.hint


def test_a_plan_counts_what_other_campaigns_have_queued_and_warns_only_of_its_own(capped: Stage) -> None:
    capped.approve()
    capped.house.text("two", OTHERS["two"])
    capped.house.write("two")
    capped.house.campaign.write_text(capped.house.campaign.read_text("utf-8").replace("name: fence", "name: gate"))
    found = budgets(capped)
    assert [item.address.campaign for item, _ in found.budgets[0].never] == ["fence"]
    assert [item for item in found.findings if "would be held" in item.message] == []
    capped.clock.reach(datetime(2026, 12, 1, 0, 30, tzinfo=UTC))
    capped.run()  # holds the one that never fits: a person is asked, and it is no longer ahead
    (own,) = budgets(capped).budgets
    assert {str(item.address) for item in own.ahead} == {
        "fence/two/main@dry", "fence/three/main@dry", "gate/two/main@dry"
    }  # fmt: skip


def test_a_move_prices_a_thread_anew_and_a_thread_that_stays_keeps_its_price(tmp_path: Path) -> None:
    stage = opened(tmp_path)
    stage.house.write("one", "two @ 2026-12-10 09:00")
    stage.approve()
    with stage.app.store.write() as connection:
        connection.exec_driver_sql("UPDATE post SET cost = 1")
    stage.house.write("one", "two @ 2026-12-11 09:00")
    stage.approve()
    with stage.app.store.read() as connection:
        costs = connection.exec_driver_sql("SELECT cost FROM post ORDER BY id").scalars().all()
    assert costs == [1, 1, 1, 15_000, 200_000]
    stage.app.close()


def test_what_was_foreseen_is_what_happens(tmp_path: Path) -> None:
    """Also with threads of another campaign that are queued already, and across months."""
    stage = opened(tmp_path, usd="0.45")
    other = stage.house.campaign
    stage.approve()
    text = other.read_text("utf-8").replace("name: fence", "name: gate").replace("2h", "1h")
    for name, words in OTHERS.items():
        stage.house.text(name, words)
    other.write_text(text.replace('"09:30"', '"13:30"'), "utf-8")
    (own,) = budgets(stage).budgets
    assert [str(item.address) for item in own.ahead] == [
        f"{campaign}/{thread}/main@dry" for thread in ("one", "two", "three") for campaign in ("fence", "gate")
    ]
    foreseen = {str(item.address): until for item, until in own.waits}
    assert list(foreseen.values()) == [JANUARY, JANUARY, FEBRUARY, FEBRUARY, MARCH]
    stage.approve()
    while (wake := outlook(stage.app.store, stage.clock.now(), stage.app.modes()).next_at) is not None:
        stage.clock.reach(max(wake, stage.clock.now()))
        stage.run()
    began = {f"{row['campaign']}/{row['thread']}/main@dry": row["sent_at"] for row in stage.posts() if row["k"] == 1}
    assert {name: month_of(datetime.fromisoformat(began[name])) for name in foreseen} == foreseen
    stage.app.close()


def test_what_is_out_is_in_the_forecast_and_what_is_held_is_not(tmp_path: Path) -> None:
    stage = opened(tmp_path, usd="0.45", posts="3")
    stage.approve(at_once=True)
    with stage.app.store.read() as connection:
        costs = connection.exec_driver_sql("SELECT cost FROM post ORDER BY id").scalars().all()
    assert costs == [15_000, 15_000, 200_000, 15_000, 200_000, 15_000, 200_000]
    stage.run()
    (own,) = budgets(stage).budgets
    tomorrow = day_of(NOON) + timedelta(days=1)
    assert own.used == Used(230_000, 3)
    assert [(item.address.thread, until) for item, until in own.waits] == [
        ("two", tomorrow), ("three", tomorrow + timedelta(days=1))
    ]  # fmt: skip
    manual.cancel(stage.app.store, own.ahead[0].address, why="x", who="Kim", now=stage.clock.now())
    assert [item.address.thread for item in budgets(stage).budgets[0].ahead] == ["three"]
    stage.app.close()


def test_plan_and_approve_tell_of_it_on_the_screen_and_as_data(tmp_path: Path) -> None:
    house = House.build(tmp_path / "w")
    house.environment |= {"AMPLIFIER_ACCOUNTS__MAIN__MONTHLY_USD": "0.22", "AMPLIFIER_ACCOUNTS__MAIN__DAILY_POSTS": "9"}
    told = house.cli("plan", str(house.campaign))
    line = "budget of main: $0.00 of $0.22 this month, 0 of 9 posts today (UTC); ahead are 7 posts for $0.66"
    assert line in told.stdout
    assert "over its caps, would be held: fence/one/main@dry" in told.stdout
    assert "thread one would be held: it costs $0.23, and the account may spend $0.22 a month" in told.stderr
    (data,) = json.loads(house.cli("plan", str(house.campaign), "--json").stdout)["budgets"]
    assert {key: value for key, value in data.items() if key != "waits"} == {
        "account": "main", "mode": "dry", "monthly_usd": 0.22, "daily_posts": 9, "month_usd": 0.0, "day_posts": 0,
        "promised_usd": 0.0, "promised_posts": 0, "ahead_usd": 0.66, "ahead_posts": 7,
        "never": [{"thread": "fence/one/main@dry", "why": "it costs $0.23, and the account may spend $0.22 a month"}],
    }  # fmt: skip
    assert line in house.cli("approve", str(house.campaign), "--yes").stdout
    assert json.loads(house.cli("approve", str(house.campaign), "--yes", "--json").stdout)["budgets"] == [data]


def test_a_run_says_that_a_thread_waits_for_the_budget_and_is_no_failure(tmp_path: Path) -> None:
    house = House.build(tmp_path / "w", one="Two sisters met. #Fence", two="Neither said a word. #Fence")
    house.environment["AMPLIFIER_ACCOUNTS__MAIN__DAILY_POSTS"] = "1"
    house.cli("approve", str(house.campaign), "--yes", "--now")
    told = house.cli("run", "--drain")
    assert "a thread waits for its account's budget: amplifier status; next at " in told.stderr
    assert "00:00 UTC" in told.stderr
    assert house.cli("run", "--once").output == ""
