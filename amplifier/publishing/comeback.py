"""What a person brings back of a begun thread counts under its account's caps again: cancelling had freed its share.

The claim of a first post counts the whole of its thread. A later post of a thread that is out is never asked again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from amplifier.errors import TryLater, UsageError
from amplifier.model import State, Why
from amplifier.publishing import budget
from amplifier.publishing.caps import next_day, next_month, rule
from amplifier.publishing.queue import address_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, RowMapping

    from amplifier.publishing.caps import Caps, Used

BEGUN = frozenset({State.SENDING.value, State.UNKNOWN.value, State.SENT.value})


def refuse(connection: Connection, row: RowMapping, whole: Sequence[RowMapping], caps: Caps, now: datetime) -> None:
    """Raise where what a retry of `row` brings back does not fit now; `whole` are the posts of its thread, in order.

    Raises `TryLater` that says when it will, and `UsageError` where only another cap makes it fit. What is held or
    failed has kept its share, and always comes back.
    """
    back = [post for post in _back(row, whole) if post["state"] == State.CANCELLED.value]
    if not caps or not back or whole[0]["state"] not in BEGUN:
        return
    cost = sum(budget.dearest(row["network"]) if post["cost"] is None else post["cost"] for post in back)
    spent = budget.used(connection, row["account_id"], row["network"], now)
    ruling = rule(caps, spent, len(back), cost, now)
    if ruling.fits:
        return
    address = address_of(row)
    message = f"{address} does not fit under the caps of account {address.account}: {ruling.why}"
    if ruling.never:
        raise UsageError(message, "raise the cap, then type the same again")
    fits = _fits_from(caps, spent, len(back), cost, now)
    when = f"after {fits:%Y-%m-%d %H:%M} UTC" if fits else "when what is promised is out or cancelled"
    raise TryLater(message, f"raise the cap, or type the same again {when}")


def _back(row: RowMapping, whole: Sequence[RowMapping]) -> Iterator[RowMapping]:
    """The post and the followers that come back with it (`moves.bring_back`)."""
    yield row
    for post in whole[row["k"] :]:
        if post["why"] != Why.EARLIER.value:
            return
        yield post


def _fits_from(caps: Caps, spent: Used, posts: int, cost: int, now: datetime) -> datetime | None:
    """When it fits, as far as that is known now; None while begun threads promise too much for any day."""
    day, month = next_day(now), next_month(now)
    tomorrow = replace(spent, day_posts=0) if day < month else replace(spent, day_posts=0, month_cost=0)
    if rule(caps, tomorrow, posts, cost, day).fits:
        return day
    return month if rule(caps, replace(tomorrow, month_cost=0), posts, cost, month).fits else None
