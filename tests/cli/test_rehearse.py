from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.house import House

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House.build(tmp_path / "w")


def everything_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_good_day_goes_from_approval_to_the_last_post_and_touches_nothing(house: House) -> None:
    before = everything_in(house.root)
    said = house.cli("rehearse", str(house.campaign)).output
    assert "SIMULATED · fence: 3 threads, 7 posts" in said
    assert said.count("  sent\n") == 7
    assert "7 sent" in said
    assert "0 things went wrong, 0 looks · 0 duplicates · 0 lost · 0 out of order" in said
    assert "cost: $" in said
    assert "next: amplifier plan campaigns/fence.yaml" in said
    assert everything_in(house.root) == before


def test_a_bad_day_says_what_went_wrong_and_how_it_ended_and_doubles_nothing(house: House) -> None:
    wrong, ends = [], set()
    for seed in ("c", "b"):
        result = house.cli("rehearse", str(house.campaign), "--faults", "--seed", seed, "--json", code=None)
        told = json.loads(result.stdout)
        assert told["duplicates"] == told["lost"] == told["out_of_order"] == 0
        assert sum(told["states"].values()) == 7
        assert result.exit_code == (1 if told["waiting"] else 0)
        assert told["price_usd"] > 0
        wrong += [what for item in told["went_wrong"] for what in item["went_wrong"]]
        ends |= {item["in_the_end"] for item in told["went_wrong"]}
    assert len(wrong) > 4
    assert any("killed" in what for what in wrong)
    assert {"sent", "sent, found on the network"} <= ends


def test_the_bad_day_is_told_as_it_happens(house: House) -> None:
    house.write("one")
    said = house.cli("rehearse", str(house.campaign), "--faults", "--seed", "c", code=None).output
    assert "what went wrong, and how it ended" in said
    assert "  ! " in said


def test_the_same_seed_tells_the_same_story(house: House) -> None:
    house.write("one")
    stories = [house.cli("rehearse", str(house.campaign), "--faults", "--json").stdout for _ in range(2)]
    first, second = ([(did["post"], did["state"]) for did in json.loads(story)["timeline"]] for story in stories)
    assert first == second


def test_what_cannot_be_approved_cannot_be_rehearsed(house: House) -> None:
    house.write("one @ 2020-01-01 09:00")
    assert "its time 2020-01-01 09:00 is past" in house.cli("rehearse", str(house.campaign), code=3).output


def test_answers_to_published_posts_are_left_out_and_that_is_said(house: House) -> None:
    house.write("one", "two -> fence/one/main/2")
    said = house.cli("rehearse", str(house.campaign)).output
    assert "not rehearsed, since they answer posts that are out: two" in said
    assert "3 sent" in said


def test_a_person_would_be_asked_and_the_exit_code_says_so(house: House) -> None:
    """A thread above the account's daily posts cannot go out whole."""
    house.environment["AMPLIFIER_ACCOUNTS__MAIN__DAILY_POSTS"] = "2"
    result = house.cli("rehearse", str(house.campaign), code=1)
    assert "would wait for a person: one/main/1  over budget" in result.output


def test_a_killed_worker_is_told_in_the_story_alone(house: House) -> None:
    result = house.cli("rehearse", str(house.campaign), "--faults", "--seed", "e", "--json")
    told = json.loads(result.stdout)["went_wrong"]
    assert any("killed" in what for item in told for what in item["went_wrong"])
    assert not result.stderr


def test_the_speed_is_that_of_life_times_a_number(house: House) -> None:
    house.write("two", slots='[{days: [mon, tue, wed, thu, fri, sat, sun], at: "09:30"}]')
    (house.root / "amplifier.db").unlink()
    fast = house.cli("rehearse", str(house.campaign), "--speed", "1000000000").output
    assert "2 sent" in fast
    for speed in ("0", "nan", "inf"):
        house.cli("rehearse", str(house.campaign), "--speed", speed, code=2)
