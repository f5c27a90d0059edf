from __future__ import annotations

import threading
import time
from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from amplifier.errors import UsageError
from amplifier.model import Mode
from amplifier.publishing import pause
from amplifier.publishing.queue import Claim, claim
from amplifier.publishing.respace import Choice
from amplifier.store.engine import Store, open_store
from tests.support.queue import DROPPED, LEASE, START, Bench

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def stop(bench: Bench, scope: pause.Scope = "all", name: str = "") -> bool:
    return pause.stop(bench.store, scope, name, why="breaking news", who="Kim", now=bench.clock.now())


def go_on(
    bench: Bench, scope: pause.Scope = "all", name: str = "", otherwise: Choice = Choice.HOLD
) -> list[str] | None:
    """Resume; what was held, or None when it was not paused."""
    said: dict[str, Any] = {"why": "over", "who": "Kim", "now": bench.clock.now()}
    dealt = pause.go_on(bench.store, scope, name, otherwise=otherwise, **said)
    return None if dealt is None else [str(address) for address in dealt.held]


def test_a_pause_says_whether_it_was_new_and_leaves_an_event(bench: Bench) -> None:
    bench.thread()
    assert stop(bench)
    assert not stop(bench)
    assert [(one["scope"], one["why"], one["who"]) for one in pause.paused(bench.store)] == [
        ("all", "breaking news", "Kim")
    ]
    assert go_on(bench) == []
    assert go_on(bench) is None
    assert pause.paused(bench.store) == []
    assert [event["kind"] for event in bench.events() if event["kind"] in {"pause", "resume"}] == ["pause", "resume"]


@pytest.mark.parametrize("scope", ("account", "campaign"))
def test_a_name_that_is_not_there_is_an_error_that_names_those_that_are(bench: Bench, scope: pause.Scope) -> None:
    with pytest.raises(UsageError, match=f"no {scope} 'x'") as caught:
        stop(bench, scope, "x")
    assert "approve a campaign first" in caught.value.hint
    bench.thread()
    with pytest.raises(UsageError, match=f"no {scope} 'x'") as caught:
        go_on(bench, scope, "x")
    assert {"account": "main", "campaign": "dmz-escape"}[scope] in caught.value.hint


def test_a_pause_takes_effect_between_the_posts_of_a_thread_and_the_thread_goes_on_after_it(bench: Bench) -> None:
    bench.thread()
    bench.thread("facts", 1)
    bench.beats()
    stop(bench)
    bench.clock.move(minutes=30)
    assert bench.beats() == []
    go_on(bench)
    for _ in range(3):
        bench.beats()
        bench.clock.move(seconds=20)
    assert bench.sent[:3] == [f"Post {k} of story, dmz-escape." for k in (1, 2, 3)]
    assert bench.states("facts") == "sent"


def test_a_post_on_the_wire_is_settled_although_a_pause_came(bench: Bench) -> None:
    bench.thread()

    def pausing(intent: object) -> object:
        stop(bench)
        return bench.timeline().accept(intent)  # type: ignore[arg-type]

    bench.timeline().script.append(pausing)  # type: ignore[arg-type]
    assert bench.beat()
    assert bench.states() == "sent, queued, waiting"


def test_a_paused_post_in_doubt_is_still_looked_for(bench: Bench) -> None:
    bench.thread(posts=1)
    bench.timeline().script.append(bench.timeline().lose)
    bench.beats()
    stop(bench)
    bench.clock.move(seconds=90)
    bench.beats()
    assert bench.states() == "sent"


def test_it_survives_reopening(store: Store, tmp_path: Path) -> None:
    bench = Bench(store)
    bench.thread()
    stop(bench)
    url = store.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    again = Bench(open_store(url, tmp_path / "amplifier.db"), bench.clock)
    assert again.beats() == []
    assert len(pause.paused(again.store)) == 1
    again.store.close()


# ---------------------------------------------------------------- scoped


def test_a_paused_campaign_gives_its_account_to_others_and_its_begun_thread_comes_first_again(bench: Bench) -> None:
    bench.thread("story", 2)
    bench.thread("other", 1, campaign="other")
    bench.beats()
    assert stop(bench, "campaign", "dmz-escape")
    assert bench.account()["open_thread_id"] is None
    assert [done.address.thread for done in bench.beats()] == ["other"]
    bench.thread("later", 1, campaign="other")
    bench.clock.move(minutes=1)
    go_on(bench, "campaign", "dmz-escape")
    assert bench.account()["open_thread_id"] == bench.post("story", 2)["thread_id"]
    assert [done.address.thread for done in bench.beats()] == ["story", "later"]


def test_a_begun_thread_takes_the_account_that_a_pause_sets_free(bench: Bench) -> None:
    """Two campaigns are half out in turn; when the one that has the account is paused, the other goes on."""
    bench.thread("story", 2)
    bench.thread("other", 2, campaign="other")
    bench.beats()
    stop(bench, "campaign", "dmz-escape")
    bench.beats()
    go_on(bench, "campaign", "dmz-escape")
    bench.thread("older", 1, at=START - timedelta(minutes=1))
    stop(bench, "campaign", "other")
    bench.clock.move(seconds=20)
    assert [done.address.thread for done in bench.beats()] == ["story", "older"]


def test_pausing_another_campaign_leaves_the_open_thread_alone(bench: Bench) -> None:
    thread = bench.thread("story", 2)
    bench.thread("other", 1, campaign="other")
    bench.beats()
    stop(bench, "campaign", "other")
    assert bench.account()["open_thread_id"] == thread
    bench.clock.move(seconds=20)
    assert [done.address.thread for done in bench.beats()] == ["story"]


def test_pausing_another_account_leaves_this_one_alone(bench: Bench) -> None:
    bench.thread("story", 1)
    bench.thread("theirs", 1, account="second")
    stop(bench, "account", "second")
    assert [done.address.account for done in bench.beats()] == ["main"]


def test_a_thread_in_doubt_keeps_its_account_until_it_is_settled(bench: Bench) -> None:
    thread = bench.thread("story", 2)
    bench.thread("other", 1, campaign="other")
    bench.timeline().script.append(DROPPED)
    bench.beats()
    stop(bench, "campaign", "dmz-escape")
    assert bench.account()["open_thread_id"] == thread
    assert bench.beats() == []
    bench.clock.move(seconds=90)
    bench.beats()
    bench.clock.move(seconds=180)
    assert [done.address.thread for done in bench.beats()] == ["story", "other"]
    assert bench.states() == "queued, waiting"


# ---------------------------------------------------------------- what a stop made late


def test_resuming_holds_what_the_pause_made_late_and_goes_on_in_order_with_the_rest(bench: Bench) -> None:
    for number, hours in enumerate((1, 3, 5), 1):
        bench.thread(f"t{number}", 2, at=START + timedelta(hours=hours), mode=Mode.DRY)
    stop(bench)
    bench.clock.move(hours=6)
    assert go_on(bench) == ["dmz-escape/t1/main/1@dry", "dmz-escape/t2/main/1@dry"]
    assert bench.states("t1", Mode.DRY) == "held: late, held: earlier post"
    assert "it was paused for 5 h 0 min" in bench.post("t1", 1, Mode.DRY)["detail"]
    assert [done.address.thread for done in bench.beats()] == ["t3"]


@pytest.mark.parametrize(("hours", "state"), ((6, "queued"), (7, "held: interrupted")))
def test_a_begun_thread_may_be_interrupted_for_longer(bench: Bench, hours: int, state: str) -> None:
    bench.thread(posts=2)
    bench.beats()
    stop(bench)
    bench.clock.move(hours=hours)
    go_on(bench)
    assert bench.states() == f"sent, {state}"


def test_a_wait_that_we_imposed_does_not_count(bench: Bench) -> None:
    """Due two hours ago, but another thread had the account; the pause was a minute."""
    bench.thread("story", 2, gap=7200)
    bench.thread("facts", 1)
    bench.beats()
    bench.clock.move(hours=2)
    stop(bench)
    bench.clock.move(minutes=1)
    assert go_on(bench) == []
    assert [done.address.thread for done in bench.beats()] == ["story", "facts"]


SCOPES = (("all", ""), ("account", "main"), ("campaign", "dmz-escape"))


@pytest.mark.parametrize(("first", "last"), tuple(permutations(SCOPES, 2)))
def test_what_two_stops_made_late_is_decided_when_the_last_of_them_ends(
    bench: Bench, first: tuple[Any, str], last: tuple[Any, str]
) -> None:
    """The first pause is two hours long; what it made late is known to the other, which began a minute ago."""
    bench.thread()
    stop(bench, *first)
    bench.clock.move(hours=2)
    stop(bench, *last)
    bench.clock.move(minutes=1)
    assert go_on(bench, *first, otherwise=Choice.SKIP) == []
    assert bench.states() == "queued, waiting, waiting"
    assert go_on(bench, *last) == ["dmz-escape/story/main/1"]
    assert bench.states() == "held: late, held: earlier post, held: earlier post"


def test_a_pause_that_has_nothing_to_do_with_another_decides_by_itself(bench: Bench) -> None:
    bench.thread()
    bench.thread("other", account="second", campaign="other")
    stop(bench, "account", "second")
    stop(bench, "campaign", "dmz-escape")
    bench.clock.move(hours=2)
    assert go_on(bench, "campaign", "dmz-escape") == ["dmz-escape/story/main/1"]
    assert go_on(bench, "account", "second") == ["other/other/second/1"]


# ---------------------------------------------------------------- promise 7


def test_after_a_pause_commits_no_new_claim_commits(store: Store, tmp_path: Path) -> None:
    bench = Bench(store)
    for number in range(40):
        bench.thread(f"t{number}", 1, account=f"a{number}")
    url = store.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    claimed: list[float] = []
    ready = threading.Barrier(3)

    def work(number: int) -> None:
        mine = open_store(url, tmp_path / "amplifier.db", synchronous="OFF")
        ready.wait()
        while isinstance(claim(mine, now=START, modes=frozenset(Mode), lease=LEASE, worker=f"w{number}"), Claim):
            claimed.append(time.monotonic())
            time.sleep(0.01)  # SQLite lets who waits try only now and then
        mine.close()

    workers = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for worker in workers:
        worker.start()
    ready.wait()
    while len(claimed) < 4:
        time.sleep(0.001)
    stop(bench)
    with store.read() as connection:
        from sqlalchemy import text  # noqa: PLC0415

        in_flight = "SELECT COUNT(*) FROM post WHERE state = 'sending'"
        at_once = connection.execute(text(in_flight)).scalar()
    for worker in workers:
        worker.join()
    with store.read() as connection:
        assert connection.execute(text(in_flight)).scalar() == at_once
    assert at_once is not None
    assert 4 <= at_once < 40


@pytest.mark.postgresql
@pytest.mark.parametrize("change", (stop, go_on))
def test_a_claim_under_way_is_waited_for_by_the_pause(postgresql_store: Store, change: Callable[[Bench], Any]) -> None:
    """The lock that claims share is the one that pause takes for itself."""
    from amplifier.publishing.queue import is_paused  # noqa: PLC0415

    bench = Bench(postgresql_store)
    bench.thread()
    done = threading.Event()

    def pausing() -> None:
        change(bench)
        done.set()

    with postgresql_store.write() as connection:
        assert not is_paused(connection)
        other = threading.Thread(target=pausing)
        other.start()
        assert not done.wait(0.2)
    other.join()
    assert done.is_set()
