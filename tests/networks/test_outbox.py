"""The dry run's file: what stands in it, what a look finds, and how people read it."""

from __future__ import annotations

import json
import os
import resource
import stat
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from amplifier.networks.outbox import Outbox
from amplifier.networks.port import Answer, Context, Identity, Intent, Kind, Metrics, Network, Untold
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


def outbox(folder: Path, clock: Clock, name: str = "main") -> Network:
    return Outbox(name, AccountSettings.model_validate({}), Context(folder, clock, 0.5))


def intent(text: str = "A post", parent: str | None = None, **more: object) -> Intent:
    made = Intent("dmz", "story", "main", 1, text, parent, NOW)
    return replace(made, **more)  # type: ignore[arg-type]


def id_of(answer: Answer) -> str:
    assert answer.kind is Kind.ACCEPTED
    assert answer.receipt
    return answer.receipt.remote_id


def lines(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "outbox" / "posts.jsonl").read_text("utf-8").splitlines()]


def test_folder_and_files_are_for_their_owner_alone(tmp_path: Path, clock: Clock) -> None:
    before = os.umask(0o022)
    try:
        id_of(outbox(tmp_path, clock).publish(intent()))
    finally:
        os.umask(before)
    folder = tmp_path / "outbox"
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}
    assert modes.pop("outbox") == 0o700
    assert {"posts.jsonl", "posts.md"} <= modes.keys()
    assert set(modes.values()) == {0o600}, modes


def test_a_post_is_one_line_with_these_keys(tmp_path: Path, clock: Clock) -> None:
    network = outbox(tmp_path, clock)
    root = id_of(network.publish(intent("첫째\nline")))
    reply = id_of(network.publish(intent("Second", root, k=2)))
    first, second = lines(tmp_path)
    assert first == {
        "id": root,
        "campaign": "dmz",
        "thread": "story",
        "account": "main",
        "k": 1,
        "text": "첫째\nline",
        "in_reply_to": None,
        "at": "2026-11-23T09:30:00.000000+00:00",
    }
    assert (second["id"], second["in_reply_to"], second["k"]) == (reply, root, 2)


def test_a_first_post_that_answers_another_says_so_on_the_page(tmp_path: Path, clock: Clock) -> None:
    network = outbox(tmp_path, clock)
    wrong = id_of(network.publish(intent("He was 34.")))
    right = id_of(network.publish(intent("He was 24.", wrong, thread="correction")))
    id_of(network.publish(intent("That is all.", right, thread="correction", k=2)))
    assert [line["in_reply_to"] for line in lines(tmp_path)] == [None, wrong, right]
    page = (tmp_path / "outbox" / "posts.md").read_text("utf-8")
    assert page.count(" · answers ") == 1
    assert f"{right} · answers {wrong}" in page


def test_ids_stay_unique_across_accounts_threads_restarts_and_an_emptied_folder(tmp_path: Path, clock: Clock) -> None:
    ids: list[str] = []
    lock = threading.Lock()

    def work(name: str) -> None:
        network = outbox(tmp_path, clock, name)
        for number in range(5):
            remote_id = id_of(network.publish(intent(f"{name} {number}", account=name)))
            with lock:
                ids.append(remote_id)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("main", "second", "third")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 15
    (tmp_path / "outbox" / "posts.jsonl").unlink()
    clock.at += timedelta(minutes=1)
    assert id_of(outbox(tmp_path, clock).publish(intent("After"))) not in ids


def test_a_look_finds_text_parent_and_account_after_the_anchor(tmp_path: Path, clock: Clock) -> None:
    network = outbox(tmp_path, clock)
    root, again = id_of(network.publish(intent())), id_of(network.publish(intent()))
    reply = id_of(network.publish(intent(parent=root)))
    outbox(tmp_path, clock, "other").publish(intent(account="other"))

    def found(wanted: Intent) -> list[str]:
        sighting = network.find(wanted)
        assert sighting.readable
        return [receipt.remote_id for receipt in sighting.receipts]

    assert found(intent()) == [root, again]
    assert found(intent(anchor=root)) == [again]
    assert found(intent(anchor=again)) == []
    assert found(intent(parent=root)) == [reply]
    assert found(intent("Another")) == []
    assert found(intent(claimed_at=NOW + timedelta(minutes=5))) == [root, again]
    assert found(intent(claimed_at=NOW + timedelta(minutes=5, seconds=1))) == []
    assert network.find(intent(anchor=root)).receipts[0].at == NOW


def test_other_posts_with_the_same_text_are_shown_and_never_taken_for_this_one(tmp_path: Path, clock: Clock) -> None:
    network = outbox(tmp_path, clock)
    root = id_of(network.publish(intent("Root")))
    same, reply = id_of(network.publish(intent("Again"))), id_of(network.publish(intent("Again", root)))
    network.publish(intent("Again", account="second"))
    sighting = network.find(intent("Again", root, anchor=same))
    assert [found.remote_id for found in sighting.receipts] == [reply]
    assert [other.remote_id for other in sighting.others] == [same]


def test_a_torn_line_was_never_written(tmp_path: Path, clock: Clock) -> None:
    network = outbox(tmp_path, clock)
    network.publish(intent())
    path = tmp_path / "outbox" / "posts.jsonl"
    path.write_bytes(path.read_bytes() + b'{"id": "outbox-99", "text": "A po')
    assert len(network.find(intent()).receipts) == 1
    after = id_of(network.publish(intent("Next")))
    assert [line["id"] for line in lines(tmp_path)][1:] == [after]


def test_a_line_that_somebody_edited_stops_nothing(tmp_path: Path, clock: Clock) -> None:
    network = outbox(tmp_path, clock)
    kept = id_of(network.publish(intent()))
    path = tmp_path / "outbox" / "posts.jsonl"
    odd = [{"id": kept}, {"id": [1], "deleted": True}, {**lines(tmp_path)[0], "id": "outbox-5", "at": "today"}]
    path.write_text(path.read_text("utf-8") + "".join(json.dumps(line) + "\n" for line in odd), "utf-8")
    assert [receipt.remote_id for receipt in network.find(intent()).receipts] == [kept]
    assert network.publish(intent("Next")).kind is Kind.ACCEPTED


def test_people_read_the_posts_thread_by_thread(tmp_path: Path, clock: Clock) -> None:
    network = outbox(tmp_path, clock)
    first = id_of(network.publish(intent("One *star* and #Tag\nline <b>")))
    network.publish(intent("Other thread", thread="facts"))
    second = id_of(network.publish(intent("Two", first, k=2)))
    network.delete(second)
    page = (tmp_path / "outbox" / "posts.md").read_text("utf-8")
    assert page == (
        "# Outbox\n\nDRY RUN: nothing here was sent to a network. Made from posts.jsonl; edits are lost.\n\n"
        f"## dmz/story/main\n\n**1** · 2026-11-23T09:30:00.000000+00:00 · {first}\n\n"
        "> One \\*star\\* and \\#Tag  \n> line \\<b\\>\n\n"
        f"**2** · 2026-11-23T09:30:00.000000+00:00 · {second} (deleted)\n\n> Two\n\n"
        f"## dmz/facts/main\n\n**1** · 2026-11-23T09:30:00.000000+00:00 · outbox-{int(NOW.timestamp()) + 1}\n\n"
        "> Other thread\n"
    )


def test_a_page_that_cannot_be_written_costs_no_post(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "outbox" / "posts.md" / "in the way").mkdir(parents=True)
    assert outbox(tmp_path, clock).publish(intent()).kind is Kind.ACCEPTED
    assert len(lines(tmp_path)) == 1


def test_an_outbox_that_cannot_be_opened_says_what_is_certain(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "outbox").write_text("a file in the way")
    network = outbox(tmp_path, clock)
    assert network.publish(intent()).kind is Kind.NOT_SENT
    assert network.delete("outbox-1").kind is Kind.NOT_SENT
    assert not network.find(intent()).readable
    assert "could not be read" in network.metrics(["outbox-1"]).detail
    assert "could not be read" in network.timeline_metrics("outbox-1", "outbox-2").detail


def test_a_write_that_breaks_off_is_unclear_and_leaves_nothing(tmp_path: Path, clock: Clock) -> None:
    network = outbox(tmp_path, clock)
    network.publish(intent())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = (tmp_path / "outbox" / "posts.jsonl").stat().st_size
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, limits[1]))
        answer = network.publish(intent("Next"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (answer.kind, answer.detail) == (Kind.UNCLEAR, "outbox/posts.jsonl could not be written: File too large")
    assert network.find(intent("Next")).receipts == ()
    assert network.publish(intent("Next")).kind is Kind.ACCEPTED
    assert [line["text"] for line in lines(tmp_path)] == ["A post", "Next"]


def test_a_deletion_is_a_line_and_the_post_is_not_found_any_more(tmp_path: Path, clock: Clock) -> None:
    network = outbox(tmp_path, clock)
    mine = id_of(network.publish(intent()))
    theirs = id_of(outbox(tmp_path, clock, "other").publish(intent(account="other")))
    assert network.delete(theirs).kind is Kind.REFUSED
    assert network.delete(mine).kind is Kind.ACCEPTED
    assert network.delete(mine).kind is Kind.ACCEPTED
    assert lines(tmp_path)[2:] == [
        {"id": mine, "account": "main", "deleted": True, "at": "2026-11-23T09:30:00.000000+00:00"}
    ]
    assert network.find(intent()).receipts == ()
    measured = network.metrics([mine, theirs, "outbox-1"])
    assert dict(measured.metrics) == {theirs: Metrics(untold=Untold.NO_SUCH_COUNT)}
    assert set(measured.gone) == {mine, "outbox-1"}


def test_its_timeline_is_the_accounts_own_posts_of_a_span_and_tells_no_counts(tmp_path: Path, clock: Clock) -> None:
    network, other = outbox(tmp_path, clock), outbox(tmp_path, clock, "other")
    ids = [id_of(network.publish(intent(f"Post {k}"))) for k in range(4)]
    id_of(other.publish(intent(account="other")))
    last = id_of(network.publish(intent("Last")))
    network.delete(ids[2])
    measured = network.timeline_metrics(ids[1], last)
    assert measured.metrics == dict.fromkeys((ids[1], ids[3], last), Metrics(untold=Untold.NO_SUCH_COUNT))
    assert measured.gone == frozenset()
    assert network.private_within is None


def test_the_account_is_its_own_identity(tmp_path: Path, clock: Clock) -> None:
    assert outbox(tmp_path, clock).whoami() == Identity("outbox", "main")
