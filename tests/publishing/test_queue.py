from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from amplifier.errors import TryLater
from amplifier.model import Mode, State
from amplifier.networks.port import Answer, Kind
from amplifier.publishing import pause, witness
from amplifier.publishing.outcome import Next
from amplifier.publishing.queue import RACES, Claim, Held, _next_due, _take, claim, seal_holds
from amplifier.publishing.settle import settle
from amplifier.store import meta, tables
from amplifier.store.engine import open_store
from amplifier.store.types import instant_text
from tests.support.queue import LEASE, SETTLE, START, Bench, at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from amplifier.store.engine import Store


def take(bench: Bench, worker: str = "host/once/1", modes: frozenset[Mode] = frozenset(Mode)) -> Claim | Held | None:
    return claim(bench.store, now=bench.clock.now(), modes=modes, lease=LEASE, worker=worker)


def taken(bench: Bench, **options: Any) -> str:
    """What a claim took: `story/1`."""
    found = take(bench, **options)
    assert isinstance(found, Claim)
    return f"{found.address.thread}/{found.address.k}"


# ---------------------------------------------------------------- what a claim writes


def test_a_claim_writes_state_epoch_lease_attempt_and_event_at_once(bench: Bench) -> None:
    bench.thread()
    found = take(bench)
    assert isinstance(found, Claim)
    row = bench.post("story", 1)
    assert (row["state"], row["epoch"], row["worker"]) == ("sending", 1, "host/once/1")
    assert (row["lease_until"], row["claimed_at"], row["first_tried_at"]) == (START + LEASE, START, START)
    assert bench.account()["open_thread_id"] == row["thread_id"]
    assert bench.count("attempt") == 1
    last = bench.events("state")[-1]
    assert (last["from_state"], last["to_state"], last["who"]) == ("queued", "sending", "host/once/1")
    assert (found.intent.text, found.intent.parent, found.intent.anchor) == (row["text"], None, None)


def test_every_claim_raises_the_epoch_and_knows_the_newest_own_post(bench: Bench) -> None:
    bench.thread(posts=2)
    bench.timeline().script.append(Answer(Kind.LIMITED, until=START + timedelta(minutes=1)))
    bench.beats()
    bench.clock.move(minutes=1)
    bench.beats()
    assert bench.post("story", 1)["epoch"] == 2
    bench.clock.move(seconds=20)
    found = take(bench)
    assert isinstance(found, Claim)
    assert found.intent.anchor == found.intent.parent == "main-1000"


# ---------------------------------------------------------------- one at a time


def test_an_account_has_one_post_in_flight_and_another_account_goes_on(bench: Bench) -> None:
    bench.thread("story")
    bench.thread("facts", campaign="other")
    bench.thread("theirs", account="second")
    bench.thread("dry", mode=Mode.DRY)
    assert [taken(bench), taken(bench), taken(bench)] == ["story/1", "theirs/1", "dry/1"]
    assert take(bench) is None


@pytest.mark.parametrize("state", ("sending", "unknown"))
def test_the_database_refuses_a_second_post_in_doubt(bench: Bench, state: str) -> None:
    bench.thread("story")
    bench.thread("facts")
    assert taken(bench) == "story/1"
    with pytest.raises(IntegrityError):
        bench.change("facts", 1, state=state)
    row = dict(bench.post("facts", 1))
    with pytest.raises(IntegrityError), bench.store.write() as connection:
        connection.execute(insert(tables.post).values(row | {"id": 99, "k": 9, "state": state}))


def test_losing_the_race_to_the_index_is_no_error(bench: Bench) -> None:
    """Two workers that both found the account free: the second one's write meets the partial index."""
    bench.thread("story")
    bench.thread("facts", campaign="other")
    with bench.store.read() as connection:
        row = _next_due(connection, START, frozenset(Mode))
    assert row is not None
    other = dict(bench.post("facts", 1)) | {"author": None, "campaign": "other", "thread": "facts", "account": "main"}
    with bench.store.write() as connection:
        assert _take(connection, row, START, LEASE, "one")
    with pytest.raises(IntegrityError), bench.store.write() as connection:
        _take(connection, other, START, LEASE, "two")  # type: ignore[arg-type]
    assert take(bench) is None
    assert bench.post("facts", 1)["state"] == "queued"


@pytest.mark.postgresql
def test_a_race_lost_to_the_index_ends_in_another_look_at_what_is_next(postgresql_bench: Bench) -> None:
    """Between the reading and the writing of a claim, another worker takes another post of the account."""
    bench = postgresql_bench
    bench.thread("story")
    bench.thread("facts", at=START + timedelta(hours=1))
    others: list[Claim | Held | None] = []

    def first() -> None:
        bench.change("facts", 1, due_at=START - timedelta(seconds=1))
        others.append(take(bench, "other"))

    def between(_c: object, _k: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE post") and threading.current_thread() is threading.main_thread():
            other = threading.Thread(target=first)
            other.start()
            other.join()

    event.listen(bench.store.engine, "before_cursor_execute", between)
    assert take(bench) is None
    event.remove(bench.store.engine, "before_cursor_execute", between)
    assert isinstance(others[0], Claim)
    assert (bench.states("facts"), bench.states()) == ("sending, waiting, waiting", "queued, waiting, waiting")


@contextmanager
def overtaken(bench: Bench, ahead: str, times: int = 1) -> Iterator[list[int]]:
    """So many times, between the reading and the writing of a claim, another worker does this."""
    done: list[int] = []

    def between(_c: object, _k: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE post") and statement != ahead and len(done) < times:
            done.append(1)
            with bench.store.engine.begin() as other:
                other.execute(text(ahead))

    event.listen(bench.store.engine, "before_cursor_execute", between)
    yield done
    event.remove(bench.store.engine, "before_cursor_execute", between)


SETTLED = "UPDATE post SET epoch = epoch + 1"
OPENED = "UPDATE account SET open_thread_id = (SELECT MAX(id) FROM thread)"


@pytest.mark.postgresql
def test_a_worker_that_always_comes_second_ends_its_beat_instead_of_trying_for_ever(postgresql_bench: Bench) -> None:
    bench = postgresql_bench
    bench.thread("story")
    with overtaken(bench, SETTLED, times=2 * RACES) as races:
        assert take(bench) is None
    assert len(races) == RACES
    assert (bench.states(), bench.count("attempt")) == ("queued, waiting, waiting", 0)
    assert taken(bench) == "story/1"


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("ahead", "left"), ((SETTLED, "unknown: database restored"), (OPENED, "queued")), ids=("post", "account")
)
def test_after_a_restore_a_worker_that_comes_second_leaves_nothing_half_done(
    postgresql_bench: Bench, ahead: str, left: str
) -> None:
    """It reads again: the post as it is now is doubted, and in another thread's turn it is left alone."""
    bench = postgresql_bench
    bench.thread("story", 1)
    bench.thread("facts", 1, at=START + timedelta(hours=1))
    with bench.store.write() as connection:
        meta.put(connection, meta.COPIED, instant_text(START - timedelta(hours=1)))
    assert witness.notice(bench.store, None, settle=SETTLE, who="host/once/1", now=START)
    with overtaken(bench, ahead) as races:
        assert take(bench) is None
    assert races
    assert (bench.states(), bench.states("facts")) == (left, "queued")
    assert [moved["to_state"] for moved in bench.events("state")].count("unknown") == (left != "queued")


@pytest.mark.postgresql
def test_a_post_that_another_worker_put_off_after_it_was_found_is_not_taken(postgresql_bench: Bench) -> None:
    """Between the finding of a post and the reading of its row, another worker tries it and is told to wait."""
    bench = postgresql_bench
    bench.thread("story")
    limited = Next(State.QUEUED, due_at=START + timedelta(hours=1))
    others: list[bool] = []

    def first() -> None:
        found = take(bench, "other")
        assert isinstance(found, Claim)
        others.append(settle(bench.store, found, limited, START, "other"))

    def between(_c: object, _k: object, statement: str, *_: object) -> None:
        if statement.startswith("WITH") and threading.current_thread() is threading.main_thread():
            other = threading.Thread(target=first)
            other.start()
            other.join()

    event.listen(bench.store.engine, "after_cursor_execute", between)
    assert take(bench) is None
    event.remove(bench.store.engine, "after_cursor_execute", between)
    assert others == [True]
    assert bench.count("attempt") == 1


def test_a_claim_of_a_row_that_moved_on_takes_nothing(bench: Bench) -> None:
    bench.thread("story")
    with bench.store.read() as connection:
        row = _next_due(connection, START, frozenset(Mode))
    assert row is not None
    bench.timeline().script.append(Answer(Kind.LIMITED))
    bench.beats()  # another worker claimed it and settled it back to the queue meanwhile
    with bench.store.write() as connection:
        assert _take(connection, row, START, LEASE, "slow") is None
    assert bench.post("story", 1)["state"] == "queued"


def test_a_claim_that_finds_the_account_taken_by_another_thread_leaves_no_trace(bench: Bench) -> None:
    bench.thread("story", posts=2)
    bench.thread("facts")
    with bench.store.read() as connection:
        heads = _next_due(connection, START, frozenset(Mode))
    assert heads is not None
    bench.beats()  # story/1 is out: the account is story's until story is out
    with bench.store.read() as connection:
        row = dict(bench.post("facts", 1)) | dict.fromkeys(("author", "late", "resume_within", "n", "campaign"))
    attempts = bench.count("attempt")
    with bench.store.write() as connection:
        assert _take(connection, row, START, LEASE, "slow") is None  # type: ignore[arg-type]
    assert (bench.post("facts", 1)["state"], bench.post("facts", 1)["epoch"]) == ("queued", 0)
    assert bench.count("attempt") == attempts
    assert bench.account()["open_thread_id"] == bench.post("story", 1)["thread_id"]


def test_an_open_thread_keeps_others_out_until_its_last_future_ends(bench: Bench) -> None:
    bench.thread("story", posts=2, gap=600)
    bench.thread("facts", posts=1)
    bench.thread("other", posts=1, campaign="other")
    assert [str(done.address) for done in bench.beats()] == ["dmz-escape/story/main/1"]
    bench.clock.move(seconds=599)
    assert bench.beats() == []
    bench.clock.move(seconds=1)
    assert [done.address.thread for done in bench.beats()] == ["story", "facts", "other"]
    assert bench.account()["open_thread_id"] is None


# ---------------------------------------------------------------- the order


def test_the_order_is_by_time_then_by_place_in_the_file(bench: Bench) -> None:
    bench.thread("third", 1, at=START + timedelta(minutes=1))
    bench.thread("second", 1, campaign="b", at=START + timedelta(seconds=1))
    bench.thread("first", 1)
    bench.thread("also-first", 1)
    bench.clock.move(minutes=2)
    assert [done.address.thread for done in bench.beats()] == ["first", "also-first", "second", "third"]


def test_a_post_is_not_taken_before_its_time(bench: Bench) -> None:
    bench.thread(at=START + timedelta(microseconds=1))
    assert take(bench) is None
    bench.clock.move(microseconds=1)
    assert taken(bench) == "story/1"


@pytest.mark.parametrize("campaign", ("dmz-escape", "other"))
def test_a_begun_thread_goes_before_a_new_one_also_when_it_is_due_later(bench: Bench, campaign: str) -> None:
    """It was held, gave its account back, and is retried while an older root of the same lane waits."""
    from amplifier.publishing import manual  # noqa: PLC0415

    bench.thread("story", 2)
    bench.timeline().script.extend([bench.timeline().accept, Answer(Kind.REFUSED)])
    bench.beats()
    bench.clock.move(seconds=20)
    bench.beats()
    assert bench.states() == "sent, failed: refused"
    bench.thread("facts", 2, campaign=campaign)
    bench.clock.move(minutes=1)
    manual.retry(bench.store, at("story/2"), why="mended", who="Kim", now=bench.clock.now())
    assert taken(bench) == "story/2"


def test_a_begun_thread_of_one_account_goes_before_a_new_one_of_another(bench: Bench) -> None:
    bench.thread("story", 2, gap=20)
    bench.beats()
    bench.thread("theirs", 1, account="second", at=START + timedelta(seconds=10))
    bench.clock.move(seconds=30)
    assert [taken(bench), taken(bench)] == ["story/2", "theirs/1"]


# ---------------------------------------------------------------- what is not taken


@pytest.mark.parametrize(("scope", "name"), (("all", ""), ("account", "main"), ("campaign", "dmz-escape")))
def test_what_is_paused_is_not_taken(bench: Bench, scope: pause.Scope, name: str) -> None:
    bench.thread()
    pause.stop(bench.store, scope, name, why=None, who="Kim", now=START)
    assert take(bench) is None
    pause.go_on(bench.store, scope, name, why="over", who="Kim", now=START)
    assert taken(bench) == "story/1"


def test_a_blocked_or_silenced_account_is_not_taken_and_others_are(bench: Bench) -> None:
    bench.thread()
    bench.thread("theirs", account="second")
    with bench.store.write() as connection:
        connection.execute(
            update(tables.account)
            .where(tables.account.c.name == "main")
            .values(wait_until=START + timedelta(minutes=15))
        )
    assert [taken(bench), take(bench)] == ["theirs/1", None]
    bench.clock.move(minutes=15)
    assert taken(bench) == "story/1"


def test_a_mode_that_is_not_allowed_is_left_alone(bench: Bench) -> None:
    bench.thread()
    assert take(bench, modes=frozenset({Mode.DRY, Mode.SIMULATED})) is None
    assert bench.states() == "queued, waiting, waiting"


def test_without_an_approval_of_this_content_a_post_is_held(bench: Bench) -> None:
    bench.thread("tampered")
    with bench.store.write() as connection:
        connection.execute(update(tables.thread).values(hash="another"))
    found = take(bench)
    assert isinstance(found, Held)
    assert bench.states("tampered").startswith("held: changed after approval, held: earlier post")
    bench.thread("missing")
    with bench.store.write() as connection:
        connection.execute(update(tables.thread).values(approval_id=None))
    assert isinstance(take(bench), Held)
    assert bench.count("attempt") == 0
    assert bench.timeline().published == []


@pytest.mark.parametrize("k", (1, 2, 3))
def test_the_seal_covers_every_post_of_the_thread(bench: Bench, k: int) -> None:
    bench.thread()
    found = take(bench)
    assert isinstance(found, Claim)
    assert seal_holds(bench.store, found)
    bench.change("story", k, text="Another text.")
    intact = k == 1  # the very bytes to be sent are the intent's, read with the claim
    assert seal_holds(bench.store, found) is intact


# ---------------------------------------------------------------- cost


def test_a_claim_reads_along_its_lane_and_never_scans_the_posts(sqlite_bench: Bench) -> None:
    bench = sqlite_bench
    bench.thread("story", 2, gap=0)
    bench.thread("other", 1, campaign="other")
    statements: list[tuple[str, Any]] = []

    def remember(_c: Any, _k: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    event.listen(bench.store.engine, "before_cursor_execute", remember)
    bench.beats()
    event.remove(bench.store.engine, "before_cursor_execute", remember)
    plans = []
    with bench.store.read() as connection:
        for statement, parameters in statements:
            if statement.startswith(("SELECT", "UPDATE", "WITH")):
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                plans += [(row[3], statement) for row in rows]
    for step, statement in plans:
        if step == "SCAN post USING INDEX ix_post_in_doubt":
            continue  # one entry an account at most
        assert not step.startswith(("SCAN post", "SCAN event", "SCAN attempt", "SCAN thread")), (step, statement)
    used = " ".join(step for step, _ in plans)
    for index in ("ix_post_lane", "ix_post_in_doubt", "ix_post_sent", "ix_post_begun"):
        assert index in used, index


# ---------------------------------------------------------------- races


def test_racing_workers_never_take_the_same_post_twice(store: Store, tmp_path: Path) -> None:
    bench = Bench(store)
    for account in ("main", "second", "third"):
        for number in range(4):
            bench.thread(f"t{number}", 2, account=account, gap=0, campaign=f"c{number % 2}")
    got: list[tuple[int, int]] = []
    start = threading.Barrier(4)
    url = store.engine.url.render_as_string(hide_password=False)

    def work(number: int) -> None:
        mine = open_store(url.replace("+psycopg", ""), tmp_path / "amplifier.db", synchronous="OFF")
        own = Bench(mine, bench.clock, bench.timelines)
        start.wait()
        idle = 0
        while idle < 30:
            with suppress(TryLater):
                found = claim(
                    mine, now=bench.clock.now(), modes=frozenset(Mode), lease=LEASE, worker=f"host/drain/{number}"
                )
                if isinstance(found, Claim):
                    idle = 0
                    got.append((found.post_id, found.epoch))
                    own_beat_settles(own, found)
                    continue
            idle += 1
        mine.close()

    def own_beat_settles(own: Bench, found: Claim) -> None:
        from amplifier.publishing.outcome import after_publish  # noqa: PLC0415

        answer = Answer(Kind.ACCEPTED, _receipt(found))
        outcome = after_publish(answer, found.history, own.clock.now(), LEASE)
        assert settle(own.store, found, outcome, own.clock.now(), "w")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert len(got) == len(set(got)) == 24
    with store.read() as connection:
        assert set(connection.execute(select(tables.post.c.state)).scalars()) == {State.SENT.value}
        assert connection.execute(text("SELECT COUNT(*) FROM account WHERE open_thread_id IS NOT NULL")).scalar() == 0
    assert bench.count("attempt") == 24


def _receipt(found: Claim) -> Any:
    from amplifier.networks.port import Receipt  # noqa: PLC0415

    return Receipt(f"remote-{found.post_id}", None)
