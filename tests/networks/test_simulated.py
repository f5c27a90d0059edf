"""The rehearsal's network: rules like X's, numbers that follow from seed, id and age."""

from __future__ import annotations

from dataclasses import astuple, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplifier.networks.port import Answer, Context, Identity, Intent, Kind, Network
from amplifier.networks.simulated import LAG, Simulated
from amplifier.settings import AccountSettings

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


def simulated(folder: Path, clock: Clock, name: str = "main", seed: str = "seed", handle: str | None = None) -> Network:
    settings = AccountSettings.model_validate({"network": "simulated", "handle": handle})
    return Simulated(name, settings, Context(folder, clock, 0.5, seed))


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


@settings(max_examples=30)
@given(st.text("abc", max_size=4), st.lists(st.integers(0, 40 * 86400), min_size=2, max_size=5).map(sorted))
def test_counts_never_fall_and_fewer_see_each_next_post(
    tmp_path_factory: pytest.TempPathFactory, seed: str, ages: list[int]
) -> None:
    clock = Clock()
    network = simulated(tmp_path_factory.mktemp("simulated"), clock, seed=seed)
    ids = thread(network, clock)
    before = dict.fromkeys(ids, (0,) * 6)
    for age in ages:
        clock.at = max(clock.at, NOW + timedelta(seconds=age))
        measured = network.metrics(ids)
        counts = {remote_id: astuple(measured.metrics[remote_id]) for remote_id in ids}
        for remote_id in ids:
            assert all(now >= then for now, then in zip(counts[remote_id], before[remote_id], strict=True))
            assert counts[remote_id][0] <= counts[remote_id][5]
        seen = [counts[remote_id][5] for remote_id in ids]
        assert seen == sorted(seen, reverse=True)
        before = counts


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
    assert astuple(network.metrics([post]).metrics[post]) == (0,) * 6
    clock.at -= timedelta(days=1)
    assert astuple(network.metrics([post]).metrics[post]) == (0,) * 6


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


def test_the_identity_is_the_handle_or_the_accounts_name(tmp_path: Path, clock: Clock) -> None:
    assert simulated(tmp_path, clock).whoami() == Identity("simulated-main", "main")
    assert simulated(tmp_path, clock, handle="@Story").whoami() == Identity("simulated-main", "Story")
