from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from amplifier.networks.port import Context, Intent, Kind
from amplifier.networks.troubled import FAULTS, ProcessKilled, Trouble, Troubled
from amplifier.settings import AccountSettings
from tests.support.queue import START, Clock

if TYPE_CHECKING:
    from pathlib import Path


def day(folder: Path, seed: str = "rain") -> tuple[Clock, Trouble, Troubled]:
    clock = Clock()
    trouble = Trouble(seed, clock.sleep)
    context = Context(folder, clock.now, 20.0, seed)
    return clock, trouble, trouble.network("main", AccountSettings.model_validate({}), context)


def intent(number: int) -> Intent:
    return Intent("dmz-escape", f"t{number}", "main", 1, f"Post {number}.", None, START)


def lived(folder: Path, seed: str) -> list[str]:
    """What happens to 300 posts: the fault, and the answer."""
    clock, trouble, network = day(folder, seed)
    told = []
    for number in range(300):
        before, at = len(trouble.incidents), clock.now()
        try:
            answer = network.publish(intent(number)).kind.value
        except ProcessKilled:
            answer = "killed"
        fault = "".join(incident.what for incident in trouble.incidents[before:])
        taken = trouble.taken["dmz-escape", f"t{number}", "main", 1]
        told.append(f"{fault}|{answer}|{taken}|{(clock.now() - at).total_seconds():g}")
    return told


def test_a_fault_means_what_it_says(tmp_path: Path) -> None:
    seen = Counter(lived(tmp_path, "rain"))
    assert set(seen) == {
        "|accepted|1|0",
        "the post was taken, and its answer got lost|unclear|1|20",
        "the request got lost on its way: time-out|unclear|0|20",
        "the server failed: HTTP 503|unclear|0|0",
        "too many requests: HTTP 429|limited|0|0",
        "no connection|not sent|0|0",
        "the process was killed before its request|killed|0|0",
        "the process was killed after its request|killed|1|0",
    }
    assert seen["|accepted|1|0"] / 300 == pytest.approx(1 - sum(FAULTS.values()), abs=0.06)


def test_a_seed_has_the_same_bad_day_twice_and_another_seed_another(tmp_path: Path) -> None:
    first, again, other = (lived(tmp_path / name, seed) for name, seed in (("a", "x"), ("b", "x"), ("c", "y")))
    assert first == again != other


def test_it_takes_a_text_twice_and_counts_that(tmp_path: Path) -> None:
    _, trouble, network = day(tmp_path)
    kinds = []
    for _ in range(40):
        try:
            kinds.append(network.publish(intent(1)).kind)
        except ProcessKilled:
            kinds.append(Kind.UNCLEAR)
    assert Kind.DUPLICATE not in kinds
    assert trouble.taken["dmz-escape", "t1", "main", 1] >= kinds.count(Kind.ACCEPTED) > 10


def test_the_timeline_lags_and_sometimes_cannot_be_read(tmp_path: Path) -> None:
    clock, trouble, network = day(tmp_path)
    number = 0
    while trouble.taken["dmz-escape", f"t{number}", "main", 1] == 0:
        number += 1
        try:
            network.publish(intent(number))
        except ProcessKilled:
            continue
    early = [network.find(intent(number)) for _ in range(40)]
    assert not any(sighting.receipts for sighting in early)
    clock.move(seconds=61)
    late = [network.find(intent(number)) for _ in range(40)]
    assert {len(sighting.receipts) for sighting in late if sighting.readable} == {1}
    assert 0 < sum(not sighting.readable for sighting in (*early, *late)) < 40
    (receipt,) = next(sighting for sighting in late if sighting.receipts).receipts
    assert network.metrics([receipt.remote_id]).metrics
    span = network.timeline_metrics(receipt.remote_id, receipt.remote_id, "simulated-main")
    assert span.metrics == network.metrics([receipt.remote_id]).metrics
    assert network.whoami().handle == "main"
    assert network.delete(receipt.remote_id).kind is Kind.ACCEPTED
