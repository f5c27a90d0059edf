"""What reading has cost each account in this month, and what the posts that are out will still cost."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, text

from amplifier.engagement.lanes import day_of, spent
from amplifier.model import READINGS
from amplifier.networks.prices import micros, prices_of
from amplifier.store.types import Instant, spans

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from sqlalchemy.engine import Row

    from amplifier.store.engine import Store

DAY = timedelta(days=1)
_ACCOUNTS = """
SELECT a.id, a.name, a.mode, a.network,
       EXISTS (SELECT 1 FROM account_snapshot s WHERE s.account_id = a.id AND s.day = :today) AS counted
FROM account a
WHERE a.mode <> 'dry' AND (
    EXISTS (SELECT 1 FROM reading_cost r WHERE r.day >= :first AND r.account_id = a.id)
    OR EXISTS (SELECT 1 FROM post p WHERE p.account_id = a.id AND p.reading_due_at IS NOT NULL)
)
ORDER BY a.name, a.mode
"""
_OUT = """
SELECT p.account_id, p.sent_at, p.reading_due_at, l.taken_at, c.readings, COUNT(*) AS posts
FROM post p
JOIN campaign c ON c.id = p.campaign_id
LEFT JOIN latest l ON l.post_id = p.id
WHERE p.state = 'sent' AND p.reading_due_at IS NOT NULL {}
GROUP BY p.account_id, p.sent_at, p.reading_due_at, l.taken_at, c.readings
"""
_INSTANTS = {"sent_at": Instant, "reading_due_at": Instant, "taken_at": Instant}
_AHEAD = text(_OUT.format("")).columns(**_INSTANTS)
_OWN = text(_OUT.format("AND p.account_id = :account")).columns(**_INSTANTS)
_QUEUED = (
    text(
        "SELECT p.planned_at, c.readings FROM post head "
        "JOIN post p ON p.thread_id = head.thread_id AND p.state IN ('queued', 'waiting') "
        "JOIN campaign c ON c.id = p.campaign_id "
        "WHERE head.account_id = :account AND head.state = 'queued' AND p.planned_at < :end"
    )
    .bindparams(bindparam("end", type_=Instant))
    .columns(planned_at=Instant)
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One account in one mode; amounts in millionths of a US dollar."""

    account: str
    mode: str
    spent: int
    """In this month (UTC), at most: the network bills a post once a day."""
    months: Mapping[str, int] = field(default_factory=dict)
    """At most, for the posts that are out, until their last age, month by month (`2026-12`)."""
    followers: int = 0
    """At most, for asking once a day how many follow the account, as long as these posts are read."""

    @property
    def ahead(self) -> int:
        """Both together."""
        return sum(self.months.values()) + self.followers


def reading_costs(store: Store, now: datetime) -> list[Reading]:
    """Every account whose posts were read in this month, or are to be read."""
    today = day_of(now)
    with store.read() as connection:
        accounts = connection.execute(text(_ACCOUNTS), {"first": f"{today[:8]}01", "today": today}).all()
        reads: dict[int, Counter[str]] = {}
        last: dict[int, date] = {}
        for row in connection.execute(_AHEAD):
            mine = reads.setdefault(row.account_id, Counter())
            for day in _days(row, now):
                mine[f"{day:%Y-%m}"] += row.posts
            until = _date(row.sent_at + max(_ages(row.readings), default=-DAY))  # without ages it is read never more
            last[row.account_id] = max(until, last.get(row.account_id, until))
    found = []
    for row in accounts:
        prices = prices_of(row.network)
        looks = max((last[row.id] - _date(now)).days + 1 - row.counted, 0) if row.id in last else 0
        months = {month: number * micros(prices.read) for month, number in reads.get(row.id, Counter()).items()}
        found.append(
            Reading(row.name, row.mode, spent(store, row.id, now), months, looks * micros(prices.account_read))
        )
    return found


def needed(store: Store, account_id: int, network: str, now: datetime) -> int:
    """What an account's readings that are due until the end of this month (UTC) cost at most, in millionths of a US
    dollar: those of the posts that are out, and of those that are planned to go out."""
    begin = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    end = (begin + 31 * DAY).replace(day=1)
    with store.read() as connection:
        out = connection.execute(_OWN, {"account": account_id}).all()
        queued = connection.execute(_QUEUED, {"account": account_id, "end": end}).all()
    reads = 0
    for row in out:
        reads += row.posts * sum(day < end.date() for day in _days(row, now))
    for row in queued:
        start = max(row.planned_at, now)
        reads += len({day for age in _ages(row.readings) if (day := _date(start + age)) < end.date()})
    return reads * micros(prices_of(network).read)


def _days(row: Row[Any], now: datetime) -> set[date]:
    """The days (UTC) on which a post that is out is still to be read, but for one on which it was read already."""
    due_at, today = max(row.reading_due_at, row.sent_at), _date(now)
    days = {max(_date(row.sent_at + age), today) for age in _ages(row.readings) if row.sent_at + age >= due_at}
    return days - ({_date(row.taken_at)} if row.taken_at else set())


def _ages(readings: str | None) -> tuple[timedelta, ...]:
    return READINGS if readings is None else spans(readings)


def _date(at: datetime) -> date:
    return at.astimezone(UTC).date()
