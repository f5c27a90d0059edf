from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from amplifier.model import READINGS
from amplifier.networks.prices import FREE, X
from amplifier.planning.reading_price import reading_price

MORNING = datetime(2026, 12, 1, 0, 30, tzinfo=UTC)


def test_a_post_is_billed_once_on_each_day_of_utc_on_which_it_is_read() -> None:
    # 15 minutes, 1 and 6 hours on the first day, then 24 hours, 3, 7 and 30 days; the account on all days until then
    found = reading_price({"main": [MORNING] * 4}, READINGS, X)
    assert (found.reads, found.looks) == (20, 31)
    assert (found.least, found.followers, found.most) == (Decimal("0.020"), Decimal("0.310"), Decimal("0.410"))
    [line] = found.lines()
    assert line.startswith(
        "reading them later, at 7 ages: $0.02 to $0.10 (20 reads, one a post and day (UTC)); at most"
    )
    assert line.endswith("; at most $0.31 more for asking 31 times, once a day, how many follow")
    late = reading_price({"main": [MORNING + timedelta(hours=23, minutes=20)]}, READINGS, X)
    assert late.reads == 4  # all of the first day's readings are taken tomorrow


def test_each_post_has_a_time_of_its_own() -> None:
    evening = [MORNING.replace(hour=22, minute=50) + k * timedelta(minutes=20) for k in range(3)]
    found = reading_price({"main": evening}, (timedelta(minutes=15), timedelta(hours=1)), X)
    assert (found.reads, found.looks) == (5, 2)


def test_months_and_accounts_are_kept_apart_and_an_account_is_asked_once_a_day() -> None:
    times = {"main": [MORNING, MORNING + timedelta(days=27)], "second": [MORNING + timedelta(days=60)]}
    found = reading_price(times, (timedelta(days=1), timedelta(days=5)), X)
    assert found.months == {
        ("main", "2026-12"): 3, ("main", "2027-01"): 1, ("second", "2027-01"): 1, ("second", "2027-02"): 1
    }  # fmt: skip
    assert found.looks == 3 * 6
    assert reading_price({"main": [MORNING, MORNING + timedelta(days=1)]}, READINGS, X).looks == 32


def test_what_costs_nothing_is_not_spoken_of() -> None:
    assert reading_price({"main": [MORNING]}, READINGS, FREE).lines() == []
    assert reading_price({"main": [MORNING]}, (), X).lines() == []
    assert reading_price({}, READINGS, X).lines() == []
    [line] = reading_price({"main": [MORNING]}, READINGS[:1], X).lines()
    assert "at 1 age: $0.001 to $0.005 (1 read, one a post" in line
    assert line.endswith("at most $0.01 more for asking once how many follow")


@given(st.lists(st.lists(st.datetimes(timezones=st.just(UTC)), max_size=9), max_size=5))
def test_accounts_add_up_and_no_post_is_read_more_often_than_it_has_ages(times: list[list[datetime]]) -> None:
    posts = {str(name): [at for at in own if at.year < 9999] for name, own in enumerate(times)}
    found = reading_price(posts, READINGS, X)
    alone = [reading_price({name: own}, READINGS, X) for name, own in posts.items()]
    assert (found.reads, found.looks) == (sum(one.reads for one in alone), sum(one.looks for one in alone))
    assert found.reads <= sum(map(len, posts.values())) * len(READINGS)
    assert found.least * 5 + found.followers == found.most
