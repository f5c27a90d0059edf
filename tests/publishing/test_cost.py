"""What a claim, a settle and a beat cost, in counts: commits, statements, indexes. Never in seconds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from amplifier.model import Mode, State
from amplifier.networks.port import Receipt
from amplifier.publishing.missed import hold_outage
from amplifier.publishing.outcome import Next
from amplifier.publishing.outlook import outlook
from amplifier.publishing.queue import Claim, claim, seal_holds
from amplifier.publishing.settle import settle
from tests.support.queue import LEASE, START, Bench
from tests.support.statements import Asked, asked

# the pause; the lanes; the row; then what is written
CLAIM = "SELECT, WITH, SELECT, UPDATE post, UPDATE account, INSERT attempt, INSERT event"
# the post; its followers; the next one; the account, which another thread may have where this one ends
GOES_ON = "UPDATE post, INSERT event, SELECT, UPDATE post, INSERT event, UPDATE account"
ENDS = "UPDATE post, INSERT event, SELECT, UPDATE account, UPDATE account"


@pytest.fixture
def filled(bench: Bench) -> Bench:
    """Two threads of two posts, and others behind them in other lanes."""
    bench.thread("story", 2, gap=0)
    bench.thread("facts", 2, gap=0)
    for number in range(4):
        bench.thread(f"t{number}", campaign=f"c{number}", account=f"a{number}", at=START + timedelta(days=1))
    return bench


def dispatch(bench: Bench, number: int) -> tuple[Asked, Asked]:
    with asked(bench.store) as claiming:
        taken = claim(bench.store, now=bench.clock.now(), modes=frozenset(Mode), lease=LEASE, worker="w")
    assert isinstance(taken, Claim)
    outcome = Next(State.SENT, receipt=Receipt(str(number), None, START))
    with asked(bench.store) as settling:
        assert settle(bench.store, taken, outcome, bench.clock.now(), "w")
    return claiming, settling


def test_a_post_costs_two_commits_and_a_fixed_number_of_statements(filled: Bench) -> None:
    for number, settled in enumerate((GOES_ON, ENDS, GOES_ON, ENDS)):
        claiming, settling = dispatch(filled, number)
        assert (claiming.commits, settling.commits) == (1, 1)
        assert (claiming.verbs, settling.verbs) == (CLAIM, settled)
    assert (filled.states(), filled.states("facts")) == ("sent, sent", "sent, sent")


def test_the_check_before_the_socket_is_one_read(filled: Bench) -> None:
    taken = claim(filled.store, now=START, modes=frozenset(Mode), lease=LEASE, worker="w")
    assert isinstance(taken, Claim)
    with asked(filled.store) as seen:
        assert seal_holds(filled.store, taken)
    assert (seen.verbs, seen.commits) == ("SELECT", 0)


def test_every_statement_of_a_dispatch_goes_along_an_index(filled: Bench) -> None:
    for number in range(2):
        for seen in dispatch(filled, number):
            plan = seen.plans(filled.store)
            for table in ("post", "event", "attempt", "thread", "approval"):
                assert f"Seq Scan on {table}" not in plan, plan
                assert f"SCAN {table}\n" not in f"{plan}\n", plan


# ---------------------------------------------------------------- what a beat reads, however much is queued


def test_the_outlook_reads_no_table_whole(filled: Bench) -> None:
    for modes in (frozenset(Mode), frozenset({Mode.DRY})):  # live off: what is left alone is counted
        with asked(filled.store) as seen:
            assert outlook(filled.store, START, modes).live_left == (0 if Mode.LIVE in modes else 2)
        plan = seen.plans(filled.store)
        assert "Seq Scan on post" not in plan, plan
        whole = [step for step in plan.splitlines() if step.startswith("SCAN post")]
        assert set(whole) <= {"SCAN post USING INDEX ix_post_in_doubt"}, plan  # one entry an account at most


def test_a_short_outage_reads_none_of_the_posts_that_it_made_wait(filled: Bench) -> None:
    """However many are overdue: within what their campaign allows nothing can be late."""
    outage = START + timedelta(minutes=2)
    with asked(filled.store) as seen:
        assert hold_outage(filled.store, dict.fromkeys(Mode, START), "w", outage) == []
    assert not [statement for statement, _ in seen.statements if "post.text" in statement]
    with asked(filled.store) as seen:
        assert hold_outage(filled.store, dict.fromkeys(Mode, START), "w", START + timedelta(hours=3))
    assert [statement for statement, _ in seen.statements if "post.text" in statement]
