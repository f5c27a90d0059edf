"""Queues to measure: sealed threads as an approval makes them, and a million rows in seconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from amplifier.model import Mode, content_hash
from amplifier.publishing import enqueue
from amplifier.publishing.enqueue import Seal, Sealed
from amplifier.publishing.queue import Claim, claim

if TYPE_CHECKING:
    from amplifier.store.engine import Store

NOW = datetime(2026, 12, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=60)
"""When all of a queue is due."""
POSTS = 5
SEAL = Seal("bench", NOW)
LEASE = timedelta(seconds=300)
FOREVER = 1e9
"""Seconds by which nothing is late."""


def sealed(number: int, due: datetime, *, posts: int = POSTS, mode: Mode = Mode.DRY, account: str = "main") -> Sealed:
    """A thread, its first post due at an instant and the others at once behind it."""
    texts = tuple(f"Post {k} of thread {number}, as long as such posts are in life. #Bench" for k in range(posts))
    return Sealed(
        name=f"t{number}", network="x", mode=mode, hash=content_hash("x", account, mode, texts), texts=texts,
        origin="bench", fingerprint="", place=number, start=due, post_gap=0, thread_gap=0, late=FOREVER,
        resume_within=FOREVER, costs=(15_000,) * posts,
    )  # fmt: skip


def queue(
    store: Store, threads: list[Sealed], *, campaign: str = "bench", account: str = "main", mode: Mode = Mode.DRY
) -> None:
    """Queue sealed threads in one transaction, as an approval does."""
    with store.write() as connection:
        campaign_id = enqueue.ensure_campaign(connection, campaign, "UTC", NOW)
        account_id = enqueue.ensure_account(connection, account, mode, "x")
        enqueue.add_all(connection, campaign_id, [(account_id, thread) for thread in threads], SEAL)


def fill(
    store: Store,
    posts: int,
    *,
    campaign: str = "bench",
    account: str = "main",
    mode: Mode = Mode.DRY,
    at: datetime = NOW,
) -> None:
    """Queue threads of one post, due second by second from `at` on: every row is `queued`, the worst for an index.

    The rows are made by the database itself, without its checks, so that a million takes seconds.
    """
    with store.write() as connection:
        campaign_id = enqueue.ensure_campaign(connection, campaign, "UTC", NOW)
        account_id = enqueue.ensure_account(connection, account, mode, "x")
        first = connection.execute(text("SELECT coalesce(max(id), 0) FROM post")).scalar_one()
    if store.postgresql:
        due, lead, numbers = (
            f"timestamptz '{at:%Y-%m-%d %H:%M}Z' + i * interval '1 s'",
            "",
            f"generate_series(1, {posts}) i",
        )
        unchecked, checked = "SET session_replication_role = replica", "SET session_replication_role = origin"
    else:
        numbers = "n"
        due = f"strftime('%Y-%m-%dT%H:%M:%S.000000Z', '{at:%Y-%m-%d %H:%M}', '+' || i || ' seconds')"
        lead = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {posts})"
        unchecked, checked = "PRAGMA ignore_check_constraints = 1", "PRAGMA ignore_check_constraints = 0"
    common = f"{campaign_id} AS campaign_id, {account_id} AS account_id, 'x' AS network, '{mode.value}' AS mode"
    key = f"{first} + i"
    tables = {
        "approval": f"{key} AS thread_id, 'f' AS hash, 'f' AS approved_by, {due} AS approved_at, {due} AS planned_at",
        "thread": f"{common}, 'f' || i AS name, 1 AS n, 'f' AS hash, {key} AS approval_id, {due} AS planned_at, "
        f"0 AS post_gap, 0 AS thread_gap, 1e9 AS late, 1e9 AS resume_within, {due} AS created_at",
        "post": f"{common}, {key} AS thread_id, 1 AS k, i AS place, 'queued' AS state, {due} AS planned_at, "
        f"'Post ' || i || ', as long as such posts are in life. #Bench' AS text, {due} AS due_at, {due} AS created_at",
    }
    with store.engine.connect() as connection:
        connection.exec_driver_sql(unchecked)
        for table, values in tables.items():
            columns = ", ".join(re.findall(r" AS (\w+)", values))
            made = f"INSERT INTO {table} (id, {columns}) {lead} SELECT {key}, {values} FROM {numbers}"
            connection.exec_driver_sql(made)
            if store.postgresql:
                serial = f"pg_get_serial_sequence('{table}', 'id')"
                connection.exec_driver_sql(f"SELECT setval({serial}, {first + posts})")
        connection.exec_driver_sql(checked)
        if store.postgresql:
            connection.exec_driver_sql("ANALYZE")
        connection.commit()


def take(store: Store, at: datetime = LATER) -> Claim:
    """One claim of something that is due."""
    found = claim(store, now=at, modes={Mode.DRY}, lease=LEASE, worker="bench")
    if not isinstance(found, Claim):
        raise SystemExit("the benchmark's queue is empty")
    return found


def give_back(store: Store, taken: Claim) -> None:
    """Undo a claim, so that the queue stays as it was."""
    with store.write() as connection:
        connection.execute(text("UPDATE post SET state = 'queued' WHERE id = :id"), {"id": taken.post_id})
        connection.execute(text("UPDATE account SET open_thread_id = NULL"))
