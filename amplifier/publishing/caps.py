"""What an account may spend in a month and publish in a day, and whether a thread fits under it. Pure.

Days and months are those of UTC, as networks count. Costs are whole millionths of a US dollar.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from amplifier.networks.prices import micros, usd_of

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Caps:
    """The caps of one account; None is no cap. False when there is none at all."""

    monthly_usd: Decimal | None = None
    daily_posts: int | None = None

    def __bool__(self) -> bool:
        return self != Caps()

    def __str__(self) -> str:
        """`$10.00 a month, 20 posts a day`: the same text for the same caps, as it is kept with a wait."""
        parts = (
            "" if self.monthly_usd is None else f"{usd_of(self.month)} a month",
            "" if self.daily_posts is None else f"{counted(self.daily_posts)} a day",
        )
        return ", ".join(filter(None, parts)) or "no cap"

    @property
    def month(self) -> int:
        """The monthly cap in millionths of a dollar; meaningless without one."""
        return micros(self.monthly_usd or 0)


def no_caps(_account: str) -> Caps:
    """The caps of a house that has none."""
    return Caps()


@dataclass(frozen=True, slots=True)
class Used:
    """What an account in one mode has spent, and what it has promised."""

    month_cost: int = 0
    """Of the posts sent in this month."""
    day_posts: int = 0
    """Posts sent on this day."""
    open_cost: int = 0
    """Of the posts of begun threads that are neither sent nor cancelled: a person can bring back what is held, and
    what is perhaps sent may have been paid. They count in every period until they are settled."""
    open_posts: int = 0


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether a thread may begin: it fits, or has to wait, or never fits under these caps."""

    fits: bool
    until: datetime | None = None
    """When to ask again."""
    why: str = ""
    """What stands against it, for a person."""

    @property
    def never(self) -> bool:
        """Whether waiting does not help."""
        return not self.fits and self.until is None


FITS = Ruling(fits=True)


def rule(caps: Caps, used: Used, posts: int, cost: int, now: datetime) -> Ruling:
    """Whether a thread with so many posts to send, of this cost together, may begin now: all of it fits, or none."""
    never, waits = [], []
    if caps.monthly_usd is not None:
        spent = used.month_cost + used.open_cost
        if cost > caps.month:
            never.append(f"it costs {usd_of(cost)}, and the account may spend {usd_of(caps.month)} a month")
        elif spent + cost > caps.month:
            said = f"{usd_of(spent)} of {usd_of(caps.month)} a month are spent or promised, and it costs {usd_of(cost)}"
            waits.append((next_month(now), said))
    if caps.daily_posts is not None:
        out = used.day_posts + used.open_posts
        if posts > caps.daily_posts:
            never.append(f"it has {counted(posts)}, and the account may publish {caps.daily_posts} a day")
        elif out + posts > caps.daily_posts:
            said = f"{out} of {counted(caps.daily_posts)} a day are out or promised, and it has {posts}"
            waits.append((next_day(now), said))
    if never:
        return Ruling(fits=False, why="; ".join(never))
    if waits:
        return Ruling(fits=False, until=max(until for until, _ in waits), why="; ".join(said for _, said in waits))
    return FITS


def day_of(now: datetime) -> datetime:
    """When this UTC day began."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def month_of(now: datetime) -> datetime:
    """When this calendar month of UTC began."""
    return day_of(now).replace(day=1)


def next_day(now: datetime) -> datetime:
    """When the next UTC day begins."""
    return day_of(now) + timedelta(days=1)


def next_month(now: datetime) -> datetime:
    """When the next calendar month of UTC begins."""
    return month_of(month_of(now) + timedelta(days=31))


def counted(posts: int) -> str:
    """`1 post`, `3 posts`."""
    return f"{posts} post" if posts == 1 else f"{posts} posts"
