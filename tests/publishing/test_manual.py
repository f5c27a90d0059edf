from __future__ import annotations

from datetime import timedelta

import pytest

from amplifier.errors import AmplifierError, TryLater, UsageError
from amplifier.model import Address, Mode
from amplifier.networks.port import Answer, Kind, Receipt, Sighting
from amplifier.publishing import manual, withdraw
from amplifier.publishing.reconcile import take_look
from amplifier.publishing.withdraw import Target
from tests.support.queue import DROPPED, LEASE, NOTHING, START, UNREADABLE, Bench, Clock, Timeline, at

REFUSED = Answer(Kind.REFUSED, detail="too long")
BLOCKED = Answer(Kind.BLOCKED, detail="401")


@pytest.fixture
def bench(sqlite_bench: Bench) -> Bench:
    """SQLite alone: what the engines do differently is proved by the queue's, the settle's and the pause's tests."""
    return sqlite_bench


def cancel(bench: Bench, address: str) -> list[str]:
    return manual.cancel(bench.store, at(address), why="the family asked", who="Kim", now=bench.clock.now())


def retry(bench: Bench, address: str) -> str:
    return manual.retry(bench.store, at(address), why="mended", who="Kim", now=bench.clock.now())


def not_sent(bench: Bench, address: str) -> str:
    return manual.resolve_not_sent(bench.store, at(address), why="I looked", who="Kim", now=bench.clock.now())


def sent(bench: Bench, address: str, receipt: Receipt, *, unchecked: bool = False) -> str:
    return manual.resolve_sent(
        bench.store, at(address), receipt, network=bench.timeline(), why="I looked", who="Kim", now=bench.clock.now(),
        unchecked=unchecked,
    )  # fmt: skip


def until_held(bench: Bench) -> None:
    """`perhaps sent`: the timeline cannot be read."""
    bench.timeline().sightings.extend([UNREADABLE] * 20)
    while "held" not in bench.states():
        bench.clock.move(minutes=5)
        bench.beats()
    bench.timeline().sightings.clear()


def perhaps_sent(bench: Bench, *, out: bool = True) -> None:
    bench.thread(gap=0)
    network = bench.timeline()
    network.script.extend([network.accept, network.lose if out else DROPPED])
    bench.beats()
    until_held(bench)
    assert bench.states() == "sent, held: perhaps sent, held: earlier post"


# ---------------------------------------------------------------- find


def test_an_address_that_is_not_there_says_what_is(bench: Bench) -> None:
    bench.thread(mode=Mode.DRY)
    with bench.store.read() as connection:
        with pytest.raises(UsageError, match="no post dmz-escape/story/main/1 in the queue") as caught:
            manual.find(connection, at("story/1"))
        assert "dmz-escape/story/main/1@dry" in caught.value.hint
        with pytest.raises(UsageError, match="no post"):
            manual.find(connection, at("story/9"))
        assert len(manual.find(connection, Address("dmz-escape", "story", "main", 0, Mode.DRY))) == 3


# ---------------------------------------------------------------- cancel


def test_cancelling_a_thread_takes_every_post_and_gives_the_account_back(bench: Bench) -> None:
    bench.thread()
    assert cancel(bench, "story") == [f"dmz-escape/story/main/{k}" for k in (1, 2, 3)]
    assert bench.states() == "cancelled: by a person, cancelled: earlier post, cancelled: earlier post"
    assert bench.beats() == []


def test_cancelling_in_the_middle_leaves_what_is_out_and_ends_the_thread(bench: Bench) -> None:
    bench.thread()
    bench.beats()
    assert cancel(bench, "story/3") == ["dmz-escape/story/main/3"]
    assert bench.account()["open_thread_id"] is not None
    assert cancel(bench, "story") == ["dmz-escape/story/main/2", "dmz-escape/story/main/3"]
    assert bench.states() == "sent, cancelled: by a person, cancelled: by a person"
    assert bench.account()["open_thread_id"] is None


def test_what_may_be_out_is_not_cancelled(bench: Bench) -> None:
    bench.thread()

    def refused(said: str) -> None:
        for address in ("story", "story/1"):
            with pytest.raises(UsageError, match=said):
                cancel(bench, address)

    bench.timeline().script.append(DROPPED)
    bench.beats()
    refused("unknown: it may be out already")
    until_held(bench)
    refused("held: perhaps sent")
    assert bench.states() == "held: perhaps sent, held: earlier post, held: earlier post"


def test_a_post_on_the_wire_is_not_cancelled(bench: Bench) -> None:
    bench.thread()

    def while_sending(_: object) -> Answer:
        with pytest.raises(UsageError, match="sending"):
            cancel(bench, "story/1")
        return DROPPED

    bench.timeline().script.append(while_sending)
    assert bench.beat()


def test_there_must_be_something_to_cancel(bench: Bench) -> None:
    bench.thread(posts=1)
    bench.beats()
    with pytest.raises(UsageError, match="nothing left to cancel"):
        cancel(bench, "story")


# ---------------------------------------------------------------- retry


@pytest.mark.parametrize("answer", (REFUSED, BLOCKED))
def test_what_is_proven_not_sent_is_retried_and_its_followers_come_back(bench: Bench, answer: Answer) -> None:
    bench.thread(gap=0)
    bench.timeline().script.extend([bench.timeline().accept, answer])
    bench.beats()
    assert retry(bench, "story") == "dmz-escape/story/main/2"
    assert bench.states() == "sent, queued, waiting"
    if answer is BLOCKED:
        manual.unblock(bench.store, "main", why="", who="Kim", now=bench.clock.now())
    bench.beats()
    assert bench.states() == "sent, sent, sent"
    assert [post.parent for post in bench.timeline().posts] == [None, "main-1000", "main-1001"]


def test_a_retried_answer_still_answers_the_same_post(bench: Bench) -> None:
    bench.thread(posts=2, reply_to="main-7")
    bench.timeline().script.append(Answer(Kind.REFUSED))
    bench.beats()
    manual.retry(bench.store, at("story/1"), why="", who="Kim", now=bench.clock.now())
    bench.run()
    assert bench.states() == "sent, sent"
    assert [post.parent for post in bench.timeline().posts] == ["main-7", "main-1000"]


def test_what_a_person_cancelled_is_retried_with_what_went_with_it(bench: Bench) -> None:
    bench.thread()
    cancel(bench, "story/3")
    cancel(bench, "story")
    assert retry(bench, "story/1") == "dmz-escape/story/main/1"
    assert bench.states() == "queued, waiting, cancelled: by a person"


def test_a_follower_waits_for_the_post_before_it(bench: Bench) -> None:
    bench.thread()
    cancel(bench, "story/2")
    assert retry(bench, "story/2") == "dmz-escape/story/main/2"
    assert bench.states() == "queued, waiting, waiting"


def test_a_post_after_one_that_has_no_future_is_not_retried(bench: Bench) -> None:
    """It would wait for ever, and nobody would be told."""
    bench.thread()
    cancel(bench, "story/3")
    cancel(bench, "story/2")
    with pytest.raises(UsageError, match="after dmz-escape/story/main/2, which is cancelled") as caught:
        retry(bench, "story/3")
    assert caught.value.hint.startswith("first: amplifier queue retry dmz-escape/story/main/2,")
    assert bench.states() == "queued, cancelled: by a person, cancelled: by a person"


def test_of_several_that_were_cancelled_the_first_is_named_and_its_retry_is_possible(bench: Bench) -> None:
    bench.thread(posts=4)
    for k in (4, 3, 2):
        cancel(bench, f"story/{k}")
    with pytest.raises(UsageError, match="after dmz-escape/story/main/2, which is cancelled"):
        retry(bench, "story/4")
    assert [retry(bench, f"story/{k}")[-1] for k in (2, 3, 4)] == ["2", "3", "4"]


def test_what_follows_a_post_that_is_perhaps_sent_is_not_retried_before_that_is_resolved(bench: Bench) -> None:
    perhaps_sent(bench)
    with pytest.raises(UsageError, match="held: perhaps sent") as caught:
        retry(bench, "story/3")
    assert "amplifier queue resolve dmz-escape/story/main/2" in caught.value.hint


def test_what_a_version_of_before_left_cancelled_behind_a_living_post_comes_back(bench: Bench) -> None:
    """It took what a person's cancelling had stopped along with what an approval cancelled."""
    bench.thread()
    cancel(bench, "story/3")
    bench.change("story", 3, why="gone from the campaign file")
    retry(bench, "story/3")
    assert bench.states() == "queued, waiting, waiting"


def test_what_waits_for_an_earlier_post_is_not_retried_itself(bench: Bench) -> None:
    bench.thread()
    bench.timeline().script.append(REFUSED)
    bench.beats()
    with pytest.raises(UsageError, match="after dmz-escape/story/main/1, which is failed"):
        retry(bench, "story/2")


def test_what_may_be_out_is_not_retried(bench: Bench) -> None:
    perhaps_sent(bench)
    with pytest.raises(UsageError, match="held: perhaps sent"):
        retry(bench, "story/2")
    with pytest.raises(UsageError, match="is sent, not held"):
        retry(bench, "story/1")


def test_a_post_in_doubt_is_not_retried(bench: Bench) -> None:
    bench.thread(posts=1)
    bench.timeline().script.append(DROPPED)
    bench.beats()
    with pytest.raises(UsageError, match="is unknown, not held"):
        retry(bench, "story/1")


def take_back(bench: Bench, address: str) -> None:
    """Withdraw a post and those after it, delete what is out of them, and allow it all again."""
    target, said = Target(at(address).campaign, at(address).mode, at(address)), {"because": "a doubt", "who": "Kim"}
    left = withdraw.cancel(bench.store, target, now=bench.clock.now(), **said)
    done = withdraw.delete(
        bench.store, left.out, network=lambda *_: Gone(), lease=LEASE, now=bench.clock.now, **said
    )  # fmt: skip
    assert all(did.gone for did in done)
    withdraw.allow(bench.store, target, now=bench.clock.now(), **said)


class Gone(Timeline):
    """A network that deletes whatever it is asked to."""

    def __init__(self) -> None:
        super().__init__("main", clock=Clock())

    def delete(self, remote_id: str) -> Answer:
        return Answer(Kind.ACCEPTED)


def test_what_would_answer_a_post_that_we_deleted_is_not_retried(bench: Bench) -> None:
    bench.thread(gap=60)
    bench.beats()
    bench.clock.move(seconds=60)
    bench.beats()
    take_back(bench, "story/2")
    assert bench.states() == "sent, sent, cancelled: by a person"
    with pytest.raises(UsageError, match="answers dmz-escape/story/main/2, which was deleted on 2026-12-01") as caught:
        retry(bench, "story/3")
    assert "another id in the campaign file" in caught.value.hint
    assert bench.states() == "sent, sent, cancelled: by a person"


def test_what_answers_a_post_that_is_still_out_is_retried_after_an_undo(bench: Bench) -> None:
    bench.thread(gap=60)
    bench.beats()
    take_back(bench, "story/2")
    retry(bench, "story/2")
    assert bench.states() == "sent, queued, waiting"


def test_a_thread_that_answers_a_post_that_we_deleted_is_not_retried(bench: Bench) -> None:
    bench.thread(posts=1)
    bench.beats()
    bench.thread("fix", 1, reply_to=bench.post("story", 1)["remote_id"])
    cancel(bench, "fix")
    retry(bench, "fix/1")
    cancel(bench, "fix")
    take_back(bench, "story/1")
    with pytest.raises(UsageError, match="fix/main/1 answers dmz-escape/story/main/1, which was deleted"):
        retry(bench, "fix/1")


# ---------------------------------------------------------------- resolve


@pytest.mark.parametrize("out", (True, False))
def test_resolved_as_not_sent_goes_out_once_more_with_its_followers(bench: Bench, out: bool) -> None:
    perhaps_sent(bench, out=out)
    assert not_sent(bench, "story/2") == "dmz-escape/story/main/2"
    assert bench.states() == "sent, queued, waiting"
    assert bench.post("story", 2)["resent"] == 0
    bench.beats()
    assert bench.states() == "sent, sent, sent"


def test_resolved_as_sent_is_adopted_where_the_timeline_shows_it(bench: Bench) -> None:
    perhaps_sent(bench)
    sent(bench, "story/2", Receipt("main-1001", None))
    row = bench.post("story", 2)
    assert (row["state"], row["remote_id"], row["url"]) == ("sent", "main-1001", "https://x.example/status/main-1001")
    assert row["sent_at"] == START
    assert bench.states() == "sent, sent, queued"
    bench.beats()
    assert bench.timeline().posts[-1].parent == "main-1001"


def test_resolved_as_sent_must_be_this_very_post(bench: Bench) -> None:
    perhaps_sent(bench)
    with pytest.raises(UsageError, match=r"https://x\.example/status/main-1001 with this text"):
        sent(bench, "story/2", Receipt("main-1000", None), unchecked=True)
    bench.timeline().sightings.append(NOTHING)
    with pytest.raises(UsageError, match="no such post"):
        sent(bench, "story/2", Receipt("main-1001", None))
    assert "perhaps sent" in bench.states()


def test_a_persons_word_counts_only_where_nothing_can_be_read_and_only_when_said(bench: Bench) -> None:
    perhaps_sent(bench)
    bench.timeline().sightings.extend([UNREADABLE] * 2)
    with pytest.raises(AmplifierError, match="cannot be read: 503") as caught:
        sent(bench, "story/2", Receipt("main-1001", None))
    assert "--unchecked" in caught.value.hint
    sent(bench, "story/2", Receipt("main-1001", "https://x.example/1001"), unchecked=True)
    assert bench.states() == "sent, sent, queued"
    assert bench.events("state")[-2]["why"] != ""


def test_an_id_that_another_row_owns_is_refused(bench: Bench) -> None:
    perhaps_sent(bench)
    bench.timeline().sightings.append(Sighting(readable=True, receipts=(Receipt("main-1000", None),)))
    with pytest.raises(UsageError, match="belongs to another post"):
        sent(bench, "story/2", Receipt("main-1000", None))


def test_a_look_that_ends_while_a_person_decides_wins(bench: Bench) -> None:
    bench.thread(posts=1)
    bench.timeline().script.append(bench.timeline().lose)
    bench.beats()

    class Slow:
        def find(self, intent: object) -> Sighting:
            bench.clock.move(seconds=90)
            bench.beats()
            return Sighting(readable=False)

    with pytest.raises(TryLater, match="changed meanwhile"):
        manual.resolve_sent(
            bench.store, at("story/1"), Receipt("typed", None), network=Slow(),  # type: ignore[arg-type]
            why="", who="Kim", now=bench.clock.now(), unchecked=True,
        )  # fmt: skip
    assert bench.post("story", 1)["remote_id"] == "main-1000"


def test_a_person_does_not_overrule_a_look_that_began_meanwhile(bench: Bench) -> None:
    bench.thread(posts=1)
    bench.timeline().script.append(bench.timeline().lose)
    bench.beats()
    bench.clock.move(seconds=90)

    class Slow:
        def find(self, intent: object) -> Sighting:
            assert take_look(bench.store, now=bench.clock.now(), modes=frozenset(Mode), lease=LEASE, worker="a")
            return UNREADABLE

    with pytest.raises(TryLater, match="changed meanwhile"):
        manual.resolve_sent(
            bench.store, at("story/1"), Receipt("typed", None), network=Slow(),  # type: ignore[arg-type]
            why="", who="Kim", now=bench.clock.now(), unchecked=True,
        )  # fmt: skip
    assert bench.states() == "unknown"


def test_a_look_under_way_does_not_overrule_a_persons_word(bench: Bench) -> None:
    bench.thread(posts=1)
    bench.timeline().script.append(bench.timeline().lose)
    bench.beats()
    bench.clock.move(seconds=90)
    epoch = bench.post("story", 1)["epoch"]
    not_sent(bench, "story/1")
    assert bench.post("story", 1)["epoch"] == epoch + 1


@pytest.mark.parametrize("address", ("story/1", "story"))
def test_only_a_single_doubtful_post_is_resolved(bench: Bench, address: str) -> None:
    bench.thread()
    with pytest.raises(UsageError, match=r"is queued|is a thread"):
        not_sent(bench, address)


# ---------------------------------------------------------------- acknowledge and unblock


def test_acknowledging_a_post_covers_what_it_holds_up(bench: Bench) -> None:
    bench.thread()
    bench.timeline().script.append(REFUSED)
    bench.beats()
    assert bench.run().exit_code == 1
    acked = manual.acknowledge(bench.store, at("story/1"), who="Kim", now=START)
    assert acked == [f"dmz-escape/story/main/{k}" for k in (1, 2, 3)]
    assert bench.run().exit_code == 0
    assert [event["who"] for event in bench.events("ack")] == ["Kim"] * 3


def test_what_is_held_anew_is_red_again_although_it_was_acknowledged_before(bench: Bench) -> None:
    bench.thread()
    bench.timeline().script.extend([REFUSED, REFUSED])
    bench.beats()
    manual.acknowledge(bench.store, at("story"), who="Kim", now=START)
    retry(bench, "story/1")
    bench.beats()
    assert [bench.post("story", k)["acked_at"] for k in (1, 2, 3)] == [None] * 3


def test_there_must_be_something_to_acknowledge(bench: Bench) -> None:
    bench.thread()
    with pytest.raises(UsageError, match="nothing held or failed"):
        manual.acknowledge(bench.store, at("story"), who="Kim", now=START)


def test_unblocking_goes_on_with_the_others_and_names_what_can_be_retried(bench: Bench) -> None:
    bench.thread()
    bench.thread("facts", 1, at=START + timedelta(hours=1))
    bench.thread("act", 1, at=START + timedelta(hours=3))
    bench.timeline().script.append(BLOCKED)
    bench.beats()
    bench.clock.move(hours=3)
    overdue, ready = manual.unblock(bench.store, "main", why="new token", who="Kim", now=bench.clock.now())
    assert (overdue, ready) == (["dmz-escape/facts/main/1"], ["dmz-escape/story/main/1"])
    assert bench.states("facts") == "held: late"
    assert [done.address.thread for done in bench.beats()] == ["act"]


def test_unblock_names_accounts_that_are_there_and_blocked(bench: Bench) -> None:
    bench.thread()
    with pytest.raises(UsageError, match="no account 'mian'") as caught:
        manual.unblock(bench.store, "mian", why="", who="Kim", now=START)
    assert "main" in caught.value.hint
    with pytest.raises(UsageError, match="not blocked"):
        manual.unblock(bench.store, "main", why="", who="Kim", now=START)
