"""What reading the counts of planned threads will cost, by a network's dated price table. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from amplifier.networks.prices import usd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta
    from decimal import Decimal

    from amplifier.networks.prices import Prices


@dataclass(frozen=True, slots=True)
class ReadingPrice:
    """Reads that will be billed: a post once on each day (UTC) on which it is read."""

    reads: int
    ages: int
    """At how many ages each post is read."""
    prices: Prices

    @property
    def least(self) -> Decimal:
        """USD, where the account's own timeline tells them all and nothing else."""
        return self.reads * min(self.prices.read, self.prices.own_read)

    @property
    def most(self) -> Decimal:
        """USD, where each post has to be asked for by its id."""
        return self.reads * self.prices.read

    def lines(self) -> list[str]:
        """For people: none where nothing is read, or nothing is to be paid for it."""
        if not self.most:
            return []
        ages = "1 age" if self.ages == 1 else f"{self.ages} ages"
        bill = f"{self.reads} reads, one a post and day (UTC)"
        span = usd(self.most) if self.least == self.most else f"{usd(self.least)} to {usd(self.most)}"
        return [f"reading them later, at {ages}: {span} ({bill})"]


def reading_price(starts: Iterable[tuple[datetime, int]], ages: Sequence[timedelta], prices: Prices) -> ReadingPrice:
    """Price the readings of threads, each given by its start and its number of posts, which follow within minutes."""
    reads = sum(posts * len({(start + age).astimezone(UTC).date() for age in ages}) for start, posts in starts)
    return ReadingPrice(reads, len(ages), prices)
