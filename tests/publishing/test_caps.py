from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplifier.publishing.caps import FITS, Caps, Used, day_of, month_of, next_day, next_month, no_caps, rule

NOON = datetime(2026, 12, 31, 12, tzinfo=UTC)
DOLLAR = 1_000_000


def test_days_and_months_are_those_of_utc_whatever_the_zone_of_the_instant() -> None:
    seoul = datetime(2027, 1, 1, 8, 59, tzinfo=timezone(timedelta(hours=9)))  # still New Year's Eve in UTC
    assert (day_of(seoul), month_of(seoul)) == (datetime(2026, 12, 31, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
    first = datetime(2027, 1, 1, tzinfo=UTC)
    assert next_day(seoul) == next_month(seoul) == first
    assert (next_day(first), next_month(first)) == (first + timedelta(days=1), datetime(2027, 2, 1, tzinfo=UTC))


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - Hypothesis adds the zone
def test_an_instant_lies_in_its_day_and_month_and_the_next_ones_touch_them(at: datetime) -> None:
    assert month_of(at) <= day_of(at) <= at < next_day(at) <= next_month(at)
    assert day_of(next_day(at)) == next_day(at)
    assert month_of(next_month(at)) == next_month(at)
    assert month_of(next_month(at) - timedelta(microseconds=1)) == month_of(at)


def test_caps_are_told_the_same_way_however_they_were_written() -> None:
    assert str(Caps(Decimal(10), 1)) == str(Caps(Decimal("10.00"), 1)) == "$10.00 a month, 1 post a day"
    assert (str(Caps(Decimal("0.015"))), str(Caps(None, 20))) == ("$0.015 a month", "20 posts a day")
    assert (str(Caps()), bool(Caps()), no_caps("main")) == ("no cap", False, Caps())
    assert all((Caps(Decimal(0)), Caps(None, 0)))  # a cap of nothing is a cap


def test_without_caps_everything_fits() -> None:
    assert rule(Caps(), Used(10**12, 10**6, 10**12, 10**6), 100, 10**12, NOON) is FITS


def test_a_thread_fits_up_to_the_very_cap() -> None:
    caps = Caps(Decimal(1), 5)
    assert rule(caps, Used(DOLLAR // 2, 2), 3, DOLLAR // 2, NOON) is FITS
    assert not rule(caps, Used(DOLLAR // 2, 2), 3, DOLLAR // 2 + 1, NOON).fits
    assert not rule(caps, Used(DOLLAR // 2, 3), 3, DOLLAR // 2, NOON).fits


def test_what_begun_threads_promise_counts_like_what_is_out() -> None:
    caps = Caps(Decimal(1), 5)
    assert not rule(caps, Used(open_cost=DOLLAR), 1, 1, NOON).fits
    assert not rule(caps, Used(open_posts=5), 1, 0, NOON).fits


DAY_WHY = "4 of 5 posts a day are out or promised, and it has 2"
MONTH_WHY = "$0.95 of $1.00 a month are spent or promised, and it costs $0.215"


@pytest.mark.parametrize(
    ("spent", "until", "why"),
    (
        (Used(day_posts=4), datetime(2026, 12, 11, tzinfo=UTC), DAY_WHY),
        (Used(month_cost=950_000), datetime(2027, 1, 1, tzinfo=UTC), MONTH_WHY),
        (Used(950_000, 4), datetime(2027, 1, 1, tzinfo=UTC), f"{MONTH_WHY}; {DAY_WHY}"),
    ),
)
def test_what_does_not_fit_now_waits_for_the_next_day_or_month(spent: Used, until: datetime, why: str) -> None:
    ruling = rule(Caps(Decimal(1), 5), spent, 2, 215_000, datetime(2026, 12, 10, 12, tzinfo=UTC))
    assert (ruling.fits, ruling.never, ruling.until, ruling.why) == (False, False, until, why)


def test_what_no_empty_day_or_month_holds_never_fits_however_little_was_used() -> None:
    both = rule(Caps(Decimal(1), 5), Used(), 6, 1_200_000, NOON)
    assert (both.fits, both.never, both.until) == (False, True, None)
    assert both.why == (
        "it costs $1.20, and the account may spend $1.00 a month; it has 6 posts, and the account may publish 5 a day"
    )
    # also where the other cap would only make it wait
    assert rule(Caps(Decimal(1), 5), Used(day_posts=5), 3, 1_200_000, NOON).never
    assert rule(Caps(Decimal(1), 5), Used(month_cost=DOLLAR), 6, 100_000, NOON).never


@settings(max_examples=60)
@given(
    month=st.none() | st.integers(0, 12),
    day=st.none() | st.integers(0, 6),
    threads=st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=5), max_size=12),
    steps=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40)), max_size=60),
)
def test_no_order_of_beginning_sending_and_waiting_ever_goes_over_a_cap(
    month: int | None, day: int | None, threads: list[list[int]], steps: list[tuple[int, int]]
) -> None:
    """A post costs so many dollars. Several begun threads stand open at once, and go on whenever they like."""
    caps = Caps(None if month is None else Decimal(month), day)
    now = datetime(2026, 12, 30, 20, tzinfo=UTC)
    sent: list[tuple[datetime, int]] = []
    begun: list[list[int]] = []
    for what, amount in steps:
        now += timedelta(hours=amount)
        if what == 0 and threads:
            spent = Used(
                sum(cost for at, cost in sent if month_of(at) == month_of(now)) * DOLLAR,
                sum(day_of(at) == day_of(now) for at, _ in sent),
                sum(map(sum, begun)) * DOLLAR,
                sum(map(len, begun)),
            )
            ruling = rule(caps, spent, len(threads[0]), sum(threads[0]) * DOLLAR, now)
            assert ruling.until is None or ruling.until > now
            if ruling.fits:
                begun.append(threads.pop(0))
            elif ruling.never:
                threads.pop(0)
        elif begun:
            thread = begun[amount % len(begun)]
            sent.append((now, thread.pop(0)))
            begun = [thread for thread in begun if thread]
        for at, _ in sent:
            assert month is None or sum(cost for when, cost in sent if month_of(when) == month_of(at)) <= month
            assert day is None or sum(day_of(when) == day_of(at) for when, _ in sent) <= day


@given(posts=st.integers(1, 9), cost=st.integers(0, 9), used=st.tuples(*(st.integers(0, 9),) * 4))
def test_what_has_to_wait_fits_once_the_period_is_new_and_all_promises_are_kept(
    posts: int, cost: int, used: tuple[int, int, int, int]
) -> None:
    caps, tenth = Caps(Decimal(5), 5), datetime(2026, 12, 10, 12, tzinfo=UTC)
    month_cost, day_posts, open_cost, open_posts = used
    spent = Used(month_cost * DOLLAR, day_posts, open_cost * DOLLAR, open_posts)
    ruling = rule(caps, spent, posts, cost * DOLLAR, tenth)
    assert ruling.fits == (month_cost + open_cost + cost <= 5 and day_posts + open_posts + posts <= 5)
    assert ruling.never == (cost > 5 or posts > 5)
    if ruling.until:
        same_month = ruling.until < next_month(tenth)
        later = Used(month_cost=spent.month_cost + spent.open_cost if same_month else 0)
        assert rule(caps, later, posts, cost * DOLLAR, ruling.until).fits
