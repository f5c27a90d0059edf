"""What the queue says already: near-identical on another account is refused, the very same on one is told of."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text, update

from amplifier.content.draft import load_draft
from amplifier.errors import FileError
from amplifier.model import Address, Level, Mode
from amplifier.planning.approve import approve
from amplifier.planning.plan import plan
from amplifier.publishing import manual
from amplifier.publishing.enqueue import Seal
from amplifier.store import tables
from tests.support.house import NOON, House, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from amplifier.model import Finding
    from amplifier.planning.plan import Plan

WORDS = "The council took eleven months to answer the letter that she wrote in spring"
ALIKE = f"{WORDS.lower()}, at last."
OTHER = "It took her a year to write another one, and nobody has answered that either."
BLUESKY = {"accounts__second__network": "bluesky"}
LIVE = {
    f"accounts__{name}__{key}": "secret"
    for name in ("main", "second")
    for key in ("api_key", "api_secret", "access_token", "access_token_secret")
} | {"live": "1"}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House.build(tmp_path / "w", one=f"{WORDS}.\n---\nThe rest is quite another matter.")


@pytest.fixture
def stage(house: House) -> Iterator[Stage]:
    opened = Stage.open(house)
    yield opened
    opened.app.close()


def write(house: House, name: str, said: str, *, account: str = "second", thread: str = "echo", at: str = "") -> Path:
    """A campaign of one thread on an account of its own."""
    house.text(name, said)
    path = house.root / f"campaigns/{name}.yaml"
    when = f", at: {at}" if at else ""
    path.write_text(
        f"name: {name}\narticle: articles/fence.txt\nlink: https://example.org/fence\nhashtags: [Fence]\n"
        f"accounts: [{account}]\nschedule: {{timezone: Asia/Seoul, thread_gap: 0s, jitter: 0s, "
        f'slots: [{{days: [tue, thu], at: "09:30"}}]}}\n'
        f"threads:\n  - {{id: {thread}, text: threads/{name}.md{when}}}\n",
        "utf-8",
    )
    return path


def look(stage: Stage, path: Path) -> list[Finding]:
    """What the plan says about the words of a campaign."""
    draft = load_draft(path, stage.house.root, stage.app.platform)
    modes = stage.app.modes_of(draft.campaign.accounts)
    with stage.app.store.read() as connection:
        found = plan(connection, draft.campaign, draft.threads, modes=modes, now=stage.clock.now())
    return [told for told in found.findings if "the very text of" in told.message or "nearly the same" in told.message]


def say_yes(stage: Stage, path: Path, *, at_once: bool = False) -> Plan:
    draft = load_draft(path, stage.house.root, stage.app.platform)
    now = stage.clock.now()
    modes = stage.app.modes_of(draft.campaign.accounts)
    return approve(
        stage.app.store, draft.campaign, draft.threads, modes=modes, now=now, seal=Seal("Kim", now), at_once=at_once
    )


# ---------------------------------------------------------------- on another account


def test_nearly_the_same_words_queued_on_another_account_are_refused_with_both_shown(stage: Stage) -> None:
    stage.approve()
    echo = write(stage.house, "echo", ALIKE)
    with pytest.raises(FileError) as refused:
        say_yes(stage, echo)
    (finding,) = refused.value.findings
    assert finding.message == (
        "echo/echo/second/1@dry says nearly the same as fence/one/main/1@dry, which is queued, 2026-12-01 00:30 UTC, "
        f"on another account of the same network: “{ALIKE}” and “{WORDS}.”"
    )
    assert finding.hint.endswith("`amplifier queue cancel fence/one/main/1@dry` takes the other out of the queue")
    assert (finding.place.path, finding.place.line) == ("campaigns/threads/echo.md", 1)
    assert len(stage.posts()) == 2
    other = Address("fence", "one", "main", 1, Mode.DRY)
    manual.cancel(stage.app.store, other, why="", who="Kim", now=stage.clock.now())
    say_yes(stage, echo)


def test_so_are_words_that_went_out_in_the_last_thirty_days(stage: Stage) -> None:
    stage.approve(at_once=True)
    stage.run()
    sent = stage.clock.now()
    echo = write(stage.house, "echo", ALIKE)
    (finding,) = look(stage, echo)
    assert "which is sent, 2026-11-30 12:00 UTC" in finding.message
    assert "queue cancel" not in finding.hint
    stage.clock.reach(sent + timedelta(days=29, hours=23))
    assert len(look(stage, echo)) == 1
    stage.clock.reach(sent + timedelta(days=30, minutes=1))
    assert look(stage, echo) == []


def test_a_later_post_that_waits_and_a_held_one_count_too(stage: Stage) -> None:
    stage.approve()
    echo = write(stage.house, "echo", "The rest is quite another matter!")
    (finding,) = look(stage, echo)
    assert "fence/one/main/2@dry, which is waiting" in finding.message
    stage.clock.reach(datetime.fromisoformat("2026-12-01T09:00Z"))
    stage.run()  # too late by now: held
    (finding,) = look(stage, echo)
    assert "which is held: earlier post" in finding.message
    assert "queue cancel" in finding.hint


def test_what_was_withdrawn_from_the_network_does_not_count(stage: Stage) -> None:
    stage.approve(at_once=True)
    stage.run()
    echo = write(stage.house, "echo", ALIKE)
    with stage.app.store.write() as connection:
        connection.execute(update(tables.post).values(deleted_at=stage.clock.now()))
    assert look(stage, echo) == []


@pytest.mark.parametrize(
    ("said", "environment"),
    (
        pytest.param(OTHER, {}, id="other words"),
        pytest.param(ALIKE, BLUESKY, id="another network"),
    ),
)
def test_other_words_and_other_networks_are_no_echo(house: House, said: str, environment: dict[str, str]) -> None:
    stage = Stage.open(house, at=NOON, **environment)
    stage.approve()
    assert look(stage, write(house, "echo", said)) == []
    stage.app.close()


def test_live_words_are_compared_with_live_ones_and_dry_ones_with_dry_ones(house: House) -> None:
    dry = Stage.open(house)
    dry.approve()
    live = Stage.open(house, at=NOON, **LIVE)
    echo = write(house, "echo", ALIKE)
    assert (len(look(dry, echo)), len(look(live, echo))) == (1, 0)
    live.approve()
    assert len(look(live, echo)) == 1
    live.app.close()
    dry.app.close()


def test_a_thread_that_moves_to_another_account_has_no_echo_in_what_it_replaces(stage: Stage) -> None:
    stage.approve()
    stage.house.write("one", accounts="[second]")
    assert [step.action.value for step in stage.approve().steps] == ["add", "cancel"]


def test_once_it_is_out_it_cannot_move_to_another_account(stage: Stage) -> None:
    stage.approve(at_once=True)
    stage.run()
    stage.house.write("one", accounts="[second]")
    with pytest.raises(FileError) as refused:
        stage.approve()
    assert [found.message.partition(" says")[0] for found in refused.value.findings] == [
        "fence/one/second/1@dry",
        "fence/one/second/2@dry",
    ]


def test_two_accounts_of_one_campaign_are_compared_with_each_others_older_words(stage: Stage) -> None:
    """What stands in the file is the linter's; what is out of another campaign is found here, for each account."""
    stage.house.text("one", f"{WORDS}.")
    stage.approve()
    both = write(stage.house, "both", ALIKE, account="main, second")
    levels = [(found.level, found.message.partition(" ")[0]) for found in look(stage, both)]
    assert (Level.ERROR, "both/echo/second/1@dry") in levels
    assert (Level.ERROR, "both/echo/main/1@dry") not in levels


def test_of_many_echoes_one_is_shown_and_the_others_are_counted(stage: Stage) -> None:
    stage.approve()
    say_yes(stage, write(stage.house, "again", f"{WORDS}, she said.", account="main"))
    (finding,) = look(stage, write(stage.house, "echo", ALIKE))
    assert "nearly the same as fence/one/main/1@dry (and 1 more), which is queued" in finding.message


def test_a_queued_echo_stops_the_next_approval_until_one_of_both_is_gone(stage: Stage) -> None:
    """As from a release that did not compare: nobody approves on top of it."""
    echo = write(stage.house, "echo", ALIKE)
    say_yes(stage, echo)
    with stage.app.store.write() as connection:
        connection.execute(update(tables.post).values(text=OTHER))
    stage.approve()
    with stage.app.store.write() as connection:
        connection.execute(text("UPDATE post SET text = :words WHERE text = :other"), {"words": ALIKE, "other": OTHER})
    with pytest.raises(FileError, match="cannot be approved"):
        stage.approve()


# ---------------------------------------------------------------- on the same account


def test_the_very_same_words_within_a_day_are_refused_since_the_network_would(stage: Stage) -> None:
    stage.approve(at_once=True)
    stage.run()
    stage.house.text("anew", (stage.house.root / "campaigns/threads/one.md").read_text("utf-8"))
    stage.house.write("anew @ 2026-12-01 20:00")
    with pytest.raises(FileError) as refused:
        stage.approve()
    assert [found.message for found in refused.value.findings] == [
        f"fence/anew/main/{k}@dry has the very text of fence/one/main/{k}@dry, which is sent, 2026-11-30 12:00 UTC"
        for k in (1, 2)
    ]
    assert "networks refuse what an account has said within a day" in refused.value.findings[0].hint


def test_what_a_person_has_cancelled_may_be_said_after_all(stage: Stage) -> None:
    stage.approve()
    words = (stage.house.root / "campaigns/threads/one.md").read_text("utf-8")
    again = write(stage.house, "again", words, account="main")
    assert len(look(stage, again)) == 2
    manual.cancel(
        stage.app.store, Address("fence", "one", "main", 0, Mode.DRY), why="", who="Kim", now=stage.clock.now()
    )
    assert look(stage, again) == []


def test_a_thread_renamed_before_it_goes_out_repeats_nothing(stage: Stage) -> None:
    stage.approve()
    stage.house.text("anew", (stage.house.root / "campaigns/threads/one.md").read_text("utf-8"))
    stage.house.write("anew")
    found = stage.approve()
    assert [step.action.value for step in found.steps] == ["add", "cancel"]
    assert [told for told in found.findings if "very text" in told.message] == []


def test_links_tagged_for_other_posts_make_no_other_text(stage: Stage) -> None:
    """With tags, from a time before them, and after they are taken out of the file again."""
    said = "Read what she wrote: https://example.org/fence"

    def with_tags(path: Path) -> Path:
        path.write_text(path.read_text("utf-8").replace("hashtags", "utm: true\nhashtags"), "utf-8")
        return path

    say_yes(stage, with_tags(write(stage.house, "tagged", said, account="main")), at_once=True)
    stage.run()
    assert [row["text"].count("utm_content=echo-1") for row in stage.posts()] == [1]
    for untagged_too in (True, False):
        other = write(stage.house, "other", said, account="main", at="2026-12-01 20:00")
        (finding,) = look(stage, other if untagged_too else with_tags(other))
        assert finding.message.startswith("other/echo/main/1@dry has the very text of tagged/echo/main/1@dry, which")
        assert finding.level is Level.ERROR
    say_yes(stage, write(stage.house, "plain", OTHER, account="main"), at_once=True)
    again = with_tags(write(stage.house, "again", OTHER, account="main"))
    (finding,) = look(stage, again)
    assert finding.message.startswith("again/echo/main/1@dry has the very text of plain/echo/main/1@dry, which")
    (finding,) = look(stage, with_tags(write(stage.house, "far", said)))
    assert finding.message.startswith("far/echo/second/1@dry says nearly the same as tagged/echo/main/1@dry")


def test_later_than_that_they_are_a_warning(stage: Stage) -> None:
    stage.approve(at_once=True)
    stage.run()
    stage.house.text("anew", (stage.house.root / "campaigns/threads/one.md").read_text("utf-8"))
    stage.house.write("anew @ 2026-12-01 21:01")
    told = [found for found in stage.approve().findings if "very text" in found.message]
    assert [found.level for found in told] == [Level.WARNING] * 2
    assert "readers see it twice" in told[0].hint


def test_what_is_queued_counts_by_its_own_time_before_and_after(stage: Stage) -> None:
    stage.house.write("one @ 2026-12-10 09:00")
    stage.approve()
    words = (stage.house.root / "campaigns/threads/one.md").read_text("utf-8")
    for at, level in (
        ("2026-12-09 08:59", Level.WARNING),
        ("2026-12-09 09:01", Level.ERROR),
        ("2026-12-11 08:59", Level.ERROR),
        ("2026-12-11 09:01", Level.WARNING),
    ):
        path = write(stage.house, "again", words, account="main", at=at)
        told = look(stage, path)
        assert {found.level for found in told} == {level}, at
        assert all("which is queued" in found.message or "which is waiting" in found.message for found in told)


def test_what_is_kept_is_not_compared_with_itself_nor_with_another_account(stage: Stage) -> None:
    stage.approve()
    assert look(stage, stage.house.campaign) == []
    stage.house.text("one", f"{WORDS}, in the end.\n---\nThe rest is quite another matter.")
    assert look(stage, stage.house.campaign) == []


def test_a_mode_and_a_network_of_its_own_are_no_repetition(house: House) -> None:
    dry = Stage.open(house)
    dry.approve(at_once=True)
    dry.run()
    live = Stage.open(house, at=NOON, **LIVE)
    assert [found for found in live.approve().findings if "very text" in found.message] == []
    live.app.close()
    dry.app.close()
