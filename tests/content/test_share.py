from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from amplifier.content.draft import Draft, load_draft
from amplifier.content.share import wordings
from amplifier.workspace import init_workspace
from tests.support.house import House

if TYPE_CHECKING:
    from pathlib import Path

LINK = "https://example.org/fence"


def draft(tmp_path: Path, *, keys: str = "", **texts: str) -> Draft:
    house = House.build(tmp_path / "w", **texts)
    house.campaign.write_text(keys + house.campaign.read_text("utf-8"), "utf-8")
    return load_draft(house.campaign, house.root, lambda _: "x")


def test_each_thread_s_first_post_is_a_wording_with_the_link(tmp_path: Path) -> None:
    found = wordings(draft(tmp_path, one="He ran.\n---\nHe lived.", two="A guard saw it."))
    assert [one.text for one in found] == [f"He ran.\n\n#Fence\n\n{LINK}", f"A guard saw it.\n\n{LINK}\n\n#Fence"]


@pytest.mark.parametrize("keys", ("numbering: true\n", "utm: true\n"))
def test_a_wording_has_no_number_and_its_link_no_tag(tmp_path: Path, keys: str) -> None:
    found = wordings(draft(tmp_path, keys=keys, one="He ran.\n---\nHe lived.", two=f"Read {LINK} now."))
    assert found[0].text == f"He ran.\n\n#Fence\n\n{LINK}"
    assert "utm_" not in found[1].text


def test_a_post_that_the_claims_stop_is_no_wording(tmp_path: Path) -> None:
    root = init_workspace(tmp_path / "w").root
    (root / "campaigns/threads/day.md").write_text("Oh Hyok-sung was a 34-year-old soldier.\n---\nMore.\n", "utf-8")
    found = load_draft(root / "campaigns/dmz-escape.yaml", root, lambda _: "x")
    assert any("Oh Hyok-sung" in thread.posts[0].text for thread in found.threads)
    told = wordings(found)
    assert len(told) == len(found.threads) - 1
    assert not any("Oh Hyok-sung" in one.text for one in told)


def test_each_network_gets_the_very_text(tmp_path: Path) -> None:
    [found] = wordings(draft(tmp_path, one="한국 & more: 100 %\n---\nHe lived."))
    for network, address in found.networks.items():
        parts = urlsplit(address)
        told = (
            unquote(parts.fragment.removeprefix("text=")) if network == "mastodon" else parse_qs(parts.query)["text"][0]
        )
        assert told == found.text
    assert list(found.networks) == ["x", "bluesky", "mastodon"]


def test_a_network_that_it_is_too_long_for_has_no_address(tmp_path: Path) -> None:
    found = draft(tmp_path, one=f"{'So it went on. ' * 15}\n---\nHe lived.")
    long = replace(found, campaign=replace(found.campaign, link=f"{LINK}/{'x' * 80}"))
    [one] = wordings(long)
    assert list(one.networks) == ["x", "mastodon"], "X counts a link as 23, Bluesky as it is"
