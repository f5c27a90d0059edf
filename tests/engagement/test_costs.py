from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import update

from amplifier.engagement.costs import reading_costs
from amplifier.networks.port import Metrics
from amplifier.store import tables
from tests.support.metrics import read
from tests.support.rows import SENT, add_thread

if TYPE_CHECKING:
    from amplifier.store.engine import Store

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def test_what_was_spent_this_month_and_what_the_posts_that_are_out_will_cost(store: Store) -> None:
    posts = add_thread(store, [SENT, SENT])
    add_thread(store, [None, None], thread="later")
    add_thread(store, [SENT], account="dry", mode="dry")
    assert [(one.account, one.spent, one.ahead) for one in reading_costs(store, SENT)] == [("main", 0, 2 * 5 * 5000)]
    read(store, dict.fromkeys(posts, Metrics(likes=1)), SENT + 16 * MINUTE)
    [one] = reading_costs(store, SENT + DAY)
    # an hour and six hours are of the first day still, then 24 hours, 3, 7, 30 days
    assert (one.mode, one.ahead) == ("live", 2 * 5 * 5000)
    assert one.spent >= 2 * 5000
    assert reading_costs(store, SENT + 40 * DAY)[0].spent == 0


def test_the_ages_are_the_campaigns_own(sqlite_store: Store) -> None:
    add_thread(sqlite_store, [SENT])
    with sqlite_store.write() as connection:
        connection.execute(update(tables.campaign).values(readings="900,3600"))
    assert [one.ahead for one in reading_costs(sqlite_store, SENT)] == [5000]
    with sqlite_store.write() as connection:
        connection.execute(update(tables.post).values(reading_due_at=None))
    assert reading_costs(sqlite_store, SENT) == []
