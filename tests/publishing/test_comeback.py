from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from amplifier.errors import TryLater, UsageError
from amplifier.model import Mode
from amplifier.networks.port import Answer, Kind
from amplifier.publishing import manual
from amplifier.publishing.caps import Caps
from tests.support.queue import DROPPED, START, Bench, at

if TYPE_CHECKING:
    from collections.abc import Callable

DOLLAR = 1_000_000
MIDNIGHT = datetime(2026, 12, 2, tzinfo=UTC)


@pytest.fixture
def bench(sqlite_bench: Bench) -> Bench:
    """SQLite alone: the sums are those of the claim, which both engines have proved."""
    return sqlite_bench


def each(posts: int | None = None, usd: str | None = None) -> Callable[[str], Caps]:
    """The same caps for every account."""
    caps = Caps(None if usd is None else Decimal(usd), posts)
    return lambda _: caps


def cancel(bench: Bench, address: str) -> None:
    manual.cancel(bench.store, at(address), why="wait", who="Kim", now=bench.clock.now())


def retry(bench: Bench, address: str, caps: Callable[[str], Caps]) -> str:
    return manual.retry(bench.store, at(address), why="go on", who="Kim", now=bench.clock.now(), caps=caps)


def stopped_after_the_first(bench: Bench, posts: int = 3, costs: tuple[int, ...] = ()) -> None:
    """A person cancels the rest of a begun thread; what it had promised is free."""
    bench.thread(posts=posts, gap=60, costs=costs)
    bench.beats()
    cancel(bench, "story/2")
    assert bench.states().startswith("sent, cancelled: by a person")


def test_what_gave_its_share_back_is_counted_again_when_a_person_brings_it_back(bench: Bench) -> None:
    caps = each(posts=3)
    stopped_after_the_first(bench)
    bench.thread("facts", 2)
    bench.run(caps=caps)
    assert bench.states("facts") == "sent, sent"
    with pytest.raises(TryLater) as caught:
        retry(bench, "story/2", caps)
    assert caught.value.message == (
        "dmz-escape/story/main/2 does not fit under the caps of account main: "
        "3 of 3 posts a day are out or promised, and it has 2"
    )
    assert caught.value.hint == "raise the cap, or type the same again after 2026-12-02 00:00 UTC"
    assert bench.states() == "sent, cancelled: by a person, cancelled: earlier post"
    with pytest.raises(TryLater):
        retry(bench, "story/2", each(posts=4))
    bench.clock.at = MIDNIGHT
    retry(bench, "story/2", caps)
    bench.run(caps=caps)
    assert bench.states() == "sent, sent, sent"


def test_a_higher_cap_lets_it_come_back_at_once(bench: Bench) -> None:
    stopped_after_the_first(bench)
    with pytest.raises(TryLater):
        retry(bench, "story/2", each(posts=2))
    assert retry(bench, "story/2", each(posts=3)) == "dmz-escape/story/main/2"


def test_what_comes_back_promises_its_share_to_nobody_else(bench: Bench) -> None:
    caps = each(posts=3)
    stopped_after_the_first(bench)
    retry(bench, "story/2", caps)
    bench.thread("facts", 1)
    assert bench.beat(caps=caps) is None
    bench.clock.move(minutes=5)
    bench.run(caps=caps)
    assert (bench.states(), bench.states("facts")) == ("sent, sent, sent", "queued")


def test_a_month_is_waited_for_where_its_money_is_spent(bench: Bench) -> None:
    caps = each(usd="3")
    stopped_after_the_first(bench, 2, (DOLLAR, 2 * DOLLAR))
    bench.thread("facts", 1, costs=(DOLLAR,))
    bench.run(caps=caps)
    with pytest.raises(TryLater, match=r"\$2\.00 of \$3\.00 a month are spent or promised") as caught:
        retry(bench, "story/2", caps)
    assert "after 2027-01-01 00:00 UTC" in caught.value.hint
    bench.clock.at = datetime(2027, 1, 1, tzinfo=UTC)
    retry(bench, "story/2", caps)


def test_on_the_last_day_of_a_month_both_periods_end_at_once(bench: Bench) -> None:
    bench.clock.at = datetime(2026, 12, 31, 12, tzinfo=UTC)
    stopped_after_the_first(bench, 2, (DOLLAR, 2 * DOLLAR))
    with pytest.raises(TryLater, match="2027-01-01 00:00 UTC"):
        retry(bench, "story/2", each(posts=1, usd="2"))


def test_a_post_whose_price_nobody_kept_counts_as_the_dearest(bench: Bench) -> None:
    stopped_after_the_first(bench, 2)
    bench.change("story", 1, cost=0)
    with pytest.raises(UsageError, match=r"it costs \$0\.20, and the account may spend \$0\.19 a month"):
        retry(bench, "story/2", each(usd="0.19"))
    retry(bench, "story/2", each(usd="0.20"))


def test_what_no_day_can_hold_needs_another_cap(bench: Bench) -> None:
    stopped_after_the_first(bench, 4)
    with pytest.raises(UsageError, match="it has 3 posts, and the account may publish 2 a day") as caught:
        retry(bench, "story/2", each(posts=2))
    assert caught.value.hint == "raise the cap, then type the same again"


def test_where_begun_threads_promise_too_much_for_any_day_there_is_no_day_to_name(bench: Bench) -> None:
    stopped_after_the_first(bench)
    bench.thread("facts", 4, gap=7200)
    bench.beats()
    with pytest.raises(TryLater) as caught:
        retry(bench, "story/2", each(posts=4))
    assert caught.value.hint == "raise the cap, or type the same again when what is promised is out or cancelled"
    cancel(bench, "facts/2")
    retry(bench, "story/2", each(posts=4))


def test_only_what_comes_back_is_counted(bench: Bench) -> None:
    """What was cancelled for its own reason stays."""
    bench.thread(posts=4, gap=60)
    bench.beats()
    cancel(bench, "story/3")
    cancel(bench, "story/2")
    retry(bench, "story/2", each(posts=2))
    assert bench.states() == "sent, queued, cancelled: by a person, cancelled: earlier post"
    with pytest.raises(TryLater, match="2 of 3 posts a day are out or promised, and it has 2"):
        retry(bench, "story/3", each(posts=3))
    retry(bench, "story/3", each(posts=4))


def test_what_is_held_or_failed_has_kept_its_share_and_comes_back_whatever_the_cap(bench: Bench) -> None:
    bench.thread(gap=0)
    bench.timeline().script.extend([bench.timeline().accept, Answer(Kind.REFUSED)])
    bench.beats()
    assert bench.states() == "sent, failed: refused, held: earlier post"
    retry(bench, "story/2", each(posts=0))
    assert bench.states() == "sent, queued, waiting"


def test_a_thread_that_has_not_begun_is_counted_by_its_claim(bench: Bench) -> None:
    caps = each(posts=2)
    bench.thread(at=START + timedelta(hours=1))
    cancel(bench, "story/2")
    retry(bench, "story/2", caps)
    cancel(bench, "story")
    retry(bench, "story/1", caps)
    bench.clock.move(hours=1)
    bench.run(caps=caps)
    assert bench.states() == "held: over budget, held: earlier post, held: earlier post"


def test_a_thread_whose_first_post_is_in_doubt_has_begun(bench: Bench) -> None:
    bench.thread(posts=2)
    bench.timeline().script.append(DROPPED)
    bench.beats()
    cancel(bench, "story/2")
    with pytest.raises(TryLater, match="1 of 1 post a day are out or promised"):
        retry(bench, "story/2", each(posts=1))


def test_another_mode_has_a_budget_of_its_own(bench: Bench) -> None:
    stopped_after_the_first(bench, 2)
    bench.thread("facts", 1, mode=Mode.DRY)
    bench.beats()
    retry(bench, "story/2", each(posts=2))
