"""The cheapest requests: held against every possible set of requests."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.engagement.ways import Lookup, Timeline, cheapest
from amplifier.networks.prices import FREE, X, micros, prices_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from amplifier.networks.prices import Prices

ID = 999_999_999_999_999_999
READ, OWN = micros(X.read), micros(X.own_read)


def posts(count: int, name: str = "") -> list[str]:
    """Ids in the order of the timeline; as texts they would sort otherwise."""
    return [f"{name}{place + 9 if name else ID + place * 4_194_304}" for place in range(count)]


def spans(begin: int, end: int) -> Iterator[list[tuple[int, int]]]:
    """Every set of spans that do not overlap, from `begin` up to `end`."""
    yield []
    for first in range(begin, end):
        for last in range(first, end):
            for rest in spans(last + 1, end):
                yield [(first, last), *rest]


def least(own: Sequence[str], due: set[str], today: set[str], prices: Prices, most: int) -> tuple[int, int, int]:
    """By trying everything: the least cost, then the fewest timelines, then the fewest due posts on them."""
    found = []
    for tried in spans(0, len(own)):
        if any(last - first >= most for first, last in tried):
            continue
        shown = [own[place] for first, last in tried for place in range(first, last + 1)]
        cost = micros(prices.own_read) * sum(key not in today for key in shown)
        cost += micros(prices.read) * sum(key not in today for key in due - set(shown))
        found.append((cost, len(tried), len(due & set(shown))))
    return min(found)


def made(ways: Sequence[Timeline | Lookup]) -> tuple[int, int, int]:
    timelines = [way for way in ways if isinstance(way, Timeline)]
    return sum(way.cost for way in ways), len(timelines), sum(len(way.wanted) for way in timelines)


def money(thousandths: int) -> Decimal:
    return Decimal(thousandths) / 1000


@given(
    st.integers(0, 6),
    st.data(),
    st.tuples(st.integers(0, 7), st.integers(0, 4)),
    st.integers(1, 5),
    st.sampled_from(("", "simulated-main-")),
)
def test_no_other_set_of_requests_costs_less(
    count: int, data: st.DataObject, price: tuple[int, int], most: int, name: str
) -> None:
    own = posts(count, name)
    due = data.draw(st.sets(st.sampled_from(own))) if own else set()
    today = data.draw(st.sets(st.sampled_from(own))) if own else set()
    prices = replace(X, read=money(price[0]), own_read=money(price[1]))
    ways = cheapest(due, reversed(own), today, prices, most)
    assert made(ways) == least(own, due, today, prices, most)
    assert sorted(chain.from_iterable(way.wanted for way in ways)) == sorted(due)
    for way in ways:
        assert 1 <= len(way.wanted) <= most
        if isinstance(way, Timeline):
            first, last = own.index(way.oldest), own.index(way.newest)
            assert last - first < most
            assert way.wanted == tuple(key for key in own[first : last + 1] if key in due)
            assert (way.wanted[0], way.wanted[-1]) == (way.oldest, way.newest)
            assert way.cost == micros(prices.own_read) * sum(key not in today for key in own[first : last + 1])
        else:
            assert way.cost == micros(prices.read) * sum(key not in today for key in way.wanted)
    if price[1] >= price[0]:
        assert not any(isinstance(way, Timeline) for way in ways)


@pytest.mark.parametrize("name", ("", "simulated-main-"))
def test_a_thread_that_is_due_is_read_on_the_timeline(name: str) -> None:
    own = posts(20, name)
    assert cheapest(own[8:13], own, set(), X) == [Timeline(own[8], own[12], tuple(own[8:13]), 5 * OWN)]


def test_the_simulated_network_costs_what_x_costs_so_that_a_rehearsal_reads_as_it_would() -> None:
    own = posts(3, "simulated-main-")
    assert isinstance(cheapest(own, own, set(), prices_of("simulated"))[0], Timeline)


def test_a_post_between_that_nobody_wants_is_not_paid_for() -> None:
    own = posts(5)
    ways = cheapest([own[0], own[1], own[3], own[4]], own, set(), X)
    assert ways == [
        Timeline(own[0], own[1], (own[0], own[1]), 2 * OWN),
        Timeline(own[3], own[4], (own[3], own[4]), 2 * OWN),
    ]


def test_where_the_timeline_is_hardly_cheaper_a_lookup_is_never_dearer() -> None:
    own = posts(5)
    assert cheapest(own, own, set(), replace(X, own_read=X.read)) == [Lookup(tuple(own), 5 * READ)]


def test_what_was_read_today_already_costs_nothing_and_is_looked_up() -> None:
    own = posts(5)
    assert cheapest(own[:3], own, set(own), X) == [Lookup(tuple(own[:3]), 0)]


def test_a_post_that_was_read_today_lengthens_a_timeline_for_nothing() -> None:
    own = posts(3)
    assert cheapest([own[0], own[2]], own, {own[1]}, X) == [Timeline(own[0], own[2], (own[0], own[2]), 2 * OWN)]


def test_a_timeline_holds_a_hundred_posts_and_a_lookup_too() -> None:
    own = posts(250)
    ways = cheapest(own, own, set(), X)
    assert [len(way.wanted) for way in ways] == [100, 100, 50]
    assert sum(way.cost for way in ways) == 250 * OWN
    free = cheapest(own, own, set(), FREE)
    assert free == [Lookup(tuple(own[first : first + 100]), 0) for first in (0, 100, 200)]


def test_ids_that_end_in_no_number_are_looked_up() -> None:
    own = posts(2)
    ways = cheapest([*own, "at://b", "at://a"], own, {"at://a"}, X)
    assert ways == [Timeline(own[0], own[1], tuple(own), 2 * OWN), Lookup(("at://a", "at://b"), READ)]


def test_nothing_due_asks_nothing() -> None:
    assert cheapest([], posts(3), set(), X) == []
