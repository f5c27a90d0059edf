from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from amplifier.content.draft import load_draft
from amplifier.engagement.query import rows
from amplifier.planning.approve import approve
from amplifier.publishing.enqueue import Seal
from amplifier.rehearsal import Rehearsed, VirtualClock, open_rehearsal, rehearse
from amplifier.settings import SECRETS, load_settings
from amplifier.workspace import Workspace
from tests.support.house import NOON, House

if TYPE_CHECKING:
    from pathlib import Path

    from amplifier.publishing.beat import Done

LIVE = {f"AMPLIFIER_ACCOUNTS__MAIN__{name.upper()}": "sesame" for name in SECRETS} | {"AMPLIFIER_LIVE": "1"}
READ = timedelta(days=1)


def rehearsed(
    root: Path, seed: str, told: list[Done] | None = None
) -> tuple[Rehearsed, dict[str, list[dict[str, Any]]]]:
    """A whole rehearsal of the small campaign; what it did, and what analysts see of it."""
    house = House.build(root)
    clock = VirtualClock(NOON)
    app = open_rehearsal(Workspace(root), load_settings(root, LIVE), clock, seed)
    draft = load_draft(house.campaign, root, app.platform)
    modes = app.modes_of(draft.campaign.accounts)
    approve(app.store, draft.campaign, draft.threads, modes=modes, now=NOON, seal=Seal("staff", NOON))
    done = rehearse(app, clock, after=READ, report=told.append if told is not None else lambda _: None)
    views = {name: rows(app.store, name) for name in ("post_log", "engagement_readings")}
    app.close()
    return done, views


def test_the_same_seed_gives_the_same_posts_and_readings_and_another_gives_others(tmp_path: Path) -> None:
    first, one = rehearsed(tmp_path / "a", "spring")
    again, two = rehearsed(tmp_path / "b", "spring")
    _, three = rehearsed(tmp_path / "c", "autumn")
    assert one == two
    assert first == again
    assert one["post_log"] == three["post_log"]
    assert one["engagement_readings"] != three["engagement_readings"]


def test_it_publishes_slot_by_slot_and_reads_until_the_end(tmp_path: Path) -> None:
    told: list[Done] = []
    done, views = rehearsed(tmp_path / "w", "spring", told)
    assert told == list(done.done)
    log = views["post_log"]
    assert [row["state"] for row in log] == ["sent"] * 7
    assert {row["mode"] for row in log} == {"simulated"}
    assert done.began == NOON
    last = max(datetime.fromisoformat(row["sent_at"]) for row in log)
    assert timedelta() < done.ended - last <= READ + timedelta(minutes=1)
    roots = [datetime.fromisoformat(row["sent_at"]) for row in log if row["k"] == 1]
    assert all((at.hour, at.minute) == (0, 30) for at in roots)  # 09:30 in Seoul
    assert len({at.date() for at in roots}) == 3
    # at 15 min, 1 h, 6 h and 24 h; the last post's day ends with the rehearsal
    assert done.readings == len(views["engagement_readings"]) >= 7 * 3
    assert all(row["likes"] is not None for row in views["engagement_readings"])


def test_nothing_leaves_the_machine_even_with_live_accounts(tmp_path: Path) -> None:
    rehearsed(tmp_path / "w", "spring")
    assert sorted(path.name for path in (tmp_path / "w" / "simulated").iterdir() if path.suffix == ".jsonl") == [
        "main.jsonl"
    ]
    assert not (tmp_path / "w" / "outbox").exists()


def test_an_empty_queue_ends_at_once(tmp_path: Path) -> None:
    House.build(tmp_path / "w")
    clock = VirtualClock(NOON)
    app = open_rehearsal(Workspace(tmp_path / "w"), load_settings(tmp_path / "w", {}), clock, "s")
    assert rehearse(app, clock, after=READ) == Rehearsed((), 0, NOON, NOON)
    app.close()


def test_a_virtual_clock_never_goes_back() -> None:
    clock = VirtualClock(datetime(2026, 12, 1, tzinfo=UTC))
    before = clock.ticks()
    clock.sleep(90)
    assert clock.ticks() - before == 90
    clock.reach(datetime(2026, 11, 1, tzinfo=UTC))
    assert clock.now() == datetime(2026, 12, 1, 0, 1, 30, tzinfo=UTC)
