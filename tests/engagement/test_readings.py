from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.engagement.readings import MARKS, is_due, mark_of, missed, next_due, slack, standing

SENT = datetime(2026, 12, 1, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

ages = st.timedeltas(timedelta(), 40 * DAY)
marks_or_none = st.none() | st.sampled_from(MARKS)


def test_the_marks_are_the_promised_ones() -> None:
    assert list(MARKS) == [15 * MINUTE, HOUR, 6 * HOUR, 24 * HOUR, 3 * DAY, 7 * DAY, 30 * DAY]


@pytest.mark.parametrize(
    ("mark", "last_chance"),
    (
        (15 * MINUTE, 25 * MINUTE),  # a fifth would be three minutes: at least ten
        (HOUR, 72 * MINUTE),
        (DAY, DAY + timedelta(hours=4, minutes=48)),
        (30 * DAY, 36 * DAY),
    ),
)
def test_a_reading_counts_from_its_mark_to_a_fifth_later(mark: timedelta, last_chance: timedelta) -> None:
    tick = timedelta(microseconds=1)
    assert mark_of(mark) == mark
    assert mark_of(last_chance) == mark
    assert mark_of(last_chance + tick) is None
    assert mark_of(mark - tick) is None


def test_a_mark_that_has_a_reading_is_not_taken_again() -> None:
    assert mark_of(16 * MINUTE, last=15 * MINUTE) is None
    assert not is_due(16 * MINUTE, last=15 * MINUTE)


def test_a_missed_mark_leaves_one_late_reading_due_and_the_next_mark_ahead() -> None:
    assert is_due(2 * HOUR, last=15 * MINUTE)
    assert mark_of(2 * HOUR, last=15 * MINUTE) is None
    assert next_due(SENT, SENT + 2 * HOUR, last=15 * MINUTE) == SENT + 6 * HOUR


def test_a_mark_that_can_be_met_right_now_is_due_since_its_age() -> None:
    assert next_due(SENT, SENT + 20 * MINUTE) == SENT + 15 * MINUTE


def test_nothing_is_due_before_the_first_mark_and_after_the_last() -> None:
    assert not is_due(14 * MINUTE)
    assert next_due(SENT, SENT) == SENT + 15 * MINUTE
    assert next_due(SENT, SENT + 30 * DAY, last=30 * DAY) is None
    assert next_due(SENT, SENT + 36 * DAY + MINUTE) is None


def test_marks_close_together_share_no_reading() -> None:
    close = (15 * MINUTE, 20 * MINUTE)
    assert mark_of(22 * MINUTE, None, close) == 20 * MINUTE
    assert next_due(SENT, SENT + 22 * MINUTE, 20 * MINUTE, close) is None


@given(age=ages, last=marks_or_none)
def test_a_reading_with_a_mark_was_due_and_in_time(age: timedelta, last: timedelta | None) -> None:
    mark = mark_of(age, last)
    if mark is not None:
        assert is_due(age, last)
        assert mark in MARKS
        assert timedelta() <= age - mark <= slack(mark)
        assert last is None or mark > last


@given(age=ages, last=marks_or_none)
def test_the_next_mark_is_the_first_that_can_still_be_met(age: timedelta, last: timedelta | None) -> None:
    due = next_due(SENT, SENT + age, last)
    reachable = [m for m in MARKS if (last is None or m > last) and age <= m + slack(m)]
    assert due == (SENT + reachable[0] if reachable else None)


@given(st.lists(ages, min_size=1, max_size=60))
def test_a_collector_that_comes_at_any_times_takes_each_mark_once_in_order_and_is_never_stuck(
    visits: list[timedelta],
) -> None:
    due: datetime | None = SENT
    last: timedelta | None = None
    taken, readings = [], 0
    for age in sorted(visits):
        if due is None or due > SENT + age:
            continue
        mark = None
        if is_due(age, last):
            readings += 1
            mark = mark_of(age, last)
            if mark is not None:
                taken.append(mark)
                last = mark
        due = next_due(SENT, SENT + age, last)
        assert due is None or due > SENT + age  # what was done is not due again
    assert all(a < b for a, b in pairwise(taken))
    assert readings <= len(MARKS)


def test_a_prompt_collector_meets_every_mark() -> None:
    due: datetime | None = SENT
    last: timedelta | None = None
    while due is not None:
        now = due + timedelta(seconds=59)
        if is_due(now - SENT, last):
            last = mark_of(now - SENT, last)
            assert last is not None
        due = next_due(SENT, now, last)
    assert last == MARKS[-1]


def test_a_mark_that_was_passed_over_will_never_have_a_reading() -> None:
    assert missed(16 * MINUTE, 15 * MINUTE) == []
    assert missed(26 * MINUTE, None) == [15 * MINUTE]
    assert missed(2 * HOUR, None, last=15 * MINUTE) == [HOUR]
    # windows that overlap: a reading counts for the later mark, and the earlier one has none
    assert missed(21 * MINUTE, 20 * MINUTE, marks=(15 * MINUTE, 20 * MINUTE)) == [15 * MINUTE]


@given(ages, marks_or_none)
def test_every_mark_is_taken_missed_or_still_ahead(age: timedelta, last: timedelta | None) -> None:
    taken = mark_of(age, last)
    lost = missed(age, taken, last)
    left = [mark for mark in MARKS if (last is None or mark > last) and mark != taken and mark not in lost]
    assert taken not in lost
    after = next_due(SENT, SENT + age, last if taken is None else taken)
    assert after == (SENT + min(left) if left else None)


@given(ages, marks_or_none, st.lists(st.sampled_from(MARKS), unique=True).map(lambda some: tuple(sorted(some))))
def test_what_is_looked_up_is_what_the_rules_say(
    age: timedelta, last: timedelta | None, marks: tuple[timedelta, ...]
) -> None:
    mark = mark_of(age, last, marks)
    due = next_due(SENT, SENT + age, last if mark is None else mark, marks)
    assert standing(age, last, marks) == (mark, tuple(missed(age, mark, last, marks)), due and due - SENT)


@pytest.mark.parametrize("mark", MARKS)
def test_what_is_looked_up_is_right_to_the_microsecond(mark: timedelta) -> None:
    tick = timedelta(microseconds=1)
    for age in (mark - tick, mark, mark + slack(mark), mark + slack(mark) + tick):
        assert standing(age).mark == mark_of(age)
        assert list(standing(age).missed) == missed(age, mark_of(age))
