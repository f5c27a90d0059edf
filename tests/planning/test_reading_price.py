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
    # 15 minutes, 1 and 6 hours on the first day, then 24 hours, 3, 7 and 30 days
    found = reading_price([(MORNING, 4)], READINGS, X)
    assert (found.reads, found.least, found.most) == (20, Decimal("0.020"), Decimal("0.100"))
    assert found.lines() == ["reading them later, at 7 ages: $0.02 to $0.10 (20 reads, one a post and day (UTC))"]
    late = reading_price([(MORNING + timedelta(hours=23, minutes=20), 1)], READINGS, X)
    assert late.reads == 4  # all of the first day's readings are taken tomorrow


def test_what_costs_nothing_is_not_spoken_of() -> None:
    assert reading_price([(MORNING, 4)], READINGS, FREE).lines() == []
    assert reading_price([(MORNING, 4)], (), X).lines() == []
    assert reading_price([], READINGS, X).lines() == []
    assert "at 1 age:" in reading_price([(MORNING, 4)], READINGS[:1], X).lines()[0]


@given(st.lists(st.tuples(st.datetimes(timezones=st.just(UTC)), st.integers(1, 25)), max_size=5))
def test_threads_add_up_and_no_post_is_read_more_often_than_it_has_ages(starts: list[tuple[datetime, int]]) -> None:
    starts = [(start, posts) for start, posts in starts if start.year < 9999]
    found = reading_price(starts, READINGS, X)
    assert found.reads == sum(reading_price([start], READINGS, X).reads for start in starts)
    assert found.reads <= sum(posts for _, posts in starts) * len(READINGS)
    assert found.least * 5 == found.most
