from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from amplifier.networks.port import Identity
    from tests.support.queue import Bench


def test_a_run_that_was_told_to_stop_begins_no_further_request(sqlite_bench: Bench) -> None:
    """It asked for the token's name when the stop came: the post is proven not sent, and loses nothing."""
    bench = sqlite_bench
    bench.thread(posts=1)
    leaving: list[bool] = []
    whoami = bench.timeline().whoami

    def slowly() -> Identity:
        leaving.append(True)
        return whoami()

    bench.timeline().whoami = slowly  # type: ignore[method-assign]
    done = bench.beat(leaving=lambda: bool(leaving))
    assert done is not None
    assert str(done) == "dmz-escape/story/main/1 of 1  queued  the run was stopped before it was sent"
    assert bench.timeline().published == []
    assert bench.states() == "queued"
    bench.beats()
    assert bench.states() == "sent"
    assert bench.post("story", 1)["tries"] == 0
