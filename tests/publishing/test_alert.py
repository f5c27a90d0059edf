from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from amplifier.model import Mode
from amplifier.networks.port import Answer, Kind
from amplifier.publishing import alert, manual, pause
from amplifier.publishing.handover import speak
from tests.support.alerts import outbox, told
from tests.support.queue import DROPPED, START, UNREADABLE, Bench, at

if TYPE_CHECKING:
    from amplifier.store.engine import Store

SECRET_DRAFT = "Nobody has read this yet."


@pytest.fixture
def bench(sqlite_bench: Bench) -> Bench:
    """Both engines only where the SQL is the point."""
    return sqlite_bench


def kinds(store: Store) -> list[str]:
    return [message["kind"] for message in told(store)]


def test_what_goes_well_is_told_to_nobody(bench: Bench) -> None:
    bench.thread()
    bench.run()
    assert bench.states() == "sent, sent, sent"
    assert told(bench.store) == []


def test_a_refused_post_is_told_once_with_what_is_out_and_its_followers_are_not(bench: Bench) -> None:
    bench.thread(posts=["First.", "Second.", SECRET_DRAFT, "Fourth."])
    bench.timeline().script.extend([bench.timeline().accept, Answer(Kind.REFUSED, detail="too long")])
    bench.run()
    assert bench.states() == "sent, failed: refused, held: earlier post, held: earlier post"
    (message,) = told(bench.store)
    assert message == {
        "kind": "failed",
        "post": "dmz-escape/story/main/2",
        "account": "main",
        "mode": "live",
        "live": ["https://x.example/status/main-1000"],
        "detail": "refused: too long",
        "why": "refused",
        "next": "amplifier queue cancel dmz-escape/story/main/2",
    }
    assert SECRET_DRAFT not in outbox(bench.store)[0]["content"], "no text that is not out"


def test_a_blocked_account_is_told_with_the_live_posts_of_the_thread(bench: Bench) -> None:
    bench.thread(posts=3)
    bench.timeline().script.extend([bench.timeline().accept, Answer(Kind.BLOCKED, detail="suspended")])
    bench.run()
    (message,) = told(bench.store)
    assert (message["kind"], message["live"]) == ("blocked", ["https://x.example/status/main-1000"])
    assert message["detail"] == "account blocked: suspended"
    assert message["next"] == "amplifier doctor --online"
    assert message["then"] == ["amplifier account unblock main", "amplifier queue retry dmz-escape/story/main/2"]


def limited(bench: Bench, minutes: float) -> Answer:
    return Answer(Kind.LIMITED, detail="too many", until=bench.clock.now() + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("k", "minutes", "expected"),
    ((2, 14, []), (2, 16, ["waits"]), (1, 16, []), (1, 60 * 24, ["waits"]), (2, 60 * 24 * 20, ["waits"])),
)
def test_a_wait_that_leaves_a_thread_half_out_is_told_and_so_is_a_day_of_silence(
    bench: Bench, k: int, minutes: float, expected: list[str]
) -> None:
    bench.thread(posts=2, gap=0)
    for _ in range(k - 1):
        bench.beat()
    bench.timeline().script.append(limited(bench, minutes))
    bench.beat()
    assert bench.states().split(", ")[k - 1] == "queued"
    assert kinds(bench.store) == expected


def test_a_day_that_begins_again_and_again_is_told_each_time_and_its_end_too(bench: Bench) -> None:
    bench.thread(posts=2, gap=0)
    bench.beat()
    for day in (1, 2):
        bench.timeline().script.append(limited(bench, 60 * 24 * 20))
        bench.beat()
        assert kinds(bench.store) == ["waits"] * day
        bench.clock.move(hours=24)
    bench.beat()
    assert (bench.states(), kinds(bench.store)) == ("sent, sent", ["waits", "waits", "recovery"])
    first = told(bench.store)[0]
    assert first["live"] == ["https://x.example/status/main-1000"]
    assert first["detail"].startswith(
        "its thread is half out and stands still, and goes on by itself: it is tried again"
    )
    assert first["next"] == "amplifier queue show dmz-escape/story/main/2"


def test_no_connection_in_mid_thread_is_told_once_after_a_quarter_of_an_hour(bench: Bench) -> None:
    bench.thread(posts=2, gap=0)
    bench.beat()
    cut = Answer(Kind.NOT_SENT, detail="no connection")
    bench.timeline().script.extend([cut] * 60)
    began = bench.clock.now()
    while bench.clock.now() - began < timedelta(hours=5):
        bench.beat()
        if bench.clock.now() - began < timedelta(minutes=15):
            assert told(bench.store) == []
        bench.clock.move(minutes=1)
    assert kinds(bench.store) == ["waits"]
    bench.timeline().script.clear()
    bench.clock.move(minutes=15)
    bench.beat()
    assert (bench.states(), kinds(bench.store)) == ("sent, sent", ["waits", "recovery"])


def test_an_unknown_post_is_told_only_past_its_looks(bench: Bench) -> None:
    bench.thread(posts=1)
    bench.timeline().script.append(DROPPED)
    bench.timeline().sightings.extend([UNREADABLE] * 30)
    bench.beats()
    assert bench.states().startswith("unknown")
    assert told(bench.store) == []
    bench.run()
    assert bench.states() == "held: perhaps sent"
    (message,) = told(bench.store)
    assert (message["kind"], message["why"]) == ("held", "perhaps sent")
    assert message["next"] == "amplifier queue resolve dmz-escape/story/main/1 --sent URL"
    assert message["or"] == ["amplifier queue resolve dmz-escape/story/main/1 --not-sent"]


def test_a_message_is_written_only_with_what_makes_it_true(store: Store) -> None:
    bench = Bench(store)
    bench.thread(posts=1)
    account = bench.account()["id"]
    with bench.store.write() as connection:
        alert.tell(connection, START, alert.Kind.BUDGET, "spent", account_id=account)
        connection.rollback()
    assert told(bench.store) == []
    with bench.store.write() as connection:
        alert.tell(connection, START, alert.Kind.BUDGET, "spent", account_id=account, cap=10)
        alert.tell(connection, START, alert.Kind.RESTORED, "an older copy", command="nothing")
    assert told(bench.store) == [
        {
            "kind": "budget", "account": "main", "mode": "live", "detail": "spent", "cap": 10,
            "next": "amplifier status",
        },
        {"kind": "restored", "detail": "an older copy", "next": "nothing"},
    ]  # fmt: skip
    assert [(row["account_id"], row["next_at"]) for row in outbox(bench.store)] == [(account, START), (None, START)]


def test_what_an_outage_made_late_is_one_message_for_all(store: Store) -> None:
    bench = Bench(store)
    bench.thread("story", 3)
    bench.beats()
    for name in ("one", "two", "three"):
        bench.thread(name, 2)
    bench.thread("dry", 1, mode=Mode.DRY)
    bench.clock.move(hours=9)
    bench.beat(alive=START)
    bench.beats()
    (message,) = told(bench.store)
    assert (message["kind"], message["next"]) == ("missed beat", "amplifier status")
    assert message["detail"] == (
        "nothing ran since 2026-12-01 00:30 UTC, until 2026-12-01 09:30 UTC; 5 threads (9 posts) were due too long ago "
        "and are held instead of sent (4 late, 1 interrupted)"
    )
    assert sorted(message["posts"]) == [
        "dmz-escape/dry/main/1@dry", "dmz-escape/one/main/1", "dmz-escape/story/main/2", "dmz-escape/three/main/1",
        "dmz-escape/two/main/1",
    ]  # fmt: skip
    assert message["interrupted"] == ["dmz-escape/story/main/2"]
    assert message["live"] == ["https://x.example/status/main-1000"]
    assert message["modes"] == ["dry", "live"]
    assert speak(message)["title"] == "Amplifier · DRY RUN + LIVE · missed beat"


def test_an_outage_in_one_mode_has_that_mode(bench: Bench) -> None:
    bench.thread("dry", 2, mode=Mode.DRY)
    bench.clock.move(hours=9)
    bench.beat(alive=START)
    (message,) = told(bench.store)
    assert (message["mode"], "modes" in message) == ("dry", False)
    assert speak(message)["title"] == "Amplifier · DRY RUN · missed beat"


def test_a_long_silence_in_which_nothing_was_missed_is_told_to_nobody(bench: Bench) -> None:
    bench.thread(posts=1, at=START + timedelta(hours=9))
    bench.clock.move(hours=9)
    bench.beat(alive=START)
    assert told(bench.store) == []


def test_a_first_run_that_finds_overdue_posts_does_not_say_since_when(bench: Bench) -> None:
    bench.thread(posts=1)
    bench.clock.move(hours=9)
    bench.run()
    assert (
        "nothing ran before now, until 2026-12-01 09:30 UTC; 1 thread (1 post) was due"
        in told(bench.store)[0]["detail"]
    )


def test_a_list_of_very_many_is_shortened() -> None:
    assert alert.shortened(["a"] * 20) == ["a"] * 20
    assert alert.shortened([*"abcdefghijklmnopqrstuvw"])[-2:] == ["t", "and 3 more"]


def test_what_a_person_does_is_not_told_to_that_person(bench: Bench) -> None:
    bench.thread(posts=2)
    bench.timeline().script.append(DROPPED)
    bench.timeline().sightings.extend([UNREADABLE] * 30)
    bench.run()
    assert kinds(bench.store) == ["held"]
    bench.timeline().sightings.clear()
    manual.resolve_not_sent(bench.store, at("story/1"), why="looked", who="Kim", now=bench.clock.now())
    manual.cancel(bench.store, at("story/1"), why="enough", who="Kim", now=bench.clock.now())
    bench.thread("late", 1)
    pause.stop(bench.store, "all", "", why=None, who="Kim", now=bench.clock.now())
    bench.clock.move(hours=9)
    pause.go_on(bench.store, "all", "", why="over", who="Kim", now=bench.clock.now())
    assert bench.states("late") == "held: late"
    assert kinds(bench.store) == ["held"]


def test_a_post_that_is_out_after_a_message_recovers_and_only_the_first_time(bench: Bench) -> None:
    bench.thread(posts=2)
    bench.timeline().script.append(Answer(Kind.BLOCKED, detail="no credits"))
    bench.run()
    manual.unblock(bench.store, "main", why="topped up", who="Kim", now=bench.clock.now())
    manual.retry(bench.store, at("story/1"), why="topped up", who="Kim", now=bench.clock.now())
    bench.run()
    assert bench.states() == "sent, sent"
    assert [(message["kind"], message.get("post"), message["detail"]) for message in told(bench.store)] == [
        ("blocked", "dmz-escape/story/main/1", "account blocked: no credits"),
        ("recovery", None, "unblocked by Kim: topped up"),
        ("recovery", "dmz-escape/story/main/1", "it is out: what you were told of it is mended"),
    ]


def test_a_post_that_was_only_tried_again_recovers_from_nothing(bench: Bench) -> None:
    bench.thread(posts=1)
    bench.timeline().script.extend([Answer(Kind.NOT_SENT, detail="no connection"), bench.timeline().lose])
    bench.run()
    assert bench.states() == "sent"
    assert bench.post("story", 1)["epoch"] > 1
    assert told(bench.store) == []
