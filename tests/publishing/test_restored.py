from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from amplifier.errors import UsageError
from amplifier.model import Mode
from amplifier.networks.port import Answer, Intent
from amplifier.publishing import manual, restored, withdraw, witness
from amplifier.publishing.pause import go_on, stop
from amplifier.publishing.queue import heads
from amplifier.store import meta, tables
from amplifier.store.backup import backup
from amplifier.store.types import instant_text
from tests.support.queue import NOTHING, SETTLE, START, UNREADABLE, Bench, at

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from amplifier.store.engine import Store

HOUR = timedelta(hours=1)


def restore(bench: Bench, copied_at: datetime | None = None) -> None:
    """The database is a copy of then, and the next run notices it."""
    with bench.store.write() as connection:
        meta.put(connection, meta.COPIED, instant_text(copied_at or bench.clock.now() - HOUR))
    assert witness.notice(bench.store, None, settle=SETTLE, who="host/once/1", now=bench.clock.now())


def was_sent(bench: Bench, text: str, parent: str | None = None, mode: Mode = Mode.LIVE) -> str:
    """What the lost history has put on the network, half an hour ago."""
    network, back = bench.timeline(mode=mode), timedelta(minutes=30)
    bench.clock.at -= back
    kept = network.keep(Intent("c", "t", "main", 1, text, parent, bench.clock.now()))
    bench.clock.at += back
    return kept.id


TEXT = "Post {} of story, dmz-escape."


def test_what_went_out_in_the_lost_time_is_adopted_and_not_sent_again(bench: Bench) -> None:
    bench.thread(gap=0)
    first = was_sent(bench, TEXT.format(1))
    second = was_sent(bench, TEXT.format(2), first)
    restore(bench)
    bench.run()
    assert bench.states() == "sent, sent, sent"
    assert [bench.post("story", k)["remote_id"] for k in (1, 2)] == [first, second]
    assert bench.sent == [TEXT.format(k) for k in (1, 2, 3)]
    assert [post.parent for post in bench.timeline().posts] == [None, first, second]
    assert bench.account()["open_thread_id"] is None


def recent(bench: Bench) -> restored.Restore | None:
    with bench.store.read() as connection:
        return restored.recent(connection, bench.clock.now())


def test_a_restore_is_recent_for_a_day_and_while_something_is_unchecked_for_thirty(store: Store) -> None:
    bench = Bench(store)
    assert recent(bench) is None
    restore(bench)
    noticed = bench.clock.now()
    assert recent(bench) == restored.Restore(noticed - HOUR, noticed)
    bench.clock.move(hours=24)
    assert recent(bench) is None
    bench.thread(gap=0, at=noticed + timedelta(days=40))
    assert recent(bench) == restored.Restore(noticed - HOUR, noticed)
    bench.clock.move(hours=24 * 29)
    assert recent(bench) is None


def test_what_was_looked_for_is_unchecked_no_more(bench: Bench) -> None:
    bench.thread(gap=0)
    restore(bench)
    bench.run()
    assert bench.states() == "sent, sent, sent"
    bench.clock.move(hours=24)
    assert recent(bench) is None


def test_which_of_two_first_posts_with_the_same_words_is_out_is_asked_of_a_person(bench: Bench) -> None:
    bench.thread("story", ["The very same words."])
    bench.thread("facts", ["The very same words."])
    was_sent(bench, "The very same words.")
    restore(bench)
    bench.run()
    assert (bench.states(), bench.states("facts")) == ("held: perhaps sent: several match",) * 2
    assert "is this post or dmz-escape/facts/main/1, which has the same text" in bench.post("story", 1)["detail"]
    assert len(bench.timeline().posts) == 1


def test_what_did_not_go_out_is_looked_for_once_and_then_sent(bench: Bench) -> None:
    bench.thread(gap=0)
    restore(bench)
    bench.run()
    assert bench.states() == "sent, sent, sent"
    (look,) = bench.timeline().looked
    assert (look.claimed_at, look.anchor, look.k) == (START - HOUR, None, 1)
    assert bench.post("story", 1)["resent"] == 0
    assert [event["post_id"] for event in bench.events("checked")] == [bench.post("story", 1)["id"]]


def test_nothing_is_looked_for_before_the_network_must_show_what_the_lost_worker_sent(bench: Bench) -> None:
    bench.thread(gap=0)
    bench.timeline().lag = 3 * SETTLE
    restore(bench)
    was = bench.clock.now()
    bench.timeline().keep(Intent("c", "t", "main", 1, TEXT.format(1), None, was))
    bench.run()
    assert len(bench.timeline().looked) == 2  # the first post, adopted, and the second
    assert bench.timeline().posts[0].at + 3 * SETTLE <= bench.clock.now()
    assert bench.sent == [TEXT.format(k) for k in (1, 2, 3)]


def test_while_a_thread_is_looked_for_no_other_of_the_account_begins(bench: Bench) -> None:
    bench.thread("story", gap=0)
    bench.thread("other", gap=0)
    bench.thread("third", account="second", gap=0)
    restore(bench)
    assert bench.beats() == []
    assert (bench.states("story"), bench.states("other")) == (
        "unknown: database restored, waiting, waiting", "queued, waiting, waiting",
    )  # fmt: skip
    assert bench.states("third") == "unknown: database restored, waiting, waiting"
    assert bench.account()["open_thread_id"] == bench.post("story", 1)["thread_id"]
    first = was_sent(bench, TEXT.format(1))
    bench.run()
    assert bench.states("story") == bench.states("other") == "sent, sent, sent"
    assert bench.post("story", 1)["remote_id"] == first
    assert [post.text for post in bench.timeline().posts[1:3]] == [TEXT.format(2), TEXT.format(3)]


def test_a_begun_thread_that_waits_meanwhile_goes_before_one_that_is_not_out(bench: Bench) -> None:
    bench.thread("begun", 2, gap=600)
    bench.beat()
    manual.cancel(bench.store, at("begun/2"), why="wait", who="Kim", now=bench.clock.now())
    bench.thread("story", 1)
    restore(bench, START)
    assert bench.beats() == []
    assert bench.states("story") == "unknown: database restored"
    manual.retry(bench.store, at("begun/2"), why="now", who="Kim", now=bench.clock.now())
    bench.clock.move(seconds=3 * SETTLE.total_seconds())
    bench.beat()
    assert bench.states("story") == "queued"
    assert bench.account()["open_thread_id"] == bench.post("begun", 1)["thread_id"]


def test_a_thread_that_had_begun_in_the_copy_goes_on_behind_what_is_out(bench: Bench) -> None:
    bench.thread(gap=0)
    bench.beat()
    second = was_sent(bench, TEXT.format(2), bench.post("story", 1)["remote_id"])
    restore(bench)
    bench.run()
    assert bench.states() == "sent, sent, sent"
    assert bench.post("story", 2)["remote_id"] == second
    assert len(bench.sent) == 3


def test_an_approval_that_is_given_again_is_looked_for_too(bench: Bench) -> None:
    """Its rows are younger than the restore, and its account may be: the words may be out all the same."""
    was_sent(bench, "Post 1 of late, dmz-escape.")
    restore(bench)
    bench.clock.move(days=2)
    bench.thread("late", 1)
    bench.run()
    assert bench.states("late") == "sent"
    assert len(bench.sent) == 1


def test_a_month_after_the_restore_nothing_new_is_looked_for(bench: Bench) -> None:
    bench.thread("old", 1, at=START + timedelta(days=45))
    restore(bench)
    bench.clock.move(days=31)
    bench.thread("new", 1)
    bench.run()
    assert bench.timeline().looked == []
    bench.clock.move(days=14)
    bench.run()
    assert [look.thread for look in bench.timeline().looked] == ["old"]
    assert (bench.states("old"), bench.states("new")) == ("sent", "sent")


def test_what_was_too_late_at_the_restore_is_looked_for_and_then_held(bench: Bench) -> None:
    bench.thread("out", 1)
    bench.thread("lost", 1)
    bench.thread("begun", 2, gap=0)
    bench.clock.move(hours=2)
    was_sent(bench, "Post 1 of out, dmz-escape.")
    restore(bench, START)
    bench.beats()
    while "queued" in bench.states("begun") or "unknown" in bench.states("begun"):
        bench.clock.move(minutes=1)
        bench.beat(alive=START)
    assert bench.states("out") == "sent"
    assert bench.states("lost") == "held: late"
    assert bench.states("begun") == "held: late, held: earlier post"
    assert "does not know; it is not out" in bench.post("lost", 1)["detail"]
    manual.retry(bench.store, at("lost/1"), why="still true", who="Kim", now=bench.clock.now())
    looked = len(bench.timeline().looked)
    bench.run()
    assert bench.states("lost") == "sent"
    assert len(bench.timeline().looked) == looked


def test_a_later_post_that_was_too_late_is_interrupted(bench: Bench) -> None:
    bench.thread(posts=2, gap=0, resume_within=600)
    bench.beat()
    bench.clock.move(hours=2)
    restore(bench, START)
    bench.run()
    assert bench.states() == "sent, held: interrupted"


def test_a_pause_after_the_restore_makes_late_as_always(bench: Bench) -> None:
    bench.thread(posts=1)
    restore(bench)
    stop(bench.store, "all", "", why="reading", who="Kim", now=bench.clock.now())
    bench.clock.move(hours=3)
    go_on(bench.store, "all", "", why="read", who="Kim", now=bench.clock.now())
    assert bench.states() == "held: late"


def test_a_timeline_that_cannot_be_read_asks_a_person_and_takes_its_word(bench: Bench) -> None:
    bench.thread(posts=2, gap=0)
    bench.timeline().sightings.extend([UNREADABLE] * 50)
    restore(bench)
    bench.run()
    assert bench.states() == "held: perhaps sent, held: earlier post"
    manual.resolve_not_sent(bench.store, at("story/1"), why="I looked", who="Kim", now=bench.clock.now())
    bench.run()
    assert bench.states() == "sent, sent"
    assert len(bench.sent) == 2


def test_a_post_that_was_tried_in_the_copy_is_looked_for_in_the_lost_time_and_stays_counted(bench: Bench) -> None:
    bench.thread(posts=1)
    bench.change("story", 1, resent=1, anchor="main-7")
    restore(bench)
    bench.timeline().sightings.append(NOTHING)
    bench.beats()
    bench.clock.move(seconds=3 * SETTLE.total_seconds())
    bench.beat()
    (look,) = bench.timeline().looked
    assert (look.claimed_at, look.anchor) == (START - HOUR, None)
    assert (bench.states(), bench.post("story", 1)["resent"]) == ("queued", 1)
    bench.run()
    assert bench.states() == "sent"


def test_a_look_is_enough_until_the_next_restore(bench: Bench) -> None:
    bench.thread(posts=1, at=START + 3 * HOUR)
    restore(bench)
    bench.change("story", 1, checked_at=bench.clock.now())
    bench.clock.move(hours=2)
    restore(bench)
    bench.clock.move(hours=1)
    bench.run()
    assert len(bench.timeline().looked) == 1


def test_dry_and_simulated_posts_are_looked_for_as_well(bench: Bench) -> None:
    for mode in (Mode.DRY, Mode.SIMULATED):
        bench.thread(posts=1, mode=mode)
        was_sent(bench, TEXT.format(1), mode=mode)
    restore(bench)
    bench.run()
    for mode in (Mode.DRY, Mode.SIMULATED):
        assert bench.states(mode=mode) == "sent"
        assert len(bench.timeline(mode=mode).posts) == 1


def test_what_may_be_out_is_not_cancelled_before_it_was_looked_for(bench: Bench) -> None:
    bench.thread(gap=0)
    bench.thread("later", 1, at=START + timedelta(days=1))
    was_sent(bench, TEXT.format(1))
    restore(bench)
    with pytest.raises(UsageError, match="story/main/1 may be out already: the database is a copy of 2026") as refused:
        manual.cancel(bench.store, at("story"), why="w", who="Kim", now=bench.clock.now())
    assert "amplifier run --drain looks for it" in str(refused.value.hint)
    assert manual.cancel(bench.store, at("later"), why="w", who="Kim", now=bench.clock.now()) == [str(at("later/1"))]
    bench.run()
    assert bench.states() == "sent, sent, sent"


def test_what_is_withdrawn_after_a_restore_is_looked_for_and_never_sent(bench: Bench) -> None:
    """Two of three posts went out in the lost time: they are adopted, to be deleted, and the third is dropped."""
    bench.thread(gap=0)
    bench.thread("later", 1, at=START + timedelta(days=1))
    first = was_sent(bench, TEXT.format(1))
    second = was_sent(bench, TEXT.format(2), first)
    restore(bench)

    def again() -> withdraw.Cancelled:
        target = withdraw.Target("dmz-escape")
        return withdraw.cancel(bench.store, target, because="she asked", who="Kim", now=bench.clock.now())

    left = again()
    assert (left.cancelled, left.out) == ((str(at("later/1")),), ())
    assert left.settling == tuple(str(at(f"story/{k}")) for k in (1, 2, 3))
    bench.run()
    assert bench.states() == "sent, sent, cancelled: by a person"
    assert len(bench.timeline().posts) == 2
    assert [out.remote_id for out in again().out] == [second, first]


def test_a_file_put_in_the_place_of_an_open_one_is_not_published_from_before_it_was_looked_at(
    sqlite_bench: Bench, tmp_path: Path
) -> None:
    """In the middle of a run: a backup takes the file's place while a request is on the wire."""
    bench = sqlite_bench
    bench.thread(gap=0)
    assert bench.store.path is not None
    copy = backup(bench.store, tmp_path / "backups", START - HOUR, keep=1)

    def swap(intent: Intent) -> Answer:
        for old in bench.store.path.parent.glob("amplifier.db*"):  # type: ignore[union-attr]
            old.unlink()
        copy.replace(bench.store.path)  # type: ignore[arg-type]
        return bench.timeline().accept(intent)

    bench.timeline().script.append(swap)
    bench.run()
    assert bench.states() == "sent, sent, sent"
    assert bench.sent == [TEXT.format(k) for k in (1, 2, 3)]


@pytest.mark.parametrize("first", ("post", "account"))
def test_a_worker_that_comes_second_doubts_nothing(bench: Bench, first: str) -> None:
    bench.thread(posts=1)
    other = bench.thread("other", 1)
    restore(bench)
    now = bench.clock.now()
    with bench.store.read() as connection:
        row = heads(connection, frozenset(Mode), now)[0]
    if first == "post":
        bench.beats()
    with bench.store.write() as connection:
        if first == "account":
            connection.execute(update(tables.account).values(open_thread_id=other))
        assert not restored.doubt(connection, row, now, SETTLE, "w")
        connection.rollback()
    assert bench.states() == ("unknown: database restored" if first == "post" else "queued")
