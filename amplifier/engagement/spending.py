"""What a campaign cost, and what one interaction, engagement or thousand impressions cost. Pure.

Creating is priced with each post at its approval; reading is kept by day, for the whole campaign.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amplifier.engagement.results import Cost, DayCost, Money, Price

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from amplifier.engagement.results import PostResult, Total

CREATE = "create"


def spent(
    posts: Sequence[PostResult],
    log: Sequence[Mapping[str, Any]],
    totals: Mapping[str, Total],
    since: str | None,
) -> Cost:
    """The cost of these posts, and of the readings in `log` (rows of `cost_log`) from the day of `since` on.

    Readings belong to days, not to threads: from that day on, those of older threads are in them too.
    """
    read = [row for row in log if row["what"] != CREATE and (since is None or row["day"] >= since[:10])]
    create = _money([post.cost_usd for post in posts])
    was_read = any(post.taken_at for post in posts)
    # without a row nothing was read, or it was read before costs were kept
    reading = _money([row["cost_usd"] for row in read]) if read or not was_read else Money(None, whole=False)
    whole = create.whole and reading.whole
    total = Money(_money([create.value, reading.value]).value, whole)
    total = total if total.value or whole else Money(None, whole=False)
    return Cost(
        create,
        reading,
        total,
        per_interaction=_price(total, totals["interactions"]),
        per_engagement=_price(total, totals["engagements"]),
        per_thousand_impressions=_price(total, totals["impressions"], 1000),
        days=tuple(_days(posts, read)),
    )


def _money(values: Sequence[float | None]) -> Money:
    known = [value for value in values if value is not None]
    value, whole = round(sum(known), 6), len(known) == len(values)
    return Money(value if value or whole else None, whole)  # at least nothing is not known


def _price(spent: Money, counted: Total, units: int = 1) -> Price:
    """Missing counts make it a bound from above, missing costs one from below, and both nothing at all."""
    whole = counted.told == counted.posts
    if spent.value is None or not counted.value or not (whole or spent.whole):
        return Price(None, "")
    bound = "" if whole and spent.whole else "≤" if spent.whole else "≥"
    return Price(spent.value * units / counted.value, bound)


def _days(posts: Sequence[PostResult], read: Sequence[Mapping[str, Any]]) -> list[DayCost]:
    spent: dict[tuple[str, str], list[tuple[int, float | None]]] = {}
    for post in posts:
        spent.setdefault((post.sent_at[:10], CREATE), []).append((1, post.cost_usd))
    for row in read:
        spent.setdefault((row["day"], row["what"]), []).append((row["units"], row["cost_usd"]))
    return [
        DayCost(day, what, sum(units for units, _ in items), _whole([usd for _, usd in items]))
        for (day, what), items in sorted(spent.items())
    ]


def _whole(values: Sequence[float | None]) -> float | None:
    money = _money(values)
    return money.value if money.whole else None
