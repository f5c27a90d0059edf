from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from amplifier.model import Mode
from amplifier.networks.port import Answer, Kind
from amplifier.publishing import pause
from amplifier.publishing.lanes import firsts
from amplifier.store import tables
from tests.support.queue import START, Bench
from tests.support.statements import asked

EVERY = frozenset(Mode)
HOUR = timedelta(hours=1)


def found(bench: Bench, *, due: bool = True, modes: frozenset[Mode] = EVERY) -> list[str]:
    """`story/1`, in the order that `firsts` gives."""
    named = (
        select(tables.post.c.id, tables.thread.c.name, tables.post.c.k)
        .join(tables.thread, tables.thread.c.id == tables.post.c.thread_id)
        .order_by(tables.post.c.id)
    )
    with bench.store.read() as connection:
        names = {row.id: f"{row.name}/{row.k}" for row in connection.execute(named)}
        return [names[key] for key in firsts(connection, modes, bench.clock.now() if due else None)]


def test_each_account_gives_its_first_in_the_order_of_sending(bench: Bench) -> None:
    bench.thread("late", at=START + HOUR)
    bench.thread("early", campaign="b", at=START + timedelta(minutes=1))
    bench.thread("theirs", account="second")
    bench.thread("dry", mode=Mode.DRY, at=START + timedelta(minutes=2))
    bench.clock.move(hours=2)
    assert found(bench) == ["theirs/1", "early/1", "dry/1"]
    assert found(bench, modes=frozenset({Mode.DRY})) == ["dry/1"]
    assert found(bench, modes=frozenset()) == []


def test_only_what_is_due_counts_where_an_instant_is_given(bench: Bench) -> None:
    bench.thread("later", at=START + HOUR)
    assert found(bench) == []
    assert found(bench, due=False) == ["later/1"]
    bench.clock.move(hours=1)
    assert found(bench) == ["later/1"]


def test_every_campaign_of_an_account_is_looked_at_and_the_empty_ones_are_passed_over(bench: Bench) -> None:
    for number in range(5):
        bench.thread(f"t{number}", 1, campaign=f"c{number}", at=START + timedelta(minutes=5 - number))
    bench.clock.move(minutes=5)
    assert [did.address.thread for did in bench.beats()] == ["t4", "t3", "t2", "t1", "t0"]
    bench.thread("new", 1, campaign="c3")
    assert found(bench) == ["new/1"]


def test_an_open_thread_is_the_only_lane_of_its_account(bench: Bench) -> None:
    bench.thread("story", 2, gap=600)
    bench.thread("facts")
    bench.beats()
    assert found(bench) == []
    assert found(bench, due=False) == ["story/2"]


@pytest.mark.parametrize("scope", ("account", "campaign"))
def test_what_is_paused_is_passed_over(bench: Bench, scope: pause.Scope) -> None:
    bench.thread("story", account="second", campaign="other")
    bench.thread("mine", at=START + HOUR)
    name = {"account": "second", "campaign": "other"}[scope]
    pause.stop(bench.store, scope, name, why=None, who="Kim", now=START)
    assert found(bench, due=False) == ["mine/1"]


def test_a_paused_campaign_does_not_hide_the_next_one_of_its_account(bench: Bench) -> None:
    bench.thread("story", campaign="other")
    bench.thread("mine", at=START + HOUR)
    pause.stop(bench.store, "campaign", "other", why=None, who="Kim", now=START)
    assert found(bench, due=False) == ["mine/1"]


@pytest.mark.parametrize("values", ({"blocked_at": START}, {"wait_until": START + timedelta(minutes=1)}))
def test_a_stopped_account_is_passed_over(bench: Bench, values: dict[str, object]) -> None:
    bench.thread("story")
    bench.thread("theirs", account="second")
    with bench.store.write() as connection:
        connection.execute(update(tables.account).where(tables.account.c.name == "main").values(values))
    assert found(bench) == ["theirs/1"]


def test_an_account_with_a_post_in_doubt_is_passed_over(bench: Bench) -> None:
    bench.thread("story")
    bench.thread("facts", campaign="other")
    bench.timeline().script.append(Answer(Kind.UNCLEAR))
    bench.beats()
    assert found(bench) == []
    assert found(bench, due=False) == []


# ---------------------------------------------------------------- cost: counts and plans, never seconds


def crowd(bench: Bench) -> None:
    """Enough rows that an engine has a choice."""
    for number in range(6):
        bench.thread(f"t{number}", 2, campaign=f"c{number % 3}", account=f"a{number % 2}")
    if bench.store.postgresql:
        with bench.store.write() as connection:
            connection.execute(text("ANALYZE"))


@pytest.mark.parametrize("due", (True, False))
def test_lanes_are_found_along_their_index(bench: Bench, due: bool) -> None:
    crowd(bench)
    with asked(bench.store) as seen:
        assert len(found(bench, due=due)) == 2
    seen.statements = seen.statements[-1:]
    plan = seen.plans(bench.store)
    # the first lane of an account, its next one (PostgreSQL does not show it), and the first post of each
    if bench.store.postgresql:
        assert plan.count("Index Only Scan using ix_post_lane") == 2, plan
    else:
        assert plan.count("SEARCH post USING INDEX ix_post_lane") == 3, plan
    assert "Seq Scan on post" not in plan
    assert not any(step.startswith("SCAN post") for step in plan.splitlines())


def test_a_lane_that_is_empty_is_never_asked_for(sqlite_bench: Bench) -> None:
    """However many campaigns there are: the statement has no join of every account with every campaign."""
    bench = sqlite_bench
    crowd(bench)
    with asked(bench.store) as seen:
        found(bench)
    seen.statements = seen.statements[-1:]
    steps = seen.plans(bench.store).splitlines()
    assert not [step for step in steps if step.startswith(("SCAN campaign", "SCAN thread"))]
    assert [step for step in steps if step.startswith("SEARCH campaign USING INTEGER PRIMARY KEY")]
