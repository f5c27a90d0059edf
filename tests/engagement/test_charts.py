from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.engagement.charts import LEVELS, NOT_TOLD, bar, count, sparkline

counts = st.none() | st.integers(0, 10**12)


def test_only_zero_is_zero() -> None:
    assert [count(None), count(0), count(12345)] == [NOT_TOLD, "0", "12,345"]


@given(st.lists(counts))
def test_a_sparkline_has_one_sign_a_value_and_a_dash_exactly_where_nothing_was_told(values: list[int | None]) -> None:
    line = sparkline(values)
    assert len(line) == len(values)
    assert [sign == NOT_TOLD for sign in line] == [value is None for value in values]


@given(st.lists(st.integers(0, 10**12), min_size=1))
def test_a_sparkline_rises_with_its_values_from_zero(values: list[int]) -> None:
    heights = [LEVELS.index(sign) for sign in sparkline(values)]
    assert all(heights[i] <= heights[j] for i, a in enumerate(values) for j, b in enumerate(values) if a <= b)
    assert max(heights) == (len(LEVELS) - 1 if max(values) else 0)
    assert all(height == 0 for height, value in zip(heights, values, strict=True) if value == 0)


@pytest.mark.parametrize(
    ("share", "drawn"),
    (
        (None, "–   "),
        (0.0, "    "),
        (0.25, "█   "),
        (0.375, "█▌  "),
        (1.0, "████"),
        (3.0, "████"),
    ),
)
def test_a_bar_is_as_long_as_its_share_and_never_longer_than_its_width(share: float | None, drawn: str) -> None:
    assert bar(share, 4) == drawn
