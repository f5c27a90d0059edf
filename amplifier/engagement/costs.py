"""What reading has cost each account in this month, and what the posts that are out will still cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from sqlalchemy import text

from amplifier.engagement.lanes import day_of, spent
from amplifier.model import READINGS
from amplifier.networks.prices import micros, prices_of
from amplifier.store.types import Instant, spans

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from amplifier.store.engine import Store

_ACCOUNTS = """
SELECT a.id, a.name, a.mode, a.network FROM account a
WHERE a.mode <> 'dry' AND (
    EXISTS (SELECT 1 FROM reading_cost r WHERE r.day >= :first AND r.account_id = a.id)
    OR EXISTS (SELECT 1 FROM post p WHERE p.account_id = a.id AND p.reading_due_at IS NOT NULL)
)
ORDER BY a.name, a.mode
"""
_AHEAD = text(
    "SELECT p.account_id, p.sent_at, p.reading_due_at, c.readings, COUNT(*) AS posts "
    "FROM post p JOIN campaign c ON c.id = p.campaign_id WHERE p.state = 'sent' AND p.reading_due_at IS NOT NULL "
    "GROUP BY p.account_id, p.sent_at, p.reading_due_at, c.readings"
).columns(sent_at=Instant, reading_due_at=Instant)


@dataclass(frozen=True, slots=True)
class Reading:
    """One account in one mode; amounts in millionths of a US dollar."""

    account: str
    mode: str
    spent: int
    """In this month (UTC), at most: the network bills a post once a day."""
    ahead: int
    """At most, for the posts that are out, until their last age."""


def reading_costs(store: Store, now: datetime) -> list[Reading]:
    """Every account whose posts were read in this month, or are to be read."""
    with store.read() as connection:
        accounts = connection.execute(text(_ACCOUNTS), {"first": f"{day_of(now)[:8]}01"}).all()
        reads: dict[int, int] = {}
        for row in connection.execute(_AHEAD):
            ages = READINGS if row.readings is None else spans(row.readings)
            days = _days(row.sent_at, max(row.reading_due_at, row.sent_at), ages)
            reads[row.account_id] = reads.get(row.account_id, 0) + days * row.posts
    return [
        Reading(
            row.name, row.mode, spent(store, row.id, now), reads.get(row.id, 0) * micros(prices_of(row.network).read)
        )
        for row in accounts
    ]


def _days(sent_at: datetime, due_at: datetime, ages: Sequence[timedelta]) -> int:
    """On how many days (UTC) a post is still to be read."""
    return len({(sent_at + age).astimezone(UTC).date() for age in ages if sent_at + age >= due_at})
