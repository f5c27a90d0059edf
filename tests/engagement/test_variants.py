from __future__ import annotations

import json
import random
import statistics
from dataclasses import asdict

import pytest

from amplifier.engagement.spread import believe
from amplifier.engagement.variants import ThreadRate, Verdict, compare, judge
from tests.support.experiments import threads


def made(count: int, rate: float, spread: float = 0.3, seed: int = 1) -> list[ThreadRate]:
    return threads(count, rate, spread, random.Random(f"{count} {rate} {spread} {seed}"))


def test_a_variant_that_is_far_better_over_eight_threads_wins() -> None:
    comparison = compare({"hook 1": made(8, 0.01), "hook 2": made(8, 0.03)})
    assert (comparison.verdict, comparison.winner) == (Verdict.WINNER, "hook 2")
    assert comparison.sentence == "winner: hook 2 is the best with a probability of 99 %"


def test_with_seven_threads_it_is_too_early_however_clear_it_looks() -> None:
    comparison = compare({"hook 1": made(8, 0.01), "hook 2": made(7, 0.03)})
    assert (comparison.verdict, comparison.winner) == (Verdict.TOO_EARLY, None)
    assert comparison.sentence == "too early to tell: hook 2 has 7 of 8 threads"
    assert (comparison.variants[1].best or 0) > 0.95


def test_a_thread_that_tells_no_rate_is_left_out_and_counted() -> None:
    told = made(8, 0.02)
    silent = [ThreadRate(5, 0, 0), ThreadRate(5, None, 3), ThreadRate(5, 900, None)]
    with_them, without = (compare({"a": one, "b": made(9, 0.02)}).variants[0] for one in (told + silent, told))
    assert (with_them.threads, with_them.left_out, without.left_out) == (8, 3, 0)
    assert asdict(with_them) | {"left_out": 0} == asdict(without)


def test_posts_impressions_and_interactions_are_summed() -> None:
    result = compare({"a": [ThreadRate(5, 1_000, 10), ThreadRate(4, 2_000, 0)]}).variants[0]
    assert (result.threads, result.posts, result.impressions, result.interactions) == (2, 9, 3_000, 10)


def test_a_thread_without_interactions_counts() -> None:
    with_it, without = (compare({"a": made(8, 0.02) + more}).variants[0] for more in ([ThreadRate(5, 900, 0)], []))
    assert with_it.threads == 9
    assert (with_it.low or 1) < (without.low or 0)


def test_a_single_thread_has_a_rate_but_no_interval_and_nobody_a_chance() -> None:
    comparison = compare({"a": [ThreadRate(5, 1_000, 20)], "b": made(9, 0.02)})
    alone, other = comparison.variants
    assert (alone.rate, alone.low, alone.high, alone.best, other.best) == (0.02, None, None, None, None)
    assert other.low is not None
    assert comparison.sentence == "too early to tell: a has 1 of 8 threads"


def test_a_variant_without_threads_has_no_rate() -> None:
    comparison = compare({"a": [], "b": made(3, 0.02), "c": made(9, 0.02)})
    assert (comparison.variants[0].rate, comparison.variants[0].threads) == (None, 0)
    assert comparison.sentence == "too early to tell: a has 0 and b has 3 of 8 threads"


@pytest.mark.parametrize("variants", ({}, {"a": made(9, 0.02)}))
def test_without_another_variant_there_is_nothing_to_compare(variants: dict[str, list[ThreadRate]]) -> None:
    comparison = compare(variants)
    assert (comparison.verdict, comparison.winner) == (Verdict.NO_WINNER, None)
    assert comparison.sentence == "no winner: there is nothing to compare with"
    assert all(one.best is None for one in comparison.variants)


def test_the_rate_lies_in_its_interval() -> None:
    for spread in (0.1, 0.8):
        for one in compare({"a": made(2, 0.02, spread), "b": made(30, 0.005, spread)}).variants:
            assert one.rate is not None
            assert one.low is not None
            assert one.high is not None
            assert 0 < one.low < one.rate < one.high


def test_the_interval_leaves_out_two_and_a_half_percent_at_each_end() -> None:
    result = compare({"a": [ThreadRate(5, 1_000, count) for count in (9, 20, 41)]}).variants[0]
    belief = believe([(count, 1_000) for count in (9, 20, 41)])
    assert (result.low, result.rate, result.high) == tuple(belief.quantile(part) for part in (0.025, 0.5, 0.975))


def test_chances_add_up_to_one_in_whatever_order_variants_come() -> None:
    variants = {name: made(9, rate) for name, rate in (("a", 0.02), ("b", 0.022), ("c", 0.025))}
    there = {one.variant: one.best for one in compare(variants).variants}
    back = {one.variant: one.best for one in compare(dict(reversed(variants.items()))).variants}
    assert sum(chance or 0 for chance in there.values()) == pytest.approx(1)
    assert there == pytest.approx(back)


@pytest.mark.parametrize(
    ("chance", "verdict", "winner", "sentence"),
    (
        (0.95, Verdict.WINNER, "b", "winner: b is the best with a probability of 95 %"),
        (
            0.9499,
            Verdict.NO_WINNER,
            None,
            "no winner: b is the best with a probability of 94 %, and 95 % are asked for",
        ),
        (0.94, Verdict.NO_WINNER, None, "no winner: b is the best with a probability of 94 %, and 95 % are asked for"),
    ),
)
def test_a_winner_is_the_best_with_95_percent(
    chance: float, verdict: Verdict, winner: str | None, sentence: str
) -> None:
    assert judge([("a", 8, 1 - chance), ("b", 8, chance)]) == (verdict, winner, sentence)
    assert judge([("a", 8, 1 - chance), ("b", 7, chance)])[0] == Verdict.TOO_EARLY


def test_a_result_can_be_written_as_json() -> None:
    told = json.loads(json.dumps(asdict(compare({"a": made(8, 0.01), "b": made(8, 0.03)}))))
    assert told["verdict"] == "winner"
    assert told["variants"][1]["variant"] == told["winner"] == "b"


def test_of_two_equal_variants_one_is_called_the_winner_in_about_ten_of_a_hundred() -> None:
    """A sample; `python -m benchmarks variants` takes 2,000."""
    won = [compare({"a": made(10, 0.02, 0.4, seed), "b": made(10, 0.02, 0.4, -seed)}).winner for seed in range(1, 121)]
    assert 0.03 <= statistics.fmean(one is not None for one in won) <= 0.17
    assert {"a", "b"} <= set(won)
