"""Ledgers to measure: campaigns of one size, and as many as it takes for a million readings, in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amplifier.engagement.readings import MARKS
from amplifier.networks.port import METRICS
from amplifier.store.schema import SPELLED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from amplifier.store.engine import Store

THREADS = 10
"""Of a campaign."""
POSTS = 5
"""Of a thread."""
ACCOUNTS = 8
BEGAN = 1_764_547_200
"""2025-12-01; the threads go out within a year of it, at any minute."""
YEAR = 365 * 24 * 60
READINGS = THREADS * POSTS * len(MARKS)
"""Of a campaign."""
GROWN = (2, 9, 38, 71, 90, 99, 100)
"""How much of its impressions a post has at each age mark, in percent."""

UNCHECKED = (
    "PRAGMA cache_size = -1000000",
    "PRAGMA foreign_keys = 0",
    "PRAGMA ignore_check_constraints = 1",
    "BEGIN",
)
_SEEN = "((200 + i * 7919 % 3000) * grown / 100 / k)"
_COUNTS = {
    "impressions": _SEEN,
    "likes": f"{_SEEN} * (5 + i % 20) / 1000",
    "reposts": f"{_SEEN} * (5 + i % 20) / 4000",
    "replies": f"{_SEEN} * (5 + i % 20) / 9000",
    "quotes": f"{_SEEN} / 1500",
    "bookmarks": f"{_SEEN} / 700",
    "link_clicks": f"CASE WHEN age_mark <= 604800 THEN {_SEEN} / 110 END",
    "profile_clicks": f"CASE WHEN age_mark <= 604800 THEN {_SEEN} / 170 END",
    "engagements": f"CASE WHEN age_mark <= 604800 THEN {_SEEN} / 30 END",
}


def fill(store: Store, readings: int) -> int:
    """Fill an empty ledger with so many readings, in the order of time in which they are taken; how many campaigns.

    The rows are made by the database itself, without its checks.
    """
    campaigns, words = -(-readings // READINGS), _Words(store.postgresql)
    _run(store, [*words.tables(campaigns), *words.readings(readings)])
    return campaigns


def publish(store: Store, campaigns: int, at: datetime) -> None:
    """Fill an empty ledger with campaigns whose posts all went out at an instant, and were never read."""
    words = _Words(store.postgresql)
    sent = words.instant(str(int(at.timestamp())))
    _run(store, [*words.tables(campaigns), f"UPDATE post SET sent_at = {sent}, reading_due_at = {sent}"])


def _run(store: Store, statements: Sequence[str]) -> None:
    with store.engine.connect() as connection:
        for statement in ["SET session_replication_role = replica"] if store.postgresql else UNCHECKED:
            connection.exec_driver_sql(statement)
        for statement in statements:
            connection.exec_driver_sql(statement.replace("%", "%%") if store.postgresql else statement)
        connection.commit()
        if store.postgresql:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()
    store.close()  # with its cache, and what it does not check


class _Words:
    """The statements, in the words of one engine."""

    def __init__(self, postgresql: bool) -> None:
        self.postgresql = postgresql
        self.engine = "postgresql" if postgresql else "sqlite"

    def tables(self, campaigns: int) -> Iterator[str]:
        """What there is before the first reading. Rows have a number `i` from 1; posts a thread `t` and a place `k`."""
        start, account = f"({BEGAN} + (t * 7919 % {YEAR}) * 60)", f"((t - 1) / {THREADS} % {ACCOUNTS} + 1)"
        began, planned, sent = self.instant(str(BEGAN)), self.instant(start), f"{start} + 20 * k"
        same = {"account_id": account, "campaign_id": f"(t - 1) / {THREADS} + 1", "network": "'x'", "mode": "'live'"}
        number = f"{10**18} + i"
        threads, posts = campaigns * THREADS, campaigns * THREADS * POSTS
        yield from self.insert("account", ACCOUNTS, {"id": "i", "name": "'a' || i", "mode": "'live'", "network": "'x'"})
        yield from self.insert(
            "campaign", campaigns, {"id": "i", "name": "'c' || i", "timezone": "'UTC'", "created_at": began}
        )
        yield from self.insert(
            "approval", threads,
            {
                "id": "t", "thread_id": "t", "hash": "'f'", "approved_by": "'bench'", "approved_at": began,
                "planned_at": planned,
            },
        )  # fmt: skip
        yield from self.insert(
            "thread", threads,
            same | {
                "id": "t", "name": "'t' || t", "n": str(POSTS), "hash": "'f'", "approval_id": "t",
                "origin": "'templates/' || t % 6 || '.j2'", "planned_at": planned, "post_gap": "20", "thread_gap": "0",
                "late": "1e9", "resume_within": "1e9", "created_at": began,
                "hook": "CASE WHEN t % 2 = 0 THEN t / 2 % 2 + 1 END",
            },
        )  # fmt: skip
        yield from self.insert(
            "post", posts,
            same | {
                "id": "i", "thread_id": "t", "k": "k", "place": f"t % {THREADS}", "state": "'sent'", "cost": "15000",
                "text": "'Post ' || i || ', as long as such posts are in life, so it has a sentence or two. #Bench'",
                "planned_at": planned, "due_at": planned, "sent_at": self.instant(sent),
                "sent_at_local": self.local(sent),
                "remote_id": f"CAST({number} AS VARCHAR(20))", "url": f"'https://x.com/bench/status/' || ({number})",
                "created_at": planned,
            },
        )  # fmt: skip
        yield from self.insert("post_tag", posts, {"post_id": "i", "key": "'bench'", "tag": "'Bench'"})

    def insert(self, table: str, count: int, values: Mapping[str, str]) -> Iterator[str]:
        """So many rows of a table."""
        if self.postgresql:
            lead, numbers = "", f"generate_series(1, CAST({count} AS BIGINT)) n(i)"
        else:
            lead = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
            numbers = "n"
        thread = f"(i - 1) / {POSTS} + 1" if table.startswith("post") else "i"
        yield (
            f"INSERT INTO {table} ({', '.join(values)}) {lead} SELECT {', '.join(values.values())} "
            f"FROM (SELECT i, {thread} AS t, (i - 1) % {POSTS} + 1 AS k FROM {numbers}) x"
        )
        if self.postgresql and "id" in values:
            yield f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {count})"

    def readings(self, count: int) -> Iterator[str]:
        """The readings, and what is kept with them: the newest ones, the sums of an hour, the costs."""
        names = ", ".join(METRICS)
        counts = ", ".join(f"{_COUNTS[name]} AS {name}" for name in METRICS)
        marks = ", ".join(f"({int(mark.total_seconds())}, {grown})" for mark, grown in zip(MARKS, GROWN, strict=True))
        lead = f"WITH m(age_mark, grown) AS (VALUES {marks})"
        taken = f"{BEGAN} + (p.thread_id * 7919 % {YEAR}) * 60 + 20 * p.k + m.age_mark + p.id % 240"
        yield (
            f"INSERT INTO snapshot (post_id, taken_at, age_mark, untold, {names}) {lead} "
            f"SELECT i, taken, age_mark, CASE WHEN age_mark > 604800 THEN 2 ELSE 0 END, {counts} FROM "
            f"(SELECT p.id AS i, p.k AS k, {taken} AS taken, m.age_mark AS age_mark, m.grown AS grown FROM post p, m "
            f"ORDER BY {taken}, p.id LIMIT {count}) x"
        )
        yield (
            f"INSERT INTO latest (post_id, taken_at, age_seconds, untold, {names}) SELECT post_id, "
            f"{self.instant('taken_at')}, age_mark + post_id % 240, untold, {names} FROM snapshot "
            "WHERE age_mark = 2592000"
        )
        yield (
            "INSERT INTO hourly (campaign_id, mode, hour, readings, gone, impressions) "
            "SELECT campaign_id, 'live', hour, COUNT(*), 0, SUM(gained) FROM "
            "(SELECT p.campaign_id AS campaign_id, s.taken_at / 3600 AS hour, s.impressions - "
            "COALESCE(LAG(s.impressions) OVER (PARTITION BY s.post_id ORDER BY s.taken_at), 0) AS gained "
            "FROM snapshot s JOIN post p ON p.id = s.post_id) x GROUP BY campaign_id, hour"
        )
        day = SPELLED["DAY"][self.engine].format(self.instant("h.hour * 3600"))
        yield (
            f"INSERT INTO reading_cost (day, account_id, campaign_id, what, units, cost) SELECT {day}, "
            f"(h.campaign_id - 1) % {ACCOUNTS} + 1, h.campaign_id, 'read', SUM(h.readings), SUM(h.readings) * 5000 "
            "FROM hourly h GROUP BY 1, 2, 3"
        )

    def instant(self, seconds: str) -> str:
        return SPELLED["INSTANT"][self.engine].format(seconds)

    def local(self, seconds: str) -> str:
        """The wall time in a campaign whose zone is UTC."""
        if self.postgresql:
            return f"to_char(to_timestamp({seconds}) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"+00:00\"')"
        return f"strftime('%Y-%m-%dT%H:%M:%S+00:00', {seconds}, 'unixepoch')"
