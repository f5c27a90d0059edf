"""What an account's cap on readings means for the posts of a plan. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from amplifier.networks.prices import MILLION, micros, usd, usd_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from amplifier.networks.prices import Prices

ALL = "all"
PERHAPS = "perhaps not all"
SOME = "not all"
NONE = "none"


@dataclass(frozen=True, slots=True)
class ReadingCap:
    """One account's cap, what is spent of it, and how many of the readings ahead it allows."""

    account: str
    monthly: Decimal
    """US dollars."""
    spent: int
    """In this month (UTC), in millionths of a US dollar."""
    allows: str
    """Of the readings: `ALL`, `PERHAPS`, `SOME` or `NONE`."""

    def line(self) -> str:
        """For people."""
        told = {
            ALL: "",
            PERHAPS: ": maybe not all of these readings will be taken",
            SOME: ": not all of these readings will be taken",
            NONE: ": none of these readings will be taken",
        }
        spent = f"{usd_of(self.spent)} of {usd(self.monthly)} is spent this month (UTC)"
        return f"reading budget of {self.account}: {spent}{told[self.allows]}"

    def as_json(self) -> dict[str, object]:
        """The same as data; amounts in US dollars."""
        return {
            "account": self.account,
            "monthly_usd": self.monthly,
            "month_usd": self.spent / MILLION,
            "readings": self.allows,
        }


def reading_cap(
    account: str,
    monthly: Decimal,
    reads: Mapping[str, int],
    prices: Prices,
    *,
    month: str,
    spent: int = 0,
    others: Mapping[str, int] | None = None,
) -> ReadingCap:
    """Hold the `reads` of an account, by month (`2026-12`), against its cap in each of them.

    `spent` was spent in `month`, the present one. `others` is what the posts that are out will cost at most, by month.
    """
    dear, cheap = micros(prices.read), min(micros(prices.read), micros(prices.own_read))
    found = set()
    for each, number in reads.items():
        room = micros(monthly) - (spent if each == month else 0)
        other = (others or {}).get(each, 0)
        if room < cheap:
            found.add(NONE)
        elif room < number * cheap + (other // dear * cheap if dear else 0):
            found.add(SOME)
        else:
            found.add(PERHAPS if room < number * dear + other else ALL)
    if found == {NONE}:
        return ReadingCap(account, monthly, spent, NONE)
    if found & {NONE, SOME}:
        return ReadingCap(account, monthly, spent, SOME)
    return ReadingCap(account, monthly, spent, PERHAPS if PERHAPS in found else ALL)
