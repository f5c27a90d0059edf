"""A country changes its clocks: queued starts stay instants, and the plan shows where they would have to go."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING, Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from amplifier.errors import FileError
from amplifier.model import Address, Mode
from amplifier.planning.plan import Action, Plan, Step, plan
from amplifier.planning.schedule import wall_to_utc
from amplifier.planning.zones import all_shifted, shifted
from amplifier.publishing import manual
from amplifier.store import tables
from tests.support.house import House, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ZONES = ["Europe/Berlin", "America/New_York", "Asia/Seoul", "Australia/Lord_Howe", "Africa/Casablanca"]


class Change(Protocol):
    """From now on, `zone` has the rules that `rules` has."""

    def __call__(self, zone: str, rules: str) -> Path: ...


@pytest.fixture
def change(tmp_path: Path) -> Iterator[Change]:
    """Real zone files, as a machine has them after an update, in a folder that is searched first."""
    folder = tmp_path / "zones"

    def update(zone: str, rules: str) -> Path:
        path = folder / zone
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((resources.files("tzdata") / "zoneinfo" / rules).read_bytes())
        zoneinfo.reset_tzpath(to=[str(folder)])
        zoneinfo.ZoneInfo.clear_cache()
        return folder

    yield update
    zoneinfo.reset_tzpath()
    zoneinfo.ZoneInfo.clear_cache()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    opened = Stage.open(House.build(tmp_path / "w"))
    yield opened
    opened.app.close()


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def plan_now(stage: Stage, by: str | None = None) -> Plan:
    draft = stage.draft()
    modes = stage.app.modes_of(draft.campaign.accounts)
    with stage.app.store.read() as connection:
        return plan(connection, draft.campaign, draft.threads, modes=modes, now=stage.clock.now(), by=by)


def step(found: Plan, thread: str = "one") -> Step:
    return next(step for step in found.steps if step.address.thread == thread)


def walls(stage: Stage) -> dict[str, str | None]:
    with stage.app.store.read() as connection:
        return {
            row.name: row.wall
            for row in connection.execute(
                select(tables.thread.c.name, tables.thread.c.wall).where(tables.thread.c.current == 1)
            )
        }


# ---------------------------------------------------------------- one start


@given(
    zone=st.sampled_from(ZONES),
    at=st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
    | st.sampled_from(["2026-10-25 00:30", "2026-10-25 01:30", "2026-11-01 06:15", "2026-04-04 15:10"]).map(utc),
)
def test_while_the_rules_stay_no_start_shifts_not_even_in_the_doubled_hour(zone: str, at: datetime) -> None:
    wall = at.astimezone(zoneinfo.ZoneInfo(zone)).replace(tzinfo=None)
    assert shifted(at, wall.isoformat(), zone) is None


@given(zone=st.sampled_from(ZONES), wall=st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001
def test_a_start_that_was_computed_from_a_skipped_time_does_not_shift_either(zone: str, wall: datetime) -> None:
    at, _ = wall_to_utc(wall, zone)
    meant = at.astimezone(zoneinfo.ZoneInfo(zone)).replace(tzinfo=None)
    assert shifted(at, meant.isoformat(), zone) is None


def test_a_start_without_a_wall_time_never_shifts() -> None:
    assert shifted(utc("2026-12-01 00:30"), None, "Asia/Seoul") is None


def test_a_wall_time_that_the_new_rules_skip_becomes_the_first_one_after_it(change: Change) -> None:
    change("Asia/Seoul", "Europe/Berlin")
    slot = shifted(utc("2026-03-28 17:30"), "2026-03-29T02:30:00", "Asia/Seoul")
    assert slot is not None
    assert (slot.at, f"{slot.wall:%H:%M}") == (utc("2026-03-29 01:00"), "03:00")
    assert "does not exist" in slot.note
    assert shifted(slot.at, slot.wall.isoformat(), "Asia/Seoul") is None


# ---------------------------------------------------------------- in the plan


def test_a_changed_zone_moves_what_is_queued_to_its_wall_time_once_a_person_approves(
    stage: Stage, change: Change
) -> None:
    before = step(stage.approve())
    assert walls(stage)["one"] == "2026-12-01T09:30:00"
    change("Asia/Seoul", "Asia/Shanghai")
    found = step(plan_now(stage))
    assert (found.action, found.was, found.start) == (Action.MOVE, before.start, utc("2026-12-01 01:30"))
    assert found.note == "the rules of Asia/Seoul have changed: 09:30 there is now 01:30 UTC, not 00:30"
    assert stage.posts()[0]["due_at"] == "2026-12-01T00:30:00.000000Z"
    assert {one.action for one in stage.approve().steps} == {Action.MOVE}
    assert stage.posts()[0]["due_at"] == "2026-12-01T01:30:00.000000Z"
    assert walls(stage)["one"] == "2026-12-01T09:30:00"
    assert {one.action for one in plan_now(stage).steps} == {Action.KEEP}


def test_where_summer_time_is_abolished_winter_stays(stage: Stage, change: Change) -> None:
    stage.house.write("one @ 2027-02-01 09:00", "two @ 2027-07-01 09:00", timezone="Europe/Berlin")
    stage.approve()
    change("Europe/Berlin", "Africa/Lagos")
    found = plan_now(stage)
    assert (step(found).action, step(found, "two").action) == (Action.KEEP, Action.MOVE)
    assert step(found, "two").start == utc("2027-07-01 08:00")


def test_the_wall_time_with_its_jitter_is_what_stays(stage: Stage, change: Change) -> None:
    stage.house.write("one", "two", "three", jitter="30m")
    planned = stage.approve()
    assert any(one.slot and one.slot.jitter for one in planned.steps)
    change("Asia/Seoul", "Asia/Shanghai")
    for was, now in zip(planned.steps, plan_now(stage).steps, strict=True):
        assert was.slot
        assert now.slot
        assert now.slot.wall == was.slot.wall


def test_new_words_for_a_thread_keep_its_wall_time(stage: Stage, change: Change) -> None:
    stage.approve()
    change("Asia/Seoul", "Asia/Shanghai")
    stage.house.text("one", "They met at a fence. #Fence\n---\nNo more than that.")
    replaced = step(stage.approve())
    assert (replaced.action, replaced.start) == (Action.REPLACE, utc("2026-12-01 01:30"))
    assert walls(stage)["one"] == "2026-12-01T09:30:00"
    stage.house.text("one", "They met at that fence. #Fence\n---\nNo more than that.")
    assert step(stage.approve()).start == utc("2026-12-01 01:30")


def test_a_second_approval_is_shown_the_change(stage: Stage, change: Change) -> None:
    stage.house.write("one")
    path = stage.house.campaign
    path.write_text(path.read_text("utf-8").replace("accounts:", "approvals: 2\naccounts:"), "utf-8")
    stage.approve(by="Kim")
    change("Asia/Seoul", "Asia/Shanghai")
    agreed = step(stage.approve(by="Lee"))
    assert (agreed.action, agreed.start) == (Action.AGREE, utc("2026-12-01 01:30"))
    assert "the rules of Asia/Seoul have changed" in agreed.note


def test_what_starts_now_or_has_begun_has_no_wall_time_to_keep(stage: Stage, change: Change) -> None:
    stage.house.write("one", "two", post_gap="20m")
    stage.approve(at_once=True)
    assert walls(stage) == {"one": None, "two": None}
    stage.run()
    change("Asia/Seoul", "Asia/Shanghai")
    assert [one.action for one in plan_now(stage).steps] == [Action.BEGUN, Action.KEEP]


def test_a_time_that_is_past_by_the_new_rules_becomes_the_next_slot(stage: Stage, change: Change) -> None:
    stage.house.write("one")
    stage.approve()
    stage.clock.reach(utc("2026-12-01 00:00"))
    change("Asia/Seoul", "Pacific/Auckland")  # 09:30 there was at 20:30 UTC
    found = step(plan_now(stage))
    assert (found.action, found.start) == (Action.MOVE, utc("2026-12-02 20:30"))
    assert "have changed" in found.note


def test_a_fixed_time_that_is_past_by_the_new_rules_asks_a_person(stage: Stage, change: Change) -> None:
    stage.house.write("one @ 2026-12-01 09:30")
    stage.approve()
    stage.clock.reach(utc("2026-12-01 00:00"))
    change("Asia/Seoul", "Pacific/Auckland")
    with pytest.raises(FileError) as refused:
        stage.approve()
    assert "its time 2026-12-01 09:30 is past" in refused.value.findings[0].message


def test_what_is_due_already_is_left_as_it_is(stage: Stage, change: Change) -> None:
    stage.approve()
    stage.clock.reach(utc("2026-12-01 00:45"))
    change("Asia/Seoul", "Asia/Shanghai")
    assert [one.action for one in plan_now(stage).steps] == [Action.KEEP, Action.MOVE, Action.MOVE]


def test_the_gap_between_posts_is_time_that_passes_also_where_the_clock_is_put_back(stage: Stage) -> None:
    stage.house.write("one @ 2027-11-07 01:50", timezone="America/New_York", post_gap="20m")
    stage.approve()
    assert [row["due_at"][11:16] for row in stage.posts()] == ["05:50", "06:10", "06:30"]
    while (ahead := stage.run().outlook.next_at) is not None:
        stage.clock.reach(ahead)
    assert [row["sent_at_local"][11:] for row in stage.posts()] == [
        "01:50:00-04:00",
        "01:10:00-05:00",
        "01:30:00-05:00",
    ]


# ---------------------------------------------------------------- on the screen


def test_all_that_are_ahead_are_listed(stage: Stage, change: Change) -> None:
    stage.approve()
    stage.clock.reach(utc("2026-12-01 00:45"))  # the first is due

    def listed() -> list[tuple[str, str]]:
        with stage.app.store.read() as connection:
            return [(str(one.address), f"{one.slot.at:%d %H:%M}") for one in all_shifted(connection, stage.clock.now())]

    assert listed() == []
    change("Asia/Seoul", "Asia/Shanghai")
    assert listed() == [("fence/two/main@dry", "03 01:30"), ("fence/three/main@dry", "08 01:30")]
    dropped = Address("fence", "two", "main", 0, Mode.DRY)
    manual.cancel(stage.app.store, dropped, why="", who="Kim", now=stage.clock.now())
    assert listed() == [("fence/three/main@dry", "08 01:30")]


def test_the_commands_show_the_moves(tmp_path: Path, change: Change) -> None:
    house = House.build(tmp_path / "w", one="They met at a fence. #Fence\n---\nNeither of them said a word.")
    house.write("one @ 2037-07-01 09:30")
    house.cli("approve", str(house.campaign), "--yes")
    assert "times" not in house.cli("doctor").output
    change("Asia/Seoul", "Asia/Shanghai")
    shown = house.cli("plan", str(house.campaign)).output
    assert "move  one/main" in shown
    assert "2037-07-01T01:30:00Z  2037-07-01T00:30:00Z" in shown
    told = house.cli("doctor").output
    assert "warning times: 1 thread is no longer at the wall time that was approved: fence/one/main@dry" in told
    assert "amplifier plan" in told
    house.cli("approve", str(house.campaign), "--yes")
    assert "times" not in house.cli("doctor").output


@pytest.mark.slow
def test_a_machine_with_new_zone_files_shows_the_moves(tmp_path: Path, change: Change) -> None:
    """In processes of their own, by the variable that names the folder of zone files."""
    house = House.build(tmp_path / "w", one="They met at a fence. #Fence\n---\nNeither of them said a word.")
    house.write("one @ 2037-07-01 09:30")
    house.process("approve", str(house.campaign), "--yes")
    house.environment["PYTHONTZPATH"] = str(change("Asia/Seoul", "Asia/Shanghai"))
    assert "move  one/main" in house.process("plan", str(house.campaign)).stdout
