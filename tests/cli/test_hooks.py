"""What a person sees of hooks, and of what a template picked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.house import House

if TYPE_CHECKING:
    from pathlib import Path

HOOKS = 'hooks: ["Would you write? #Fence", "Nobody asked her. #Fence"]'


@pytest.fixture
def house(tmp_path: Path) -> House:
    built = House.build(tmp_path / "w")
    built.write("one", "two")
    hooked = built.campaign.read_text("utf-8").replace("threads/two.md}", f"threads/two.md, {HOOKS}}}")
    built.campaign.write_text(hooked, "utf-8")
    return built


def test_preview_says_which_hook_the_thread_got(house: House) -> None:
    one, two = json.loads(house.cli("preview", str(house.campaign), "--json").stdout)
    assert one["hook"] is None
    assert two["posts"][0]["text"] == {1: "Would you write? #Fence", 2: "Nobody asked her. #Fence"}[two["hook"]]
    shown = house.cli("preview", str(house.campaign)).stdout
    assert f"two · main on x · DRY RUN · hook {two['hook']} of 2\n" in shown
    assert "one · main on x · DRY RUN\n" in shown


def test_what_preview_shows_is_what_is_queued(house: House) -> None:
    two = json.loads(house.cli("preview", str(house.campaign), "--json").stdout)[1]
    house.cli("approve", str(house.campaign), "--yes")
    queued = json.loads(house.cli("queue", "list", "--json").stdout)
    first = next(row for row in queued if (row["thread"], row["k"]) == ("two", 1))
    assert first["text"] == two["posts"][0]["text"]


def test_check_names_a_hook_that_could_not_go_out(house: House) -> None:
    text = house.campaign.read_text("utf-8")
    for hook in ("Would you write? #Fence", "Nobody asked her. #Fence"):
        house.campaign.write_text(text.replace(hook, f"#{'x' * 300}"), "utf-8")
        assert "over the limit of x" in house.cli("check", str(house.campaign), code=3).stdout


def test_check_says_what_a_score_has_chosen(house: House) -> None:
    (house.root / "templates/picked.j2").write_text("{{ sentences | pick(1) | first }}\n---\nRead on:", "utf-8")
    text = house.campaign.read_text("utf-8")
    house.campaign.write_text(f"{text}  - {{template: picked.j2}}\n", "utf-8")
    told = house.cli("check", str(house.campaign)).stdout
    said = "“The older one put a letter through the wire.” was picked by its score, not by a person"
    assert f"templates/picked.j2:1: note: post picked 1: {said}" in told
