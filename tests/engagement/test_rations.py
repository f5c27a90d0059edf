from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from amplifier.engagement.lanes import Published
from amplifier.engagement.rations import affordable
from amplifier.model import READINGS
from tests.support.rows import SENT

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = SENT + timedelta(days=40)


def post(number: int, age: timedelta, *, free: bool = False) -> Published:
    read_at = NOW - timedelta(minutes=1) if free else None
    return Published(number, str(number), NOW - age, NOW, None, READINGS, 1, read_at)


def cost(posts: Sequence[Published]) -> int:
    return 5 * sum(post.read_at is None for post in posts)


@given(
    st.lists(st.tuples(st.integers(0, 50_000), st.booleans()), max_size=20),
    st.integers(-10, 120),
)
def test_as_many_as_fit_and_what_is_free_in_any_case(posts: list[tuple[int, bool]], room: int) -> None:
    given = [post(number, timedelta(minutes=age), free=free) for number, (age, free) in enumerate(posts)]
    chosen = affordable(given, room, cost, NOW)
    assert list(chosen) == [one for one in given if one in chosen]
    assert all(one in chosen for one in given if one.read_at)
    paid = sum(one.read_at is None for one in given)
    assert sum(one.read_at is None for one in chosen) == min(paid, max(room, 0) // 5)


def test_whose_time_runs_out_first_comes_first() -> None:
    early = post(1, timedelta(minutes=16))
    later = post(2, timedelta(minutes=61))
    missed = post(3, timedelta(days=2))
    given = [missed, later, early]
    assert affordable(given, 5, cost, NOW) == (early,)
    assert affordable(given, 10, cost, NOW) == (later, early)
    assert affordable(given, 15, cost, NOW) == (missed, later, early)
    assert affordable([post(4, timedelta(hours=-1)), early], 5, cost, NOW) == (early,), "a clock that is ahead"
