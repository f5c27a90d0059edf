"""When a post's metrics are due to be read, and which age a reading counts for. Pure.

Numbers can be compared only at the same age: 300 impressions after an hour and 300 after a week are two
different results. So a reading counts for an age mark only when it was taken soon after it. One taken later is
kept, as a reading without a mark. Nothing is interpolated.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from amplifier.model import READINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

MARKS = READINGS

_BORN = datetime(2000, 1, 1, tzinfo=UTC)
"""Any moment: only the time since it counts."""
LEAST_SLACK = timedelta(minutes=10)
"""A cron job that runs every ten minutes meets every mark."""


def slack(mark: timedelta) -> timedelta:
    """How long after a mark a reading still counts for it: a fifth of the age, at least ten minutes."""
    return max(mark / 5, LEAST_SLACK)


def mark_of(age: timedelta, last: timedelta | None = None, marks: Sequence[timedelta] = MARKS) -> timedelta | None:
    """The mark that a reading at this age counts for; None when it comes too early or too late for any.

    `last` is the last mark that the post has a reading for: marks are taken in order, each at most once.
    """
    return max((mark for mark in _ahead(last, marks) if mark <= age <= mark + slack(mark)), default=None)


def is_due(age: timedelta, last: timedelta | None = None, marks: Sequence[timedelta] = MARKS) -> bool:
    """Whether a mark was reached that has no reading yet, in time or not: a late reading is better than none."""
    return any(mark <= age for mark in _ahead(last, marks))


def next_due(
    sent_at: datetime, now: datetime, last: timedelta | None = None, marks: Sequence[timedelta] = MARKS
) -> datetime | None:
    """When a post is next to be read: at its first mark after `last` that can still be met; None: never again.

    A mark whose time has passed is missed for good. The instant is in the past when a mark can be met right now.
    """
    left = [mark for mark in _ahead(last, marks) if now <= sent_at + mark + slack(mark)]
    return sent_at + min(left) if left else None


def missed(
    age: timedelta,
    taken: timedelta | None,
    last: timedelta | None = None,
    marks: Sequence[timedelta] = MARKS,
) -> list[timedelta]:
    """The marks that will never have a reading: their time has passed, or one for a later mark, `taken`, was taken."""
    done = [mark for mark in _ahead(last, marks) if mark != taken]
    return [mark for mark in done if age > mark + slack(mark) or (taken is not None and mark < taken)]


class Standing(NamedTuple):
    """What a reading at some age would mean for a post's marks."""

    mark: timedelta | None
    """The one that it counts for (`mark_of`)."""
    missed: tuple[timedelta, ...]
    """Those that will never have a reading (`missed`)."""
    ahead: timedelta | None
    """The next one to be read at (`next_due`)."""


def standing(age: timedelta, last: timedelta | None = None, marks: tuple[timedelta, ...] = MARKS) -> Standing:
    """All that the three rules say of a post that is read at this age, looked up: it is asked for every reading."""
    turns, standings = _standings(last, marks)
    return standings[bisect_right(turns, age) - 1]


@lru_cache(maxsize=1000)
def _standings(
    last: timedelta | None, marks: tuple[timedelta, ...]
) -> tuple[tuple[timedelta, ...], tuple[Standing, ...]]:
    """The ages at which anything changes, from 0 on, and what is so from each of them to the next."""
    ends = (mark + slack(mark) + timedelta.resolution for mark in marks)
    turns = tuple(sorted({timedelta(), *marks, *ends}))
    return turns, tuple(_standing(age, last, marks) for age in turns)


def _standing(age: timedelta, last: timedelta | None, marks: tuple[timedelta, ...]) -> Standing:
    mark = mark_of(age, last, marks)
    due = next_due(_BORN, _BORN + age, last if mark is None else mark, marks)
    return Standing(mark, tuple(missed(age, mark, last, marks)), due - _BORN if due else None)


def _ahead(last: timedelta | None, marks: Sequence[timedelta]) -> list[timedelta]:
    return [mark for mark in marks if last is None or mark > last]
