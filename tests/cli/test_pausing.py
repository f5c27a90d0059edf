"""`pause` and `resume` as they are typed: at a terminal, in a script, and with what was missed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from amplifier.store import tables
from tests.support.house import House
from tests.support.terminal import interview

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path) -> House:
    built = House.build(tmp_path / "w")
    built.write("one", "two", post_gap="0s")
    return built


def states(house: House) -> dict[str, str]:
    return {
        f"{row['thread']}/{row['k']}": row["state"] for row in json.loads(house.cli("queue", "list", "--json").stdout)
    }


def approve_now(house: House) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")


def first_due(house: House, thread: str) -> datetime:
    """When the first post of a thread is due."""
    store = house.store()
    with store.read() as connection:
        found: datetime = connection.execute(
            select(tables.post.c.due_at)
            .join(tables.thread, tables.thread.c.id == tables.post.c.thread_id)
            .where(tables.thread.c.name == thread, tables.post.c.k == 1)
        ).scalar_one()
    store.close()
    return found


def long_ago(house: House, hours: float = 5) -> None:
    """Everything was paused and due this long ago."""
    approve_now(house)
    house.cli("pause")
    store, at = house.store(), datetime.now(UTC) - timedelta(hours=hours)
    with store.write() as connection:
        connection.execute(update(tables.pause).where(tables.pause.c.scope == "all").values(since=at))
        connection.execute(update(tables.post).values(due_at=at, planned_at=at))
    store.close()


# ---------------------------------------------------------------- pause and resume


def test_a_pause_of_everything_stops_everything_and_asks_nothing(house: House) -> None:
    approve_now(house)
    told = house.cli("pause")
    assert told.stdout == "paused: everything\n"
    assert "next: amplifier resume --why" in told.stderr
    assert house.cli("pause").stdout == "was paused already: everything\n"
    assert house.cli("run", "--once", code=75).output == ""
    assert "paused: amplifier resume --why" in house.cli("run", "--drain", code=75).stderr
    assert "paused: everything since" in house.cli("status", code=75).stdout
    assert "sent" not in states(house).values()
    assert house.cli("resume", "--why", "the news has passed").stdout == "goes on: everything\n"
    house.cli("run", "--drain")
    assert set(states(house).values()) == {"sent"}


def test_resume_without_a_reason_is_a_usage_error_and_resumes_nothing(house: House) -> None:
    house.cli("pause", "--why", "breaking news", "--by", "Ji-woo")
    assert "--why" in house.cli("resume", code=2).stderr
    assert "by Ji-woo (breaking news)" in house.cli("status", code=75).stdout
    house.cli("resume", "--why", "over")
    assert "everything is not paused" in house.cli("resume", "--why", "twice", code=2).stderr
    (house.root / "PAUSE").touch()
    assert house.cli("resume", "--why", "twice", code=2).stderr == (
        f"error: nothing is paused in the database; the file {house.root / 'PAUSE'} stops this workspace\n"
        "  delete it to go on\n"
    )


def test_a_scoped_pause_only_takes_its_own_posts_out_of_what_is_waited_for(house: House) -> None:
    house.write("one", accounts="[main]", post_gap="0s")
    other = house.campaign.with_name("other.yaml")
    text = house.campaign.read_text("utf-8").replace("name: fence", "name: other").replace("[main]", "[second]")
    other.write_text(text.replace("{id: one, text: threads/one.md}", "{id: two, text: threads/two.md}"), "utf-8")
    approve_now(house)
    house.cli("approve", str(other), "--now", "--yes")
    for scope, name in (("--account", "main"), ("--campaign", "fence")):
        assert house.cli("pause", scope, name).stdout.startswith("paused: ")
    told = house.cli("run", "--drain", code=75)
    assert "an account or a campaign is paused" in told.stderr
    assert states(house) == {
        "one/1": "queued", "one/2": "waiting", "one/3": "waiting", "two/1": "sent", "two/2": "sent",
    }  # fmt: skip
    assert "amplifier resume --account main --why" in house.cli("status", code=75).stdout
    house.cli("resume", "--account", "main", "--why", "checked")
    house.cli("run", "--drain", code=75)
    house.cli("resume", "--campaign", "fence", "--why", "checked")
    house.cli("run", "--drain")
    assert set(states(house).values()) == {"sent"}


def test_a_pause_names_one_thing_that_is_there(house: House) -> None:
    approve_now(house)
    assert "exclude each other" in house.cli("pause", "--account", "main", "--campaign", "fence", code=2).stderr
    assert "known: main" in house.cli("pause", "--account", "mian", code=2).stderr
    assert "known: fence" in house.cli("resume", "--campaign", "fecne", "--why", "x", code=2).stderr
    house.cli("status")


@pytest.mark.parametrize("option", ("--account", "--campaign"))
@pytest.mark.parametrize("name", ("", " "))
def test_an_empty_name_is_no_name_and_never_everything(house: House, option: str, name: str) -> None:
    approve_now(house)
    assert f"{option} is empty" in house.cli("pause", option, name, code=2).stderr
    house.cli("status")
    house.cli("pause")
    assert f"{option} is empty" in house.cli("resume", option, name, "--why", "a script", code=2).stderr
    assert "paused: everything since" in house.cli("status", code=75).stdout


def test_an_empty_name_beside_another_still_excludes_it(house: House) -> None:
    approve_now(house)
    assert "exclude each other" in house.cli("pause", "--account", "main", "--campaign", "", code=2).stderr


# ---------------------------------------------------------------- what was missed


def test_without_a_terminal_it_says_what_to_type_and_resumes_nothing(house: House) -> None:
    long_ago(house)
    told = house.cli("resume", "--why", "over", code=4)
    assert "2 posts were missed by more than" in told.stderr
    assert "fence/one/main/1@dry, fence/two/main/1@dry" in told.stderr
    assert "--missed hold (review them), skip (cancel them) or respace" in told.stderr
    assert house.cli("status", code=75).stdout.count("paused: everything") == 1
    assert set(states(house).values()) == {"queued", "waiting"}


def test_a_scoped_resume_names_its_own_command(house: House) -> None:
    approve_now(house)
    house.cli("pause", "--account", "main")
    store, at = house.store(), datetime.now(UTC) - timedelta(hours=5)
    with store.write() as connection:
        connection.execute(update(tables.pause).where(tables.pause.c.scope == "account").values(since=at))
        connection.execute(update(tables.post).values(due_at=at))
    store.close()
    told = house.cli("resume", "--account", "main", "--why", "over", code=4)
    assert "amplifier resume --account main --why … --missed hold" in told.stderr
    told = house.cli("resume", "--account", "main", "--why", "over", "--missed", "skip")
    assert told.stdout == "goes on: account main\n"
    assert set(states(house).values()) == {"cancelled"}


@pytest.mark.parametrize("how", (("--yes",), ("--missed", "hold")))
def test_yes_holds_what_was_missed_and_goes_on_with_the_rest(house: House, how: tuple[str, ...]) -> None:
    long_ago(house)
    store = house.store()
    with store.write() as connection:
        one = select(tables.thread.c.id).where(tables.thread.c.name == "one").scalar_subquery()
        recently = datetime.now(UTC) - timedelta(hours=1)
        connection.execute(update(tables.post).where(tables.post.c.thread_id == one).values(due_at=recently))
    store.close()
    told = house.cli("resume", "--why", "over", *how)
    assert "held as too late: fence/two/main/1@dry: amplifier queue retry" in told.stderr
    assert states(house) == {
        "one/1": "queued", "one/2": "waiting", "one/3": "waiting", "two/1": "held", "two/2": "held",
    }  # fmt: skip


def test_skip_cancels_and_respace_sends_from_now_on(house: House) -> None:
    long_ago(house)
    told = house.cli("resume", "--why", "over", "--missed", "respace")
    assert "moved: fence/one/main@dry to " in told.stderr
    assert abs(first_due(house, "one") - datetime.now(UTC)) < timedelta(minutes=1)
    assert first_due(house, "two") - first_due(house, "one") == timedelta(hours=2)
    house.cli("run", "--drain")
    assert states(house) == {
        "one/1": "sent", "one/2": "sent", "one/3": "sent", "two/1": "queued", "two/2": "waiting",
    }  # fmt: skip
    assert "fence/two/main@dry" not in house.cli("plan", str(house.campaign)).stderr, "approving moves it not back"


def test_a_pause_in_which_nothing_was_missed_ends_without_a_question(house: House) -> None:
    long_ago(house, hours=1)
    (house.root / "PAUSE").touch()
    told = house.cli("resume", "--why", "read them")
    assert f"the file {house.root / 'PAUSE'} still stops everything: delete it" in told.stderr
    assert told.stdout == "goes on: everything\n"
    assert "held" not in told.stderr


def test_at_a_terminal_each_campaign_is_asked_about_with_counts_and_times(house: House) -> None:
    other = house.campaign.with_name("other.yaml")
    house.write("three", accounts="[second]")
    other.write_text(house.campaign.read_text("utf-8").replace("name: fence", "name: other"), "utf-8")
    house.cli("approve", str(other), "--now", "--yes")
    house.write("one", "two")
    long_ago(house)
    shown, code = interview(
        house, "resume", "--why", "over", answers=[("fence: what becomes of this", "skip\n"), ("other: what", "\n")],
        columns=200,
    )  # fmt: skip
    assert code == 0, shown
    assert "respace  send them from now on, in order, a thread_gap apart" in shown
    assert "fence: 2 threads" in shown
    assert "fence/one/main/1@dry of 3  due " in shown
    assert "missed for 5 h 0 min (limit 90 min)" in shown
    assert "skipped: fence/one/main/1@dry" in shown
    assert "held as too late: other/three/second/1@dry" in shown


def test_an_answer_that_is_broken_off_resumes_nothing(house: House) -> None:
    long_ago(house)
    shown, code = interview(house, "resume", "--why", "over", answers=[("fence: what becomes of this", "\x04")])
    assert code == 1, shown
    assert "Aborted" in shown
    house.cli("status", code=75)


def test_a_long_list_is_cut_and_counted() -> None:
    from amplifier.cli.pausing import SHOWN, _listed  # noqa: PLC0415
    from amplifier.model import Address  # noqa: PLC0415
    from amplifier.publishing.pause import Overdue  # noqa: PLC0415

    def one(number: int, k: int) -> Any:
        hours = timedelta(hours=9)
        return Overdue(
            number, Address("c", f"t{number}", "main", k), 3, datetime(2026, 12, 1, tzinfo=UTC), hours, hours
        )

    lines = list(_listed([one(number, 1 + number % 2) for number in range(SHOWN + 3)]))
    assert lines[-1] == "and 3 more"
    assert lines[0].startswith("c/t0/main/1 of 3  due 2026-12-01 00:00 UTC, missed for 9 h 0 min (limit 9 h 0 min)")
    assert lines[1].endswith(", its thread has begun")
