from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.engagement import written
from amplifier.engagement.charts import NOT_TOLD
from amplifier.engagement.results import Comparison, Money, Price, Slot, Total
from amplifier.engagement.variants import ThreadRate, compare


@pytest.mark.parametrize(
    ("seconds", "text"),
    ((30, "30s"), (900, "15m"), (5400, "1h"), (24 * 3600, "24h"), (3 * 86400 + 5, "3d"), (30 * 86400, "30d")),
)
def test_an_age_is_told_in_its_greatest_whole_unit(seconds: int, text: str) -> None:
    assert written.age(seconds) == text


@given(st.none() | st.just(0.0) | st.floats(0, 10**6))
def test_only_none_is_a_dash(value: float | None) -> None:
    for write in (written.share, written.rate, written.chance, written.dollars):
        assert (write(value) == NOT_TOLD) is (value is None)
    assert (written.money(Money(value, whole=False)) == NOT_TOLD) is (value is None)
    assert (written.price(Price(value, "≤")) == NOT_TOLD) is (value is None)
    assert (written.total(Total(None if value is None else int(value), 1, 2)) == NOT_TOLD) is (value is None)


def test_what_is_told_in_part_is_at_least_that() -> None:
    assert written.total(Total(1200, 2, 2)) == "1,200"
    assert written.total(Total(1200, 1, 2)) == "≥1,200"
    assert written.money(Money(1.5, whole=True)) == "$1.50"
    assert written.money(Money(1.5, whole=False)) == "≥$1.50"
    assert written.price(Price(0.0271, "≤")) == "≤$0.0271"
    assert written.dollars(0) == "$0.00"


def test_a_probability_is_never_rounded_up() -> None:
    assert (written.chance(0.9999), written.chance(0.95), written.chance(0.9499)) == ("99%", "95%", "94%")


def test_files_go_by_their_own_name_where_that_tells_them_apart() -> None:
    assert written.short_names(["templates/story.j2", "campaigns/threads/day.md", "hook 1"]) == {
        "templates/story.j2": "story",
        "campaigns/threads/day.md": "day",
        "hook 1": "hook 1",
    }
    same = ["templates/day.j2", "campaigns/threads/day.md"]
    assert written.short_names(same) == {name: name for name in same}


@pytest.mark.parametrize(
    ("threads", "said"),
    (
        ({"a": 3}, "one template alone: nothing to compare"),
        ({"a": 3, "b": 9}, "too early to tell: 1 of 2 have fewer than 8 threads"),
        ({"a": 9, "b": 9}, "no winner: "),
    ),
)
def test_a_verdict_is_short(threads: dict[str, int], said: str) -> None:
    found = compare({name: [ThreadRate(1, 1000, 20)] * number for name, number in threads.items()})
    one = Comparison("template", "x", found.verdict, found.winner, found.sentence, found.variants)
    assert written.verdict(one).startswith(said)


def test_slots_of_few_threads_are_called_early_and_those_without_a_rate_are_not_named() -> None:
    def slot(weekday: int, threads: int, rate: float | None) -> Slot:
        return Slot("main", "x", weekday, 9, threads, 0, 1, 1, rate)

    assert (
        written.best_slots([slot(2, 9, 0.03), slot(7, 8, 0.02)])
        == "Tue 09h 3.00% (9 threads) · Sun 09h 2.00% (8 threads)"
    )
    assert written.best_slots([slot(2, 1, 0.03), slot(7, 0, None)]) == "Tue 09h 3.00% (1 thread); too early to tell"
    assert written.best_slots([slot(7, 0, None)]) == "not told"
