from __future__ import annotations

import math
import random
import statistics
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplifier.engagement.spread import Belief, believe, chances_of_best
from tests.support.experiments import FEW, threads

LOW, MIDDLE, HIGH = 0.025, 0.5, 0.975

counts = st.integers(1, 20_000).flatmap(lambda shown: st.tuples(st.integers(0, shown), st.just(shown)))
several = st.lists(counts, min_size=2, max_size=12)


def width(belief: Belief) -> float:
    return math.log(belief.quantile(HIGH) / belief.quantile(LOW))


def drawn(count: int, rate: float, spread: float, seed: int) -> list[tuple[int, int]]:
    made = threads(count, rate, spread, random.Random(f"{count} {rate} {spread} {seed}"))
    return [(one.interactions or 0, one.impressions or 0) for one in made]


def laid_out(made: list[tuple[int, int]]) -> list[tuple[float, float]]:
    """Mean rates and their weights by plain sums over everything unknown: slow, and another way than the product's."""
    found = []
    pooled = math.log((sum(count for count, _ in made) + 0.5) / sum(shown for _, shown in made))

    def information(middle: float, spread: float) -> float:
        return sum(1 / (math.exp(-middle) / shown + spread**2) for _, shown in made)

    for spread in (0.03 * 1.15**step for step in range(33)):
        tilts = [spread * step / 4 for step in range(-24, 25)]
        for middle in (pooled + step / 6 for step in range(-100, 25)):
            rates = [math.exp(middle + tilt) for tilt in tilts]
            normal = [math.exp(-((tilt / spread) ** 2) / 2) for tilt in tilts]
            logs = [math.log(rate) for rate in rates]
            likely = 1.0
            for count, shown in made:
                top = count * math.log(max(count, 1) / shown) - count
                likely *= math.fsum(
                    weight * math.exp(count * log - shown * rate - top)
                    for rate, log, weight in zip(rates, logs, normal, strict=True)
                )
            prior = math.sqrt(information(middle, spread) / information(pooled, spread))
            prior *= math.sqrt(spread) * math.exp(
                -((spread / 1.5) ** 2) / 2
            )  # 1/√spread, times the spread for even log steps
            found.append((math.exp(middle + spread**2 / 2), likely * prior))
    return sorted(found)


@pytest.mark.parametrize(
    ("made", "within"),
    (
        ([(12, 700), (30, 900), (9, 1_100), (22, 800)], 0.05),
        ([(0, 150), (2, 90), (1, 200), (0, 60), (4, 120)], 0.1),
        ([(0, 100), (0, 200), (0, 50)], 0.15),
    ),
)
def test_it_agrees_with_plain_sums_over_everything_unknown(made: list[tuple[int, int]], within: float) -> None:
    rates, weights = zip(*laid_out(made), strict=True)
    below = list(accumulate(weights))
    belief = believe(made)
    for part in (0.1, 0.25, 0.5, 0.75, 0.9):
        plain = next(rate for rate, under in zip(rates, below, strict=True) if under >= part * below[-1])
        assert belief.quantile(part) == pytest.approx(plain, rel=within)


@given(several)
@settings(max_examples=40, deadline=None)
def test_weights_add_up_to_one_and_rates_ascend(made: list[tuple[int, int]]) -> None:
    belief = believe(made)
    assert math.fsum(belief.weights) == pytest.approx(1)
    assert list(belief.logs) == sorted(belief.logs)
    assert 0 < belief.quantile(LOW) < belief.quantile(MIDDLE) < belief.quantile(HIGH)
    assert belief.under(math.log(belief.quantile(0.3))) == pytest.approx(0.3, abs=0.01)


@given(several, st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_the_order_of_threads_plays_no_part(made: list[tuple[int, int]], rng: random.Random) -> None:
    assert believe(rng.sample(made, len(made))) == believe(made)


@given(several, st.integers(2, 50))
@settings(max_examples=20, deadline=None)
def test_with_more_impressions_for_the_same_interactions_rates_are_lower_by_as_much(
    made: list[tuple[int, int]], times: int
) -> None:
    less, more = believe(made), believe([(count, shown * times) for count, shown in made])
    for part in (LOW, MIDDLE, HIGH):
        assert more.quantile(part) * times == pytest.approx(less.quantile(part), rel=1e-3)


@pytest.mark.parametrize("spread", (0.1, 0.3, 0.5, 0.8))
def test_more_threads_make_a_narrower_interval(spread: float) -> None:
    few, more, many = (believe(drawn(count, 0.02, spread, 1)) for count in (10, 40, 160))
    assert width(few) > 1.4 * width(more) > 1.4**2 * width(many)


def test_threads_that_differ_more_make_a_wider_interval() -> None:
    alike, unlike = believe([(19, 1_000), (21, 1_000)] * 5), believe([(5, 1_000), (35, 1_000)] * 5)
    assert width(unlike) > 2 * width(alike)


def test_a_thread_with_many_readers_counts_as_one_thread() -> None:
    """Nine threads at 1 %, and one with as many readers as all others, at 5 %: pooled that were 3 %."""
    belief = believe([(100, 10_000)] * 9 + [(4_500, 90_000)])
    assert 0.0105 < belief.quantile(MIDDLE) < 0.015
    assert belief.quantile(LOW) < 0.0105


@pytest.mark.parametrize("shown", (100, 10_000, 1_000_000))
def test_threads_without_a_difference_are_no_certainty(shown: int) -> None:
    belief = believe([(shown // 50, shown)] * 10)
    assert belief.quantile(MIDDLE) == pytest.approx(0.02, rel=0.02)
    chance_alone = 2 * 1.96 / math.sqrt(10 * shown / 50)
    assert width(belief) > max(0.02, 0.95 * chance_alone)


@pytest.mark.parametrize(
    "made",
    (
        [(0, 1), (0, 1)],
        [(0, 100)] * 40,
        [(0, 100)] * 9 + [(60, 100)],
        [(3, 1), (20, 5), (9, 4)],  # one reader may like and repost: more interactions than impressions
        [(10**7, 10**9), (1, 10**9), (0, 1)],
        [(10**6, 10**8)] * 3,
    ),
)
def test_odd_counts_give_a_finite_interval(made: list[tuple[int, int]]) -> None:
    belief = believe(made)
    assert 0 < belief.quantile(LOW) < belief.quantile(MIDDLE) < belief.quantile(HIGH) < 100


def test_without_any_interaction_the_rate_may_be_next_to_nothing_but_need_not() -> None:
    belief = believe([(0, 100)] * 10)
    assert belief.quantile(LOW) < 0.00001
    assert 0.002 < belief.quantile(HIGH) < 0.006


@pytest.mark.parametrize(
    ("count", "spread", "rate", "experiments"), ((10, 0.1, 0.05, 150), (10, 0.6, 0.02, 150), (40, 0.4, 0.02, 60))
)
def test_the_interval_covers_the_mean_rate_of_threads_as_often_as_it_says(
    count: int, spread: float, rate: float, experiments: int
) -> None:
    """A sample; `python -m benchmarks variants` asks 2,000 for 93 to 97 %."""
    beliefs = [believe(drawn(count, rate, spread, seed)) for seed in range(experiments)]
    covered = statistics.fmean(one.quantile(LOW) <= rate <= one.quantile(HIGH) for one in beliefs)
    assert 0.90 <= covered <= 0.99
    assert 0.38 <= statistics.fmean(one.quantile(MIDDLE) < rate for one in beliefs) <= 0.62


def test_made_up_threads_have_the_rate_and_the_reach_they_were_asked_for() -> None:
    rng = random.Random(7)
    made = threads(4_000, 0.05, 0.8, rng, impressions=FEW) + threads(4_000, 0.05, 0.8, rng, shape="beta")
    for part in (made[:4_000], made[4_000:]):
        rates = [(one.interactions or 0) / (one.impressions or 1) for one in part]
        assert statistics.fmean(rates) == pytest.approx(0.05, rel=0.06)


@given(st.lists(several, min_size=2, max_size=4))
@settings(max_examples=15, deadline=None)
def test_chances_of_being_the_best_add_up_to_one(made: list[list[tuple[int, int]]]) -> None:
    chances = chances_of_best([believe(one) for one in made])
    assert math.fsum(chances) == pytest.approx(1)
    assert all(0 <= chance <= 1 for chance in chances)


def test_equals_share_the_chance() -> None:
    made = drawn(10, 0.02, 0.3, 1)
    assert chances_of_best([believe(made), believe(made), believe(made)]) == pytest.approx([1 / 3] * 3)


def test_the_chance_is_how_often_one_is_above_the_other() -> None:
    one, other = believe(drawn(10, 0.02, 0.3, 1)), believe(drawn(10, 0.025, 0.5, 2))
    rng = random.Random(1)
    above = statistics.fmean(
        rng.choices(one.logs, one.weights)[0] > rng.choices(other.logs, other.weights)[0] for _ in range(10_000)
    )
    assert chances_of_best([one, other])[0] == pytest.approx(above, abs=0.02)


def test_one_that_is_three_times_as_good_is_the_best() -> None:
    worse, better = believe(drawn(10, 0.01, 0.3, 1)), believe(drawn(10, 0.03, 0.3, 1))
    assert chances_of_best([worse, better])[1] > 0.999
