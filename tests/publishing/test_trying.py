from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from amplifier.networks.port import Answer, Kind
from amplifier.publishing.trying import trying
from tests.support.queue import Bench

if TYPE_CHECKING:
    from amplifier.store.engine import Store


@pytest.mark.parametrize(("k", "hours"), ((1, 1.5), (2, 6)))
def test_a_post_that_is_tried_in_vain_says_since_when_and_when_it_is_held(store: Store, k: int, hours: float) -> None:
    bench = Bench(store)
    bench.thread("story", 2, gap=0)
    bench.thread("other", 1, account="second")
    for _ in range(k - 1):
        bench.beat()
    bench.timeline().script.extend([Answer(Kind.NOT_SENT, detail="no connection")] * 20)
    since = bench.clock.now()
    for _ in range(10):
        bench.beat()
        bench.clock.move(minutes=1)
    with bench.store.read() as connection:
        (one,) = trying(connection)
    assert (str(one.address), one.since, one.detail) == (f"dmz-escape/story/main/{k}", since, "no connection")
    assert one.tries == bench.post("story", k)["tries"] > 1
    assert one.held_at == since + timedelta(hours=hours)
