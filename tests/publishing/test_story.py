from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, update

from amplifier.errors import AmplifierError
from amplifier.model import Address
from amplifier.networks.port import Answer, Kind
from amplifier.publishing import manual, pause, withdraw
from amplifier.publishing.story import story
from amplifier.publishing.withdraw import Target
from amplifier.store import journal, tables
from tests.support.queue import DROPPED, START, UNREADABLE, Bench, at

if TYPE_CHECKING:
    from amplifier.publishing.story import Happening
    from amplifier.store.engine import Store


@pytest.fixture
def bench(sqlite_bench: Bench) -> Bench:
    return sqlite_bench


def read(bench: Bench, address: Address) -> list[Happening]:
    with bench.store.read() as connection:
        (row,) = manual.find(connection, address)
        return story(connection, row)


def words(found: list[Happening]) -> list[str]:
    return [" ".join(filter(None, (item.kind if item.kind != "state" else "", item.what, item.why))) for item in found]


def test_the_story_of_a_post_that_went_wrong_and_was_mended(store: Store) -> None:
    bench = Bench(store)
    bench.thread("story", 2)
    bench.timeline().script.append(DROPPED)
    bench.timeline().sightings.extend([UNREADABLE] * 30)
    bench.run()
    held = bench.clock.now()
    bench.clock.move(minutes=5)
    manual.acknowledge(bench.store, at("story/1"), who="Kim", now=bench.clock.now())
    bench.timeline().sightings.clear()
    manual.resolve_not_sent(bench.store, at("story/1"), why="looked myself", who="Kim", now=bench.clock.now())
    bench.clock.move(minutes=1)
    bench.beats()
    found = read(bench, at("story/1"))
    assert [item.at for item in found] == sorted(item.at for item in found)
    tries = [item for item in found if item.kind == "attempt"]
    assert words(found)[:6] == [
        "approve approve",
        "queued",
        "queued → sending",
        "attempt sends it, attempt 1",
        "sending → unknown timed out",
        "attempt looks for it, attempt 2",
    ]
    assert words(found)[-6:] == [
        "ack ack",
        "held → queued resolved as not sent: looked myself",
        "queued → sending",
        f"attempt sends it, attempt {tries[-1].data['epoch']}",
        "sending → sent",
        "alert told: recovery it is out: what you were told of it is mended; waits to be delivered",
    ]
    assert [item.what for item in tries][:2] == ["sends it, attempt 1", "looks for it, attempt 2"]
    assert tries[0].data["answer"] == {"at": START, "what": "sending → unknown", "why": "timed out"}
    assert tries[0].who == "host/once/1"
    assert tries[1].data["answer"]["what"] == "unknown → unknown"
    assert tries[-2].data["answer"]["what"] == "unknown → held"
    assert tries[-1].data["answer"]["what"] == "sending → sent"
    (told,) = [item for item in found if item.kind == "alert" and item.at == held]
    assert told.what == "told: held"
    assert told.why is not None
    assert told.why.endswith("; waits to be delivered")
    assert all(item.of_post for item in found if item.kind != "approve")


def test_what_touched_its_account_is_told_and_what_did_not_is_not(bench: Bench) -> None:
    bench.thread("story", 2)
    bench.thread("other", 1, campaign="second", account="second")
    for scope, name in (("all", ""), ("account", "main"), ("campaign", "second"), ("account", "second")):
        pause.stop(bench.store, scope, name, why=f"{scope} {name}", who="Kim", now=bench.clock.now())  # type: ignore[arg-type]
        pause.go_on(bench.store, scope, name, why="over", who="Kim", now=bench.clock.now())  # type: ignore[arg-type]
    row = bench.post("story", 1)
    with bench.store.write() as connection:
        for values in (
            {"account_id": row["account_id"], "why": "budget of ours"},
            {"account_id": row["account_id"] + 1, "why": "budget of theirs"},
            {"campaign_id": row["campaign_id"], "why": "withdrawn with ours"},
            {"campaign_id": row["campaign_id"] + 1, "why": "withdrawn with theirs"},
            {"why": "restored for all"},
        ):
            journal.record(connection, bench.clock.now(), "Kim", "something", **values)
        early, late = START - timedelta(days=1), START + timedelta(days=1)
        journal.record(connection, early, "Kim", "restored", why="before it was queued")
    told = [item.why for item in read(bench, at("story/1")) if item.kind not in {"state", "attempt", "approve"}]
    assert told == [
        "all ", "over", "account main", "over", "budget of ours", "withdrawn with ours", "restored for all",
    ]  # fmt: skip
    bench.run()
    with bench.store.write() as connection:
        journal.record(connection, late, "Kim", "restored", why="after it was out")
    assert "after it was out" not in [item.why for item in read(bench, at("story/1"))]


def test_the_message_about_an_outage_is_told_with_each_of_its_posts(bench: Bench) -> None:
    bench.thread("story", 1)
    bench.thread("story-two", 1)
    bench.clock.move(hours=9)
    bench.beat(alive=START)
    with bench.store.write() as connection:
        values = {"delivered_at": bench.clock.now(), "next_at": None, "tries": 1}
        connection.execute(update(tables.alert).values(values))
    (told,) = [item for item in read(bench, at("story/1")) if item.kind == "alert"]
    assert told.what == "told: missed beat"
    assert told.why is not None
    assert told.why.endswith("; delivered 2026-12-01T09:30:00Z")
    assert told.data["content"]["posts"] == ["dmz-escape/story/main/1", "dmz-escape/story-two/main/1"]


def test_a_message_that_was_given_up_says_why(bench: Bench) -> None:
    bench.thread("story", 1)
    bench.timeline().script.append(Answer(Kind.REFUSED, detail="too long"))
    bench.beats()
    with bench.store.write() as connection:
        connection.execute(update(tables.alert).values(next_at=None, detail="no alert command was set"))
    (told,) = [item for item in read(bench, at("story/1")) if item.kind == "alert"]
    assert told.why == "refused: too long; no alert command was set"


def test_a_deletion_is_a_try_with_its_answer(bench: Bench) -> None:
    bench.thread("story", 1)
    bench.beats()
    row = bench.post("story", 1)
    bench.clock.move(days=1)
    now = bench.clock.now()
    with bench.store.write() as connection:
        for epoch, kind in ((8, "not deleted"), (9, "deleted")):
            tried = {"kind": "delete", "worker": "Kim", "at": now, "lease_until": now, "epoch": epoch}
            connection.execute(insert(tables.attempt).values(post_id=row["id"], **tried))
            journal.record(connection, now, "Kim", kind, post_id=row["id"], why="answer")
    tries = [item for item in read(bench, at("story/1")) if item.kind == "attempt"]
    assert [(item.what, item.data["answer"]["what"]) for item in tries] == [
        ("sends it, attempt 1", "sending → sent"),
        ("deletes it, attempt 8", "not deleted"),
        ("deletes it, attempt 9", "deleted"),
    ]


def test_a_withdrawal_is_told_also_of_what_is_out(bench: Bench) -> None:
    bench.thread("story", 2)
    bench.thread("other", 1, campaign="other")
    bench.beats()
    bench.run()
    bench.clock.move(days=1)
    for target in ("dmz-escape", "dmz-escape/story/main/2", "dmz-escape@dry", "dmz-escape/another/main"):
        found = Target.parse(target)
        assert found
        with suppress(AmplifierError):  # there is nothing of the last two
            withdraw.cancel(bench.store, found, because=target, who="Kim", now=bench.clock.now())
    told = [[item.why for item in read(bench, at(f"story/{k}")) if item.kind == "withdraw"] for k in (1, 2)]
    assert told == [["dmz-escape"], ["dmz-escape", "dmz-escape/story/main/2"]]


@pytest.mark.parametrize(
    ("target", "covered"),
    (
        ("fence", True), ("fence@dry", False), ("fence@live", True), ("gate", False), ("fence/one/main", True),
        ("fence/one/main@dry", False), ("fence/two/main", False), ("fence/one/main/2", True),
        ("fence/one/main/3", False),
    ),
)  # fmt: skip
def test_a_withdrawal_covers_a_post_and_those_after_it(target: str, covered: bool) -> None:
    found = Target.parse(target)
    assert found
    assert found.covers(Address("fence", "one", "main", 2)) is covered


def test_a_try_without_an_answer_has_none(bench: Bench) -> None:
    bench.thread("story", 1)
    row = bench.post("story", 1)
    with bench.store.write() as connection:
        earlier = {"post_id": row["id"], "from_state": "unknown", "to_state": "queued"}
        journal.record(connection, START - timedelta(hours=1), "Kim", "state", **earlier)  # a person resolved it then
        tried = {"kind": "find", "worker": "w", "at": START, "lease_until": START, "epoch": 1}
        connection.execute(insert(tables.attempt).values(post_id=row["id"], **tried))
    (tried_once,) = [item for item in read(bench, at("story/1")) if item.kind == "attempt"]
    assert tried_once.data["answer"] is None
