"""A ledger with rows in every view, awkward ones among them: what is exported, read in a notebook, or compared."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, update

from amplifier.engagement.readings import MARKS
from amplifier.networks.port import METRICS
from amplifier.store import engagement, tables
from tests.support.rows import SENT, add_thread

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from amplifier.store.engine import Store

AWKWARD = (
    'She said "no",\nthen\r\nleft.\rAnd',
    "=SUM(A1)",
    "  \\N null NULL \\ \t\x01 ﻿",
    "탈출 🕊️ é\u2028'",
)
"""Texts that formats stumble over: the posts of the thread `story`."""


def fill(store: Store) -> list[int]:
    """Fill every table that the views read; the ids of the awkward posts."""
    awkward = add_thread(store, [SENT + n * timedelta(seconds=20) for n in range(4)], texts=AWKWARD)
    second = [SENT + timedelta(days=2), SENT + timedelta(days=2, seconds=20), None]
    others = add_thread(store, second, campaign="apple", thread="Zebra", account="second")
    others += add_thread(store, [SENT], campaign="Äpfel", thread="äh", mode="simulated")
    add_thread(store, [None], campaign="Zoo", thread="zoo", mode="dry")
    with store.write() as connection:
        for key, value in (("story", 1), ("Zebra", 2)):
            named = update(tables.thread).where(tables.thread.c.name == key)
            connection.execute(named.values(hook=value, origin=f"templates/{key}.j2"))
        connection.execute(update(tables.post).where(tables.post.c.k == 1).values(cost=15_000))
        for place, post in enumerate([*awkward, *others]):
            _read(connection, post, place)
        _sums(connection, awkward[0])
    return awkward


def _read(connection: Connection, post: int, place: int) -> None:
    """Readings of a post at three marks and one beside them; the first post of four is told in part."""
    at = SENT + timedelta(days=2 * (place >= 4))
    told = {name: 7 * n + place for n, name in enumerate(METRICS)}
    for n, mark in enumerate(MARKS[:3], 1):
        counts = {name: value * n for name, value in told.items()}
        if place % 4 == 1:
            counts |= {"impressions": None, "link_clicks": None, "untold": 3}  # type: ignore[dict-item]
        seconds = {"taken_at": int((at + mark).timestamp()), "age_mark": int(mark.total_seconds())}
        connection.execute(insert(engagement.snapshot).values(post_id=post, **seconds, **counts))
    late = int((at + timedelta(hours=3)).timestamp())
    connection.execute(insert(engagement.snapshot).values(post_id=post, taken_at=late, likes=0))
    latest = {"post_id": post, "taken_at": at + MARKS[2], "age_seconds": 21_600, **told}
    connection.execute(insert(engagement.latest).values(**latest, gone_at=at + MARKS[3] if place == 2 else None))
    tag = {"post_id": post, "key": "fence", "tag": "Fence" if place % 2 else "fence"}
    connection.execute(insert(engagement.post_tag).values(**tag))


def _sums(connection: Connection, post: int) -> None:
    """What is kept beside the readings: a gap, an hour, costs, followers, an imported file."""
    gap = {"post_id": post, "age_mark": 86_400, "found_at": SENT + timedelta(days=2), "why": "nobody ran collect"}
    connection.execute(insert(engagement.gap).values(**gap))
    for n in range(3):
        hour = {"campaign_id": 1, "mode": "live", "hour": int(SENT.timestamp()) // 3600 + 24 * n}
        connection.execute(insert(engagement.hourly).values(**hour, readings=3, gone=0, likes=5, impressions=100 * n))
        day = str((SENT + timedelta(days=n)).date())
        for campaign in (0, 1):
            cost = {"day": day, "account_id": 1, "campaign_id": campaign, "what": "read"}
            connection.execute(insert(engagement.reading_cost).values(**cost, units=n + 1, cost=1_234 * (n + 1)))
        followers = {"account_id": 1, "day": day, "taken_at": SENT + timedelta(days=n)}
        connection.execute(
            insert(engagement.account_snapshot).values(**followers, followers=None if n == 1 else 1_000 + n)
        )
    file = {"sha256": "f", "name": "x.csv", "kind": "posts", "at": SENT + timedelta(days=3), "who": "Ann", "rows": 1}
    added = insert(engagement.imported).values(**file, imported_at=SENT + timedelta(days=4))
    key = connection.execute(added.returning(engagement.imported.c.id)).scalar_one()
    counts = {"taken_at": int(file["at"].timestamp()), "link_clicks": 12, "untold": 16}  # type: ignore[attr-defined]
    connection.execute(insert(engagement.outside).values(post_id=post, import_id=key, **counts))
