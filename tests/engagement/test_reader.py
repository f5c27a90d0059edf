from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import update

from amplifier.engagement.collect import Collected, collect
from amplifier.engagement.query import rows
from amplifier.networks.port import Measured, Metrics
from amplifier.store import tables
from tests.support.metrics import Telling
from tests.support.rows import SENT, add_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from amplifier.store.engine import Store

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
ONE = Metrics(likes=1)


def run(store: Store, network: Telling, at: datetime, *, usd: str | None = None, everything: bool = False) -> Collected:
    budget = None if usd is None else Decimal(usd)
    return collect(
        store, lambda _n, _m: network, now=lambda: at, worker="w", everything=everything, budget=lambda _n: budget
    )


def between(*hidden: int, strangers: Sequence[str] = ()) -> Callable[[str, str], Measured]:
    """A timeline that shows every post of its span but the hidden ones, and others besides."""

    def show(oldest: str, newest: str) -> Measured:
        shown = [str(key) for key in range(int(oldest), int(newest) + 1) if key not in hidden]
        return Measured(dict.fromkeys([*shown, *strangers], ONE))

    return show


def costs(store: Store) -> dict[str | None, float]:
    return {row["campaign"]: row["cost_usd"] for row in rows(store, "cost_log") if row["what"] == "read"}


def test_posts_that_stand_together_are_read_on_the_accounts_own_timeline_for_a_fifth(store: Store) -> None:
    posts = add_thread(store, [SENT] * 5)
    with store.write() as connection:
        connection.execute(update(tables.account).values(remote_id="77"))
    network = Telling(timeline=between())
    collected = run(store, network, SENT + 16 * MINUTE)
    assert (collected.readings, network.asked) == (5, [])
    assert network.spans == [(str(posts[0]), str(posts[-1]), "77")]
    assert costs(store) == {"dmz-escape": 0.005}
    assert {row["age_mark"] for row in rows(store, "engagement_at_age")} == {900}


def test_a_single_post_is_looked_up_where_others_stand_around_it(sqlite_store: Store) -> None:
    [old] = add_thread(sqlite_store, [SENT])
    add_thread(sqlite_store, [SENT + MINUTE] * 8, thread="quiet", campaign="quiet")
    [new] = add_thread(sqlite_store, [SENT + 2 * MINUTE], thread="new")
    with sqlite_store.write() as connection:
        connection.execute(update(tables.campaign).where(tables.campaign.c.name == "quiet").values(readings=""))
    network = Telling(timeline=between(), answer=lambda ids: Measured(dict.fromkeys(ids, ONE)))
    run(sqlite_store, network, SENT + 20 * MINUTE)
    # to read both on one timeline would be billed for all ten; each stands alone on its own
    assert sorted(network.spans) == [(str(old), str(old), None), (str(new), str(new), None)]
    assert costs(sqlite_store) == {"dmz-escape": 0.002}


def test_what_a_timeline_does_not_show_is_asked_about_by_its_id_and_may_be_gone(store: Store) -> None:
    posts = add_thread(store, [SENT] * 4)
    gone, hidden = posts[1], posts[2]
    told = Measured({str(hidden): ONE}, frozenset({str(gone)}))
    network = Telling(timeline=between(gone, hidden), answer=lambda _ids: told)
    collected = run(store, network, SENT + 16 * MINUTE)
    assert (collected.readings, collected.gone, collected.untold) == (3, 1, 0)
    assert network.asked == [[str(gone), str(hidden)]]
    assert costs(store) == {"dmz-escape": 0.007}  # two on the timeline, one by its id; what is gone costs nothing


def test_a_timeline_that_cannot_be_read_stops_nothing(sqlite_store: Store) -> None:
    posts = add_thread(sqlite_store, [SENT] * 3)
    limited = Measured(detail="HTTP 429", until=SENT + DAY)
    network = Telling(timeline=lambda _o, _n: limited, answer=lambda ids: Measured(dict.fromkeys(ids, ONE)))
    collected = run(sqlite_store, network, SENT + 16 * MINUTE)
    assert (collected.readings, collected.unreadable) == (3, ())
    assert network.asked == [[str(post) for post in posts]]


def test_other_posts_on_the_timeline_are_paid_for_and_not_kept(sqlite_store: Store) -> None:
    add_thread(sqlite_store, [SENT] * 3)
    network = Telling(timeline=between(strangers=("900001", "900002")))
    assert run(sqlite_store, network, SENT + 16 * MINUTE).readings == 3
    assert costs(sqlite_store) == {"dmz-escape": 0.003, None: 0.002}
    assert len(rows(sqlite_store, "engagement_readings")) == 3


def test_younger_and_older_posts_are_asked_about_apart(sqlite_store: Store) -> None:
    [old] = add_thread(sqlite_store, [SENT])
    [new] = add_thread(sqlite_store, [SENT + 25 * DAY], thread="new")
    network = Telling(answer=lambda ids: Measured(dict.fromkeys(ids, ONE)), private_within=30 * DAY)
    run(sqlite_store, network, SENT + 30 * DAY, everything=True)
    assert network.asked == [[str(new)], [str(old)]]


def gaps(store: Store) -> list[tuple[int, int, str]]:
    return [(row["post_id"], row["age_mark"], row["why"]) for row in rows(store, "reading_gaps")]


USED_UP = "the reading budget was used up"


def test_what_the_budget_allows_is_read_and_the_rest_is_a_gap(store: Store) -> None:
    posts = add_thread(store, [SENT] * 4)
    network = Telling(timeline=between())
    collected = run(store, network, SENT + 16 * MINUTE, usd="0.003")
    assert (collected.readings, [one.posts for one in collected.passed_by]) == (3, [1])
    assert (len(network.spans), network.asked) == (1, [])
    assert gaps(store) == [(posts[3], 900, USED_UP)]
    assert costs(store) == {"dmz-escape": 0.003}


def test_less_than_the_price_of_one_post_reads_none(sqlite_store: Store) -> None:
    posts = add_thread(sqlite_store, [SENT] * 3)
    network = Telling(timeline=between())
    assert run(sqlite_store, network, SENT + 16 * MINUTE, usd="0.0009").readings == 0
    assert (network.spans, network.asked, len(gaps(sqlite_store))) == ([], [], len(posts))


def test_a_look_up_too_is_cut_down_to_what_the_budget_allows(sqlite_store: Store) -> None:
    posts = add_thread(sqlite_store, [SENT] * 4)
    network = Telling(answer=lambda ids: Measured(dict.fromkeys(ids, ONE)))  # its timeline tells nothing
    assert run(sqlite_store, network, SENT + 16 * MINUTE, usd="0.012").readings == 2
    assert network.asked == [[str(post) for post in posts[:2]]]
    assert [post for post, _, _ in gaps(sqlite_store)] == posts[2:]


def test_what_will_soon_be_too_late_is_read_first_and_what_is_too_late_last(sqlite_store: Store) -> None:
    [late] = add_thread(sqlite_store, [SENT - 2 * DAY], thread="late")
    [day] = add_thread(sqlite_store, [SENT - DAY], thread="day")
    [quarter] = add_thread(sqlite_store, [SENT - 20 * MINUTE], thread="quarter")
    [hour] = add_thread(sqlite_store, [SENT - 60 * MINUTE], thread="hour")
    read = []
    for usd in ("0.005", "0.01", "0.015", "0.02"):
        network = Telling(answer=lambda ids: Measured(dict.fromkeys(ids, ONE)))
        run(sqlite_store, network, SENT, usd=usd, everything=True)
        read += [int(key) for asked in network.asked for key in asked if int(key) not in read]
    assert read == [quarter, hour, day, late]


def test_what_is_free_is_read_whatever_the_budget(sqlite_store: Store) -> None:
    old = add_thread(sqlite_store, [SENT] * 2)
    network = Telling(timeline=between(), answer=lambda ids: Measured(dict.fromkeys(ids, ONE)))
    assert run(sqlite_store, network, SENT + 16 * MINUTE, usd="0.002").readings == 2
    new = add_thread(sqlite_store, [SENT + 45 * MINUTE] * 2, thread="new")
    collected = run(sqlite_store, network, SENT + 61 * MINUTE, usd="0.001")  # somebody lowered it, too
    assert (collected.readings, [one.posts for one in collected.passed_by]) == (2, [2])
    assert network.asked == [[str(post) for post in old]]
    assert gaps(sqlite_store) == [(post, 900, USED_UP) for post in new]
    assert costs(sqlite_store) == {"dmz-escape": 0.002}


def test_posts_of_others_on_a_timeline_leave_less_for_the_next_one(sqlite_store: Store) -> None:
    early = add_thread(sqlite_store, [SENT] * 2, thread="early")
    add_thread(sqlite_store, [SENT] * 5, thread="quiet", campaign="quiet")
    late = add_thread(sqlite_store, [SENT + MINUTE] * 3, thread="late")
    with sqlite_store.write() as connection:
        connection.execute(update(tables.campaign).where(tables.campaign.c.name == "quiet").values(readings=""))
    network = Telling(timeline=between(strangers=("900001",)))
    collected = run(sqlite_store, network, SENT + 20 * MINUTE, usd="0.005")
    # a stranger on the first one: of the three posts behind, two are left
    assert [(int(first), int(last)) for first, last, _ in network.spans] == [(early[0], early[1]), (late[0], late[1])]
    assert (collected.readings, gaps(sqlite_store)) == (4, [(late[2], 900, USED_UP)])


def test_what_is_read_a_second_time_today_is_looked_up_since_it_is_free(sqlite_store: Store) -> None:
    add_thread(sqlite_store, [SENT] * 3)
    network = Telling(timeline=between(), answer=lambda ids: Measured(dict.fromkeys(ids, ONE)))
    run(sqlite_store, network, SENT + 16 * MINUTE)
    run(sqlite_store, network, SENT + 60 * MINUTE)
    assert (len(network.spans), len(network.asked)) == (1, 1)
    assert costs(sqlite_store) == {"dmz-escape": 0.003}
