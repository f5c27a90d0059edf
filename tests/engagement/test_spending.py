from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from amplifier.engagement.results import Money, PostResult, Price, Total
from amplifier.engagement.spending import spent
from amplifier.networks.port import METRICS

if TYPE_CHECKING:
    from amplifier.engagement.results import Cost

DAY = "2026-12-01"


def post(cost: float | None, *, read: bool = True) -> PostResult:
    unknown = dict.fromkeys(
        (*METRICS, "interactions", "rate", "not_told", "retention", "retention_age", "url", "gone_at", "age_seconds")
    )
    taken = f"{DAY}T12:00:00.000000Z" if read else None
    sent = f"{DAY}T00:30:00.000000Z"
    return PostResult(post_id=1, k=1, text="A post.", sent_at=sent, taken_at=taken, cost_usd=cost, **unknown)


def row(cost: float | None, what: str = "read", day: str = DAY) -> dict[str, object]:
    return {"day": day, "what": what, "units": 2, "cost_usd": cost}


def cost(posts: list[PostResult], log: list[dict[str, object]], told: int = 2, value: int | None = 400) -> Cost:
    return spent(posts, log, dict.fromkeys(("impressions", "interactions", "engagements"), Total(value, told, 2)), None)


@pytest.mark.parametrize(
    ("posts", "log", "create", "read", "total"),
    (
        ([post(0.015), post(0.2)], [row(0.01)], Money(0.215, True), Money(0.01, True), Money(0.225, True)),
        ([post(0.015), post(None)], [row(0.01)], Money(0.015, False), Money(0.01, True), Money(0.025, False)),
        ([post(None), post(None)], [row(0.01)], Money(None, False), Money(0.01, True), Money(0.01, False)),
        ([post(None, read=False)], [], Money(None, False), Money(0, True), Money(None, False)),
        ([post(0.2)], [row(None), row(0.01)], Money(0.2, True), Money(0.01, False), Money(0.21, False)),
        ([post(0.2)], [], Money(0.2, True), Money(None, False), Money(0.2, False)),
        ([post(0.2, read=False)], [], Money(0.2, True), Money(0, True), Money(0.2, True)),
        ([post(None)], [row(None)], Money(None, False), Money(None, False), Money(None, False)),
        ([post(0.2)], [row(0.2, "create"), row(0.01)], Money(0.2, True), Money(0.01, True), Money(0.21, True)),
        ([], [], Money(0, True), Money(0, True), Money(0, True)),
    ),
)
def test_a_sum_of_money_is_what_is_known_and_says_whether_that_is_all(
    posts: list[PostResult], log: list[dict[str, object]], create: Money, read: Money, total: Money
) -> None:
    found = cost(posts, log)
    assert (found.create, found.read, found.total) == (create, read, total)


@pytest.mark.parametrize(
    ("known", "told", "value", "price"),
    (
        (0.2, 2, 400, Price(0.5, "")),
        (0.2, 1, 400, Price(0.5, "≤")),
        (None, 2, 400, Price(0.01 * 1000 / 400, "≥")),
        (None, 1, 400, Price(None, "")),
        (0.2, 2, 0, Price(None, "")),
        (0.2, 0, None, Price(None, "")),
    ),
)
def test_a_price_is_exact_a_bound_or_not_known(known: float | None, told: int, value: int | None, price: Price) -> None:
    found = cost([post(known)], [row(0.01 if known is None else 0.0)], told, value)
    assert found.per_thousand_impressions.bound == price.bound
    assert found.per_thousand_impressions.value == (None if price.value is None else pytest.approx(price.value))


def test_days_say_what_was_spent_and_none_where_a_part_is_not_known() -> None:
    found = cost([post(0.015), post(None)], [row(0.01), row(0.02, day="2026-12-02")])
    assert [(one.day, one.what, one.units, one.cost_usd) for one in found.days] == [
        (DAY, "create", 2, None),
        (DAY, "read", 2, 0.01),
        ("2026-12-02", "read", 2, 0.02),
    ]
