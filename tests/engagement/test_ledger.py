from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from amplifier.engagement import lanes, ledger
from amplifier.engagement.ledger import Bill, Gap
from amplifier.engagement.query import rows
from amplifier.networks.port import METRICS, Measured, Metrics, Untold
from amplifier.store import engagement
from amplifier.store.engine import Store, open_store
from tests.support.metrics import read
from tests.support.rows import SENT, add_thread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def record(store: Store, measured: Measured, at: datetime, **options: Any) -> ledger.Recorded:
    """Write an answer about every published post, as asked for by a person."""
    [lane] = lanes.published(store)
    return ledger.record(store, lane.posts, measured, at, **({"everything": True, "settled": True} | options))


def gaps(store: Store) -> list[tuple[int, int, str]]:
    return [(row["post_id"], row["age_mark"], row["why"]) for row in rows(store, "reading_gaps")]


def test_when_a_post_was_first_gone_stays(store: Store) -> None:
    add_thread(store, [SENT])
    [lane] = lanes.published(store)  # as two collectors saw it
    first = SENT + timedelta(minutes=16)
    for at in (first, first + timedelta(hours=1)):
        gone = Measured(gone=frozenset({lane.posts[0].remote_id}))
        recorded = ledger.record(store, lane.posts, gone, at, everything=True, settled=True)
        assert recorded == ledger.Recorded(gone=1)
    with store.read() as connection:
        assert connection.execute(select(engagement.latest.c.gone_at)).scalar_one() == first
    assert sum(row["gone"] for row in rows(store, "engagement_hourly")) == 1


# ---------------------------------------------------------------- the roll-up


def test_an_hour_holds_what_its_readings_added_per_campaign_and_mode(store: Store) -> None:
    [first, second] = add_thread(store, [SENT, SENT])
    [other] = add_thread(store, [SENT], campaign="other")
    read(store, {first: Metrics(likes=3), second: Metrics(likes=4), other: Metrics(likes=9)}, SENT + 16 * MINUTE)
    read(store, {first: Metrics(likes=2), second: None, other: Metrics(likes=9)}, SENT + 61 * MINUTE)
    found = [(r["campaign"], r["mode"], r["hour"], r["readings"], r["gone"], r["likes"], r["replies"])
             for r in rows(store, "engagement_hourly")]  # fmt: skip
    assert sorted(found) == [
        ("dmz-escape", "live", "2026-12-01T00:00:00.000000Z", 2, 0, 7, None),
        ("dmz-escape", "live", "2026-12-01T01:00:00.000000Z", 1, 1, -1, None),
        ("other", "live", "2026-12-01T00:00:00.000000Z", 1, 0, 9, None),
        ("other", "live", "2026-12-01T01:00:00.000000Z", 1, 0, 0, None),
    ]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = open_store(None, tmp_path_factory.mktemp("rolled") / "amplifier.db", synchronous="OFF")
    yield store
    store.close()


counts = st.none() | st.integers(0, 10**6)
answers = st.lists(
    st.tuples(st.integers(-90, 300), st.lists(st.builds(Metrics, counts, counts, counts), min_size=2, max_size=2)),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(answers)
def test_the_hours_add_up_to_what_was_last_told_of_every_count(
    kept: Store, told: list[tuple[int, list[Metrics]]]
) -> None:
    """In whatever order readings come, and whatever they leave out."""
    with kept.write() as connection:
        for table in ("hourly", "snapshot", "latest", "post_tag", "gap"):
            connection.execute(text(f"DELETE FROM {table}"))
    if not lanes.published(kept):
        add_thread(kept, [SENT, SENT])
    [lane] = lanes.published(kept)
    best: dict[tuple[str, str], tuple[datetime, int]] = {}
    for minutes, metrics in told:
        at = SENT + minutes * MINUTE
        answer = dict(zip([post.remote_id for post in lane.posts], metrics, strict=True))
        record(kept, Measured(answer), at)
        for post, one in answer.items():
            for name in METRICS:
                value = getattr(one, name)
                if value is not None and at >= best.get((post, name), (at, 0))[0]:
                    best[post, name] = (at, value)
    with kept.read() as connection:
        sums = ", ".join(f"SUM({name})" for name in METRICS)
        found = connection.execute(text(f"SELECT {sums} FROM hourly")).one()
    for name, total in zip(METRICS, found, strict=True):
        known = [value for (_, metric), (_, value) in best.items() if metric == name]
        assert total == (sum(known) if known else None), name


# ---------------------------------------------------------------- gaps


def test_a_mark_that_passed_without_a_reading_is_a_gap_and_one_that_was_taken_is_none(store: Store) -> None:
    [post] = add_thread(store, [SENT])
    read(store, {post: Metrics(likes=1)}, SENT + 16 * MINUTE)
    read(store, {post: Metrics(likes=2)}, SENT + 2 * HOUR)  # too late for the mark of an hour
    assert gaps(store) == [(post, 3600, "not read in time")]
    read(store, {post: Metrics(likes=2)}, SENT + 8 * DAY)
    assert [mark for _, mark, _ in gaps(store)] == [3600, 21600, 86400, 259200]
    [row] = [row for row in rows(store, "reading_gaps") if row["age_mark"] == 3600]
    assert (row["found_at"], row["k"], row["sent_at_local"][:13]) == ("2026-12-01T02:30:00.000000Z", 1, "2026-12-01T09")


def test_a_post_of_which_the_network_said_nothing_has_a_gap_that_says_so(store: Store) -> None:
    [told, untold] = add_thread(store, [SENT, SENT])
    read(store, {told: Metrics(likes=1)}, SENT + 16 * MINUTE)
    assert gaps(store) == [(untold, 900, "the network did not tell of it")]


def test_a_gone_post_has_no_gaps_from_then_on(store: Store) -> None:
    [post] = add_thread(store, [SENT])
    read(store, {post: None}, SENT + 16 * MINUTE)
    read(store, {}, SENT + 40 * DAY)
    assert gaps(store) == []


def test_a_post_that_is_passed_by_waits_for_its_next_mark(store: Store) -> None:
    [post] = add_thread(store, [SENT])
    [lane] = lanes.due(store, SENT + 16 * MINUTE)
    ledger.pass_by(store, lane.posts, SENT + 16 * MINUTE, Gap.BUDGET)
    assert gaps(store) == [(post, 900, "the reading budget was used up")]
    assert lanes.next_due_at(store) == SENT + HOUR
    ledger.pass_by(store, lane.posts, SENT + 90 * MINUTE, Gap.BUDGET)  # as an overtaken collector would
    assert len(gaps(store)) == 1


# ---------------------------------------------------------------- what it cost


def costs(store: Store) -> list[tuple[str, str | None, str, int, float]]:
    return [
        (row["day"], row["campaign"], row["what"], row["units"], row["cost_usd"])
        for row in rows(store, "cost_log")
        if row["what"] != "create"
    ]


def test_a_post_is_billed_once_a_day_and_strangers_in_the_answer_too(store: Store) -> None:
    [first, second] = add_thread(store, [SENT, SENT])
    bill = Bill(account_id=1, each=5000)
    record(store, Measured({str(first): Metrics(likes=1)}), SENT + HOUR, bill=bill)
    both = Measured({str(first): Metrics(likes=1), str(second): Metrics(likes=1)})
    record(store, both, SENT + 2 * HOUR, bill=Bill(account_id=1, each=1000, others=3))
    record(store, both, SENT + 24 * HOUR, bill=bill)
    assert sorted(costs(store), key=str) == [
        ("2026-12-01", "dmz-escape", "read", 2, 0.006),
        ("2026-12-01", None, "read", 3, 0.003),
        ("2026-12-02", "dmz-escape", "read", 2, 0.01),
    ]
    [account] = {lane.account_id for lane in lanes.published(store)}
    assert lanes.spent(store, account, SENT + DAY) == 19_000
    assert lanes.spent(store, account, SENT + 31 * DAY) == 0


def test_an_answer_that_tells_nothing_costs_nothing(store: Store) -> None:
    [post] = add_thread(store, [SENT])
    record(store, Measured(gone=frozenset({str(post)})), SENT + HOUR, bill=Bill(account_id=1, each=5000))
    assert costs(store) == []


# ---------------------------------------------------------------- tags and reasons


def test_hashtags_are_kept_once_a_post_whatever_their_case(store: Store) -> None:
    words = ["Hear him. #NorthKorea #DMZ #northkorea", "Read on: https://example.org/#none"]
    posts = add_thread(store, [SENT, SENT], texts=words)
    for at in (16 * MINUTE, HOUR):
        read(store, dict.fromkeys(posts, Metrics(1, 0, 0, 0, 0, 100)), SENT + at)
    found = [(row["hashtag"], row["age_mark"], row["posts"], row["rate"]) for row in rows(store, "hashtag_results")]
    assert sorted(found) == [
        ("DMZ", 900, 1, 0.01),
        ("DMZ", 3600, 1, 0.01),
        ("NorthKorea", 900, 1, 0.01),
        ("NorthKorea", 3600, 1, 0.01),
    ]


@pytest.mark.parametrize(
    ("untold", "words"),
    (
        (Untold.NOTHING, None),
        (Untold.NOT_TOLD, "the network left it out"),
        (
            Untold.NOT_TOLD | Untold.TOO_OLD,
            "the network left it out; the network tells private counts of young posts only",
        ),
        (Untold.NOT_VISIBLE, "this account may not see private counts"),
        (Untold.NO_SUCH_COUNT, "the network has no such count"),
        (Untold.NOT_ASKED, "private counts were not asked for then"),
    ),
)
def test_why_a_count_is_missing_is_said_in_words(store: Store, untold: Untold, words: str | None) -> None:
    [post] = add_thread(store, [SENT])
    read(store, {post: Metrics(likes=0, untold=untold)}, SENT + 16 * MINUTE)
    for view in ("engagement_latest", "engagement_readings", "engagement_at_age"):
        [row] = rows(store, view)
        assert (row["not_told"], row["likes"], row["reposts"], row["interactions"]) == (words, 0, None, None), view


def test_a_row_of_the_ledger_takes_at_most_forty_bytes(tmp_path: Path) -> None:
    """SQLite, in the order of its key, with every count told: as many readers as the simulated network makes up."""
    store = open_store(None, tmp_path / "amplifier.db", synchronous="OFF")
    number = 50_000
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql(
            f"INSERT INTO snapshot (post_id, taken_at, age_mark, untold, {', '.join(METRICS)}) "
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?) "
            "SELECT 1000000 + i / 6, 1796085960 + i, 15 * 60 * (1 + i % 6 * 90), 0, i % 181, i % 61, i % 31, i % 13, "
            "i % 49, 400 + i % 5601, i % 61, i % 31, i % 401 FROM n",
            (number,),
        )
        connection.commit()
        connection.exec_driver_sql("VACUUM")  # as it is in a backup; while it grows, pages are not quite full
        size = connection.exec_driver_sql("SELECT SUM(pgsize) FROM dbstat WHERE name = 'snapshot'").scalar_one()
    store.close()
    assert size / number <= 40


def test_a_number_is_the_same_in_every_view(store: Store) -> None:
    [first, second] = add_thread(store, [SENT, SENT])
    told = Metrics(1, 2, 3, 4, 5, 6, link_clicks=7, profile_clicks=8, engagements=9)
    read(store, {first: told, second: Metrics(2, 3, 4, 5, 6, 7)}, SENT + DAY)
    for view in ("engagement_latest", "engagement_readings", "engagement_at_age"):
        one, other = rows(store, view)
        assert {name: one[name] for name in METRICS} == {name: getattr(told, name) for name in METRICS}, view
        assert one["interactions"] == 15
        assert one["rate"] == pytest.approx(15 / 6)
        assert other["link_clicks"] is None
    [thread] = rows(store, "thread_results")
    assert (thread["posts"], thread["told"], thread["impressions"], thread["interactions"]) == (2, 2, 13, 35)
    assert (thread["link_clicks"], thread["weekday"], thread["hour"]) == (None, 2, 9)
    assert thread["rate"] == pytest.approx(35 / 13)
    assert [row["retention"] for row in rows(store, "thread_retention")] == [1, pytest.approx(7 / 6)]


def test_what_was_gained_is_told_between_readings_and_never_made_up(store: Store) -> None:
    [post] = add_thread(store, [SENT])
    for at, seen in ((16 * MINUTE, 100), (HOUR, 400), (6 * HOUR, None), (DAY, 390)):
        read(store, {post: Metrics(impressions=seen)}, SENT + at)
    found = rows(store, "engagement_growth")
    assert [row["impressions"] for row in found] == [100, 400, None, 390]
    assert [row["impressions_gained"] for row in found] == [None, 300, None, None]
    assert [row["seconds_gained"] for row in found] == [None, 44 * 60, 5 * 3600, 18 * 3600]
    assert [row["age_seconds"] for row in found] == [960, 3600, 21600, 86400]
    assert all(one["taken_at"] < two["taken_at"] for one, two in pairwise(found))


def test_a_thread_is_summed_only_where_every_post_was_told(store: Store) -> None:
    whole = Metrics(1, 1, 1, 1, 1, 1)
    [one, two] = add_thread(store, [SENT, SENT])
    [three] = add_thread(store, [SENT], thread="facts")
    read(store, {one: whole, two: Metrics(impressions=5), three: whole}, SENT + DAY)
    found = {row["thread"]: row for row in rows(store, "thread_results")}
    assert (found["story"]["told"], found["story"]["posts"]) == (1, 2)
    assert (found["story"]["impressions"], found["story"]["rate"]) == (None, None)
    assert (found["facts"]["impressions"], found["facts"]["rate"]) == (1, 5.0)
    [slot] = rows(store, "slot_results")
    assert (slot["threads"], slot["left_out"], slot["posts"], slot["impressions"]) == (1, 1, 1, 1)
