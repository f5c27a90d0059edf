"""A ledger with results to look at: many threads with two hooks, read at each age, with gaps, gone and untold posts.

Written into the tables as the collector leaves them. The true effects are arguments, and chance is seeded.
"""

from __future__ import annotations

import math
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, text

from amplifier.engagement.readings import MARKS
from amplifier.networks.port import PUBLIC
from amplifier.store import engagement, tables
from tests.support.rows import SENT, add_thread

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from amplifier.store.engine import Store

RATES = {1: 0.018, 2: 0.030}
"""The true mean rate of a hook's threads."""
SPREAD = 0.3
"""How much threads differ: the standard deviation of the logarithm of their rates."""
PARTS = {"likes": 0.62, "reposts": 0.18, "replies": 0.09, "quotes": 0.03, "bookmarks": 0.08}
TAGS = ("HumanRights", "DMZ", "NorthKorea")
TEMPLATES = ("templates/story.j2", "templates/qa.j2", "campaigns/threads/day.md")
HOURS = (0, 3, 9, 12)
"""UTC; nine hours later in the campaign's zone."""
MICRO = 15_000
"""What a post without a link costs, in millionths of a dollar."""


def counts(**told: int | None) -> dict[str, int | None]:
    """The columns of a reading; what is not named was not told."""
    return {name: told.get(name) for name in PUBLIC}


def reading(store: Store, post: int, at: datetime, mark: timedelta | None, told: Mapping[str, int | None]) -> None:
    """A snapshot of a post, and its newest reading."""
    with store.write() as connection:
        sent = connection.execute(tables.post.select().where(tables.post.c.id == post)).one().sent_at
        seconds = None if mark is None else int(mark.total_seconds())
        connection.execute(
            insert(engagement.snapshot).values(post_id=post, taken_at=int(at.timestamp()), age_mark=seconds, **told)
        )
        connection.execute(engagement.latest.delete().where(engagement.latest.c.post_id == post))
        age = int((at - sent).total_seconds())
        connection.execute(insert(engagement.latest).values(post_id=post, taken_at=at, age_seconds=age, **told))


def gap(store: Store, post: int, mark: timedelta, found: datetime, why: str = "not read in time") -> None:
    """An age mark that passed without a reading."""
    with store.write() as connection:
        values = {"post_id": post, "age_mark": int(mark.total_seconds()), "found_at": found, "why": why}
        connection.execute(insert(engagement.gap).values(**values))


def set_thread(store: Store, post: int, **values: Any) -> None:
    """Change the row of a post's thread: its hook, its origin, what it replies to."""
    names = ", ".join(f"{name} = :{name}" for name in values)
    query = text(f"UPDATE thread SET {names} WHERE id = (SELECT thread_id FROM post WHERE id = :post)")
    with store.write() as connection:
        connection.execute(query, {**values, "post": post})


def set_post(store: Store, post: int, **values: Any) -> None:
    """Change a post's row: its cost, its address."""
    with store.write() as connection:
        connection.execute(tables.post.update().where(tables.post.c.id == post).values(**values))


def tagged(store: Store, post: int, *tags: str) -> None:
    """Note a post's hashtags."""
    with store.write() as connection:
        connection.execute(
            insert(engagement.post_tag), [{"post_id": post, "key": t.casefold(), "tag": t} for t in tags]
        )


def reading_cost(store: Store, post: int, day: str, units: int, micro: int) -> None:
    """What reading cost on a day, for the campaign and account of a post."""
    with store.write() as connection:
        row = connection.execute(tables.post.select().where(tables.post.c.id == post)).one()
        values = {"day": day, "account_id": row.account_id, "campaign_id": row.campaign_id, "what": "read"}
        connection.execute(insert(engagement.reading_cost).values(**values, units=units, cost=micro))


def fill(
    store: Store,
    threads: int = 40,
    *,
    mode: str = "simulated",
    campaign: str = "dmz-escape",
    rates: Mapping[int, float] | None = None,
    seed: int = 1,
) -> None:
    """Write a campaign with that many threads; their hooks take turns, and have these true mean rates."""
    rates, chance = rates or RATES, Random(seed)
    middles = {hook: math.log(rate) - SPREAD**2 / 2 for hook, rate in rates.items()}
    for number in range(threads):
        hook = 1 + number % len(rates)
        began = SENT.replace(hour=chance.choice(HOURS)) + timedelta(days=number)
        _thread(store, number, began, hook, math.exp(chance.gauss(middles[hook], SPREAD)), chance, mode, campaign)


def _thread(
    store: Store, number: int, began: datetime, hook: int, rate: float, chance: Random, mode: str, campaign: str
) -> None:
    n = chance.randint(3, 6)
    sent = [began + k * timedelta(seconds=20) for k in range(n)]
    texts = [f"Thread {number}, post {k}: what one person did, and what came of it.\n\n#HumanRights" for k in range(n)]
    posts = add_thread(store, sent, thread=f"day-{number + 1}", mode=mode, texts=texts, campaign=campaign)
    set_thread(store, posts[0], hook=hook, origin=TEMPLATES[number % len(TEMPLATES)])
    reach, last = chance.uniform(900, 6500), MARKS[-1 if number < 10 else -2]
    tags, gaps, snapshots, latest = [], [], [], {}
    for k, post in enumerate(posts):
        tags += [{"post_id": post, "key": tag.casefold(), "tag": tag} for tag in (TAGS if k == 0 else TAGS[:1])]
        for mark in (mark for mark in MARKS if mark <= last):
            seconds = int(mark.total_seconds())
            if number % 13 == 5 and mark == MARKS[2]:
                late = began + mark + mark / 5
                gaps.append({"post_id": post, "age_mark": seconds, "found_at": late, "why": "not read in time"})
                continue
            seen = int(reach * (1 - 2 ** (-mark / timedelta(hours=5))))
            done = {name: round(seen * rate * part * chance.uniform(0.7, 1.3)) for name, part in PARTS.items()}
            told = counts(impressions=None if number % 17 == 3 and mark == MARKS[1] else seen, **done)
            at, age = sent[k] + mark + timedelta(minutes=2), seconds + 120
            snapshots.append({"post_id": post, "taken_at": int(at.timestamp()), "age_mark": seconds, **told})
            latest[post] = {"post_id": post, "taken_at": at, "age_seconds": age, "gone_at": None, **told}
        reach *= chance.uniform(0.6, 0.95)
    if number % 11 == 4:
        latest[posts[-1]]["gone_at"] = began + timedelta(days=9)
    with store.write() as connection:  # one transaction: `reading`, post by post, would need five hundred of them
        connection.execute(tables.post.update().where(tables.post.c.id.in_(posts)).values(cost=MICRO))
        connection.execute(tables.post.update().where(tables.post.c.id == posts[-1]).values(cost=200_000))
        for table, rows in (
            (engagement.post_tag, tags),
            (engagement.gap, gaps),
            (engagement.snapshot, snapshots),
            (engagement.latest, list(latest.values())),
        ):
            if rows:
                connection.execute(insert(table), rows)
    reading_cost(store, posts[0], f"{began:%Y-%m-%d}", n, n * 5_000)
