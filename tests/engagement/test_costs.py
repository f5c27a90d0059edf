from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from amplifier.engagement.costs import needed, reading_costs
from amplifier.networks.port import Metrics
from amplifier.store import tables
from tests.support.metrics import read
from tests.support.rows import SENT, add_thread

if TYPE_CHECKING:
    from amplifier.store.engine import Store

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


LOOK = 10_000
"""Asking how many follow an account."""


def test_what_was_spent_this_month_and_what_the_posts_that_are_out_will_cost(store: Store) -> None:
    posts = add_thread(store, [SENT, SENT])
    add_thread(store, [None, None], thread="later")
    add_thread(store, [SENT], account="dry", mode="dry")
    [one] = reading_costs(store, SENT)
    # on the first day, then after 24 hours, 3, 7, 30 days; the account itself on each of 31 days
    assert (one.account, one.mode, one.spent) == ("main", "live", 0)
    assert (one.months, one.followers) == ({"2026-12": 2 * 5 * 5000}, 31 * LOOK)
    assert one.ahead == 2 * 5 * 5000 + 31 * LOOK
    read(store, dict.fromkeys(posts, Metrics(likes=1)), SENT + 16 * MINUTE)
    [one] = reading_costs(store, SENT + 16 * MINUTE)
    # an hour and six hours are of the first day still, and free; the account was asked today
    assert (one.spent, one.ahead) == (2 * 5000 + LOOK, 2 * 4 * 5000 + 30 * LOOK)
    [one] = reading_costs(store, SENT + DAY)
    assert one.ahead == 2 * 4 * 5000 + 30 * LOOK  # what was missed comes at once, with what is due now
    assert reading_costs(store, SENT + 40 * DAY)[0].spent == 0


def test_what_is_ahead_is_told_month_by_month(sqlite_store: Store) -> None:
    add_thread(sqlite_store, [SENT + 10 * DAY])
    [one] = reading_costs(sqlite_store, SENT + 10 * DAY)
    assert one.months == {"2026-12": 4 * 5000, "2027-01": 5000}


def test_the_ages_are_the_campaigns_own(sqlite_store: Store) -> None:
    add_thread(sqlite_store, [SENT])
    with sqlite_store.write() as connection:
        connection.execute(update(tables.campaign).values(readings="900,3600"))
    assert [one.ahead for one in reading_costs(sqlite_store, SENT)] == [5000 + LOOK]
    with sqlite_store.write() as connection:
        connection.execute(update(tables.campaign).values(readings=""))
    assert [one.ahead for one in reading_costs(sqlite_store, SENT)] == [0]
    with sqlite_store.write() as connection:
        connection.execute(update(tables.post).values(reading_due_at=None))
    assert reading_costs(sqlite_store, SENT) == []


def test_what_readings_need_until_the_end_of_the_month(store: Store) -> None:
    posts = add_thread(store, [SENT, SENT])
    add_thread(store, [None], thread="later")  # planned for the same time
    add_thread(store, [SENT], account="other")
    with store.read() as connection:
        account = connection.execute(select(tables.account.c.id).where(tables.account.c.name == "main")).scalar_one()
    assert needed(store, account, "x", SENT) == 3 * 5 * 5000
    read(store, dict.fromkeys(posts, Metrics(likes=1)), SENT + 16 * MINUTE)
    # the one that is late begins now: its last reading is not of this month any more, once a day has passed
    assert needed(store, account, "x", SENT + 16 * MINUTE) == (2 * 4 + 5) * 5000
    assert needed(store, account, "x", SENT + DAY) == (2 * 4 + 4) * 5000
    assert needed(store, account, "x", SENT + 29 * DAY) == (2 * 2 + 2) * 5000
    assert needed(store, account, "bluesky", SENT) == 0
