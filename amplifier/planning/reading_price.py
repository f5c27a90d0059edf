"""What reading the counts of planned threads will cost, by a network's dated price table. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from amplifier.networks.prices import usd

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime, timedelta
    from decimal import Decimal

    from amplifier.networks.prices import Prices


@dataclass(frozen=True, slots=True)
class ReadingPrice:
    """What will be billed: a post once on each day (UTC) on which it is read, an account on each day until the last."""

    months: Mapping[tuple[str, str], int]
    """Reads by account and month (`2026-12`)."""
    looks: int
    """How often accounts are asked how many follow them, at most."""
    ages: int
    """At how many ages each post is read."""
    prices: Prices

    @property
    def reads(self) -> int:
        """Of all accounts."""
        return sum(self.months.values())

    @property
    def least(self) -> Decimal:
        """USD, where the account's own timeline tells them all and nothing else."""
        return self.reads * min(self.prices.read, self.prices.own_read)

    @property
    def followers(self) -> Decimal:
        """USD at most, where nothing else has the account asked on these days."""
        return self.looks * self.prices.account_read

    @property
    def most(self) -> Decimal:
        """USD, where each post has to be asked for by its id, and the account's followers come on top."""
        return self.reads * self.prices.read + self.followers

    def lines(self) -> list[str]:
        """For people: none where nothing is read, or nothing is to be paid for it."""
        if not self.most:
            return []
        ages = "1 age" if self.ages == 1 else f"{self.ages} ages"
        least, most = self.least, self.most - self.followers
        span = usd(most) if least == most else f"{usd(least)} to {usd(most)}"
        reads = "1 read" if self.reads == 1 else f"{self.reads} reads"
        looks = "once" if self.looks == 1 else f"{self.looks} times, once a day,"
        followers = f"; at most {usd(self.followers)} more for asking {looks} how many follow"
        return [f"reading them later, at {ages}: {span} ({reads}, one a post and day (UTC)){followers}"]


def reading_price(times: Mapping[str, Iterable[datetime]], ages: Sequence[timedelta], prices: Prices) -> ReadingPrice:
    """Price the readings of posts, given by their accounts and the times at which each of them is planned."""
    months: Counter[tuple[str, str]] = Counter()
    looks = 0
    for account, posts in times.items():
        asked: set[int] = set()
        for at in posts if ages else ():
            days = {_day(at + age) for age in ages}
            months.update((account, f"{day:%Y-%m}") for day in days)
            asked.update(range(_day(at).toordinal(), max(days).toordinal() + 1))
        looks += len(asked)
    return ReadingPrice(months, looks, len(ages), prices)


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()
