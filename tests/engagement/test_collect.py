from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text, update

from amplifier.engagement.collect import RETRY, Collected, collect
from amplifier.engagement.query import rows
from amplifier.engagement.readings import MARKS
from amplifier.engagement.ways import MOST as BATCH
from amplifier.errors import ConfigurationError
from amplifier.networks.port import Answer, Identity, Kind, Measured, Metrics, Network, NetworkError, Untold
from amplifier.store import engagement, tables
from tests.support.metrics import Telling
from tests.support.rows import SENT, add_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from amplifier.store.engine import Store

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
FULL = Metrics(3, 2, 1, 0, 4, 500, engagements=11, untold=Untold.NOT_VISIBLE)


def tell(metrics: Metrics = FULL) -> Callable[[Sequence[str]], Measured]:
    return lambda ids: Measured(dict.fromkeys(ids, metrics))


def run(store: Store, network: Network, at: datetime, *, everything: bool = False) -> Collected:
    return collect(store, lambda _name, _mode: network, now=lambda: at, worker="test/once", everything=everything)


def snapshots(store: Store) -> list[dict[str, Any]]:
    with store.read() as connection:
        table = engagement.snapshot
        found = connection.execute(select(table).order_by(table.c.post_id, table.c.taken_at))
        return [dict(row) for row in found.mappings()]


def latest(store: Store, post: int) -> dict[str, Any]:
    with store.read() as connection:
        return dict(connection.execute(select(engagement.latest).filter_by(post_id=post)).mappings().one())


def due_at(store: Store, post: int) -> datetime | None:
    with store.read() as connection:
        found: datetime | None = connection.execute(select(tables.post.c.reading_due_at).filter_by(id=post)).scalar()
        return found


def change(store: Store, table: str, **values: Any) -> None:
    with store.write() as connection:
        connection.execute(update(getattr(tables, table)).values(**values))


def test_a_new_post_is_not_asked_about_before_its_first_mark(store: Store) -> None:
    [post] = add_thread(store, [SENT])
    network = Telling(answer=tell())
    collected = run(store, network, SENT + MINUTE)
    assert network.asked == []
    assert due_at(store, post) == collected.next_due == SENT + 15 * MINUTE
    assert collected.readings == 0


def test_a_reading_is_appended_with_its_mark_and_becomes_the_latest(store: Store) -> None:
    [post] = add_thread(store, [SENT])
    at = SENT + timedelta(minutes=16, microseconds=700_000)
    collected = run(store, Telling(answer=tell()), at)
    counts: dict[str, int | None] = {
        "likes": 3,
        "reposts": 2,
        "replies": 1,
        "quotes": 0,
        "bookmarks": 4,
        "impressions": 500,
        "untold": 4,
    }
    counts |= {"link_clicks": None, "profile_clicks": None, "engagements": 11}
    second = at.replace(microsecond=0)
    assert snapshots(store) == [{"post_id": post, "taken_at": int(second.timestamp()), "age_mark": 900, **counts}]
    assert latest(store, post) == {"post_id": post, "taken_at": second, "age_seconds": 960, "gone_at": None, **counts}
    assert due_at(store, post) == collected.next_due == SENT + HOUR
    assert (collected.readings, collected.gone, collected.untold, collected.unreadable) == (1, 0, 0, ())


def test_every_mark_is_taken_once_by_a_collector_that_sleeps_until_the_next_is_due(store: Store) -> None:
    [post] = add_thread(store, [SENT])
    network = Telling(answer=tell())
    at: datetime | None = SENT
    while at:
        at = run(store, network, at).next_due
    assert [row["age_mark"] for row in snapshots(store)] == [int(mark.total_seconds()) for mark in MARKS]
    assert len(network.asked) == len(MARKS)
    assert due_at(store, post) is None


def test_a_late_reading_is_kept_without_a_mark(sqlite_store: Store) -> None:
    [post] = add_thread(sqlite_store, [SENT])
    run(sqlite_store, Telling(answer=tell()), SENT + 2 * HOUR)
    assert [row["age_mark"] for row in snapshots(sqlite_store)] == [None]
    assert due_at(sqlite_store, post) == SENT + 6 * HOUR


def test_a_mark_is_not_taken_twice_even_when_the_post_is_made_due_again(sqlite_store: Store) -> None:
    add_thread(sqlite_store, [SENT])
    network = Telling(answer=tell())
    run(sqlite_store, network, SENT + 16 * MINUTE)
    change(sqlite_store, "post", reading_due_at=SENT)
    run(sqlite_store, network, SENT + 17 * MINUTE)
    assert [row["age_mark"] for row in snapshots(sqlite_store)] == [900]
    assert len(network.asked) == 1


def test_zero_and_not_told_are_kept_apart(sqlite_store: Store) -> None:
    [post] = add_thread(sqlite_store, [SENT])
    run(sqlite_store, Telling(answer=tell(Metrics(likes=0))), SENT + 16 * MINUTE)
    row = snapshots(sqlite_store)[0]
    assert row["likes"] == 0
    assert [row[name] for name in ("reposts", "replies", "quotes", "bookmarks", "impressions")] == [None] * 5
    assert latest(sqlite_store, post)["likes"] == 0
    assert latest(sqlite_store, post)["impressions"] is None


def test_the_latest_reading_says_not_told_where_an_older_one_told(sqlite_store: Store) -> None:
    [post] = add_thread(sqlite_store, [SENT])
    run(sqlite_store, Telling(answer=tell()), SENT + 16 * MINUTE)
    run(sqlite_store, Telling(answer=tell(Metrics(likes=2))), SENT + 61 * MINUTE)
    assert latest(sqlite_store, post)["likes"] == 2  # falling counts are kept as they are
    assert latest(sqlite_store, post)["impressions"] is None


def test_an_older_reading_that_arrives_late_does_not_become_the_latest(store: Store) -> None:
    [post] = add_thread(store, [SENT])
    run(store, Telling(answer=tell(Metrics(likes=9))), SENT + 61 * MINUTE, everything=True)
    run(store, Telling(answer=tell(Metrics(likes=1))), SENT + 60 * MINUTE, everything=True)
    assert latest(store, post)["likes"] == 9
    assert len(snapshots(store)) == 2


def test_a_post_is_no_younger_than_new_when_the_networks_clock_is_ahead(sqlite_store: Store) -> None:
    [post] = add_thread(sqlite_store, [SENT])
    run(sqlite_store, Telling(answer=tell()), SENT - MINUTE, everything=True)
    assert latest(sqlite_store, post)["age_seconds"] == 0


def test_a_gone_post_is_gone_once_keeps_its_last_counts_and_is_asked_about_no_more(store: Store) -> None:
    [post, other] = add_thread(store, [SENT, SENT])
    run(store, Telling(answer=tell()), SENT + 16 * MINUTE)
    gone_at = SENT + 61 * MINUTE
    network = Telling(answer=lambda ids: Measured({ids[1]: FULL}, frozenset({ids[0]})))
    collected = run(store, network, gone_at)
    assert (collected.readings, collected.gone) == (1, 1)
    assert len([row for row in snapshots(store) if row["post_id"] == post]) == 1
    assert latest(store, post)["likes"] == 3
    assert latest(store, post)["gone_at"] == gone_at
    assert latest(store, other)["gone_at"] is None
    assert due_at(store, post) is None
    run(store, network := Telling(answer=tell()), SENT + 3 * HOUR, everything=True)
    assert network.asked == [[str(other)]]


def test_a_post_gone_at_its_first_reading_has_no_counts_and_no_snapshot(sqlite_store: Store) -> None:
    [post] = add_thread(sqlite_store, [SENT])
    at = SENT + 16 * MINUTE
    run(sqlite_store, Telling(answer=lambda ids: Measured(gone=frozenset(ids))), at, everything=True)
    assert snapshots(sqlite_store) == []
    row = latest(sqlite_store, post)
    assert (row["gone_at"], row["likes"], row["impressions"]) == (at, None, None)
    assert due_at(sqlite_store, post) is None


def test_a_post_that_the_answer_leaves_out_moves_on_without_a_reading(sqlite_store: Store) -> None:
    [told, untold] = add_thread(sqlite_store, [SENT, SENT])
    network = Telling(answer=lambda ids: Measured({ids[0]: FULL}))
    collected = run(sqlite_store, network, SENT + 16 * MINUTE)
    assert (collected.readings, collected.untold) == (1, 1)
    assert [row["post_id"] for row in snapshots(sqlite_store)] == [told]
    assert due_at(sqlite_store, untold) == SENT + HOUR


def test_up_to_a_hundred_posts_are_asked_about_at_once(sqlite_store: Store) -> None:
    ids = add_thread(sqlite_store, [SENT] * (BATCH + 5))
    network = Telling(answer=tell())
    assert run(sqlite_store, network, SENT + 16 * MINUTE).readings == BATCH + 5
    assert [len(asked) for asked in network.asked] == [BATCH, 5]
    assert [remote_id for asked in network.asked for remote_id in asked] == [str(key) for key in ids]  # text


def test_each_account_and_mode_is_asked_through_its_own_network(store: Store) -> None:
    add_thread(store, [SENT], account="main")
    add_thread(store, [SENT], account="main", mode="simulated")
    add_thread(store, [SENT], account="second")
    networks: dict[tuple[str, str], Telling] = {}

    def open_network(name: str, mode: str) -> Network:
        return networks.setdefault((name, mode), Telling(answer=tell()))

    collected = collect(store, open_network, now=lambda: SENT + 16 * MINUTE, worker="w")
    assert collected.readings == 3
    assert set(networks) == {("main", "live"), ("main", "simulated"), ("second", "live")}
    assert all(len(network.asked) == 1 for network in networks.values())


def test_the_outbox_is_never_asked_and_its_posts_are_not_due(store: Store) -> None:
    [post] = add_thread(store, [SENT], mode="dry")
    network = Telling(answer=tell())
    assert run(store, network, SENT + 16 * MINUTE, everything=True).readings == 0
    assert run(store, network, SENT + 16 * MINUTE).next_due is None
    assert network.asked == []
    assert snapshots(store) == []
    assert due_at(store, post) is None


def test_posts_that_are_not_out_are_not_asked_about(sqlite_store: Store) -> None:
    [first, _second] = add_thread(sqlite_store, [SENT, None])
    network = Telling(answer=tell())
    run(sqlite_store, network, SENT + 16 * MINUTE, everything=True)
    assert network.asked == [[str(first)]]


def test_a_post_that_is_no_longer_out_holds_nothing_up(sqlite_store: Store) -> None:
    add_thread(sqlite_store, [None])
    change(sqlite_store, "post", reading_due_at=SENT)
    network = Telling(answer=tell())
    assert run(sqlite_store, network, SENT + 16 * MINUTE).next_due is None
    assert network.asked == []


def test_a_reading_of_everything_has_no_mark_and_leaves_the_due_ones(sqlite_store: Store) -> None:
    [post] = add_thread(sqlite_store, [SENT])
    at = SENT + 16 * MINUTE
    assert run(sqlite_store, Telling(answer=tell()), at, everything=True).readings == 1
    assert [row["age_mark"] for row in snapshots(sqlite_store)] == [None]
    assert due_at(sqlite_store, post) == SENT


def test_a_due_reading_in_the_same_second_as_one_of_everything_still_counts_for_its_mark(store: Store) -> None:
    add_thread(store, [SENT])
    at = SENT + 16 * MINUTE
    run(store, Telling(answer=tell()), at, everything=True)
    run(store, Telling(answer=tell()), at)
    assert [row["age_mark"] for row in snapshots(store)] == [900]
    run(store, Telling(answer=tell()), at, everything=True)
    assert [row["age_mark"] for row in snapshots(store)] == [900]


def test_a_rate_limit_puts_off_what_is_left_of_the_account_and_no_other(store: Store) -> None:
    limited = add_thread(store, [SENT] * (BATCH + 2), account="main")
    [fine] = add_thread(store, [SENT], account="second")
    until = SENT + 20 * MINUTE
    networks = {
        "main": Telling(answer=lambda _ids: Measured(detail="rate limit reached", until=until)),
        "second": Telling(answer=tell()),
    }
    at = SENT + 16 * MINUTE
    collected = collect(store, lambda name, _mode: networks[name], now=lambda: at, worker="w")
    assert len(networks["main"].asked) == 1  # one refusal is enough
    assert {due_at(store, post) for post in limited} == {until}
    assert due_at(store, fine) == SENT + HOUR
    assert collected.readings == 1
    assert [(u.account, u.detail, u.until) for u in collected.unreadable] == [("main", "rate limit reached", until)]
    assert collected.next_due == until
    networks["main"].answer = tell()
    assert run(store, networks["main"], until).readings == BATCH + 2
    assert {row["age_mark"] for row in snapshots(store)} == {900}


def test_an_answer_that_is_cut_by_the_limit_keeps_what_it_told(sqlite_store: Store) -> None:
    [told, left] = add_thread(sqlite_store, [SENT, SENT])
    until = SENT + 20 * MINUTE
    network = Telling(answer=lambda ids: Measured({ids[0]: FULL}, until=until))
    collected = run(sqlite_store, network, SENT + 16 * MINUTE)
    assert (collected.readings, collected.untold) == (1, 0)
    assert due_at(sqlite_store, told) == SENT + HOUR
    assert due_at(sqlite_store, left) == until
    assert "asked for silence" in str(collected)


def test_a_last_answer_that_uses_up_the_limit_is_a_whole_answer(sqlite_store: Store) -> None:
    add_thread(sqlite_store, [SENT])
    network = Telling(answer=lambda ids: Measured({ids[0]: FULL}, until=SENT + 20 * MINUTE))
    assert run(sqlite_store, network, SENT + 16 * MINUTE).unreadable == ()


def test_a_limit_that_is_used_up_puts_off_the_posts_not_asked_about_yet(sqlite_store: Store) -> None:
    posts = add_thread(sqlite_store, [SENT] * (BATCH + 1))
    until = SENT + 20 * MINUTE
    network = Telling(answer=lambda ids: Measured(dict.fromkeys(ids, FULL), until=until))
    collected = run(sqlite_store, network, SENT + 16 * MINUTE)
    assert len(network.asked) == 1
    assert collected.readings == BATCH
    assert collected.unreadable[0].until == until
    assert due_at(sqlite_store, posts[-1]) == until


@pytest.mark.parametrize("told", ("metrics", "gone"))
def test_an_answer_with_a_remark_that_tells_of_some_posts_was_read(sqlite_store: Store, told: str) -> None:
    [_first, untold] = add_thread(sqlite_store, [SENT, SENT])
    answers = {
        "metrics": lambda ids: Measured({ids[0]: FULL}, detail="one post is not for you"),
        "gone": lambda ids: Measured(gone=frozenset({ids[0]}), detail="one post is not for you"),
    }
    collected = run(sqlite_store, Telling(answer=answers[told]), SENT + 16 * MINUTE)
    assert (collected.readings + collected.gone, collected.untold, collected.unreadable) == (1, 1, ())
    assert due_at(sqlite_store, untold) == SENT + HOUR


def test_a_rate_limit_while_reading_everything_moves_no_due_mark(sqlite_store: Store) -> None:
    [post] = add_thread(sqlite_store, [SENT])
    network = Telling(answer=lambda _ids: Measured(detail="rate limit", until=SENT + HOUR))
    assert run(sqlite_store, network, SENT + 16 * MINUTE, everything=True).unreadable
    assert due_at(sqlite_store, post) == SENT


def test_an_unreadable_account_keeps_its_posts_due_and_is_asked_once_a_run(sqlite_store: Store) -> None:
    posts = add_thread(sqlite_store, [SENT] * (BATCH + 1))
    at = SENT + 16 * MINUTE
    network = Telling(answer=lambda _ids: Measured(detail="HTTP 503"))
    collected = run(sqlite_store, network, at)
    assert len(network.asked) == 1
    assert all((due_at(sqlite_store, post) or at + HOUR) <= at for post in posts)
    assert snapshots(sqlite_store) == []
    assert collected.next_due == at + RETRY  # a daemon that sleeps until then does not hammer
    run(sqlite_store, network, at + MINUTE)
    assert network.asked[1][0] == str(posts[-1])  # who was not asked comes first: nobody is starved
    network.answer = tell()
    assert run(sqlite_store, network, at + 2 * MINUTE).readings == BATCH + 1


def test_a_reading_that_is_due_sooner_than_the_retry_is_not_slept_over(sqlite_store: Store) -> None:
    add_thread(sqlite_store, [SENT])
    add_thread(sqlite_store, [SENT + 2 * MINUTE], thread="facts")
    network = Telling(answer=lambda _ids: Measured(detail="HTTP 503"))
    run(sqlite_store, network, SENT + 3 * MINUTE)
    assert run(sqlite_store, network, SENT + 16 * MINUTE).next_due == SENT + 17 * MINUTE


def test_an_account_that_waits_is_not_asked(sqlite_store: Store) -> None:
    [post] = add_thread(sqlite_store, [SENT])
    until = SENT + HOUR
    change(sqlite_store, "account", wait_until=until)
    network = Telling(answer=tell())
    at = SENT + 16 * MINUTE
    collected = run(sqlite_store, network, at)
    assert network.asked == []
    assert [(u.account, u.mode, u.until) for u in collected.unreadable] == [("main", "live", until)]
    assert due_at(sqlite_store, post) == SENT
    assert run(sqlite_store, network, until).readings == 1


def test_a_network_that_cannot_be_opened_is_reported_and_the_others_go_on(sqlite_store: Store) -> None:
    add_thread(sqlite_store, [SENT], account="main")
    add_thread(sqlite_store, [SENT], account="second")

    def open_network(name: str, _mode: str) -> Network:
        if name == "main":
            raise ConfigurationError("account main: no credentials", "set them in .env")
        return Telling(answer=tell())

    collected = collect(sqlite_store, open_network, now=lambda: SENT + 16 * MINUTE, worker="w")
    assert collected.readings == 1
    assert [str(u) for u in collected.unreadable] == ["main: account main: no credentials"]


def test_a_collector_that_was_overtaken_writes_nothing(store: Store) -> None:
    [post] = add_thread(store, [SENT])
    at = SENT + 16 * MINUTE

    def overtaken(ids: Sequence[str]) -> Measured:
        assert run(store, Telling(answer=tell(Metrics(likes=1))), at).readings == 1
        return Measured(dict.fromkeys(ids, Metrics(likes=2)))

    collected = run(store, Telling(answer=overtaken), at + MINUTE)
    assert collected.readings == 0
    assert [(row["age_mark"], row["likes"]) for row in snapshots(store)] == [(900, 1)]
    assert latest(store, post)["likes"] == 1


def test_collectors_that_ask_at_once_take_each_mark_once(store: Store) -> None:
    posts = add_thread(store, [SENT] * 20)
    together = threading.Barrier(4, timeout=30)

    def answer(ids: Sequence[str]) -> Measured:
        together.wait()
        return Measured(dict.fromkeys(ids, FULL))

    def one(n: int) -> int:
        return run(store, Telling(answer=answer), SENT + 16 * MINUTE + timedelta(seconds=n)).readings

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(one, range(4))) == len(posts)
    assert len(snapshots(store)) == len(posts)


def test_an_answer_is_written_whole_or_not_at_all(sqlite_store: Store) -> None:
    [post] = add_thread(sqlite_store, [SENT])
    with sqlite_store.write() as connection:
        connection.execute(
            text("CREATE TRIGGER broken BEFORE INSERT ON latest BEGIN SELECT RAISE(ABORT, 'broken'); END")
        )
    with pytest.raises(Exception, match="broken"):
        run(sqlite_store, Telling(answer=tell()), SENT + 16 * MINUTE)
    assert snapshots(sqlite_store) == []
    assert due_at(sqlite_store, post) == SENT


def test_each_worker_leaves_one_beat(store: Store) -> None:
    add_thread(store, [SENT])
    for at in (SENT + MINUTE, SENT + 16 * MINUTE):
        run(store, Telling(answer=tell()), at)
    with store.read() as connection:
        beats = connection.execute(select(tables.beat)).all()
    assert [tuple(beat) for beat in beats] == [("collect", "", "test/once", SENT + 16 * MINUTE, "1 reading")]


def test_nothing_to_read_is_no_error(sqlite_store: Store) -> None:
    collected = run(sqlite_store, Telling(), datetime(2026, 12, 1, tzinfo=UTC))
    assert collected == Collected(0, 0, 0, (), None)


# ---------------------------------------------------------------- the reading budget


def costing(store: Store, network: Network, at: datetime, usd: str | None, *, everything: bool = False) -> Collected:
    budget = None if usd is None else Decimal(usd)
    return collect(
        store, lambda _n, _m: network, now=lambda: at, worker="w", everything=everything, budget=lambda _name: budget
    )


def test_a_budget_that_is_used_up_stops_the_reading_and_leaves_gaps(store: Store) -> None:
    posts = add_thread(store, [SENT] * 3)
    network = Telling(answer=tell())
    assert costing(store, network, SENT + 16 * MINUTE, "0.02").readings == 3  # at half a cent each
    tomorrow = SENT + 24 * HOUR
    collected = costing(store, network, tomorrow, "0.018")
    assert (collected.readings, collected.unreadable) == (0, ())
    assert str(collected) == "0 readings; main: 3 posts not read, the reading budget of $0.018 a month is used up"
    assert [(row["post_id"], row["why"]) for row in rows(store, "reading_gaps") if row["age_mark"] == 86400] == [
        (post, "the reading budget was used up") for post in posts
    ]
    assert {due_at(store, post) for post in posts} == {SENT + timedelta(days=3)}
    assert len(network.asked) == 1


def test_a_post_that_was_read_today_is_free_and_a_new_month_has_a_new_budget(sqlite_store: Store) -> None:
    add_thread(sqlite_store, [SENT])
    network = Telling(answer=tell())
    for at in (16 * MINUTE, HOUR, 6 * HOUR):
        assert costing(sqlite_store, network, SENT + at, "0.02").readings == 1
    assert costing(sqlite_store, network, SENT + timedelta(days=1), "0.009").passed_by
    assert costing(sqlite_store, network, SENT + timedelta(days=31), "0.02", everything=True).readings == 1  # January


def test_no_budget_is_no_limit_and_one_of_nothing_reads_nothing(sqlite_store: Store) -> None:
    add_thread(sqlite_store, [SENT])
    network = Telling(answer=tell())
    assert costing(sqlite_store, network, SENT + 16 * MINUTE, "0").passed_by[0].posts == 1
    assert network.asked == []
    assert costing(sqlite_store, network, SENT + 61 * MINUTE, None).readings == 1


def test_followers_are_kept_once_a_day_and_an_account_that_does_not_tell_stops_nothing(store: Store) -> None:
    add_thread(store, [SENT])
    network = Telling(answer=tell())
    for at in (16 * MINUTE, HOUR, 24 * HOUR):
        run(store, network, SENT + at)
    kept = [(row["account"], row["day"], row["followers"]) for row in rows(store, "account_log")]
    assert sorted(kept) == [("main", "2026-12-01", 1000), ("main", "2026-12-02", 1000)]
    asked = [row for row in rows(store, "cost_log") if row["what"] == "account"]
    assert [row["units"] for row in asked] == [1, 1]

    class Silent(Telling):
        def whoami(self) -> Identity:
            raise NetworkError("no answer", Answer(Kind.UNCLEAR))

    collected = run(store, Silent(answer=tell()), SENT + timedelta(days=3))
    assert (collected.readings, collected.unreadable) == (1, ())


def test_readings_come_before_followers_in_a_budget(sqlite_store: Store) -> None:
    posts = add_thread(sqlite_store, [SENT] * 3)
    network = Telling(timeline=lambda _oldest, _newest: tell()([*map(str, posts)]), answer=tell())
    at: datetime | None = SENT
    while at:
        at = costing(sqlite_store, network, at, "0.05").next_due
    assert rows(sqlite_store, "reading_gaps") == []
    spent = {what: sum(row["cost_usd"] for row in rows(sqlite_store, "cost_log") if row["what"] == what)
             for what in ("read", "account")}  # fmt: skip
    assert spent == {"read": pytest.approx(0.015), "account": pytest.approx(0.02)}


def test_followers_wait_for_the_readings_of_posts_that_are_yet_to_go_out(sqlite_store: Store) -> None:
    add_thread(sqlite_store, [SENT])
    add_thread(sqlite_store, [None] * 3, thread="later")
    network = Telling(answer=tell())
    costing(sqlite_store, network, SENT + 16 * MINUTE, "0.10")  # 0.005 is spent, 19 readings are ahead
    assert rows(sqlite_store, "account_log") == []
    costing(sqlite_store, network, SENT + 16 * MINUTE, "0.11")
    assert len(rows(sqlite_store, "account_log")) == 1


# ---------------------------------------------------------------- the campaign's own ages


def test_a_campaign_is_read_at_its_own_ages(sqlite_store: Store) -> None:
    [own] = add_thread(sqlite_store, [SENT])
    [usual] = add_thread(sqlite_store, [SENT], campaign="other")
    with sqlite_store.write() as connection:
        table = tables.campaign
        connection.execute(update(table).where(table.c.name == "dmz-escape").values(readings="1800,7200"))
    network = Telling(answer=tell())
    at: datetime | None = SENT
    while at:
        at = run(sqlite_store, network, at).next_due
    found = [(row["post_id"], row["age_mark"]) for row in snapshots(sqlite_store)]
    assert [mark for post, mark in found if post == own] == [1800, 7200]
    assert [mark for post, mark in found if post == usual] == [int(mark.total_seconds()) for mark in MARKS]
    assert rows(sqlite_store, "reading_gaps") == []


def test_a_campaign_that_wants_no_readings_has_none_and_no_gaps(sqlite_store: Store) -> None:
    [post] = add_thread(sqlite_store, [SENT])
    change(sqlite_store, "campaign", readings="")
    network = Telling(answer=tell())
    assert run(sqlite_store, network, SENT + HOUR).next_due is None
    assert (network.asked, due_at(sqlite_store, post), rows(sqlite_store, "reading_gaps")) == ([], None, [])
