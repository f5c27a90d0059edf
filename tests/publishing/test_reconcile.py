from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from amplifier.errors import ConfigurationError
from amplifier.model import Mode, State
from amplifier.networks.port import Answer, Intent, Kind, Network, Receipt, Sighting
from amplifier.publishing.outcome import NO_TWIN
from amplifier.publishing.reconcile import settle_look, take_look
from tests.support.queue import DROPPED, LEASE, NOTHING, SETTLE, START, UNREADABLE, Bench, Remote, Timeline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

S = SETTLE


def doubtful(bench: Bench, posts: int = 2) -> None:
    """One thread whose root may or may not be out."""
    bench.thread(posts=posts, gap=0)
    bench.timeline().script.append(DROPPED)
    (done,) = bench.beats()
    assert done.state is State.UNKNOWN


def look(bench: Bench, at: timedelta) -> str:
    """What one look at this time after the doubt does."""
    bench.clock.at = START + at
    asked = len(bench.timeline().looked)
    bench.beat()
    assert len(bench.timeline().looked) == asked + 1
    return bench.states()


def test_the_looks_are_at_s_and_three_s_and_then_it_is_sent_once_more(bench: Bench) -> None:
    doubtful(bench)
    bench.clock.at = START + S - timedelta(microseconds=1)
    assert bench.beat() is None
    assert look(bench, S) == "unknown, waiting"
    assert bench.beats() == []
    assert look(bench, 3 * S) == "queued, waiting"
    assert bench.post("story", 1)["resent"] == 1
    assert [done.state.value for done in bench.beats()] == ["sent", "sent"]
    assert len(bench.timeline().posts) == 2


def test_the_second_doubt_ends_with_a_person(bench: Bench) -> None:
    doubtful(bench)
    bench.timeline().script.append(DROPPED)
    look(bench, S)
    look(bench, 3 * S)
    bench.beat()
    assert look(bench, 4 * S) == "unknown, waiting"
    assert look(bench, 6 * S) == "held: perhaps sent, held: earlier post"
    assert len(bench.timeline().published) == 2
    assert bench.account()["open_thread_id"] is None


def test_what_is_found_is_adopted_and_the_thread_goes_on_under_it(bench: Bench) -> None:
    bench.thread(posts=2, gap=0)
    bench.timeline().script.append(bench.timeline().lose)
    bench.beats()
    assert look(bench, S) == "sent, queued"
    assert bench.post("story", 1)["sent_at"] == START
    bench.beats()
    assert [post.parent for post in bench.timeline().posts] == [None, "main-1000"]
    assert len(bench.timeline().published) == 2


def test_a_network_that_lags_is_found_by_the_second_look(bench: Bench) -> None:
    bench.thread(posts=1)
    bench.timeline().lag = 2 * S
    bench.timeline().script.append(bench.timeline().lose)
    bench.beats()
    assert look(bench, S) == "unknown"
    assert look(bench, 3 * S) == "sent"


def test_the_same_text_in_another_thread_is_not_taken_for_this_post(bench: Bench) -> None:
    texts = ["Root of one.", "Read what she wrote."], ["Root of two.", "Read what she wrote."]
    bench.thread("one", texts[0], gap=0)
    bench.beats()
    bench.thread("two", texts[1], gap=0)
    bench.timeline().script.extend([bench.timeline().accept, DROPPED])
    bench.beats()
    bench.clock.at = START + S
    bench.beat()
    assert bench.states("two") == "sent, unknown"


def test_an_id_that_another_row_owns_is_ignored(bench: Bench) -> None:
    bench.thread("facts", ["The same text."])
    bench.beats()
    bench.thread("story", ["The same text."])
    bench.timeline().script.append(DROPPED)
    bench.beats()
    owned = Receipt("main-1000", None)
    bench.timeline().sightings.append(Sighting(readable=True, receipts=(owned,)))
    assert look(bench, S) == "unknown"
    bench.timeline().sightings.append(Sighting(readable=True, receipts=(owned, Receipt("fresh", None))))
    assert look(bench, 3 * S) == "sent"
    assert bench.post("story", 1)["remote_id"] == "fresh"


def test_several_matches_are_for_a_person(bench: Bench) -> None:
    doubtful(bench)
    bench.timeline().sightings.append(Sighting(readable=True, receipts=(Receipt("1", None), Receipt("2", None))))
    assert look(bench, S) == "held: perhaps sent: several match, held: earlier post"
    assert "1 and 2" in bench.post("story", 1)["detail"]


def test_a_duplicate_that_is_ours_is_adopted_and_a_strangers_is_held(bench: Bench) -> None:
    bench.thread("ours", ["Ours."])
    network = bench.timeline()

    def duplicate(intent: object) -> Answer:
        network.keep(intent)  # type: ignore[arg-type]
        return Answer(Kind.DUPLICATE, detail="403")

    network.script.extend([duplicate, Answer(Kind.DUPLICATE, detail="403")])
    bench.beats()
    bench.clock.move(seconds=90)
    bench.beats()
    assert bench.states("ours") == "sent"
    bench.thread("theirs", ["Theirs."])
    bench.beats()
    assert bench.states("theirs") == "unknown: a stranger's duplicate"
    for _ in range(2):
        bench.clock.move(seconds=180)
        bench.beats()
    assert bench.states("theirs") == "held: a stranger's duplicate"
    assert len(network.published) == 2


@pytest.mark.parametrize(
    ("settle", "patience"), ((S, timedelta(minutes=15)), (timedelta(minutes=10), timedelta(minutes=40)))
)
def test_what_cannot_be_read_is_given_up_after_a_while_and_the_account_goes_on(
    bench: Bench, settle: timedelta, patience: timedelta
) -> None:
    bench.thread(posts=2)
    bench.thread("facts", 1)
    bench.timeline().script.append(DROPPED)
    bench.timeline().sightings.extend([UNREADABLE] * 100)
    bench.beat(settle=settle)
    while bench.post("story", 1)["state"] == "unknown":
        bench.clock.at = bench.post("story", 1)["due_at"]
        assert bench.beat(settle=settle)
    assert bench.clock.now() == START + settle + patience
    assert bench.states() == "held: perhaps sent, held: earlier post"
    assert "503" in bench.post("story", 1)["detail"]
    assert [done.address.thread for done in bench.beats()] == ["facts"]


def test_a_text_that_was_changed_after_it_was_sent_is_no_proof_that_it_is_not_out(bench: Bench) -> None:
    bench.thread(posts=1)
    text = bench.post("story", 1)["text"]
    bench.timeline().script.append(bench.timeline().lose)
    bench.beats()
    bench.change("story", 1, text="Nobody approved this.")
    assert bench.timeline().looked == []
    while bench.post("story", 1)["state"] == "unknown":
        bench.clock.at = bench.post("story", 1)["due_at"]
        bench.beats()
    assert bench.states() == "held: perhaps sent"
    assert "not the one that was approved" in bench.post("story", 1)["detail"]
    bench.change("story", 1, text=text)
    assert len(bench.timeline().posts) == 1


def test_a_look_is_not_taken_twice_at_once_and_its_lease_ends(bench: Bench) -> None:
    doubtful(bench)
    bench.clock.at = START + S
    arguments = {"now": bench.clock.now(), "modes": frozenset(Mode), "lease": LEASE, "worker": "a"}
    first = take_look(bench.store, **arguments)  # type: ignore[arg-type]
    assert first is not None
    assert take_look(bench.store, **arguments) is None  # type: ignore[arg-type]
    arguments["now"] = START + S + LEASE + timedelta(microseconds=1)
    second = take_look(bench.store, **arguments)  # type: ignore[arg-type]
    assert second is not None
    assert second.epoch == first.epoch + 1
    assert bench.count("attempt") == 3


@pytest.mark.parametrize("sighting", (NOTHING, UNREADABLE, Sighting(readable=True, receipts=(Receipt("9", None),))))
def test_a_look_under_a_stale_epoch_writes_nothing(bench: Bench, sighting: Sighting) -> None:
    """Two workers that look at once are not two looks."""
    doubtful(bench)
    bench.clock.at = START + S
    stale = take_look(bench.store, now=bench.clock.now(), modes=frozenset(Mode), lease=LEASE, worker="a")
    assert stale is not None
    bench.clock.move(seconds=301)
    fresh = take_look(bench.store, now=bench.clock.now(), modes=frozenset(Mode), lease=LEASE, worker="b")
    before = dict(bench.post("story", 1))
    now = bench.clock.now()
    assert fresh is not None
    assert settle_look(bench.store, stale, sighting, now=now, settle=S, worker="a") is None
    assert dict(bench.post("story", 1)) == before
    assert settle_look(bench.store, fresh, NOTHING, now=now, settle=S, worker="b") is not None
    assert bench.post("story", 1)["looks"] == 1


def test_a_look_keeps_the_anchor_and_the_time_of_the_claim(bench: Bench) -> None:
    bench.thread("facts", 1)
    bench.beats()
    bench.clock.move(minutes=1)
    bench.thread("story", 1)
    bench.timeline().script.append(DROPPED)
    bench.beats()
    bench.clock.move(minutes=10)
    bench.beats()
    intent = bench.timeline().looked[0]
    assert (intent.anchor, intent.claimed_at) == ("main-1000", START + timedelta(minutes=1))
    assert intent.author == "id-of-main"


def test_an_account_that_cannot_be_opened_holds_up_no_other(bench: Bench) -> None:
    doubtful(bench)
    bench.thread("theirs", 1, account="second")
    bench.clock.at = START + S

    def network(name: str, mode: Mode) -> Network:
        if name == "main":
            raise ConfigurationError("account main: no network is called 'x2'")
        return bench.timeline(name, mode)

    assert bench.beat(network=network)
    assert bench.post("story", 1)["look_failed_at"] == bench.clock.now()
    done = bench.beat(network=network)
    assert done
    assert (done.address.thread, done.state) == ("theirs", State.SENT)


def test_a_mode_that_is_not_allowed_is_not_looked_for(bench: Bench) -> None:
    doubtful(bench)
    bench.clock.at = START + S
    assert bench.beat(modes=frozenset({Mode.DRY})) is None
    assert bench.timeline().looked == []


def test_a_lost_answer_is_found_by_its_parent_too(bench: Bench) -> None:
    bench.thread("slip", 1)
    bench.beats()
    bench.thread(posts=["We were wrong."], reply_to="main-1000")
    timeline = bench.timeline()
    timeline.script.append(timeline.lose)
    bench.beats()
    assert bench.states() == "unknown"
    timeline.posts.append(replace(timeline.posts[-1], id="elsewhere", parent=None))
    assert look(bench, S) == "sent"
    assert (bench.post("story", 1)["remote_id"], timeline.looked[-1].parent) == ("main-1001", "main-1000")


# ---------------------------------------------------------------- what the network calls a duplicate


def told_duplicate(bench: Bench, thread: str) -> str:
    """The network refuses the next post as a duplicate; what is said of it after two looks."""
    bench.timeline().script.append(Answer(Kind.DUPLICATE, detail="403"))
    bench.beats()
    for _ in range(2):
        bench.clock.move(seconds=180)
        bench.beats()
    assert bench.states(thread).split(", ")[0] == "held: a stranger's duplicate"
    detail: str = bench.post(thread, 1)["detail"]
    return detail


def test_a_strangers_duplicate_is_shown_beside_ours_also_from_before_the_anchor(bench: Bench) -> None:
    bench.timeline().posts.append(Remote("by-hand", "Read what she wrote.", None, START - timedelta(days=2)))
    bench.thread("first", 1)
    bench.beats()
    bench.thread("second", ["Read what she wrote.", "More."])
    assert told_duplicate(bench, "second") == (
        "the network refuses it as a duplicate; the account has the text of dmz-escape/second/main/1, "
        "“Read what she wrote.”, out already: https://x.example/status/by-hand of 2026-11-29 00:30 UTC"
    )
    assert [look.duplicate for look in bench.timeline().looked] == [True, True]
    assert bench.account()["open_thread_id"] is None


def test_a_duplicate_of_another_thread_is_named_by_its_address_and_never_adopted(bench: Bench) -> None:
    bench.thread("first", ["Read what she wrote."])
    bench.beats()
    bench.thread("second", ["Read what she wrote."])
    assert told_duplicate(bench, "second").endswith(
        "https://x.example/status/main-1000 of 2026-12-01 00:30 UTC (dmz-escape/first/main/1)"
    )
    assert bench.post("second", 1)["remote_id"] is None


def test_a_duplicate_under_another_parent_is_shown_and_never_adopted(bench: Bench) -> None:
    bench.thread("story", ["Read what she wrote."])
    bench.timeline().posts.append(Remote("a-reply", "Read what she wrote.", "elsewhere", START))
    assert "a-reply" in told_duplicate(bench, "story")


def test_a_duplicate_that_nobody_finds_is_said_to_be_that(bench: Bench) -> None:
    bench.thread("story", 1)
    assert told_duplicate(bench, "story") == NO_TWIN


def test_many_duplicates_are_counted(bench: Bench) -> None:
    bench.thread("story", ["Again."])
    bench.timeline().posts += [Remote(f"r{number}", "Again.", "p", START) for number in range(7)]
    bench.change("story", 1, url=None)
    assert told_duplicate(bench, "story").endswith(" and 2 more")


def test_a_doubt_of_another_kind_reads_nothing_from_before_the_anchor(bench: Bench) -> None:
    doubtful(bench)
    look(bench, S)
    assert [found.duplicate for found in bench.timeline().looked] == [False]


def test_a_duplicate_whose_time_is_not_known_is_shown_without_it(bench: Bench) -> None:
    bench.thread("story", ["Again."])
    other = Sighting(readable=True, others=(Receipt("77", None),))
    bench.timeline().sightings.extend([other, other])
    assert told_duplicate(bench, "story").endswith("out already: 77")


# ---------------------------------------------------------------- looks that fail


FAILURES = {
    "the token is refused": Sighting(readable=False, detail="HTTP 401: X does not accept the token"),
    "no credits are left": Sighting(readable=False, detail="HTTP 402: the X app has no credits left"),
    "the timeline is not for this app": Sighting(readable=False, detail="HTTP 403: client-not-enrolled"),
    "limited for a day": Sighting(readable=False, detail="HTTP 429", until=START + timedelta(days=1)),
    "an error of the server": UNREADABLE,
    "read in part": Sighting(readable=False, receipts=(Receipt("9", None),), detail="the timeline is read in part"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_timeline_that_cannot_be_read_never_keeps_its_account_for_ever(bench: Bench, failure: str) -> None:
    """The next thread goes on a quarter of an hour after the first failed look, and tells by itself whether it may."""
    bench.thread(posts=2)
    bench.thread("facts", 1)
    bench.timeline().script.append(DROPPED)
    bench.timeline().sightings.extend([FAILURES[failure]] * 100)
    bench.run(drain=False)
    assert bench.states() == "held: perhaps sent, held: earlier post"
    assert bench.states("facts") == "sent"
    assert bench.clock.now() == START + S + timedelta(minutes=15)
    assert bench.account()["blocked_at"] is None
    assert FAILURES[failure].detail in bench.post("story", 1)["detail"]


def test_a_look_that_breaks_off_in_the_networks_code_is_one_that_could_not_read(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    doubtful(bench)
    bench.thread("facts", 1)
    network = bench.timeline()

    class Broken(Timeline):
        def find(self, intent: Intent) -> Sighting:
            raise KeyError(intent.text)

    bench.timelines["main", Mode.LIVE] = Broken(clock=bench.clock)
    bench.clock.at = START + S
    while bench.post("story", 1)["state"] == "unknown":
        assert bench.beat()
        bench.clock.at = bench.post("story", 1)["due_at"]
    assert bench.states() == "held: perhaps sent, held: earlier post"
    assert "the network's code failed: KeyError" in bench.post("story", 1)["detail"]
    assert "looking for dmz-escape/story/main/1" in caplog.text
    bench.timelines["main", Mode.LIVE] = network
    assert [done.address.thread for done in bench.beats()] == ["facts"]


def test_workers_that_die_at_every_look_delay_it_and_do_not_keep_its_lease(bench: Bench) -> None:
    doubtful(bench)
    for _ in range(3):
        bench.clock.move(seconds=301)
        taken = take_look(bench.store, now=bench.clock.now(), modes=frozenset(Mode), lease=LEASE, worker="a")
        assert taken is not None
    bench.clock.move(seconds=301)
    assert bench.beat()
    assert bench.post("story", 1)["looks"] == 1


def test_of_two_workers_that_find_the_same_look_due_one_takes_it(bench: Bench) -> None:
    doubtful(bench)
    bench.clock.at = START + S
    arguments = {"now": bench.clock.now(), "modes": frozenset(Mode), "lease": LEASE}

    class Slow:
        """Between its reading and its writing another worker takes the look."""

        read = staticmethod(bench.store.read)

        @contextmanager
        def write(self) -> Iterator[Connection]:
            assert take_look(bench.store, worker="fast", **arguments)  # type: ignore[arg-type]
            with bench.store.write() as connection:
                yield connection

    assert take_look(Slow(), worker="slow", **arguments) is None  # type: ignore[arg-type]
    assert (bench.post("story", 1)["worker"], bench.count("attempt")) == ("fast", 2)
