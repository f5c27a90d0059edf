from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from amplifier.networks.prices import FREE, X
from amplifier.planning.reading_cap import ALL, NONE, PERHAPS, SOME, reading_cap

DECEMBER, JANUARY = "2026-12", "2027-01"


@pytest.mark.parametrize(
    ("usd", "spent", "others", "expected"),
    (
        ("1", 0, 0, ALL),
        ("0.05", 0, 0, ALL),  # ten reads at half a cent
        ("0.049", 0, 0, PERHAPS),
        ("0.01", 0, 0, PERHAPS),  # all on the timeline
        ("0.009", 0, 0, SOME),
        ("0.001", 0, 0, SOME),
        ("0.0009", 0, 0, NONE),
        ("0", 0, 0, NONE),
        ("1", 950_000, 0, ALL),
        ("1", 951_000, 0, PERHAPS),
        ("1", 1_000_000, 0, NONE),
        ("1", 2_000_000, 0, NONE),
        ("1", 0, 950_000, ALL),
        ("1", 0, 955_000, PERHAPS),
        ("1", 900_000, 455_000, SOME),
    ),
)
def test_a_cap_allows_all_some_or_none_of_the_readings(usd: str, spent: int, others: int, expected: str) -> None:
    found = reading_cap("main", Decimal(usd), {DECEMBER: 10}, X, month=DECEMBER, spent=spent, others={DECEMBER: others})
    assert found.allows == expected


def test_a_new_month_has_a_new_budget() -> None:
    reads = {DECEMBER: 10, JANUARY: 10}
    assert reading_cap("main", Decimal("0.05"), reads, X, month=DECEMBER).allows == ALL
    assert reading_cap("main", Decimal("0.05"), reads, X, month=DECEMBER, spent=50_000).allows == SOME
    assert reading_cap("main", Decimal("0.05"), {JANUARY: 10}, X, month=DECEMBER, spent=50_000).allows == ALL
    assert reading_cap("main", Decimal(0), {DECEMBER: 1}, FREE, month=DECEMBER, others={DECEMBER: 0}).allows == ALL


def test_the_line_says_what_is_spent_and_what_that_means() -> None:
    found = reading_cap("main", Decimal(5), {DECEMBER: 10}, X, month=DECEMBER, spent=4_800_000)
    assert found.line() == "reading budget of main: $4.80 of $5.00 is spent this month (UTC)"
    assert replace(found, allows=NONE).line().endswith("(UTC): none of these readings will be taken")
    assert replace(found, allows=SOME).line().endswith("(UTC): not all of these readings will be taken")
    assert replace(found, allows=PERHAPS).line().endswith("(UTC): maybe not all of these readings will be taken")
    assert found.as_json() == {"account": "main", "monthly_usd": Decimal(5), "month_usd": 4.8, "readings": "all"}
