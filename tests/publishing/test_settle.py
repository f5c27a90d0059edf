from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from amplifier.model import Mode, State, Why
from amplifier.networks.port import Answer, Kind, Receipt
from amplifier.publishing.outcome import Next
from amplifier.publishing.queue import Claim, claim
from amplifier.publishing.settle import expire, settle
from tests.support.queue import LEASE, SETTLE, START, Bench


def take(bench: Bench) -> Claim:
    found = claim(bench.store, now=bench.clock.now(), modes=frozenset(Mode), lease=LEASE, worker="a")
    assert isinstance(found, Claim)
    return found


SENT = Next(State.SENT, receipt=Receipt("77", "https://x.example/77", START + timedelta(seconds=2)))


def settled(bench: Bench, found: Claim, outcome: Next) -> bool:
    return settle(bench.store, found, outcome, bench.clock.now(), "a")


def test_what_is_sent_has_where_when_and_local_time(bench: Bench) -> None:
    bench.thread()
    assert settled(bench, take(bench), SENT)
    row = bench.post("story", 1)
    assert (row["state"], row["remote_id"], row["url"]) == ("sent", "77", "https://x.example/77")
    assert (row["sent_at"], row["reading_due_at"]) == (START + timedelta(seconds=2),) * 2
    assert row["sent_at_local"] == "2026-12-01T09:30:02+09:00"
    assert (row["lease_until"], row["worker"]) == (None, None)


@pytest.mark.parametrize(("gap", "due"), ((20, 22), (0, 2), (600, 602)))
def test_the_next_post_is_due_a_gap_after_and_replies_to_exactly_this_one(bench: Bench, gap: int, due: int) -> None:
    bench.thread(gap=gap)
    settled(bench, take(bench), SENT)
    second = bench.post("story", 2)
    assert (second["state"], second["parent_remote_id"]) == ("queued", "77")
    assert second["due_at"] == START + timedelta(seconds=due)
    assert bench.post("story", 3)["state"] == "waiting"


def test_the_next_post_is_not_due_before_it_was_planned(bench: Bench) -> None:
    bench.thread(gap=20)
    bench.change("story", 2, planned_at=START + timedelta(hours=3))
    settled(bench, take(bench), SENT)
    assert bench.post("story", 2)["due_at"] == START + timedelta(hours=3)


@pytest.mark.parametrize(
    ("outcome", "states"),
    (
        (Next(State.FAILED, Why.REFUSED, "too long"), "failed: refused, held: earlier post, held: earlier post"),
        (Next(State.HELD, Why.CHANGED), "held: changed after approval, held: earlier post, held: earlier post"),
        (Next(State.QUEUED, due_at=START), "queued, waiting, waiting"),
        (Next(State.UNKNOWN, due_at=START), "unknown, waiting, waiting"),
    ),
)
def test_followers_share_the_fate_of_what_will_not_go_out(bench: Bench, outcome: Next, states: str) -> None:
    bench.thread()
    assert settled(bench, take(bench), outcome)
    assert bench.states() == states


def test_the_account_is_given_back_exactly_when_the_last_future_ends(bench: Bench) -> None:
    thread = bench.thread(posts=2, gap=0)
    for outcome, still in [
        (Next(State.QUEUED, due_at=START), thread),
        (SENT, thread),
        (Next(State.UNKNOWN, due_at=START), thread),
    ]:
        assert settled(bench, take(bench), outcome)
        bench.clock.move(seconds=2)
        assert bench.account()["open_thread_id"] == still
    for _ in range(2):
        assert bench.account()["open_thread_id"] == thread
        bench.clock.move(minutes=10)
        bench.beats()
    assert bench.states() == "sent, sent"
    assert bench.account()["open_thread_id"] is None


@pytest.mark.parametrize("last", (Next(State.FAILED, Why.REFUSED), Next(State.HELD, Why.CHANGED)))
def test_the_account_is_given_back_also_when_a_thread_stops_in_the_middle(bench: Bench, last: Next) -> None:
    bench.thread(gap=0)
    settled(bench, take(bench), SENT)
    bench.clock.move(seconds=2)
    settled(bench, take(bench), last)
    assert bench.account()["open_thread_id"] is None


# ---------------------------------------------------------------- not ours any more


@pytest.mark.parametrize("outcome", (SENT, Next(State.FAILED, Why.REFUSED), Next(State.QUEUED, due_at=START)))
def test_a_stale_epoch_touches_nothing_and_leaves_an_event(bench: Bench, outcome: Next) -> None:
    bench.thread()
    stale = take(bench)
    settled(bench, stale, Next(State.QUEUED, due_at=START))
    fresh = take(bench)
    before = dict(bench.post("story", 1))
    assert not settled(bench, stale, outcome)
    assert dict(bench.post("story", 1)) == before
    (late,) = bench.events("late receipt")
    assert late["post_id"] == stale.post_id
    assert json.loads(late["data"])["remote_id"] == (outcome.receipt.remote_id if outcome.receipt else None)
    assert settled(bench, fresh, Next(State.FAILED, Why.REFUSED))


def test_a_late_receipt_adopts_a_post_whose_fate_is_still_open(bench: Bench) -> None:
    bench.thread()
    slow = take(bench)
    bench.clock.move(seconds=301)
    assert expire(bench.store, bench.clock.now(), SETTLE, "b") == 1
    assert settled(bench, slow, SENT)
    assert bench.states() == "sent, queued, waiting"
    assert bench.events("late receipt") == []


def test_a_late_refusal_proves_nothing_about_a_post_whose_fate_is_open(bench: Bench) -> None:
    bench.thread()
    slow = take(bench)
    bench.clock.move(seconds=301)
    expire(bench.store, bench.clock.now(), SETTLE, "b")
    assert not settled(bench, slow, Next(State.QUEUED, due_at=START))
    assert bench.post("story", 1)["state"] == "unknown"


def test_a_worker_that_did_not_come_back_leaves_its_post_unknown(bench: Bench) -> None:
    bench.thread()
    take(bench)
    bench.clock.at = START + LEASE
    assert expire(bench.store, bench.clock.now(), SETTLE, "b") == 0
    bench.clock.move(microseconds=1)
    assert expire(bench.store, bench.clock.now(), SETTLE, "b") == 1
    row = bench.post("story", 1)
    assert (row["state"], row["unknown_at"], row["due_at"]) == (
        "unknown",
        bench.clock.now(),
        bench.clock.now() + SETTLE,
    )
    assert bench.events("state")[-1]["why"] == "the worker did not come back"


def test_a_resent_post_that_is_lost_again_stays_resent(bench: Bench) -> None:
    bench.thread()
    bench.change("story", 1, resent=1)
    take(bench)
    bench.clock.move(seconds=301)
    expire(bench.store, bench.clock.now(), SETTLE, "b")
    assert bench.post("story", 1)["resent"] == 1


# ---------------------------------------------------------------- the account


def test_a_blocked_account_stops_and_says_why(bench: Bench) -> None:
    bench.thread()
    bench.thread("facts")
    bench.timeline().script.append(Answer(Kind.BLOCKED, detail="402: credits depleted"))
    bench.beats()
    assert bench.states() == "held: account blocked, held: earlier post, held: earlier post"
    assert bench.states("facts") == "queued, waiting, waiting"
    assert (bench.account()["blocked_at"], bench.account()["blocked_why"]) == (START, "402: credits depleted")
    assert [event["why"] for event in bench.events("account blocked")] == ["402: credits depleted"]


def test_a_rate_limit_silences_the_whole_account_and_no_other(bench: Bench) -> None:
    until = START + timedelta(minutes=7)
    bench.thread()
    bench.thread("facts", campaign="other")
    bench.thread("theirs", 1, account="second")
    bench.timeline().script.append(Answer(Kind.LIMITED, detail="429", until=until))
    assert [done.address.thread for done in bench.beats()] == ["story", "theirs"]
    assert (bench.account()["wait_until"], bench.account()["wait_why"]) == (until, "429")
    bench.clock.at = until
    assert bench.beats()[0].address.thread == "story"


def test_an_outcome_that_was_not_ours_does_not_block_the_account(bench: Bench) -> None:
    bench.thread()
    stale = take(bench)
    settled(bench, stale, Next(State.QUEUED, due_at=START))
    take(bench)
    settled(bench, stale, Next(State.HELD, Why.BLOCKED, block_account=True, account_waits_until=START))
    assert (bench.account()["blocked_at"], bench.account()["wait_until"]) == (None, None)


def test_tries_in_vain_are_counted_only_in_a_row(bench: Bench) -> None:
    """A rate limit of a day is no day out of reach."""
    bench.thread(posts=1)
    lost = Answer(Kind.NOT_SENT, detail="DNS")
    bench.timeline().script.extend([lost, Answer(Kind.LIMITED, until=START + timedelta(hours=20)), lost, lost, lost])
    bench.beats()
    assert bench.post("story", 1)["tries"] == 1
    bench.clock.move(seconds=15)
    bench.beats()
    assert bench.post("story", 1)["tries"] == 0
    bench.clock.move(hours=20)
    bench.beats()
    bench.clock.move(seconds=15)
    bench.beats()
    assert (bench.states(), bench.post("story", 1)["tries"]) == ("queued", 2)
    bench.clock.move(minutes=91)
    bench.beats()
    assert bench.states() == "held: network unreachable"


def test_an_id_that_another_post_owns_is_no_proof(bench: Bench) -> None:
    bench.thread("facts", 1)
    bench.beats()
    bench.thread("story", 1)
    owned = Receipt("main-1000", None)
    bench.timeline().script.append(Answer(Kind.ACCEPTED, owned))
    (done,) = bench.beats()
    assert (done.state, bench.states()) == (State.UNKNOWN, "unknown")
    assert "the id of another post" in done.detail


def test_sent_without_a_remote_id_is_refused_by_the_database(bench: Bench) -> None:
    from sqlalchemy.exc import IntegrityError  # noqa: PLC0415

    bench.thread()
    with pytest.raises(IntegrityError):
        bench.change("story", 1, state="sent")
    with pytest.raises(IntegrityError):
        bench.change("story", 1, remote_id="1")
    with pytest.raises(IntegrityError), bench.store.write() as connection:
        connection.execute(text("UPDATE post SET state = 'lost'"))


def test_a_late_receipt_adopts_a_post_that_was_queued_once_more_and_is_in_nobodys_hands(bench: Bench) -> None:
    """The machine slept over its request; the timeline lagged; sending again would be knowingly twice."""
    bench.thread()
    slow = take(bench)
    bench.clock.move(seconds=301)
    bench.change("story", 1, state="queued", epoch=slow.epoch + 2, unknown_at=None, looks=0)
    assert settled(bench, slow, SENT)
    assert bench.states() == "sent, queued, waiting"
    assert bench.post("story", 2)["parent_remote_id"] == "77"


def test_a_second_answer_under_an_epoch_that_was_settled_changes_nothing(bench: Bench) -> None:
    bench.thread()
    found = take(bench)
    assert settled(bench, found, Next(State.QUEUED, due_at=START))
    assert not settled(bench, found, SENT)
    assert bench.states() == "queued, waiting, waiting"
