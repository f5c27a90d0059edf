"""The rehearsal's network: rules like X's, numbers that follow from seed, id and age."""

from __future__ import annotations

import math
import statistics
from dataclasses import astuple, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplifier.networks.port import METRICS, PRIVATE, PUBLIC, Answer, Context, Identity, Intent, Kind, Network, Untold
from amplifier.networks.simulated import LAG, Effect, Simulated
from amplifier.settings import AccountSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from amplifier.networks.port import Metrics

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


def simulated(
    folder: Path, clock: Clock, name: str = "main", seed: str = "seed", handle: str | None = None, **more: Any
) -> Network:
    settings = AccountSettings.model_validate({"network": "simulated", "handle": handle})
    return Simulated(name, settings, Context(folder, clock, 0.5, seed), **more)


def intent(text: str = "A post", parent: str | None = None, **more: object) -> Intent:
    made = Intent("dmz", "story", "main", 1, text, parent, NOW)
    return replace(made, **more)  # type: ignore[arg-type]


def id_of(answer: Answer) -> str:
    assert answer.kind is Kind.ACCEPTED
    assert answer.receipt
    return answer.receipt.remote_id


def thread(network: Network, clock: Clock, length: int = 6) -> list[str]:
    ids: list[str] = []
    for k in range(1, length + 1):
        ids.append(id_of(network.publish(intent(f"Post {k}", ids[-1] if ids else None, k=k))))
        clock.at += timedelta(seconds=20)
    return ids


def test_a_post_is_out_once_and_survives_a_restart(tmp_path: Path, clock: Clock) -> None:
    first = id_of(simulated(tmp_path, clock).publish(intent()))
    again = simulated(tmp_path, clock).publish(intent())
    assert (again.kind, again.receipt) == (Kind.DUPLICATE, None)
    second = id_of(simulated(tmp_path, clock).publish(intent("Another")))
    assert (first, second) == ("simulated-main-1", "simulated-main-2")
    assert (tmp_path / "simulated" / "main.jsonl").read_text("utf-8").count("\n") == 2


def test_two_accounts_never_share_an_id_or_a_timeline(tmp_path: Path, clock: Clock) -> None:
    main, other = simulated(tmp_path, clock), simulated(tmp_path, clock, "other")
    assert id_of(main.publish(intent())) != id_of(other.publish(intent()))
    clock.at += timedelta(seconds=5)
    assert len(other.find(intent()).receipts) == 1


def test_ids_go_on_from_the_anchor_when_the_file_is_gone(tmp_path: Path, clock: Clock) -> None:
    network = simulated(tmp_path, clock)
    anchor = thread(network, clock, 3)[-1]
    (tmp_path / "simulated" / "main.jsonl").unlink()
    assert id_of(network.publish(intent(anchor=anchor))) == "simulated-main-4"


def test_a_reply_needs_a_parent_that_is_there(tmp_path: Path, clock: Clock) -> None:
    network = simulated(tmp_path, clock)
    assert network.publish(intent(parent="simulated-main-1")).kind is Kind.REFUSED
    root = id_of(network.publish(intent("Root")))
    assert network.publish(intent(parent=root)).kind is Kind.ACCEPTED
    network.delete(root)
    assert network.publish(intent("Late", parent=root)).kind is Kind.REFUSED


def test_the_timeline_shows_a_post_after_the_lag(tmp_path: Path, clock: Clock) -> None:
    network = simulated(tmp_path, clock)
    network.publish(intent())
    assert network.find(intent()).readable
    assert network.find(intent()).receipts == ()
    clock.at += timedelta(seconds=LAG)
    receipt = network.find(intent()).receipts[0]
    assert (receipt.remote_id, receipt.url, receipt.at) == ("simulated-main-1", None, NOW)


def test_a_look_finds_text_and_parent_after_the_anchor(tmp_path: Path, clock: Clock) -> None:
    network = simulated(tmp_path, clock)
    ids = thread(network, clock, 12)

    def found(wanted: Intent) -> list[str]:
        return [receipt.remote_id for receipt in network.find(wanted).receipts]

    assert found(intent("Post 3", ids[1])) == [ids[2]]
    assert found(intent("Post 3")) == []
    assert found(intent("Post 3", ids[0])) == []
    assert found(intent("Post 11", ids[9], anchor=ids[8])) == [ids[10]]
    assert found(intent("Post 11", ids[9], anchor=ids[10])) == []
    assert found(intent("Post 1", claimed_at=NOW + timedelta(minutes=5))) == [ids[0]]
    assert found(intent("Post 1", claimed_at=NOW + timedelta(minutes=6))) == []


def test_other_posts_with_the_same_text_are_shown_and_never_taken_for_this_one(tmp_path: Path, clock: Clock) -> None:
    network = simulated(tmp_path, clock)
    root = id_of(network.publish(intent("Root")))
    same = id_of(network.publish(intent(" Again ", root)))
    clock.at += timedelta(minutes=1)
    sighting = network.find(intent("Again", duplicate=True))
    assert (sighting.receipts, [other.remote_id for other in sighting.others]) == ((), [same])
    sighting = network.find(intent("Again", root, anchor=same, duplicate=True))
    assert (sighting.receipts, [other.remote_id for other in sighting.others]) == ((), [same])
    sighting = network.find(intent("Again", root))
    assert ([found.remote_id for found in sighting.receipts], sighting.others) == ([same], ())


def test_a_torn_line_was_never_out(tmp_path: Path, clock: Clock) -> None:
    network = simulated(tmp_path, clock)
    network.publish(intent("Before"))
    path = tmp_path / "simulated" / "main.jsonl"
    path.write_bytes(path.read_bytes() + b'{"id": "simulated-main-2", "text": "A post", "in_reply_to": null, "at"')
    clock.at += timedelta(seconds=5)
    assert network.find(intent()).receipts == ()
    assert id_of(network.publish(intent())) == "simulated-main-2"


def counts_of(told: Metrics, names: tuple[str, ...]) -> list[int]:
    """These counts, each of which is told."""
    found = [getattr(told, name) for name in names]
    assert None not in found
    return found


@settings(max_examples=30)
@given(st.text("abc", max_size=4), st.lists(st.integers(0, 40 * 86400), min_size=2, max_size=5).map(sorted))
def test_counts_never_fall_and_fewer_see_each_next_post(
    tmp_path_factory: pytest.TempPathFactory, seed: str, ages: list[int]
) -> None:
    clock = Clock()
    network = simulated(tmp_path_factory.mktemp("simulated"), clock, seed=seed)
    ids = thread(network, clock)
    before = dict.fromkeys(ids, [0] * 9)
    for age in ages:
        clock.at = max(clock.at, NOW + timedelta(seconds=age))
        measured = network.metrics(ids)
        seen = []
        for place, remote_id in enumerate(ids):
            told = measured.metrics[remote_id]
            old = clock.at - NOW - place * timedelta(seconds=20) >= timedelta(days=30)
            assert told.untold is (Untold.TOO_OLD if old else Untold.NOTHING)
            assert [getattr(told, name) is None for name in PRIVATE] == [old] * 3
            counts = counts_of(told, PUBLIC if old else METRICS)
            assert all(now >= then for now, then in zip(counts, before[remote_id], strict=False))
            assert counts[0] <= counts[5]
            if not old:
                before[remote_id] = counts
                assert (told.engagements or 0) >= sum(counts[:5]) + sum(counts[6:8])
            seen.append(counts[5])
        assert seen == sorted(seen, reverse=True)


def test_public_counts_are_the_ones_that_the_pages_show(tmp_path: Path, clock: Clock) -> None:
    """Numbers that people have seen: whoever changes them changes the demo, and every page that shows it."""
    network = simulated(tmp_path, clock)
    ids = thread(network, clock)
    clock.at = NOW + timedelta(hours=24, minutes=5)
    told = [counts_of(counts, PUBLIC) for counts in network.metrics(ids).metrics.values()]
    assert told[:2] == [[53, 36, 13, 3, 8, 3831], [32, 19, 12, 3, 13, 3090]]


def test_only_a_post_with_a_link_gets_link_clicks(tmp_path: Path, clock: Clock) -> None:
    network = simulated(tmp_path, clock)
    plain = id_of(network.publish(intent("Plain")))
    linked = id_of(network.publish(intent("Read https://example.org/stories/dmz-escape")))
    clock.at += timedelta(days=2)
    told = network.metrics([plain, linked]).metrics
    assert told[plain].link_clicks == 0
    assert (told[linked].link_clicks or 0) > 0
    assert all((counts.profile_clicks or 0) > 0 for counts in told.values())


def test_private_counts_are_told_as_long_as_it_says(tmp_path: Path, clock: Clock) -> None:
    network = simulated(tmp_path, clock)
    post = id_of(network.publish(intent()))
    assert network.private_within == timedelta(days=30)
    clock.at = NOW + timedelta(days=30) - timedelta(seconds=1)
    assert network.metrics([post]).metrics[post].untold is Untold.NOTHING
    clock.at = NOW + timedelta(days=30)
    assert network.metrics([post]).metrics[post].untold is Untold.TOO_OLD


def test_a_span_of_the_timeline_tells_the_same_and_nothing_is_gone(tmp_path: Path, clock: Clock) -> None:
    network = simulated(tmp_path, clock)
    ids = thread(network, clock, 12)
    assert network.delete(ids[10]).kind is Kind.ACCEPTED
    clock.at += timedelta(days=1)
    measured = network.timeline_metrics(ids[1], ids[11], "simulated-main")
    assert measured.metrics == network.metrics([*ids[1:10], ids[11]]).metrics
    assert (measured.gone, measured.detail) == (frozenset(), "")
    assert list(network.timeline_metrics(ids[3], ids[3]).metrics) == [ids[3]]


def test_the_timeline_tells_of_no_post_before_it_shows_it_and_of_the_newest_hundred(
    tmp_path: Path, clock: Clock
) -> None:
    network = simulated(tmp_path, clock)
    ids = [id_of(network.publish(intent(f"Post {k}"))) for k in range(102)]
    assert dict(network.timeline_metrics(ids[0], ids[-1]).metrics) == {}
    clock.at += timedelta(seconds=LAG)
    assert list(network.timeline_metrics(ids[0], ids[-1]).metrics) == ids[2:]


def test_followers_grow_slowly_and_the_same_way_for_a_seed(tmp_path: Path, clock: Clock) -> None:
    def followers(days: float, **who: str) -> int:
        clock.at = NOW + timedelta(days=days)
        count = simulated(tmp_path, clock, **who).whoami().followers
        assert count is not None
        return count

    counts = [followers(day) for day in range(40)]
    assert all(0 <= later - earlier <= 4 for earlier, later in pairwise(counts))
    assert 20 <= counts[-1] - counts[0] <= 160
    assert counts[0] == followers(0.0)
    assert len({followers(0, seed=seed, name=name) for seed in "ab" for name in "cd"}) == 4
    assert followers(-3650) > 0


# ---------------------------------------------------------------- known effects


def published(network: Network, clock: Clock, hooks: list[str]) -> list[str]:
    """A thread of two for each hook, all a day old; the ids of their second posts."""
    seconds = []
    for place, hook in enumerate(hooks):
        root = id_of(network.publish(intent(f"{hook} {place}")))
        seconds.append(id_of(network.publish(intent(f"And then {place}", root))))
    clock.at += timedelta(days=1)
    return seconds


def test_an_effect_is_exactly_what_it_says(tmp_path: Path, clock: Clock) -> None:
    def better(post: Mapping[str, Any], root: Mapping[str, Any]) -> Effect:
        assert (post["in_reply_to"] or post["id"]) == root["id"]
        return Effect(reach=2.0, rate=1.5) if "Look" in root["text"] else Effect()

    hooks = ["Look", "See"] * 10
    plain, told = simulated(tmp_path / "a", clock), simulated(tmp_path / "b", clock, effects=better)
    ids = published(plain, clock, hooks)
    clock.at = NOW
    assert published(told, clock, hooks) == ids
    without, found = plain.metrics(ids).metrics, told.metrics(ids).metrics
    for place, remote_id in enumerate(ids):
        before, after = without[remote_id], found[remote_id]
        if hooks[place] == "See":
            assert before == after
            continue
        assert (after.impressions or 0) == pytest.approx(2 * (before.impressions or 0), abs=2)
        assert (after.likes or 0) == pytest.approx(3 * (before.likes or 0), abs=3)
        assert (after.profile_clicks or 0) == pytest.approx(3 * (before.profile_clicks or 0), abs=3)


def test_luck_is_a_threads_own_and_one_on_average(tmp_path: Path, clock: Clock) -> None:
    network = simulated(tmp_path, clock, effects=lambda _post, _root: Effect(reach=1000, spread=0.5))
    even = simulated(tmp_path, clock, effects=lambda _post, _root: Effect(reach=1000))
    ids = published(network, clock, ["Luck"] * 300)
    roots = [f"simulated-main-{int(key.rpartition('-')[2]) - 1}" for key in ids]
    lucky, plain = network.metrics(roots + ids).metrics, even.metrics(roots + ids).metrics

    def factor(remote_id: str) -> float:
        return (lucky[remote_id].likes or 0) / (plain[remote_id].likes or 1)

    assert all(factor(root) == pytest.approx(factor(second), rel=0.01) for root, second in zip(roots, ids, strict=True))
    factors = [factor(root) for root in roots]
    assert statistics.mean(factors) == pytest.approx(1, abs=0.06)
    assert statistics.stdev(map(math.log, factors)) == pytest.approx(0.5, abs=0.05)
    assert all(lucky[key].impressions == plain[key].impressions for key in ids)


def test_counts_follow_from_the_seed_the_id_and_the_age_alone(tmp_path: Path, clock: Clock) -> None:
    ids = thread(simulated(tmp_path / "one", clock), clock)
    clock.at = NOW + timedelta(days=3)
    first = simulated(tmp_path / "one", clock).metrics(ids)
    assert simulated(tmp_path / "one", clock).metrics(ids) == first
    assert simulated(tmp_path / "one", clock, seed="another").metrics(ids) != first
    impressions = [first.metrics[remote_id].impressions or 0 for remote_id in ids]
    assert impressions[0] > 300
    assert impressions[-1] < impressions[0]
    assert (first.metrics[ids[0]].likes or 0) > 0
    clock.at = NOW
    ids = thread(simulated(tmp_path / "two", clock), clock)
    clock.at = NOW + timedelta(days=3)
    assert simulated(tmp_path / "two", clock).metrics(ids) == first


def test_a_post_that_is_not_yet_out_or_new_has_no_readers(tmp_path: Path, clock: Clock) -> None:
    network = simulated(tmp_path, clock)
    post = id_of(network.publish(intent()))
    assert astuple(network.metrics([post]).metrics[post])[:9] == (0,) * 9
    clock.at -= timedelta(days=1)
    assert astuple(network.metrics([post]).metrics[post])[:9] == (0,) * 9


def test_a_deleted_post_is_gone_and_changes_no_other(tmp_path: Path, clock: Clock) -> None:
    network = simulated(tmp_path, clock)
    ids = thread(network, clock, 3)
    clock.at += timedelta(days=1)
    before = network.metrics(ids).metrics
    assert network.delete(ids[1]).kind is Kind.ACCEPTED
    assert network.delete(ids[1]).kind is Kind.ACCEPTED
    measured = network.metrics([*ids, "simulated-main-99"])
    assert set(measured.gone) == {ids[1], "simulated-main-99"}
    assert dict(measured.metrics) == {remote_id: before[remote_id] for remote_id in (ids[0], ids[2])}
    assert network.find(intent("Post 2", ids[0])).receipts == ()


def test_a_timeline_that_cannot_be_opened_says_what_is_certain(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "simulated").write_text("a file in the way")
    network = simulated(tmp_path, clock)
    assert network.publish(intent()).kind is Kind.NOT_SENT
    assert network.delete("simulated-main-1").kind is Kind.NOT_SENT
    assert not network.find(intent()).readable
    measured = network.metrics(["simulated-main-1"])
    assert (dict(measured.metrics), set(measured.gone)) == ({}, set())
    assert measured.detail
    assert network.timeline_metrics("simulated-main-1", "simulated-main-2").detail == measured.detail


def test_the_identity_is_the_handle_or_the_accounts_name(tmp_path: Path, clock: Clock) -> None:
    found = simulated(tmp_path, clock).whoami()
    assert found == Identity("simulated-main", "main", found.followers)
    assert simulated(tmp_path, clock, handle="@Story").whoami() == replace(found, handle="Story")
